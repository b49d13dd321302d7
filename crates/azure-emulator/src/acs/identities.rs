//! `/identities`: ACS identities for people whom the caller's own system knows, and their tokens.

use axum::{extract::Path, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Emulator,
    acs::{
        acs_error::AcsError,
        acs_token::{self, RESOURCE_ID},
        call::{Call, no_content},
        operation::Operation,
    },
    response,
    state::AcsIdentity,
};

/// The only version with `customId` and `GET`.
const PREVIEW: &str = "2025-03-02-preview";

const SCOPES: [&str; 5] = ["chat", "chat.join", "chat.join.limited", "voip", "voip.join"];

/// The lifetime of a token if the request has none.
const DEFAULT_MINUTES: u64 = 1440;

/// The body of `POST /identities`.
///
/// ```json
/// { "customId": "guest-17", "createTokenWithScopes": ["voip"], "expiresInMinutes": 60 }
/// ```
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Creation {
    custom_id: Option<String>,
    create_token_with_scopes: Vec<String>,
    expires_in_minutes: Option<u64>,
}

/// The body of `POST /identities/{id}/:issueAccessToken`.
///
/// ```json
/// { "scopes": ["voip", "chat"], "expiresInMinutes": 60 }
/// ```
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issuance {
    #[serde(default)]
    scopes: Vec<String>,
    expires_in_minutes: Option<u64>,
}

/// `POST /identities`: creates an identity, with a token if the request has scopes. For a known `customId` it returns
/// the existing identity.
pub(super) async fn create(call: Call) -> Response {
    let preview = call.version().as_deref() == Some(PREVIEW);
    call.authorized(Operation::CreateIdentity, |emulator, body| {
        let creation: Creation = match body {
            [] => Creation::default(),
            body => serde_json::from_slice(body).map_err(|_| AcsError::BodyMalformed)?,
        };
        let custom_id = creation.custom_id.filter(|_| preview);
        if custom_id.as_ref().is_some_and(String::is_empty) {
            return Err(AcsError::FieldFormat { field: "CustomId", target: "customId" });
        }
        let mut state = emulator.state();
        let known = state.identities.iter().find(|(_, known)| custom_id.is_some() && known.custom_id == custom_id);
        let (id, mut identity) = match known {
            Some((id, identity)) => (id.clone(), identity.clone()),
            None => {
                let id = format!("8:acs:{RESOURCE_ID}_{}", emulator.random().guid("identity"));
                (id, AcsIdentity { custom_id, last_token_issued_at: None })
            }
        };
        let scopes = &creation.create_token_with_scopes;
        let token = match &scopes[..] {
            [] => None,
            scopes => Some(token(emulator, &id, &mut identity, scopes, creation.expires_in_minutes)?),
        };
        let mut response = json!({ "identity": if preview { identity.to_json(&id) } else { json!({ "id": id }) } });
        if let Some(token) = token {
            response["accessToken"] = token;
        }
        state.identities.insert(id, identity);
        Ok(response::json(StatusCode::CREATED, &response))
    })
}

/// `GET /identities/{id}`
pub(super) async fn get(Path(id): Path<String>, call: Call) -> Response {
    call.authorized(Operation::GetIdentity, |emulator, _| {
        let state = emulator.state();
        let identity = state.identities.get(&id).ok_or(AcsError::NoSuchIdentity)?;
        Ok(response::json(StatusCode::OK, &identity.to_json(&id)))
    })
}

/// `POST /identities/{id}/:issueAccessToken`
pub(super) async fn issue(Path(id): Path<String>, call: Call) -> Response {
    call.authorized(Operation::IssueToken, |emulator, body| {
        let issuance: Issuance = serde_json::from_slice(body).map_err(|_| AcsError::BodyMalformed)?;
        if issuance.scopes.is_empty() {
            return Err(AcsError::FieldRequired { field: "Scopes" });
        }
        let mut state = emulator.state();
        let identity = state.identities.get_mut(&id).ok_or(AcsError::NoSuchIdentity)?;
        let token = token(emulator, &id, identity, &issuance.scopes, issuance.expires_in_minutes)?;
        Ok(response::json(StatusCode::OK, &token))
    })
}

/// `POST /identities/{id}/:revokeAccessTokens`. It has no effect, because no endpoint of the emulator accepts tokens of
/// ACS.
pub(super) async fn revoke(Path(id): Path<String>, call: Call) -> Response {
    call.authorized(Operation::RevokeTokens, |emulator, _| {
        let exists = emulator.state().identities.contains_key(&id);
        if exists { Ok(no_content()) } else { Err(AcsError::NoSuchIdentity) }
    })
}

/// `DELETE /identities/{id}`
pub(super) async fn delete(Path(id): Path<String>, call: Call) -> Response {
    call.authorized(Operation::DeleteIdentity, |emulator, _| {
        let removed = emulator.state().identities.remove(&id);
        if removed.is_some() { Ok(no_content()) } else { Err(AcsError::NoSuchIdentity) }
    })
}

/// Issues a token for an identity, valid for `minutes`.
///
/// # Errors
/// [`AcsError::FieldFormat`] for an unknown scope, or a lifetime outside of an hour to a day.
fn token(
    emulator: &Emulator,
    id: &str,
    identity: &mut AcsIdentity,
    scopes: &[String],
    minutes: Option<u64>,
) -> Result<Value, AcsError> {
    if !scopes.iter().all(|scope| SCOPES.contains(&scope.as_str())) {
        return Err(AcsError::FieldFormat { field: "Scopes", target: "scopes" });
    }
    let minutes = minutes.unwrap_or(DEFAULT_MINUTES);
    if !(60..=1440).contains(&minutes) {
        return Err(AcsError::FieldFormat { field: "ExpiresInMinutes", target: "expiresInMinutes" });
    }
    identity.last_token_issued_at = Some(emulator.acs_now());
    // The claim is the id without its prefix "8:".
    let name = id.strip_prefix("8:").unwrap_or(id);
    let identity_claims = json!({ "skypeid": name, "acsScope": scopes.join(",") });
    Ok(acs_token::issue(emulator, emulator.acs_now() + 60 * minutes, identity_claims))
}
