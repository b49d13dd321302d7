//! The exchange for Teams users: `teamsUser/:exchangeAccessToken`.

use protocol::{exchange::quickstart::ExchangeAnswer, ids::ClientId};
use reqwest::{Method, Url};
use serde::Serialize;

use super::{
    AcsRefusal, Issued, Person,
    answer::{self, EnvelopeError},
    call::Call,
};
use crate::net::outbound::ShortAnswer;

/// The members in the order of Microsoft's own client.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'p> {
    token: &'p str,
    app_id: &'p str,
    user_id: &'p str,
}

pub(super) fn call(endpoint: &Url, client_id: &ClientId, person: &Person) -> Call {
    let body = Body { token: person.entra.expose(), app_id: client_id.as_str(), user_id: person.object.as_str() };
    let body = serde_json::to_vec(&body).expect("a struct of three texts serialises");
    Call::new(Method::POST, endpoint, "/teamsUser/:exchangeAccessToken", "2023-10-01", body)
}

/// `now` in seconds since 1970.
pub(super) fn read(answer: &ShortAnswer, now: u64) -> Result<Issued, AcsRefusal> {
    answer::read(answer, now, 200, token, refusal)
}

fn token(body: &[u8]) -> Option<Issued> {
    // ACS's own answer has the members of ours, and is read leniently: others may join them.
    let answer: ExchangeAnswer = serde_json::from_slice(body).ok()?;
    Some(Issued { answer, identity: None })
}

fn refusal(status: u16, error: &EnvelopeError) -> AcsRefusal {
    match (status, error.code.as_str()) {
        // The request was signed well, so what ACS forbids is the person: no licence, or not this resource's.
        (401, "InvalidAccessToken") | (403, _) => AcsRefusal::EntraTokenRefused,
        // The message, because ACS says nothing else to tell a mismatch from a malformed id. The target's case varies.
        (400, _)
            if error.target.eq_ignore_ascii_case("appId")
                && error.message == "AAD application is not the expected one." =>
        {
            AcsRefusal::ApplicationMismatch
        }
        // The id is never malformed: it is the GUID of a validated token.
        (400, _) if error.target.eq_ignore_ascii_case("userId") => AcsRefusal::UserMismatch,
        _ => AcsRefusal::AnswerUnreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acs::answer::tests::answer;

    #[test]
    fn each_refusal_of_acs_is_told_apart() {
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
            assert_eq!(answer(status, &[], &body), Err(refusal), "{status} {body}");
        }
    }
}
