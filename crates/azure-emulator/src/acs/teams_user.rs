//! `POST /teamsUser/:exchangeAccessToken`: A1 in, D out.

use axum::{http::StatusCode, response::Response};
use serde_json::{Map, Value, json};

use crate::{
    Emulator,
    accounts::{Persona, owner_of},
    acs::{acs_error::AcsError, acs_token, call::Call, entra_token::Person, operation::Operation},
    guid::is_guid,
    registrations::{ACS, TEAMS_SCOPES},
    reply,
};

pub(super) async fn exchange(call: Call) -> Response {
    let call = match call.or_outage().await {
        Ok(call) => call,
        Err(outage) => return outage,
    };
    call.authorized(Operation::ExchangeTeamsUser, |emulator, body| {
        exchanged(emulator, body).map(|token| reply::json(StatusCode::OK, &token))
    })
}

/// The checks in the order in which the real service was seen to make them: a bad token beats everything else.
fn exchanged(emulator: &Emulator, body: &[u8]) -> Result<Value, AcsError> {
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
    if owner_of(&person.object_id).is_some_and(|account| account.persona == Persona::Unlicensed) {
        return Err(AcsError::Unlicensed);
    }
    Ok(acs_token(emulator, &person))
}

/// A member that is absent counts as empty.
fn member<'b>(body: &'b Map<String, Value>, name: &str) -> Result<&'b str, AcsError> {
    body.get(name).map_or(Some(""), Value::as_str).ok_or(AcsError::BodyMalformed)
}

/// D: lives as long as A1. What the calling SDK reads of it is there.
fn acs_token(emulator: &Emulator, person: &Person) -> Value {
    let particular = json!({
        "skypeid": format!("orgid:{}", person.object_id),
        "tid": person.tenant.id,
        "acsScope": "voip,chat",
    });
    acs_token::issue(emulator, person.expires_at, particular)
}
