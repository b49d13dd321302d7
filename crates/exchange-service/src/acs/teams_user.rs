//! The exchange for Teams users: `teamsUser/:exchangeAccessToken`.

use contract::exchange::quickstart::ExchangeResponse;
use reqwest::Method;
use serde::Serialize;

use super::{
    call::Call,
    operation::{Issued, Kind, Operation, Person, Resource},
    refusal::AcsRefusal,
    response::EnvelopeError,
};

/// D for a person with a Teams license, authorized by C. ACS itself compares A1 with A2 and A3.
pub(crate) struct TeamsUser(pub(crate) Person);

/// The request body. Its members are in the order of Microsoft's client.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'p> {
    token: &'p str,
    app_id: &'p str,
    user_id: &'p str,
}

impl Operation for TeamsUser {
    const KIND: Kind = Kind::TeamsUser;
    const SUCCESS: u16 = 200;

    fn person(&self) -> Option<&Person> {
        Some(&self.0)
    }

    fn call(&self, resource: &Resource) -> Result<Call, AcsRefusal> {
        let Person { entra, object, .. } = &self.0;
        let body = Body { token: entra.expose(), app_id: resource.client_id.as_str(), user_id: object.as_str() };
        let body = serde_json::to_vec(&body).expect("a struct of three texts serialises");
        Ok(Call::new(Method::POST, &resource.endpoint, "/teamsUser/:exchangeAccessToken", "2023-10-01", body))
    }

    fn token(&self, body: &[u8]) -> Option<Issued> {
        // The response of ACS has the same members as ours. Unknown members are ignored.
        let response: ExchangeResponse = serde_json::from_slice(body).ok()?;
        Some(Issued { response, identity: None })
    }

    fn refusal(&self, status: u16, error: &EnvelopeError) -> AcsRefusal {
        match (status, error.code.as_str()) {
            // ACS accepted the signature, so it refuses the person: no license, or no access to this resource.
            (401, "InvalidAccessToken") | (403, _) => AcsRefusal::EntraTokenRefused,
            // The message decides, because nothing else in the response distinguishes a mismatch from a malformed id.
            // The case of `target` varies.
            (400, _)
                if error.target.eq_ignore_ascii_case("appId")
                    && error.message == "AAD application is not the expected one." =>
            {
                AcsRefusal::ApplicationMismatch
            }
            // The id is never malformed, because it is the GUID of a validated token.
            (400, _) if error.target.eq_ignore_ascii_case("userId") => AcsRefusal::UserMismatch,
            _ => AcsRefusal::AnswerUnreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acs::response::tests::result;

    #[test]
    fn maps_each_error_of_acs_to_its_own_refusal() {
        let error = |code: &str, message: &str, target: &str| {
            format!(r#"{{"error":{{"code":"{code}","message":"{message}","target":"{target}"}}}}"#)
        };
        let other_app = "AAD application is not the expected one.";
        let other_user = "Provided AAD token issued for unexpected user.";
        let unavailable = AcsRefusal::Unavailable { retry_after: None };
        for (status, body, refusal) in [
            (401, r#"{"error":{"code":"InvalidAccessToken","message":"x"}}"#.to_owned(), AcsRefusal::EntraTokenRefused),
            (401, r#"{"error":{"code":"Denied"}}"#.to_owned(), AcsRefusal::ServiceRefused),
            (403, error("Forbidden", "", ""), AcsRefusal::EntraTokenRefused),
            (403, error("Denied", "", ""), AcsRefusal::ServiceRefused),
            (403, String::new(), AcsRefusal::ServiceRefused),
            (400, error("ValidationError", other_app, "appId"), AcsRefusal::ApplicationMismatch),
            (400, error("ValidationError", other_app, "AppId"), AcsRefusal::ApplicationMismatch),
            (
                400,
                error("ValidationError", "Provided AppId has invalid format.", "appId"),
                AcsRefusal::AnswerUnreadable,
            ),
            (400, error("ValidationError", other_user, "userId"), AcsRefusal::UserMismatch),
            (400, error("ValidationError", other_user, "UserId"), AcsRefusal::UserMismatch),
            (400, error("ValidationError", other_app, "body"), AcsRefusal::AnswerUnreadable),
            (400, "<html>".to_owned(), AcsRefusal::AnswerUnreadable),
            (401, String::new(), AcsRefusal::AnswerUnreadable),
            (401, "<html>".to_owned(), AcsRefusal::AnswerUnreadable),
            (204, String::new(), AcsRefusal::AnswerUnreadable),
            (302, String::new(), AcsRefusal::AnswerUnreadable),
            (404, error("NotFound", "", ""), AcsRefusal::AnswerUnreadable),
            (429, "<html>".to_owned(), AcsRefusal::Busy { retry_after: None }),
            (408, String::new(), unavailable),
            (500, "<html>".to_owned(), unavailable),
            (503, String::new(), unavailable),
        ] {
            assert_eq!(result(status, &[], &body), Err(refusal), "{status} {body}");
        }
    }
}
