use messages::{AcsToken, Problem, ProblemCode as Told};

use super::{ExchangeProblem, ProblemCode, quickstart};
use crate::{
    config::{Contract, Exchange},
    http::{Request, Response},
    secret::{CallerToken, EntraAccessToken},
};

/// The ACS token (artifact D) and its end.
#[derive(Debug)]
pub struct Exchanged {
    /// Opaque.
    pub token: AcsToken,
    /// Seconds since 1970.
    pub expires_at: u64,
}

/// Asks the configured backend for the ACS token. A1 and B are spent by it.
pub fn request(exchange: &Exchange, entra: EntraAccessToken, caller: CallerToken) -> Request {
    match exchange.contract {
        Contract::Quickstart => quickstart::request(exchange, entra, caller),
    }
}

/// Reads the backend's answer.
pub fn read(exchange: &Exchange, response: &Response, now: u64) -> Result<Exchanged, Problem> {
    let exchanged = match exchange.contract {
        Contract::Quickstart => quickstart::read(response),
    };
    match exchanged {
        Some(exchanged) if exchanged.expires_at > now && !exchanged.token.expose().is_empty() => Ok(exchanged),
        _ => Err(problem(response)),
    }
}

/// What a person is told of a refusal. Our own service explains itself by a code; of another backend only the status
/// is known.
fn problem(response: &Response) -> Problem {
    use ProblemCode as Service;
    let told: Option<ExchangeProblem> = serde_json::from_str(response.body.expose()).ok();
    let Some(ExchangeProblem { code, title, correlation_id, .. }) = told else {
        let code = match response.status {
            401 | 403 => Told::CallerRefused,
            429 => Told::ExchangeBusy,
            500..=599 => Told::ExchangeFailed,
            _ => Told::ExchangeAnswerUnreadable,
        };
        return Problem::new(code)
            .detail(format!("HTTP {}", response.status))
            .reference(response.correlation_id.clone());
    };
    let code = match code {
        Service::AcsAnswerUnreadable | Service::AcsTimeout | Service::AcsUnavailable => Told::AcsUnavailable,
        Service::AcsBusy => Told::AcsBusy,
        Service::AcsRefusedService => Told::AcsRefusedService,
        Service::ApplicationMismatch => Told::ApplicationMismatch,
        Service::CallerTokenRefused => Told::CallerRefused,
        Service::EntraTokenRefused => Told::EntraTokenRefused,
        Service::Internal | Service::KeysUnavailable => Told::ExchangeFailed,
        Service::OriginNotAllowed => Told::ExchangeUnreachable,
        Service::Overloaded | Service::RateLimited | Service::RequestTimeout => Told::ExchangeBusy,
        Service::UserMismatch => Told::UserMismatch,
        // The contract is not the one that is configured, or the service is newer than this page.
        Service::MalformedRequest
        | Service::MethodNotAllowed
        | Service::NotFound
        | Service::TooLarge
        | Service::UnsupportedMediaType
        | Service::Unknown => Told::ExchangeAnswerUnreadable,
    };
    Problem::new(code).detail(title).reference(Some(correlation_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Config, secret::SecretText};

    const NOW: u64 = 1_795_248_000;

    fn outcome(status: u16, body: &str) -> Result<Exchanged, Told> {
        let exchange = Config::parse(crate::config::tests::GOOD).unwrap().exchange;
        let response = Response { status, correlation_id: None, body: SecretText::new(body.to_owned()) };
        read(&exchange, &response, NOW).map_err(|problem| problem.code)
    }

    #[test]
    fn a_token_and_its_end_are_read() {
        for status in [200, 201] {
            let exchanged =
                outcome(status, r#"{"token":"d","expiresOn":"2026-11-21T09:00:00.1234567+00:00","user":{}}"#).unwrap();
            assert_eq!((exchanged.token.expose(), exchanged.expires_at), ("d", NOW + 3600));
        }
    }

    #[test]
    fn an_answer_without_a_living_token_is_refused() {
        // security 110
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"token":"d"}"#,
            r#"{"token":"","expiresOn":"2026-11-21T09:00:00Z"}"#,
            r#"{"token":"d","expiresOn":"2026-11-21T08:00:00Z"}"#,
            r#"{"token":"d","expiresOn":"soon"}"#,
            r#"{"token":7,"expiresOn":"2026-11-21T09:00:00Z"}"#,
        ] {
            assert_eq!(outcome(200, body).unwrap_err(), Told::ExchangeAnswerUnreadable, "{body}");
        }
    }

    #[test]
    fn the_code_of_our_service_decides_and_else_the_status() {
        let coded =
            |code: &str| format!(r#"{{"type":"urn:x","title":"t","status":422,"code":"{code}","correlationId":"c"}}"#);
        for (status, body, told) in [
            (422, coded("entra_token_refused"), Told::EntraTokenRefused),
            (422, coded("application_mismatch"), Told::ApplicationMismatch),
            (422, coded("user_mismatch"), Told::UserMismatch),
            (401, coded("caller_token_refused"), Told::CallerRefused),
            (503, coded("acs_busy"), Told::AcsBusy),
            (502, coded("acs_refused_service"), Told::AcsRefusedService),
            (503, coded("keys_unavailable"), Told::ExchangeFailed),
            (418, coded("a_code_of_next_year"), Told::ExchangeAnswerUnreadable),
            (401, "<html>".to_owned(), Told::CallerRefused),
            (503, coded("overloaded"), Told::ExchangeBusy),
            (429, coded("rate_limited"), Told::ExchangeBusy),
            (429, String::new(), Told::ExchangeBusy),
            (500, "<pre>Error: stack".to_owned(), Told::ExchangeFailed),
            (404, "<html>".to_owned(), Told::ExchangeAnswerUnreadable),
        ] {
            assert_eq!(outcome(status, &body).unwrap_err(), told, "{status} {body}");
        }
    }
}
