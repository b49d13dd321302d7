use contract::{
    UnixTime,
    exchange::{ExchangeProblem, ExchangeProblemCode},
    search,
    secret::is_token,
    secret::{CallerToken, EntraAccessToken, SecretText},
};
use messages::{
    Problem, ProblemCode,
    json::{self, Json},
};

use super::{
    acs_entra,
    exchanged::{Exchanged, PersonIds},
    function, hero, quickstart,
};
use crate::{
    config::{Backend, Contract, Exchange},
    http::{Request, Response},
};

/// The request to the configured backend for D. It uses up A1 and B.
pub fn request(backend: &Backend, person: PersonIds<'_>, entra: EntraAccessToken, caller: CallerToken) -> Request {
    match backend.contract {
        Contract::Function => function::request(backend, person, &entra, caller),
        Contract::Hero => hero::request(backend, entra, caller),
        Contract::Quickstart | Contract::QuickstartEntraId => quickstart::request(backend, entra, caller),
    }
}

/// The request that makes the browser connect to our own service, and keep the answer to the preflight of [`request`].
/// Both take longer than the exchange on a slow line. It carries nothing of the person. `None` for the other backends.
///
/// A preflight is for an address, and its answer names all headers that a request to this address may have (Fetch,
/// section 4.8). So another method serves, with a header that needs a preflight.
pub fn warm_up(exchange: &Exchange) -> Option<Request> {
    let Exchange::Backend(Backend { contract: Contract::Quickstart | Contract::QuickstartEntraId, url, .. }) = exchange
    else {
        return None;
    };
    let json = ("content-type", SecretText::new("application/json".to_owned()));
    Some(Request { headers: vec![json], ..Request::get(url.as_str().to_owned()) })
}

/// Reads the response. All backends have the same members for the token; the hero samples send 201, the others 200.
///
/// # Errors
/// If the response has no token, or an expired one.
pub fn read(exchange: &Exchange, response: &Response, now: UnixTime) -> Result<Exchanged, Problem> {
    match exchange {
        Exchange::Acs { .. } => require_valid_token(acs_entra::read(response), now, || acs_entra::problem(response)),
        Exchange::Backend(backend) => {
            require_valid_token(quickstart::read(response), now, || problem(backend.contract, response))
        }
    }
}

/// Reads the response to a request of the contract `guest`.
///
/// # Errors
/// If the response has no token, or an expired one.
pub fn read_guest(response: &Response, now: UnixTime) -> Result<Exchanged, Problem> {
    require_valid_token(quickstart::read(response), now, || match response.status {
        // The service has no guest exchange, so the path does not exist.
        404 => Problem::new(ProblemCode::GuestsNotServed),
        _ => problem(Contract::Quickstart, response),
    })
}

fn require_valid_token(
    exchanged: Option<Exchanged>,
    now: UnixTime,
    otherwise: impl FnOnce() -> Problem,
) -> Result<Exchanged, Problem> {
    let exchanged = exchanged.filter(|exchanged| is_token(exchanged.token.expose())).ok_or_else(otherwise)?;
    if exchanged.expires_at <= now {
        return Err(Problem::new(ProblemCode::ClockWrong).detail(
            "calling token: expiresOn is past; unless the clock is wrong, the exchange service gave an old one",
        ));
    }
    Ok(exchanged)
}

