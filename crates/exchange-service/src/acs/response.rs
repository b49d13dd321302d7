//! Reads the responses of ACS, and trusts nothing in them unchecked.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use contract::{UnixTime, exchange::quickstart::ExchangeResponse, rfc3339};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;

use super::refusal::AcsRefusal;
use crate::net::outbound::BoundedResponse;

/// The longest life of a token, in seconds: a day, which is ACS's maximum, and five minutes for clock differences.
const MAX_TOKEN_LIFETIME: u64 = 24 * 60 * 60 + 5 * 60;

/// The longest pause that is passed on to a caller, whatever ACS sends.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

/// The members of Azure's error envelope that decisions need.
#[derive(Deserialize)]
struct Envelope {
    error: EnvelopeError,
}

#[derive(Deserialize)]
pub(crate) struct EnvelopeError {
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) target: String,
}

/// The meaning of a response without a token. `own` gives the meaning of an error of this operation.
pub(super) fn refusal(
    response: &BoundedResponse,
    now: UnixTime,
    own: impl FnOnce(u16, &EnvelopeError) -> AcsRefusal,
) -> AcsRefusal {
    match response.status {
        // A proxy in between may have written the body of these, so the status alone decides.
        429 => AcsRefusal::Busy { retry_after: retry_after(&response.headers, now) },
        408 | 500.. => AcsRefusal::Unavailable { retry_after: retry_after(&response.headers, now) },
        _ if refuses_the_service(response) => AcsRefusal::ServiceRefused,
        status => match error(response) {
            Some(error) => own(status, &error),
            None => AcsRefusal::AnswerUnreadable,
        },
    }
}

/// Whether ACS refuses C. A 403 without ACS's own error body comes from a proxy in between, which would refuse the
/// service for every person.
pub(super) fn refuses_the_service(response: &BoundedResponse) -> bool {
    match (response.status, error(response)) {
        (401 | 403, Some(error)) => error.code == "Denied",
        (403, None) => true,
        _ => false,
    }
}

/// The error in the body, if ACS wrote the body.
pub(super) fn error(response: &BoundedResponse) -> Option<EnvelopeError> {
    serde_json::from_slice(&response.body).ok().map(|Envelope { error }| error)
}

/// Whether the response has a token that is valid at `now`.
pub(super) fn is_good(response: &ExchangeResponse, now: UnixTime) -> bool {
    let ends = rfc3339::parse(&response.expires_on);
    ends.is_some_and(|ends| (1..=MAX_TOKEN_LIFETIME).contains(&ends.since(now))) && !response.token.expose().is_empty()
}

/// The pause of `Retry-After` (RFC 9110 section 10.2.3): a number of seconds, or a date.
fn retry_after(headers: &HeaderMap, now: UnixTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let now: SystemTime = UNIX_EPOCH + Duration::from_secs(now.seconds());
            httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()
        }
    };
    Some(pause.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
pub(super) mod tests {
    use contract::secret::EntraAccessToken;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        acs::{Issued, Operation, Person, TeamsUser},
        caller::IssuerTenant,
    };

    proptest! {
        #[test]
        fn any_response_of_acs_is_a_token_for_a_day_or_a_refusal_with_a_bounded_pause(
            status in prop_oneof![Just(200_u16), Just(400), Just(401), Just(403), Just(408), Just(429), 200..1000_u16],
            after in proptest::option::of("[0-9]{1,25}|-1|1\\.5|[A-Z][a-z]{2}, [0-9]{2} Nov [0-9]{4} 08:00:00 GMT|[ -~]{0,40}"),
            body in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..200),
                "\\{\"token\":(\"d?\"|7|null),\"expiresOn\":\"20[0-9]{2}-[01][0-9]-[0-3][0-9]T08:00:00(Z|\\+0[0-9]:00)\"\\}"
                    .prop_map(String::into_bytes),
                "\\{\"error\":\\{\"code\":\"[A-Za-z]{0,9}\",\"message\":\"\",\"target\":\"(appId|userId)?\"\\}\\}"
                    .prop_map(String::into_bytes),
            ],
        ) {
            // SEC-099, SEC-108, SEC-109
            let after = after.map(|text| (RETRY_AFTER, text.parse().unwrap()));
            let response = BoundedResponse { status, headers: after.into_iter().collect(), body };
            match teams_user().read(&response, NOW) {
                Ok(Issued { response: token, .. }) => {
                    prop_assert_eq!(status, 200);
                    let ends = rfc3339::parse(&token.expires_on).unwrap();
                    prop_assert!((NOW.after(1)..=NOW.after(MAX_TOKEN_LIFETIME)).contains(&ends));
                    prop_assert!(!token.token.expose().is_empty());
                }
                Err(AcsRefusal::Busy { retry_after } | AcsRefusal::Unavailable { retry_after }) => {
                    prop_assert!(matches!(status, 408 | 429 | 500..));
                    prop_assert!(retry_after.is_none_or(|pause| pause <= MAX_RETRY_AFTER));
                }
                Err(_) => prop_assert!(!matches!(status, 408 | 429 | 500..)),
            }
        }
    }

    /// 2026-11-21T08:00:00Z
    pub(in crate::acs) const NOW: UnixTime = UnixTime::from_seconds(1_795_248_000);

    fn teams_user() -> TeamsUser {
        let id = "00000000-0000-0000-0000-000000000000";
        let from = IssuerTenant { issuer: None, tenant: id.parse().unwrap() };
        let person = Person { entra: EntraAccessToken::new("a1".to_owned()), from, object: id.parse().unwrap() };
        TeamsUser(person)
    }

    /// The result of the exchange for Teams users for this response.
    pub(in crate::acs) fn result(
        status: u16,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> Result<String, AcsRefusal> {
        let headers = headers
            .iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let issued = teams_user().read(&BoundedResponse { status, headers, body: body.into() }, NOW)?;
        Ok(issued.response.expires_on)
    }

    #[test]
    fn passes_on_the_expiry_as_acs_wrote_it() {
        for end in ["2026-11-21T09:04:04.5998266+00:00", "2026-11-21T09:00:00Z", "2026-11-21T10:00:00+01:00"] {
            assert_eq!(result(200, &[], &format!(r#"{{"token":"d","expiresOn":"{end}"}}"#)).unwrap(), end);
        }
    }

    #[test]
    fn refuses_a_missing_expired_or_too_long_lived_token() {
        // SEC-110
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
            assert_eq!(result(200, &[], body), Err(AcsRefusal::AnswerUnreadable), "{body}");
        }
    }

    #[test]
    fn reads_retry_after_as_seconds_or_a_date_of_at_most_five_minutes() {
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
            let refusal = result(429, &[("retry-after", text)], "");
            assert_eq!(refusal, Err(AcsRefusal::Busy { retry_after }), "{text}");
        }
    }
}
