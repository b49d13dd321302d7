//! The authorization endpoint, and the pages that can interrupt it: account, second factor and consent.

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
    accounts::{Account, Persona, account_by_object_id},
    authority::Identity,
    entra::{
        pages,
        refusal::Refusal,
        request::{AuthorizeRequest, Prompt, Refused},
        respond::{redirect, refuse},
    },
    jwt,
    parameters::Parameters,
    response,
    state::{Grant, Session},
};

/// The last page that the person has submitted.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Submitted {
    Nothing,
    SignIn,
    Consent,
}

/// `/{tenant}/oauth2/v2.0/authorize`: a client's request, by `GET` with a query or by `POST` with a form.
pub(super) async fn authorize(
    Extension(emulator): Extension<Emulator>,
    Path(tenant): Path<String>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let raw = if method == Method::POST { body.to_vec() } else { query.unwrap_or_default().into_bytes() };
    respond(&emulator, &tenant, &raw, |request| {
        proceed(&emulator, request, session(&emulator, &headers), Submitted::Nothing)
    })
}

/// `POST /{tenant}/login`: the form of the sign-in page, with the chosen account.
pub(super) async fn sign_in(
    Extension(emulator): Extension<Emulator>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    respond(&emulator, &tenant, query.unwrap_or_default().as_bytes(), |request| {
        let form = Parameters::parse(&body).map_err(Refusal::from)?;
        let Some(account) = form.value("account").and_then(account_by_object_id) else {
            return Ok(response::html(StatusCode::OK, pages::sign_in(request)));
        };
        let session = Session { account, has_second_factor: false };
        let mut response = proceed(&emulator, request, Some(session), Submitted::SignIn)?;
        let cookie = format!("{SESSION}={}; HttpOnly; SameSite=Lax; Path=/", emulator.state().open_session(account));
        let cookie = HeaderValue::try_from(cookie).expect("a base64url session id fits into a header");
        response.headers_mut().insert(SET_COOKIE, cookie);
        Ok(response)
    })
}

/// `POST /{tenant}/second-factor`: the form of the second factor, approved or denied.
pub(super) async fn second_factor(
    Extension(emulator): Extension<Emulator>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    respond(&emulator, &tenant, query.unwrap_or_default().as_bytes(), |request| {
        let form = Parameters::parse(&body).map_err(Refusal::from)?;
        if form.value("decision") != Some("approve") {
            return Err(Refusal::SecondFactorDenied.into());
        }
        if let Some(id) = session_id(&headers)
            && let Some(session) = emulator.state().sessions.get_mut(id)
        {
            session.has_second_factor = true;
        }
        proceed(&emulator, request, session(&emulator, &headers), Submitted::SignIn)
    })
}

/// `POST /{tenant}/consent`: the form of the consent page, accepted or canceled.
pub(super) async fn consent(
    Extension(emulator): Extension<Emulator>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    respond(&emulator, &tenant, query.unwrap_or_default().as_bytes(), |request| {
        let form = Parameters::parse(&body).map_err(Refusal::from)?;
        let Some(session) = session(&emulator, &headers) else {
            return Ok(response::html(StatusCode::OK, pages::sign_in(request)));
        };
        let account = session.account;
        if form.value("decision") != Some("accept") {
            return Err(Refused::Returned(request.return_address.clone(), Refusal::ConsentDeclined));
        }
        let identity = identity(request, account)?;
        let for_organization = form.value("organization") == Some("on") && account.persona == Persona::Administrator;
        emulator.state().consents.give(&identity, request.app, &request.scopes, for_organization);
        proceed(&emulator, request, Some(session), Submitted::Consent)
    })
}

const SESSION: &str = "azure_emulator_session";

/// The session id in the browser's cookie.
pub(super) fn session_id(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|line| line.split("; ")).find_map(|pair| pair.strip_prefix(SESSION)?.strip_prefix('='))
}

/// The `Set-Cookie` value that deletes the session cookie.
pub(super) fn delete_session_cookie() -> HeaderValue {
    HeaderValue::from_static("azure_emulator_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0")
}

/// The session of the browser's cookie.
fn session(emulator: &Emulator, headers: &HeaderMap) -> Option<Session> {
    emulator.state().sessions.get(session_id(headers)?).copied()
}

/// Reads the request and passes it to `handle`. A refusal becomes a page or a redirect.
fn respond(
    emulator: &Emulator,
    tenant: &str,
    raw: &[u8],
    handle: impl FnOnce(&AuthorizeRequest) -> Result<Response, Refused>,
) -> Response {
    let parameters = match Parameters::parse(raw) {
        Ok(parameters) => parameters,
        Err(repeated) => return refuse(emulator, None, Refusal::from(repeated).into()),
    };
    let result = AuthorizeRequest::read(emulator, tenant, &parameters).and_then(|request| handle(&request));
    result.unwrap_or_else(|refused| refuse(emulator, parameters.value("client-request-id"), refused))
}

