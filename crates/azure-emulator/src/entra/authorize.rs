//! The authorization endpoint, and the two pages that may interrupt it: who signs in, and whether they consent.

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, RawQuery},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{COOKIE, SET_COOKIE},
    },
    response::Response,
};
use serde_json::json;

use crate::{
    Emulator,
    accounts::{Account, Persona, owner_of},
    authority::Identity,
    entra::{
        pages,
        refusal::Refusal,
        request::{AuthorizeRequest, Prompt, Refused},
        respond::{redirect, refuse},
    },
    jwt,
    parameters::Parameters,
    reply,
    state::{Grant, Session},
};

/// How far the person has come by answering pages.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answered {
    Nothing,
    SignIn,
    Consent,
}

/// `GET` with a query or `POST` with a form: the request of a client.
pub(super) async fn authorize(
    Extension(emulator): Extension<Emulator>,
    Path(tenant): Path<String>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let raw = if method == Method::POST { body.to_vec() } else { query.unwrap_or_default().into_bytes() };
    answer(&emulator, &tenant, &raw, |request| {
        proceed(&emulator, request, session(&emulator, &headers), Answered::Nothing)
    })
}

/// The sign-in page's form: an account was chosen.
pub(super) async fn sign_in(
    Extension(emulator): Extension<Emulator>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    answer(&emulator, &tenant, query.unwrap_or_default().as_bytes(), |request| {
        let form = Parameters::parse(&body).map_err(Refusal::from)?;
        let Some(account) = form.value("account").and_then(owner_of) else {
            return Ok(reply::html(StatusCode::OK, pages::sign_in(request)));
        };
        let session = Session { account, strong: false };
        let mut response = proceed(&emulator, request, Some(session), Answered::SignIn)?;
        let cookie = format!("{SESSION}={}; HttpOnly; SameSite=Lax; Path=/", emulator.state().open_session(account));
        let cookie = HeaderValue::try_from(cookie).expect("a base64url session id fits into a header");
        response.headers_mut().insert(SET_COOKIE, cookie);
        Ok(response)
    })
}

/// The second factor's form: approved or denied.
pub(super) async fn second_factor(
    Extension(emulator): Extension<Emulator>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&emulator, &tenant, query.unwrap_or_default().as_bytes(), |request| {
        let form = Parameters::parse(&body).map_err(Refusal::from)?;
        if form.value("decision") != Some("approve") {
            return Err(Refusal::SecondFactorDenied.into());
        }
        if let Some(id) = session_id(&headers)
            && let Some(session) = emulator.state().sessions.get_mut(id)
        {
            session.strong = true;
        }
        proceed(&emulator, request, session(&emulator, &headers), Answered::SignIn)
    })
}

/// The consent page's form: accepted or cancelled.
pub(super) async fn consent(
    Extension(emulator): Extension<Emulator>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&emulator, &tenant, query.unwrap_or_default().as_bytes(), |request| {
        let form = Parameters::parse(&body).map_err(Refusal::from)?;
        let Some(session) = session(&emulator, &headers) else {
            return Ok(reply::html(StatusCode::OK, pages::sign_in(request)));
        };
        let account = session.account;
        if form.value("decision") != Some("accept") {
            return Err(Refused::Returned(request.return_address.clone(), Refusal::ConsentDeclined));
        }
        let identity = identity(request, account)?;
        let for_organisation = form.value("organization") == Some("on") && account.persona == Persona::Administrator;
        emulator.state().consents.give(&identity, request.app, &request.scopes, for_organisation);
        proceed(&emulator, request, Some(session), Answered::Consent)
    })
}

const SESSION: &str = "azure_emulator_session";

/// The id of the session that the browser's cookie names.
pub(super) fn session_id(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|line| line.split("; ")).find_map(|pair| pair.strip_prefix(SESSION)?.strip_prefix('='))
}

/// Makes the browser forget its session.
pub(super) fn forget_session() -> HeaderValue {
    HeaderValue::from_static("azure_emulator_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0")
}

fn session(emulator: &Emulator, headers: &HeaderMap) -> Option<Session> {
    emulator.state().sessions.get(session_id(headers)?).copied()
}

