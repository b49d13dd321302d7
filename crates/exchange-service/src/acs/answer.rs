//! What ACS answers, read on the suspicion that it is something else.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use protocol::{exchange::quickstart::ExchangeAnswer, rfc3339};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;

use super::AcsRefusal;
use crate::outbound::ShortAnswer;

/// ACS's longest token lives a day; five minutes for clocks that differ.
const LONGEST_LIFE: u64 = 24 * 60 * 60 + 5 * 60;

/// What a caller is asked to wait at most, whatever ACS says.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// Azure's error envelope, as far as a decision needs it.
#[derive(Deserialize)]
struct Envelope {
    error: EnvelopeError,
}

#[derive(Deserialize)]
struct EnvelopeError {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    target: String,
}

/// `now` in seconds since 1970.
pub(super) fn read(answer: &ShortAnswer, now: u64) -> Result<ExchangeAnswer, AcsRefusal> {
    match answer.status {
        200 => token(&answer.body, now).ok_or(AcsRefusal::AnswerUnreadable),
        // A proxy in between may have written the body of these: the status alone decides.
        429 => Err(AcsRefusal::Busy { retry_after: retry_after(&answer.headers, now) }),
        408 | 500.. => Err(AcsRefusal::Unavailable { retry_after: retry_after(&answer.headers, now) }),
        status => {
            let envelope: Result<Envelope, _> = serde_json::from_slice(&answer.body);
            Err(match envelope {
                Ok(envelope) => refusal(status, &envelope.error),
                // Not ACS's own: something between refuses the service, whoever it asks for.
                Err(_) if status == 403 => AcsRefusal::ServiceRefused,
                Err(_) => AcsRefusal::AnswerUnreadable,
            })
        }
    }
}

fn refusal(status: u16, error: &EnvelopeError) -> AcsRefusal {
    match (status, error.code.as_str()) {
        (401 | 403, "Denied") => AcsRefusal::ServiceRefused,
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

/// A token that is good now, or nothing: fail closed rather than hand on what a call would trip over.
fn token(body: &[u8], now: u64) -> Option<ExchangeAnswer> {
    // ACS's own answer has the members of ours, and is read leniently: others may join them.
    let answer: ExchangeAnswer = serde_json::from_slice(body).ok()?;
    let life = rfc3339::parse(&answer.expires_on)?.checked_sub(now)?;
    let good = (1..=LONGEST_LIFE).contains(&life) && !answer.token.expose().is_empty();
    good.then_some(answer)
}

/// RFC 9110 section 10.2.3: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: u64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let now: SystemTime = UNIX_EPOCH + Duration::from_secs(now);
            httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()
        }
    };
    Some(pause.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T08:00:00Z
    const NOW: u64 = 1_795_248_000;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Result<String, AcsRefusal> {
        let headers = headers
            .iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let exchanged = read(&ShortAnswer { status, headers, body: body.into() }, NOW)?;
        Ok(exchanged.expires_on)
    }

    #[test]
    fn a_token_comes_with_its_end_as_acs_wrote_it() {
        for end in ["2026-11-21T09:04:04.5998266+00:00", "2026-11-21T09:00:00Z", "2026-11-21T10:00:00+01:00"] {
            assert_eq!(answer(200, &[], &format!(r#"{{"token":"d","expiresOn":"{end}"}}"#)).unwrap(), end);
        }
    }

    #[test]
    fn a_token_that_is_not_good_now_is_none() {
        // security 110
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"token":"d"}"#,
            r#"{"token":"","expiresOn":"2026-11-21T09:00:00Z"}"#,
            r#"{"token":7,"expiresOn":"2026-11-21T09:00:00Z"}"#,
            r#"{"token":"d","expiresOn":"2026-11-21T08:00:00Z"}"#,
            r#"{"token":"d","expiresOn":"2026-11-21T07:59:59Z"}"#,
            r#"{"token":"d","expiresOn":"2026-11-22T08:05:01Z"}"#,
            r#"{"token":"d","expiresOn":"in an hour"}"#,
            r#"{"token":"d","expiresOn":1795251600}"#,
        ] {
            assert_eq!(answer(200, &[], body), Err(AcsRefusal::AnswerUnreadable), "{body}");
        }
    }

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

    #[test]
    fn a_pause_is_seconds_or_a_date_and_never_longer_than_five_minutes() {
        for (text, seconds) in [
            ("7", Some(7)),
            ("0", Some(0)),
            ("99999999999", Some(300)),
            ("Sat, 21 Nov 2026 08:00:30 GMT", Some(30)),
            ("Sat, 21 Nov 2026 07:00:00 GMT", Some(0)),
            ("Sat, 21 Nov 2099 08:00:30 GMT", Some(300)),
            ("-1", None),
            ("soon", None),
        ] {
            let retry_after = seconds.map(Duration::from_secs);
            let told = answer(429, &[("retry-after", text)], "");
            assert_eq!(told, Err(AcsRefusal::Busy { retry_after }), "{text}");
        }
    }
}