/// Shows the next page that the request needs, or redirects with a code.
fn proceed(
    emulator: &Emulator,
    request: &AuthorizeRequest,
    signed_in: Option<Session>,
    submitted: Submitted,
) -> Result<Response, Refused> {
    let returned = |refusal| Refused::Returned(request.return_address.clone(), refusal);
    let silent = request.prompt == Prompt::Nothing;
    let reusable = signed_in.map(|session| session.account);
    let reusable = reusable.filter(|account| submitted != Submitted::Nothing || request.accepts(account));
    let identity = match (reusable, submitted) {
        (None, _) if silent => return Err(returned(Refusal::SessionMissing)),
        (Some(account), Submitted::Nothing) if silent => identity(request, account).map_err(returned)?,
        (None, _) => return Ok(response::html(StatusCode::OK, pages::sign_in(request))),
        (Some(account), Submitted::Nothing) => match request.authority.identity(account) {
            Some(identity) if request.prompt != Prompt::SignIn => identity,
            _ => return Ok(response::html(StatusCode::OK, pages::sign_in(request))),
        },
        (Some(account), _) => identity(request, account)?,
    };

    if let Some(error) = emulator.faults_for(identity.account).authorization_error {
        return Err(returned(Refusal::PublishedAtAuthorization(error)));
    }
    refuse_by_persona(request, &identity).map_err(returned)?;
    refuse_without_service(emulator, request, &identity).map_err(returned)?;

    let has_second_factor = signed_in.is_some_and(|session| session.has_second_factor);
    if identity.account.persona == Persona::SecondFactor && !has_second_factor {
        if silent {
            return Err(returned(Refusal::ClaimsChallenge));
        }
        return Ok(response::html(StatusCode::OK, pages::second_factor(request, &identity)));
    }

    let missing = emulator.missing_consents(&emulator.state().consents, &identity, request.app, &request.scopes);
    let consent_requested = request.prompt == Prompt::Consent && submitted != Submitted::Consent;
    if !missing.is_empty() && silent {
        return Err(returned(Refusal::ConsentMissing { client_id: request.app.client_id }));
    }
    if !missing.is_empty() || consent_requested {
        return Ok(response::html(StatusCode::OK, pages::consent(request, &identity)));
    }
    Ok(redirect_with_code(emulator, request, identity, has_second_factor))
}

/// The account's identity at the authority of the request.
///
/// # Errors
/// [`Refusal::AccountForeign`] if the tenant's directory does not contain the account.
fn identity(request: &AuthorizeRequest, account: &'static Account) -> Result<Identity, Refusal> {
    let tenant = request.authority.segment();
    request.authority.identity(account).ok_or(Refusal::AccountForeign { username: account.username, tenant })
}

/// Refuses accounts whose persona cannot sign in.
///
/// # Errors
/// [`Refusal::Unassigned`] or [`Refusal::ServiceMissing`].
fn refuse_by_persona(request: &AuthorizeRequest, identity: &Identity) -> Result<(), Refusal> {
    let acs =
        request.scopes.permissions.iter().map(|permission| permission.resource).find(|resource| resource.is_acs());
    match (identity.account.persona, acs) {
        (Persona::Unassigned, _) => Err(Refusal::Unassigned { client_id: request.app.client_id }),
        (Persona::ServiceMissing, Some(resource)) => {
            Err(Refusal::ServiceMissing { tenant: identity.tenant.display_name, resource })
        }
        _ => Ok(()),
    }
}

/// Refuses a resource that the person's tenant does not know.
///
/// # Errors
/// [`Refusal::ServiceMissing`].
fn refuse_without_service(emulator: &Emulator, request: &AuthorizeRequest, identity: &Identity) -> Result<(), Refusal> {
    let directory = emulator.directory();
    let mut resources = request.scopes.permissions.iter().map(|permission| permission.resource);
    let missing = resources.find(|resource| directory.lacks(identity.tenant, resource, request.app));
    missing.map_or(Ok(()), |resource| Err(Refusal::ServiceMissing { tenant: identity.tenant.display_name, resource }))
}

fn redirect_with_code(
    emulator: &Emulator,
    request: &AuthorizeRequest,
    identity: Identity,
    has_second_factor: bool,
) -> Response {
    let grant = Grant {
        app: request.app,
        identity,
        scopes: request.scopes.clone(),
        challenge_met: request.claims.as_deref().is_some_and(|claims| claims.contains("capolids")),
        has_second_factor,
    };
    let redirect_uri = &request.return_address.redirect_uri;
    let code = emulator.state().issue_code(
        emulator.entra_now(),
        grant,
        redirect_uri,
        &request.challenge,
        request.nonce.as_deref(),
    );
    let mut parameters = vec![("code", code)];
    if request.wants_client_info {
        parameters.push(("client_info", client_info(identity.account)));
    }
    parameters.push(("session_state", emulator.random().guid("session state")));
    redirect(emulator, &request.return_address, Some(&identity), parameters)
}

/// The `client_info` of a response: the object and tenant of the account's home, even where it signed in as a guest.
pub(super) fn client_info(account: &Account) -> String {
    jwt::segment(&json!({ "uid": account.home.id, "utid": account.home.tenant.id }))
}
