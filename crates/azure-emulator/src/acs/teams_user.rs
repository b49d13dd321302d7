//! `POST /teamsUser/:exchangeAccessToken`: exchanges A1, a Teams user's Entra token, for D.

use axum::{http::StatusCode, response::Response};
use serde_json::{Map, Value, json};

use crate::{
    Emulator,
    accounts::{Persona, account_by_object_id},
    acs::{acs_error::AcsError, acs_token, call::Call, entra_token::Person, operation::Operation},
    guid::is_guid,
    registrations::{ACS, TEAMS_SCOPES},
    response,
};

pub(super) async fn exchange(call: Call) -> Response {
    let call = match call.or_outage().await {
        Ok(call) => call,
        Err(outage) => return outage,
    };
    call.authorized(Operation::ExchangeTeamsUser, |emulator, body| {
        token_response(emulator, body).map(|token| response::json(StatusCode::OK, &token))
    })
}

/// Checks the request in the order of the real service, as recorded: an invalid token takes precedence over all other
/// errors.
///
/// ```json
/// { "token": "eyJ…", "appId": "acc00000-…", "userId": "a11ce000-…" }
/// ```
///
/// # Errors
/// The first check that fails.
fn token_response(emulator: &Emulator, body: &[u8]) -> Result<Value, AcsError> {
    let body: Map<String, Value> = serde_json::from_slice(body).map_err(|_| AcsError::BodyMalformed)?;
    let (token, app_id, user_id) = (member(&body, "token")?, member(&body, "appId")?, member(&body, "userId")?);
    let person = Person::verify(emulator, token, &ACS)
        .filter(|person| TEAMS_SCOPES.iter().all(|needed| person.has_scope(needed)))
        .ok_or(AcsError::TokenInvalid)?;
    for (field, value) in [("AppId", app_id), ("UserId", user_id)] {
        if value.is_empty() {
            return Err(AcsError::FieldRequired { field });
        }
    }
    for (field, target, value) in [("AppId", "appId", app_id), ("UserId", "userId", user_id)] {
        if !is_guid(value) {
            return Err(AcsError::FieldFormat { field, target });
        }
    }
    if !app_id.eq_ignore_ascii_case(&person.app_id) {
        return Err(AcsError::AppIdMismatch);
    }
    if !user_id.eq_ignore_ascii_case(&person.object_id) {
        return Err(AcsError::UserIdMismatch);
    }
    if person.is_guest {
        return Err(AcsError::GuestRefused);
    }
    if account_by_object_id(&person.object_id).is_some_and(|account| account.persona == Persona::Unlicensed) {
        return Err(AcsError::Unlicensed);
    }
    Ok(acs_token(emulator, &person))
}

/// The value of a member. An absent member counts as empty.
///
/// # Errors
/// [`AcsError::BodyMalformed`] if the member is not a string.
fn member<'b>(body: &'b Map<String, Value>, name: &str) -> Result<&'b str, AcsError> {
    body.get(name).map_or(Some(""), Value::as_str).ok_or(AcsError::BodyMalformed)
}

/// D, with the claims that the calling SDK reads. It expires when A1 does.
fn acs_token(emulator: &Emulator, person: &Person) -> Value {
    let identity_claims = json!({
        "skypeid": format!("orgid:{}", person.object_id),
        "tid": person.tenant.id,
        "acsScope": "voip,chat",
    });
    acs_token::issue(emulator, person.expires_at, identity_claims)
}
