//! `POST /access/entra/:exchangeAccessToken`: an Entra ID user's own token in, an ACS token out, without a backend.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use crate::Emulator;
use crate::acs::acs_token::{self, RESOURCE_ID};
use crate::acs::call::Call;
use crate::acs::operation::Operation;
use crate::acs::problem::Problem;
use crate::directory::{Authority, Tenant};
use crate::jwt;
use crate::registrations::ACS_CLIENTS;
use crate::reply;

/// Called straight from browsers, with the person's token and without the key.
pub(super) async fn exchange(call: Call) -> Response {
    let call = match call.survive().await {
        Ok(call) => call,
        Err(outage) => return open_to_all(outage),
    };
    open_to_all(call.with_bearer(Operation::ExchangeEntraUser, |emulator, token| {
        let bearer = Bearer::verify(emulator, token).ok_or(Problem::TokenInvalid)?;
        if !emulator.state().assignments.admit(bearer.tenant.id, &bearer.object_id, &bearer.app_id) {
            return Err(Problem::NotAssigned);
        }
        Ok(reply::json(StatusCode::OK, &bearer.answer(emulator)))
    }))
}

/// `OPTIONS` before the above. `Authorization` is never covered by a wildcard, so what is asked for is named.
pub(super) async fn preflight(headers: HeaderMap) -> Response {
    let mut response = open_to_all(reply::json(StatusCode::OK, &Value::Null));
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    if let Some(asked) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    response
}

/// Whom a valid token for the "Clients" application speaks for.
struct Bearer {
    app_id: String,
    object_id: String,
    tenant: &'static Tenant,
    scopes: Vec<String>,
    expires_at: u64,
}

impl Bearer {
    fn verify(emulator: &Emulator, token: &str) -> Option<Self> {
        let claims = jwt::verified_claims(token, emulator.state().signing_keys.iter().map(|key| &**key))?;
        let text = |name: &str| claims[name].as_str();
        let Authority::One(tenant) = Authority::parse(text("tid")?)? else { return None };
        let (not_before, expires_at) = (claims["nbf"].as_u64()?, claims["exp"].as_u64()?);
        // `VoIP.Join` for Entra is `voip.join` for ACS.
        let scopes: Vec<String> = text("scp")?.split(' ').map(str::to_ascii_lowercase).collect();
        let valid = [ACS_CLIENTS.uri, ACS_CLIENTS.app_id].contains(&text("aud")?)
            && text("iss")? == emulator.issuer_v1(tenant.id)
            && (not_before..expires_at).contains(&emulator.now());
        valid.then_some(Self {
            app_id: text("appid")?.to_owned(),
            object_id: text("oid")?.to_owned(),
            tenant,
            scopes,
            expires_at,
        })
    }

    /// The token lives as long as Entra's.
    fn answer(&self, emulator: &Emulator) -> Value {
        let person = format!("acs:{RESOURCE_ID}_{}_{}", self.tenant.id, self.object_id);
        let particular = json!({ "skypeid": person, "acsScope": self.scopes.join(",") });
        json!({
            "identity": { "id": format!("8:{person}") },
            "accessToken": acs_token::issue(emulator, self.expires_at, particular),
        })
    }
}

fn open_to_all(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("MS-CV, Retry-After"));
    response
}