/// The problem of a refusal. Our own service sends a code.
fn problem(contract: Contract, response: &Response) -> Problem {
    let Ok(ExchangeProblem { code, title, correlation_id, .. }) = ExchangeProblem::from_json(response.body.expose())
    else {
        return problem_of_another_backend(contract, response);
    };
    let code = match code {
        ExchangeProblemCode::AcsAnswerUnreadable
        | ExchangeProblemCode::AcsTimeout
        | ExchangeProblemCode::AcsUnavailable => ProblemCode::AcsUnavailable,
        ExchangeProblemCode::AcsBusy => ProblemCode::AcsBusy,
        ExchangeProblemCode::AcsRefusedService => ProblemCode::AcsRefusedService,
        ExchangeProblemCode::ApplicationMismatch => ProblemCode::ApplicationMismatch,
        ExchangeProblemCode::AssignmentMissing => ProblemCode::AssignmentMissing,
        ExchangeProblemCode::CallerTokenRefused => ProblemCode::CallerRefused,
        ExchangeProblemCode::EntraTokenRefused => ProblemCode::EntraTokenRefused,
        ExchangeProblemCode::AuditUnavailable
        | ExchangeProblemCode::Internal
        | ExchangeProblemCode::KeysUnavailable
        | ExchangeProblemCode::ServiceIdentityUnavailable => ProblemCode::ExchangeFailed,
        ExchangeProblemCode::OriginNotAllowed => ProblemCode::ExchangeUnreachable,
        ExchangeProblemCode::Overloaded | ExchangeProblemCode::RateLimited | ExchangeProblemCode::RequestTimeout => {
            ProblemCode::ExchangeBusy
        }
        ExchangeProblemCode::StepUpRequired => ProblemCode::InteractionNeeded,
        ExchangeProblemCode::UserMismatch => ProblemCode::UserMismatch,
        // Another contract is configured than the service has, or the service is newer than this page.
        ExchangeProblemCode::MailboxFilled
        | ExchangeProblemCode::MailboxKeyRefused
        | ExchangeProblemCode::MailboxUnavailable
        | ExchangeProblemCode::MalformedRequest
        | ExchangeProblemCode::MethodNotAllowed
        | ExchangeProblemCode::NotFound
        | ExchangeProblemCode::TooLarge
        | ExchangeProblemCode::UnsupportedMediaType
        | ExchangeProblemCode::Unknown => ProblemCode::ExchangeResponseUnreadable,
    };
    Problem::new(code).detail(title).reference(Some(correlation_id))
}

/// Sentences of ACS that Microsoft's samples pass on, from its SDKs and recordings, and what they mean (REP-25).
const ACS_SENTENCES: [(&str, ProblemCode); 12] = [
    ("Provided access token is not valid.", ProblemCode::EntraTokenRefused),
    ("Teams license", ProblemCode::EntraTokenRefused),
    ("AAD application is not the expected one.", ProblemCode::ApplicationMismatch),
    ("Provided AppId has invalid format.", ProblemCode::ApplicationMismatch),
    ("The AppId field is required.", ProblemCode::ApplicationMismatch),
    ("Provided AAD token issued for unexpected user.", ProblemCode::UserMismatch),
    ("Provided UserId has invalid format.", ProblemCode::CallerRefused),
    ("The UserId field is required.", ProblemCode::CallerRefused),
    ("Denied by the resource provider.", ProblemCode::AcsRefusedService),
    ("differs from generated content hash", ProblemCode::AcsRefusedService),
    ("greater than the allowed margin of 5 minutes", ProblemCode::AcsRefusedService),
    ("occurred while parsing the response body", ProblemCode::AcsUnavailable),
];

/// The messages of `express-jwt` and `jsonwebtoken`. The hero sample in Node.js sends them with status 500 if it
/// refuses B.
const EXPRESS_JWT_MESSAGES: [&str; 9] = [
    "Format is Authorization: Bearer [token]",
    "No authorization token was found",
    "invalid algorithm",
    "invalid signature",
    "invalid token",
    "jwt expired",
    "jwt malformed",
    "jwt not active",
    "jwt signature is required",
];

/// The problem of a sentence in the body of a sample, if it is a known one.
fn known_sentence(contract: Contract, body: &str) -> Option<ProblemCode> {
    let message = message(body);
    let text = match contract {
        Contract::Hero => message.as_deref()?,
        // The error of this sample is an HTML page.
        Contract::Quickstart => body,
        Contract::Function | Contract::QuickstartEntraId => return None,
    };
    if EXPRESS_JWT_MESSAGES.contains(&text) {
        return Some(ProblemCode::CallerRefused);
    }
    ACS_SENTENCES.iter().find(|(sentence, _)| search::contains(text, sentence)).map(|(_, code)| *code)
}