/// Reads the request and turns whatever refuses it into a page or a redirect.
fn answer(
    emulator: &Emulator,
    tenant: &str,
    raw: &[u8],
    go_on: impl FnOnce(&AuthorizeRequest) -> Result<Response, Refused>,
) -> Response {
    let parameters = match Parameters::parse(raw) {
        Ok(parameters) => parameters,
        Err(repeated) => return refuse(emulator, None, Refusal::from(repeated).into()),
    };
    let result = AuthorizeRequest::read(emulator, tenant, &parameters).and_then(|request| go_on(&request));
    result.unwrap_or_else(|refused| refuse(emulator, parameters.value("client-request-id"), refused))
}

/// Asks the next thing that has to be asked, or answers with a code.
fn proceed(
    emulator: &Emulator,
    request: &AuthorizeRequest,
    signed_in: Option<Session>,
    answered: Answered,
) -> Result<Response, Refused> {
    let returned = |refusal| Refused::Returned(request.return_address.clone(), refusal);
    let silent = request.prompt == Prompt::Nothing;
    let reusable = signed_in.map(|session| session.account);
    let reusable = reusable.filter(|account| answered != Answered::Nothing || request.means(account));
    let identity = match (reusable, answered) {
        (None, _) if silent => return Err(returned(Refusal::SessionMissing)),
        (Some(account), Answered::Nothing) if silent => identity(request, account).map_err(returned)?,
        (None, _) => return Ok(reply::html(StatusCode::OK, pages::sign_in(request))),
        (Some(account), Answered::Nothing) => match request.authority.identity(account) {
            Some(identity) if request.prompt != Prompt::SignIn => identity,
            _ => return Ok(reply::html(StatusCode::OK, pages::sign_in(request))),
        },
        (Some(account), _) => identity(request, account)?,
    };

    if let Some(asked) = emulator.tampering_for(identity.account).authorization_error {
        return Err(returned(Refusal::AtAuthorization(asked)));
    }
    refuse_by_persona(request, &identity).map_err(returned)?;

    let strong = signed_in.is_some_and(|session| session.strong);
    if identity.account.persona == Persona::SecondFactor && !strong {
        if silent {
            return Err(returned(Refusal::ClaimsChallenge));
        }
        return Ok(reply::html(StatusCode::OK, pages::second_factor(request, &identity)));
    }

    let missing = emulator.state().consents.missing(&identity, request.app, &request.scopes);
    let asked_to_ask = request.prompt == Prompt::Consent && answered != Answered::Consent;
    if !missing.is_empty() && silent {
        return Err(returned(Refusal::ConsentMissing { client_id: request.app.client_id }));
    }
    if !missing.is_empty() || asked_to_ask {
        return Ok(reply::html(StatusCode::OK, pages::consent(request, &identity)));
    }
    Ok(code_answer(emulator, request, identity, strong))
}

fn identity(request: &AuthorizeRequest, account: &'static Account) -> Result<Identity, Refusal> {
    let tenant = request.authority.segment();
    request.authority.identity(account).ok_or(Refusal::AccountForeign { username: account.username, tenant })
}

fn refuse_by_persona(request: &AuthorizeRequest, identity: &Identity) -> Result<(), Refusal> {
    let acs = request.scopes.permissions.iter().map(|permission| permission.resource).find(|asked| asked.is_acs());
    match (identity.account.persona, acs) {
        (Persona::Unassigned, _) => Err(Refusal::Unassigned { client_id: request.app.client_id }),
        (Persona::ServiceMissing, Some(resource)) => {
            Err(Refusal::ServiceMissing { tenant: identity.tenant.display_name, resource })
        }
        _ => Ok(()),
    }
}

fn code_answer(emulator: &Emulator, request: &AuthorizeRequest, identity: Identity, strong: bool) -> Response {
    let grant = Grant {
        app: request.app,
        identity,
        scopes: request.scopes.clone(),
        challenge_met: request.claims.as_deref().is_some_and(|claims| claims.contains("capolids")),
        strong,
    };
    let redirect_uri = &request.return_address.redirect_uri;
    let code = emulator.state().issue_code(
        emulator.entra_now(),
        grant,
        redirect_uri,
        &request.challenge,
        request.nonce.as_deref(),
    );
    let mut answer = vec![("code", code)];
    if request.wants_client_info {
        answer.push(("client_info", client_info(identity.account)));
    }
    answer.push(("session_state", emulator.random().guid("session state")));
    redirect(emulator, &request.return_address, Some(&identity), answer)
}

/// Who signed in, by their home object, which stays the same wherever they are a guest.
pub(super) fn client_info(account: &Account) -> String {
    jwt::segment(&json!({ "uid": account.home.id, "utid": account.home.tenant.id }))
}
