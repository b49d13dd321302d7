//! `POST /teamsUser/:exchangeAccessToken`: A1 in, D out.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::Emulator;
use crate::accounts::{Persona, owner_of};
use crate::acs::acs_token;
use crate::acs::call::Call;
use crate::acs::operation::Operation;
use crate::acs::problem::Problem;
use crate::directory::{Authority, Tenant};
use crate::jwt;
use crate::random::is_guid;
use crate::registrations::ACS;
use crate::reply;

pub(super) async fn exchange(call: Call) -> Response {
    let call = match call.survive().await {
        Ok(call) => call,
        Err(outage) => return outage,
    };
    call.authorized(Operation::ExchangeTeamsUser, |emulator, body| {
        exchanged(emulator, body).map(|token| reply::json(StatusCode::OK, &token))
    })
}

/// The checks in the order in which the real service was seen to make them: a bad token beats everything else.
fn exchanged(emulator: &Emulator, body: &[u8]) -> Result<Value, Problem> {
    let body: Map<String, Value> = serde_json::from_slice(body).map_err(|_| Problem::BodyMalformed)?;
    let (token, app_id, user_id) = (member(&body, "token")?, member(&body, "appId")?, member(&body, "userId")?);
    let bearer = Bearer::verify(emulator, token).ok_or(Problem::TokenInvalid)?;
    for (field, value) in [("AppId", app_id), ("UserId", user_id)] {
        if value.is_empty() {
            return Err(Problem::FieldRequired { field });
        }
    }
    for (field, target, value) in [("AppId", "appId", app_id), ("UserId", "userId", user_id)] {
        if !is_guid(value) {
            return Err(Problem::FieldFormat { field, target });
        }
    }
    if !app_id.eq_ignore_ascii_case(&bearer.app_id) {
        return Err(Problem::AppIdMismatch);
    }
    if !user_id.eq_ignore_ascii_case(&bearer.object_id) {
        return Err(Problem::UserIdMismatch);
    }
    if bearer.is_guest {
        return Err(Problem::GuestRefused);
    }
    if owner_of(&bearer.object_id).is_some_and(|account| account.persona == Persona::Unlicensed) {
        return Err(Problem::Unlicensed);
    }
    Ok(bearer.acs_token(emulator))
}

/// A member that is absent counts as empty.
fn member<'b>(body: &'b Map<String, Value>, name: &str) -> Result<&'b str, Problem> {
    body.get(name).map_or(Some(""), Value::as_str).ok_or(Problem::BodyMalformed)
}

/// Whom a valid A1 speaks for.
struct Bearer {
    app_id: String,
    object_id: String,
    tenant: &'static Tenant,
    is_guest: bool,
    expires_at: u64,
}

impl Bearer {
    fn verify(emulator: &Emulator, token: &str) -> Option<Self> {
        let claims = jwt::verified_claims(token, emulator.state().signing_keys.iter().map(|key| &**key))?;
        let text = |name: &str| claims[name].as_str();
        let Authority::One(tenant) = Authority::parse(text("tid")?)? else { return None };
        let now = emulator.now();
        let (not_before, expires_at) = (claims["nbf"].as_u64()?, claims["exp"].as_u64()?);
        let scopes: Vec<&str> = text("scp")?.split(' ').collect();
        let valid = [ACS.uri, ACS.app_id].contains(&text("aud")?)
            && text("iss")? == emulator.issuer_v1(tenant.id)
            && (not_before..expires_at).contains(&now)
            && ACS.scopes.iter().all(|needed| scopes.contains(needed));
        valid.then_some(Self {
            app_id: text("appid")?.to_owned(),
            object_id: text("oid")?.to_owned(),
            tenant,
            is_guest: text("idp").is_some(),
            expires_at,
        })
    }

    /// D: lives as long as A1. What the calling SDK reads of it is there.
    fn acs_token(&self, emulator: &Emulator) -> Value {
        let particular = json!({
            "skypeid": format!("orgid:{}", self.object_id),
            "tid": self.tenant.id,
            "acsScope": "voip,chat",
        });
        acs_token::issue(emulator, self.expires_at, particular)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Bearer;
    use crate::{Clock, Emulator, FABRIKAM, Options};

    const NOW: u64 = 1_795_248_000;

    fn good_claims() -> Value {
        json!({
            "aud": "https://auth.msft.communication.azure.com",
            "iss": format!("http://localhost:8401/sts/{}/", FABRIKAM.id),
            "nbf": NOW,
            "exp": NOW + 1,
            "appid": "acc00000-0000-4000-8000-000000000010",
            "oid": "a11ce000-0000-4000-8000-000000000001",
            "scp": "Teams.ManageChats Teams.ManageCalls",
            "tid": FABRIKAM.id,
        })
    }

    #[test]
    fn one_wrong_claim_spoils_a_token_that_entra_signed() {
        let emulator = Emulator::new(Options {
            entra_url: "http://localhost:8401".to_owned(),
            acs_url: "http://localhost:8402".to_owned(),
            clock: Clock::stopped_at(NOW),
            coop: false,
        });
        let is_valid = |claims: &Value| {
            let token = emulator.state().signing_key().sign(claims);
            Bearer::verify(&emulator, &token).is_some()
        };
        assert!(is_valid(&good_claims()));
        for (name, value) in [
            ("aud", json!("https://graph.microsoft.com")),
            ("aud", json!(["https://auth.msft.communication.azure.com"])),
            ("iss", json!(format!("http://localhost:8401/{}/v2.0", FABRIKAM.id))),
            ("iss", json!("http://evil.example/")),
            ("nbf", json!(NOW + 1)),
            ("exp", json!(NOW)),
            ("exp", json!("tomorrow")),
            ("scp", json!("Teams.ManageCalls Teams.ManageChatsToo")),
            ("tid", json!("c0700000-0000-4000-8000-000000000002")),
            ("tid", json!("organizations")),
            ("oid", Value::Null),
            ("appid", Value::Null),
        ] {
            let mut claims = good_claims();
            claims[name] = value;
            assert!(!is_valid(&claims), "{claims}");
        }
    }
}
