//! The token endpoint: exchanges a code or a refresh token for tokens of one resource.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::Path,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL,
            ORIGIN,
        },
    },
    response::Response,
};
use serde_json::{Map, Value};

use crate::{
    Emulator,
    accounts::Persona,
    authority::Authority,
    entra::{
        authorize::client_info,
        claims::{access_token, id_token, lifetime},
        client_credentials,
        redeem::{Redeemed, redeem_code, redeem_refresh_token},
        refusal::{Incident, Refusal},
        request::{check_tenancy, unknown_application},
        scopes::Scopes,
    },
    parameters::Parameters,
    registrations::{Application, Platform},
    response,
    state::{State, TokenRequest},
};

/// `/{tenant}/oauth2/v2.0/token`: responds to preflights, and refuses every other method except `POST`.
pub(super) async fn token(
    Extension(emulator): Extension<Emulator>,
    Path(tenant): Path<String>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = Parameters::parse(&body);
    let grant_type = parameters.as_ref().ok().and_then(|parameters| known_grant_type(parameters));
    let origin = headers.contains_key(ORIGIN);
    emulator.state().token_log.add(TokenRequest { method: method.to_string(), grant_type, origin });

    let account = parameters.as_ref().ok().and_then(|parameters| emulator.state().account_of(parameters));
    let faults = account.map_or_else(|| emulator.faults(), |account| emulator.faults_for(account));
    if let Some(outage) = faults.token.filter(|_| method != Method::OPTIONS)
        && let Some(response) = outage.respond(emulator.entra_now()).await
    {
        return allow_every_origin(response);
    }

    let client_request_id = parameters.as_ref().ok().and_then(|parameters| parameters.value("client-request-id"));
    let result = match method {
        Method::OPTIONS => return allow_every_origin(response::json(StatusCode::OK, &Value::Null)),
        Method::POST => parameters
            .as_ref()
            .map_err(|repeated| Refusal::ParameterRepeated(repeated.0.clone()))
            .and_then(|parameters| redeem(&emulator, &tenant, parameters, &headers)),
        _ => Err(Refusal::MethodNotPost),
    };
    let response = match result {
        Ok(tokens) => match faults.token_response {
            Some(fault) => fault.apply(tokens),
            None => response::json(StatusCode::OK, &tokens.into()),
        },
        Err(refusal) => {
            let incident = Incident::new(emulator.random(), emulator.entra_now(), client_request_id);
            response::json(refusal.status(), &refusal.body(&incident, &emulator.options().entra_url))
        }
    };
    allow_every_origin(response)
}

/// Checks the request, and returns the members of the token response.
///
/// # Errors
/// The first check that fails.
fn redeem(
    emulator: &Emulator,
    tenant: &str,
    parameters: &Parameters,
    headers: &HeaderMap,
) -> Result<Map<String, Value>, Refusal> {
    let authority = Authority::parse(tenant).ok_or_else(|| Refusal::TenantUnknown(tenant.to_owned()))?;
    let client_id = parameters.value("client_id").ok_or(Refusal::ParameterMissing("client_id"))?;
    let app = emulator.application(client_id).ok_or_else(|| unknown_application(client_id, authority))?;
    check_tenancy(app, authority)?;
    check_origin(app, headers)?;
    if app.platform != Platform::Web
        && (parameters.value("client_secret").is_some() || parameters.value("client_assertion").is_some())
    {
        return Err(Refusal::SecretFromPublicClient);
    }

    if parameters.value("grant_type") == Some("client_credentials") {
        return client_credentials::issue(emulator, authority, app, parameters);
    }
    let mut state = emulator.state();
    let now = emulator.entra_now();
    let account = state.account_of(parameters);
    if let Some(error) = account.and_then(|account| emulator.faults_for(account).token_error) {
        return Err(Refusal::PublishedAtToken(error));
    }
    let redeemed = match parameters.value("grant_type") {
        Some("authorization_code") => redeem_code(emulator, &mut state, now, app, parameters)?,
        Some("refresh_token") => redeem_refresh_token(&state, now, app, parameters)?,
        Some(_) => return Err(Refusal::GrantTypeUnsupported),
        None => return Err(Refusal::ParameterMissing("grant_type")),
    };
    if matches!(authority, Authority::One(tenant) if tenant != redeemed.grant.identity.tenant) {
        return Err(Refusal::CodeOfAnotherTenant);
    }
    issue(emulator, &mut state, redeemed, parameters)
}

