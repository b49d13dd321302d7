//! `/identities`: people whom the caller's own system knows, and their tokens.

use std::collections::BTreeSet;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Emulator;
use crate::acs::acs_token::{self, RESOURCE_ID};
use crate::acs::call::{Call, nothing};
use crate::acs::operation::Operation;
use crate::acs::problem::Problem;
use crate::random;
use crate::reply;

/// The ids of the identities that exist.
pub(crate) type Identities = BTreeSet<String>;

const SCOPES: [&str; 5] = ["chat", "chat.join", "chat.join.limited", "voip", "voip.join"];

const DEFAULT_MINUTES: u64 = 1440;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Creation {
    create_token_with_scopes: Vec<String>,
    expires_in_minutes: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issuance {
    #[serde(default)]
    scopes: Vec<String>,
    expires_in_minutes: Option<u64>,
}

/// `POST /identities`, with a token if scopes are named.
pub(super) async fn create(call: Call) -> Response {
    call.authorized(Operation::CreateIdentity, |emulator, body| {
        let asked: Creation = match body {
            [] => Creation::default(),
            body => serde_json::from_slice(body).map_err(|_| Problem::BodyMalformed)?,
        };
        let id = format!("8:acs:{RESOURCE_ID}_{}", random::guid());
        let mut answer = json!({ "identity": { "id": id } });
        if !asked.create_token_with_scopes.is_empty() {
            answer["accessToken"] = token(emulator, &id, &asked.create_token_with_scopes, asked.expires_in_minutes)?;
        }
        emulator.state().identities.insert(id);
        Ok(reply::json(StatusCode::CREATED, &answer))
    })
}

/// `POST /identities/{id}/:issueAccessToken`
pub(super) async fn issue(Path(id): Path<String>, call: Call) -> Response {
    call.authorized(Operation::IssueToken, |emulator, body| {
        let asked: Issuance = serde_json::from_slice(body).map_err(|_| Problem::BodyMalformed)?;
        if asked.scopes.is_empty() {
            return Err(Problem::FieldRequired { field: "Scopes" });
        }
        find(emulator, &id)?;
        Ok(reply::json(StatusCode::OK, &token(emulator, &id, &asked.scopes, asked.expires_in_minutes)?))
    })
}

/// `POST /identities/{id}/:revokeAccessTokens`. Nothing here takes a token of ACS, so nothing refuses a revoked one.
pub(super) async fn revoke(Path(id): Path<String>, call: Call) -> Response {
    call.authorized(Operation::RevokeTokens, |emulator, _| {
        find(emulator, &id)?;
        Ok(nothing())
    })
}

/// `DELETE /identities/{id}`
pub(super) async fn delete(Path(id): Path<String>, call: Call) -> Response {
    call.authorized(Operation::DeleteIdentity, |emulator, _| {
        let existed = emulator.state().identities.remove(&id);
        if existed { Ok(nothing()) } else { Err(Problem::NoSuchIdentity) }
    })
}

fn find(emulator: &Emulator, id: &str) -> Result<(), Problem> {
    if emulator.state().identities.contains(id) { Ok(()) } else { Err(Problem::NoSuchIdentity) }
}

fn token(emulator: &Emulator, id: &str, scopes: &[String], minutes: Option<u64>) -> Result<Value, Problem> {
    if !scopes.iter().all(|scope| SCOPES.contains(&scope.as_str())) {
        return Err(Problem::FieldFormat { field: "Scopes", target: "scopes" });
    }
    let minutes = minutes.unwrap_or(DEFAULT_MINUTES);
    if !(60..=1440).contains(&minutes) {
        return Err(Problem::FieldFormat { field: "ExpiresInMinutes", target: "expiresInMinutes" });
    }
    // The claim is the id without its leading "8:".
    let person = id.strip_prefix("8:").unwrap_or(id);
    let particular = json!({ "skypeid": person, "acsScope": scopes.join(",") });
    Ok(acs_token::issue(emulator, emulator.now() + 60 * minutes, particular))
}