/// The problem by the status and, for Microsoft's samples, by known sentences. The hero samples send 500 for every
/// fault and the Function 404; the single-page sample passes on the status of ACS (REP-24).
fn problem_of_another_backend(contract: Contract, response: &Response) -> Problem {
    let known = known_sentence(contract, response.body.expose()).filter(|_| matches!(response.status, 400..=500));
    let code = known.unwrap_or(match (contract, response.status) {
        (Contract::Function, 404) => ProblemCode::EntraTokenRefused,
        // ACS found a value invalid: most often the sample has another client id than this page.
        (Contract::Quickstart, 400) => ProblemCode::ApplicationMismatch,
        // ACS refused the person, most often for the lack of a license. The sample itself never answers 403.
        (Contract::Quickstart, 403) => ProblemCode::EntraTokenRefused,
        (_, 401 | 403) => ProblemCode::CallerRefused,
        (_, 429) => ProblemCode::ExchangeBusy,
        (_, 500..=599) => ProblemCode::ExchangeFailed,
        _ => ProblemCode::ExchangeResponseUnreadable,
    });
    let detail = match message(response.body.expose()) {
        Some(message) => format!("HTTP {}: {message}", response.status),
        None => format!("HTTP {}", response.status),
    };
    Problem::new(code).detail(detail).reference(response.correlation_id.clone())
}

/// The first line of the message in a JSON error, for a developer. HTML and stack traces are not shown, nor are the
/// response and its headers, which the SDK for .NET writes into the next lines.
fn message(body: &str) -> Option<String> {
    let mut body = json::read_members(body, &["message", "Message"]).ok()?;
    let message = match (body.take("message"), body.take("Message")) {
        (message, Json::Missing) | (Json::Missing, message) => message.into_text()?,
        // Both names.
        _ => return None,
    };
    body.finish().ok()?;
    let line = message.trim().lines().next()?;
    Some(line.to_owned())
}

#[cfg(test)]
mod tests {
    use contract::secret::SecretText;

    use super::*;
    use crate::http::Method;

    const NOW: UnixTime = UnixTime::from_seconds(1_795_248_000);

    fn exchange(contract: &str) -> Exchange {
        let text = crate::config::tests::GOOD.replace("quickstart", contract);
        crate::config::tests::application_of(&text).exchange
    }

    fn outcome(status: u16, body: &str) -> Result<Exchanged, ProblemCode> {
        let exchange = exchange("quickstart");
        let response = Response::plain(status, body);
        read(&exchange, &response, NOW).map_err(|problem| problem.code)
    }

