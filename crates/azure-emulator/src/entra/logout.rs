//! OpenID Connect RP-Initiated Logout 1.0, as far as Entra follows it.

use axum::{
    Extension,
    body::Bytes,
    extract::RawQuery,
    http::{HeaderMap, Method, StatusCode, header::SET_COOKIE},
    response::Response,
};
use form_urlencoded::Serializer;

use crate::{
    Emulator,
    accounts::Account,
    entra::{
        authorize::{forget_session, session_id},
        pages,
    },
    fault::EndSessionFault,
    parameters::Parameters,
    reply,
};

/// `/{tenant}/oauth2/v2.0/logout`
pub(super) async fn logout(
    Extension(emulator): Extension<Emulator>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let raw = if method == Method::POST { body.to_vec() } else { query.unwrap_or_default().into_bytes() };
    // A request that cannot be read signs out all the same; it only leads nowhere.
    let parameters = Parameters::parse(&raw).unwrap_or_default();
    let id = session_id(&headers);
    let account = id.and_then(|id| emulator.state().sessions.get(id).map(|session| session.account));
    let hint = parameters.value("logout_hint");
    let asks = emulator.tampering().end_session == Some(EndSessionFault::AsksWhichAccount);
    if let Some(account) = account.filter(|account| asks && !is_named(account, hint)) {
        return reply::html(StatusCode::OK, pages::which_account(account));
    }
    if let Some(id) = id {
        emulator.state().sessions.remove(id);
    }
    let return_to = parameters.value("post_logout_redirect_uri").filter(|uri| emulator.signs_out_to(uri));
    let (return_to, state) = match emulator.tampering().end_session {
        Some(fault) => fault.apply(return_to, parameters.value("state")),
        None => (return_to, parameters.value("state")),
    };
    let mut response = match (return_to, state) {
        (Some(uri), None) => reply::redirect(uri),
        (Some(uri), Some(state)) => {
            let query = Serializer::new(String::new()).append_pair("state", state).finish();
            reply::redirect(&format!("{uri}?{query}"))
        }
        (None, _) => reply::html(StatusCode::OK, pages::signed_out()),
    };
    response.headers_mut().insert(SET_COOKIE, forget_session());
    response
}

/// Entra takes the `login_hint` claim and no user name.
fn is_named(account: &Account, hint: Option<&str>) -> bool {
    hint.is_some_and(|hint| hint == account.login_hint())
}