/// Checks that browsers redeem for single-page applications only, and other programs for the other platforms only.
///
/// Entra distinguishes them by `Origin`: a browser sends it with every cross-origin `POST`, a server never does.
///
/// # Errors
/// [`Refusal::OriginMissing`] or [`Refusal::OriginUnexpected`].
fn check_origin(app: &Application, headers: &HeaderMap) -> Result<(), Refusal> {
    // It is a guess that Entra treats an opaque origin like a missing one. This is the stricter choice.
    let cross_origin = headers.get(ORIGIN).is_some_and(|origin| origin != "null");
    match (app.platform, cross_origin) {
        (Platform::Spa, false) => Err(Refusal::OriginMissing),
        (Platform::Web | Platform::Native, true) => Err(Refusal::OriginUnexpected),
        _ => Ok(()),
    }
}

/// Issues the tokens of a valid code or refresh token.
///
/// # Errors
/// A refusal for the requested scopes, for missing consent, or a claims challenge.
fn issue(
    emulator: &Emulator,
    state: &mut State,
    redeemed: Redeemed,
    parameters: &Parameters,
) -> Result<Map<String, Value>, Refusal> {
    let Redeemed { grant, nonce, refresh_until } = redeemed;
    let (app, identity) = (grant.app, &grant.identity);
    let scopes = match parameters.value("scope") {
        Some(scope) => Scopes::parse(&emulator.resources(), scope)?,
        None => grant.scopes.clone(),
    };
    let resource = scopes.single_resource()?;
    if !emulator.missing_consents(&state.consents, identity, app, &scopes).is_empty() {
        return Err(Refusal::ConsentMissingForToken { client_id: app.client_id });
    }
    if identity.account.persona == Persona::Challenged && resource.is_acs() && !grant.challenge_met {
        return Err(Refusal::ClaimsChallenge);
    }

    let now = emulator.entra_now();
    let key = Arc::clone(state.signing_key());
    let mut tokens = Map::new();
    let mut add = |name: &str, value: Value| drop(tokens.insert(name.to_owned(), value));
    add("token_type", "Bearer".into());
    add("scope", scopes.as_granted().into());
    let is_continuous = parameters.value("claims").is_some_and(supports_continuous_access);
    add("expires_in", lifetime(is_continuous).into());
    add("ext_expires_in", lifetime(is_continuous).into());
    let token = access_token(emulator, &key, &grant, resource, &scopes.as_claim(), is_continuous);
    add("access_token", token.into());
    // A fault of ID tokens adds one to every response, so that a refresh, which requests none, shows the fault, too.
    if scopes.openid || emulator.faults_for(identity.account).id_token.is_some() {
        add("id_token", id_token(emulator, &key, app, identity, nonce.as_deref()).into());
    }
    if parameters.value("client_info") == Some("1") {
        add("client_info", client_info(identity.account).into());
    }
    if scopes.offline_access {
        add("refresh_token", state.issue_refresh_token(now, grant, refresh_until).into());
        add("refresh_token_expires_in", refresh_until.saturating_sub(now).into());
    }
    Ok(tokens)
}

/// Whether the client declares the capability `cp1`: it can handle a claims challenge from a resource at any time.
fn supports_continuous_access(claims: &str) -> bool {
    let claims: Value = serde_json::from_str(claims).unwrap_or_default();
    claims["access_token"]["xms_cc"]["values"].as_array().is_some_and(|values| values.contains(&"cp1".into()))
}

fn known_grant_type(parameters: &Parameters) -> Option<&'static str> {
    let given = parameters.value("grant_type")?;
    ["authorization_code", "refresh_token", "client_credentials"].into_iter().find(|known| *known == given)
}

/// Lets pages of every origin send requests and read the responses. The checks decide which of them get tokens.
fn allow_every_origin(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, OPTIONS"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, x-emulator-fault"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