    #[test]
    fn a_token_and_its_expiry_are_read() {
        for status in [200, 201] {
            let exchanged =
                outcome(status, r#"{"token":"d","expiresOn":"2026-11-21T09:00:00.1234567+00:00","user":{}}"#).unwrap();
            assert_eq!((exchanged.token.expose(), exchanged.expires_at), ("d", NOW.after(3600)));
        }
    }

    #[test]
    fn the_identity_in_acs_is_read_only_in_its_own_form() {
        let of = |identity: &str| {
            let body = format!(r#"{{"token":"d","expiresOn":"2026-11-21T09:00:00Z","identity":{identity}}}"#);
            outcome(200, &body).unwrap().communication_id
        };
        assert_eq!(of(r#""8:acs:r_t_o""#).as_deref(), Some("8:acs:r_t_o"));
        for other in ["null", "7", r#"{"id":"8:acs:x"}"#, r#""8:orgid:x""#, r#""8:acs:x y""#, r#""8:acs:\u202e""#] {
            assert_eq!(of(other), None, "{other}");
        }
        assert_eq!(of(&format!(r#""8:acs:{}""#, "a".repeat(256))), None);
        // REP-21
        assert_eq!(of(r#""8:acs:eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiIxIn0.x""#), None);
    }

    #[test]
    fn a_response_without_a_valid_token_is_refused() {
        // SEC-110
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"token":"d"}"#,
            r#"{"token":"","expiresOn":"2026-11-21T09:00:00Z"}"#,
            r#"{"token":"d\r\n","expiresOn":"2026-11-21T09:00:00Z"}"#,
            r#"{"token":"a d","expiresOn":"2026-11-21T09:00:00Z"}"#,
            r#"{"token":"d","expiresOn":"soon"}"#,
            r#"{"token":7,"expiresOn":"2026-11-21T09:00:00Z"}"#,
        ] {
            assert_eq!(outcome(200, body).unwrap_err(), ProblemCode::ExchangeResponseUnreadable, "{body}");
        }
        let over = r#"{"token":"d","expiresOn":"2026-11-21T08:00:00Z"}"#;
        assert_eq!(outcome(200, over).unwrap_err(), ProblemCode::ClockWrong);
    }

    #[test]
    fn the_code_of_our_service_decides_and_otherwise_the_status() {
        let coded =
            |code: &str| format!(r#"{{"type":"urn:x","title":"t","status":422,"code":"{code}","correlationId":"c"}}"#);
        for (status, body, expected) in [
            (422, coded("entra_token_refused"), ProblemCode::EntraTokenRefused),
            (422, coded("application_mismatch"), ProblemCode::ApplicationMismatch),
            (422, coded("user_mismatch"), ProblemCode::UserMismatch),
            (401, coded("caller_token_refused"), ProblemCode::CallerRefused),
            (503, coded("acs_busy"), ProblemCode::AcsBusy),
            (502, coded("acs_refused_service"), ProblemCode::AcsRefusedService),
            (403, coded("assignment_missing"), ProblemCode::AssignmentMissing),
            (503, coded("service_identity_unavailable"), ProblemCode::ExchangeFailed),
            (503, coded("keys_unavailable"), ProblemCode::ExchangeFailed),
            (503, coded("audit_unavailable"), ProblemCode::ExchangeFailed),
            (418, coded("a_code_of_next_year"), ProblemCode::ExchangeResponseUnreadable),
            (401, "<html>".to_owned(), ProblemCode::CallerRefused),
            (503, coded("overloaded"), ProblemCode::ExchangeBusy),
            (429, coded("rate_limited"), ProblemCode::ExchangeBusy),
            (429, String::new(), ProblemCode::ExchangeBusy),
            (500, "<pre>Error: stack".to_owned(), ProblemCode::ExchangeFailed),
            (404, "<html>".to_owned(), ProblemCode::ExchangeResponseUnreadable),
        ] {
            assert_eq!(outcome(status, &body).unwrap_err(), expected, "{status} {body}");
        }
    }

    fn sent(contract: &str) -> Request {
        let (client_id, object_id) = (
            "acc00000-0000-4000-8000-000000000010".parse().unwrap(),
            "11111111-2222-3333-4444-555555555555".parse().unwrap(),
        );
        let person = PersonIds { client_id: &client_id, object_id: &object_id };
        let (entra, caller) = (EntraAccessToken::new("the-a1".to_owned()), CallerToken::new("the-b".to_owned()));
        match &exchange(contract) {
            Exchange::Backend(backend) => request(backend, person, entra, caller),
            Exchange::Acs { .. } => panic!("a backend is configured"),
        }
    }

    #[test]
    fn each_contract_puts_a1_where_its_backend_reads_it() {
        for (contract, method, body, header) in [
            ("quickstart", Method::Post, Some(r#"{"accessToken":"the-a1"}"#), None),
            ("hero", Method::Get, None, Some("the-a1")),
            (
                "function",
                Method::Post,
                Some(
                    r#"{"appId":"acc00000-0000-4000-8000-000000000010","token":"the-a1","userId":"11111111-2222-3333-4444-555555555555"}"#,
                ),
                None,
            ),
        ] {
            let request = sent(contract);
            let of =
                |name: &str| request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.expose());
            assert_eq!(request.method, method, "{contract}");
            assert_eq!(request.body.as_ref().map(SecretText::expose), body, "{contract}");
            assert_eq!(of("teams-user-aad-token"), header, "{contract}");
            assert_eq!(of("authorization"), Some("Bearer the-b"), "{contract}");
        }
    }

    #[test]
    fn each_response_of_microsofts_samples_has_the_best_problem_that_is_known() {
        let express = "<!DOCTYPE html><pre>UnauthorizedError: jwt expired<br> at /srv/index.js</pre>";
        let node = r#"{"code":500,"message":"An error occurred when exchanging an AAD token: Provided access token is not valid.","stack_trace":"at /srv"}"#;
        let csharp = r#"{"StatusCode":500,"Message":"Internal error."}"#;
        let dotnet = r#"{"StatusCode":500,"Message":"AAD application is not the expected one.\r\nStatus: 400 (Bad Request)\r\nErrorCode: ValidationError\r\n\r\nContent:\r\n{}\r\n"}"#;
        let refused = "<!DOCTYPE html><pre>RestError: Provided access token is not valid.<br> at /srv/index.js</pre>";
        for (contract, status, body, code, detail) in [
            ("quickstart", 401, express, ProblemCode::CallerRefused, "HTTP 401"),
            ("quickstart", 503, express, ProblemCode::ExchangeFailed, "HTTP 503"),
            ("hero", 403, "Insufficient scope", ProblemCode::CallerRefused, "HTTP 403"),
            (
                "hero",
                500,
                node,
                ProblemCode::EntraTokenRefused,
                "HTTP 500: An error occurred when exchanging an AAD token: Provided access token is not valid.",
            ),
            ("hero", 500, csharp, ProblemCode::ExchangeFailed, "HTTP 500: Internal error."),
            (
                "hero",
                500,
                dotnet,
                ProblemCode::ApplicationMismatch,
                "HTTP 500: AAD application is not the expected one.",
            ),
            ("quickstart", 403, express, ProblemCode::EntraTokenRefused, "HTTP 403"),
            ("quickstart", 400, express, ProblemCode::ApplicationMismatch, "HTTP 400"),
            ("quickstart", 400, "Bad Request", ProblemCode::ApplicationMismatch, "HTTP 400"),
            ("quickstart", 401, refused, ProblemCode::EntraTokenRefused, "HTTP 401"),
            ("quickstart-entra-id", 403, express, ProblemCode::CallerRefused, "HTTP 403"),
            ("quickstart-entra-id", 400, express, ProblemCode::ExchangeResponseUnreadable, "HTTP 400"),
            ("hero", 500, r#"{"StatusCode":500,"Message":" "}"#, ProblemCode::ExchangeFailed, "HTTP 500"),
            (
                "hero",
                404,
                r#"{"code":404,"message":"Not found"}"#,
                ProblemCode::ExchangeResponseUnreadable,
                "HTTP 404: Not found",
            ),
            ("function", 404, "", ProblemCode::EntraTokenRefused, "HTTP 404"),
            ("function", 400, "", ProblemCode::ExchangeResponseUnreadable, "HTTP 400"),
            ("function", 401, "", ProblemCode::CallerRefused, "HTTP 401"),
        ] {
            let response = Response::plain(status, body);
            let problem = read(&exchange(contract), &response, NOW).unwrap_err();
            assert_eq!((problem.code, problem.detail.as_deref()), (code, Some(detail)), "{contract} {status}");
        }
    }

    #[test]
    fn rep_25_sentences_of_acs_after_the_prefix_of_the_hero_sample_have_problems_and_permanent_ones_are_not_retried() {
        for (sentence, expected) in [
            ("Provided access token is not valid.", ProblemCode::EntraTokenRefused),
            ("The user has no Teams license.", ProblemCode::EntraTokenRefused),
            ("AAD application is not the expected one.", ProblemCode::ApplicationMismatch),
            ("AppId: The AppId field is required.", ProblemCode::ApplicationMismatch),
            ("Provided AppId has invalid format.", ProblemCode::ApplicationMismatch),
            ("Provided AAD token issued for unexpected user.", ProblemCode::UserMismatch),
            ("Provided UserId has invalid format.", ProblemCode::CallerRefused),
            ("UserId: The UserId field is required.", ProblemCode::CallerRefused),
            ("Denied by the resource provider.", ProblemCode::AcsRefusedService),
            ("Request 'x-ms-content-sha256' differs from generated content hash.", ProblemCode::AcsRefusedService),
            ("Error \"SyntaxError: x\" occurred while parsing the response body - {.", ProblemCode::AcsUnavailable),
            ("connect ECONNREFUSED 10.0.0.1:443", ProblemCode::ExchangeFailed),
            ("Service request failed.", ProblemCode::ExchangeFailed),
        ] {
            let message = format!("An error occurred when exchanging an AAD token: {sentence}");
            let node = serde_json::json!({ "code": 500, "message": message, "stack_trace": "Error: at /srv" });
            let csharp = serde_json::json!({ "StatusCode": 500, "Message": format!("{sentence}\r\nStatus: 401") });
            for body in [node, csharp] {
                let response = Response::plain(500, body.to_string());
                let problem = read(&exchange("hero"), &response, NOW).unwrap_err();
                assert_eq!(problem.code, expected, "{body}");
                let passes = matches!(
                    expected,
                    ProblemCode::AcsRefusedService | ProblemCode::AcsUnavailable | ProblemCode::ExchangeFailed
                );
                assert_eq!(problem.code.is_retryable(), passes, "{body}");
                assert!(!problem.detail.unwrap().contains("Status:"));
            }
        }
        for refused in EXPRESS_JWT_MESSAGES {
            let body = serde_json::json!({ "code": 500, "message": refused }).to_string();
            let problem = read(&exchange("hero"), &Response::plain(500, body), NOW).unwrap_err();
            assert_eq!(problem.code, ProblemCode::CallerRefused, "{refused}");
        }
    }

    #[test]
    fn rep_26_no_request_asks_for_a_media_type() {
        // With `Accept: application/json` the Function would wrap its JSON in a JSON string. With the browser's
        // default, `*/*`, it does not.
        for contract in ["quickstart", "hero", "function"] {
            assert!(sent(contract).headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("accept")), "{contract}");
        }
    }

    #[test]
    fn a_token_in_a_backends_message_is_removed_from_the_problem() {
        // REP-21: the hero sample quotes the response body of ACS where it cannot be parsed.
        let token =
            format!("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.{0}.{0}", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let quoted = format!(
            "An error occurred when exchanging an AAD token: Error \"SyntaxError: Unexpected end of JSON input\" \
             occurred while parsing the response body - {{\"token\":\"{token}\",\"expiresOn\":\"2026-11-21T09:00:00"
        );
        let json = |member: &str| serde_json::json!({ member: quoted, "code": 500 }).to_string();
        let service = serde_json::json!({
            "type": "urn:x", "title": quoted, "status": 500, "code": "internal", "correlationId": token,
        });
        let acs = serde_json::json!({ "error": { "code": token, "message": quoted } }).to_string();
        for (contract, body) in [
            ("hero", json("message")),
            ("hero", json("Message")),
            ("quickstart", json("message")),
            ("quickstart", service.to_string()),
            ("function", json("message")),
        ] {
            let problem = read(&exchange(contract), &Response::plain(500, body), NOW).unwrap_err();
            let detail = problem.detail.unwrap();
            assert!(detail.contains("[removed]"), "{detail}");
            assert!(!detail.contains("eyJ"), "{detail}");
            assert!(!detail.contains("dBjft"), "{detail}");
            assert!(problem.reference.is_none_or(|reference| !reference.contains("eyJ")));
        }
        let detail = acs_entra::problem(&Response::plain(403, acs)).detail.unwrap();
        assert!(!detail.contains("eyJ"), "{detail}");
        assert!(!detail.contains("dBjft"), "{detail}");
    }
}
