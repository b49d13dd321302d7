//! The token endpoint (RFC 6749 §4.1.3, §5, §6): requests, and their responses with tokens or a refusal.

use contract::{
    search,
    secret::{RefreshToken, SecretText},
};
use form_urlencoded::Serializer;
use messages::{
    Problem, ProblemCode,
    json::{self, Malformed},
};

use crate::{
    authority::Endpoints,
    callback::Code,
    config::Application,
    entra_error::EntraError,
    http::{Method, Request, Response},
    pkce::Verifier,
};

/// The request that redeems the code. It consumes code and verifier.
pub fn code_request(
    application: &Application,
    endpoints: &Endpoints,
    redirect_uri: &str,
    code: Code,
    verifier: Verifier,
    scopes: &[&str],
) -> Request {
    request(
        endpoints,
        &[
            ("client_id", application.client_id.as_str()),
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("code_verifier", verifier.expose()),
            ("redirect_uri", redirect_uri),
            ("scope", &scopes.join(" ")),
        ],
    )
}

/// The request for a token of one resource. Two resources never share a request.
pub fn refresh_request(
    application: &Application,
    endpoints: &Endpoints,
    refresh: &RefreshToken,
    scope: &str,
) -> Request {
    request(
        endpoints,
        &[
            ("client_id", application.client_id.as_str()),
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose()),
            ("scope", scope),
        ],
    )
}

/// A request with no header but the content type, so that it needs no CORS preflight.
fn request(endpoints: &Endpoints, form: &[(&str, &str)]) -> Request {
    let body = Serializer::new(String::new()).extend_pairs(form).finish();
    let content_type = "application/x-www-form-urlencoded;charset=utf-8".to_owned();
    Request {
        method: Method::Post,
        url: endpoints.token.clone(),
        headers: vec![("content-type", SecretText::new(content_type))],
        body: Some(SecretText::new(body)),
    }
}

/// The tokens of one response. The request decides what the access token is: A1 or B.
///
/// ```json
/// { "token_type": "Bearer", "access_token": "…", "refresh_token": "…", "id_token": "…",
///   "scope": "https://auth.msft.communication.azure.com/Teams.ManageCalls" }
/// ```
#[derive(Debug)]
pub struct Tokens {
    /// The token for the requested resource.
    pub access_token: SecretText,
    /// The ID token, which may be forged.
    pub id_token: Option<SecretText>,
    /// The refresh token for the next request.
    pub refresh_token: Option<RefreshToken>,
    token_type: String,
    scope: Option<String>,
}

impl Tokens {
    fn from_json(body: &str) -> Result<Self, Malformed> {
        let names = ["access_token", "id_token", "refresh_token", "token_type", "scope"];
        let mut body = json::read_members(body, &names)?;
        let tokens = Self {
            access_token: SecretText::new(body.text("access_token")),
            id_token: body.optional_text("id_token").map(SecretText::new),
            // An empty one must not replace the one that the session has.
            refresh_token: body.optional_text("refresh_token").filter(|token| !token.is_empty()).map(RefreshToken::new),
            token_type: body.text("token_type"),
            scope: body.optional_text("scope"),
        };
        body.finish().map(|()| tokens)
    }
}

/// Why there are no tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenError {
    /// The authority refused.
    Refused(EntraError),
    /// The granted scope does not cover the requested one (RFC 6749 §5.1).
    ScopeMissing,
    /// The authority is overloaded or failing.
    Unavailable,
    /// The response is not the JSON of a token response, or the token is not a bearer token.
    Unreadable,
}

impl TokenError {
    /// The problem that the page shows.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Refused(error) => error.problem(),
            Self::ScopeMissing => Problem::new(ProblemCode::ScopeMissing),
            Self::Unavailable => Problem::new(ProblemCode::EntraUnavailable),
            Self::Unreadable => Problem::new(ProblemCode::TokenResponseUnreadable),
        }
    }
}

/// Reads the response to a request for `scopes`, which are all of one resource.
///
/// # Errors
/// If the authority refused or failed, or if the response is not a bearer token for these scopes.
pub fn read(response: &Response, scopes: &[&str]) -> Result<Tokens, TokenError> {
    let body = response.body.expose();
    match response.status {
        200 => {}
        429 | 500..=599 => {
            // A failing server can send the cause. It is ignored if it would end the sign-in.
            let named = EntraError::from_body(body).filter(|error| error.problem().code.is_retryable());
            return Err(named.map_or(TokenError::Unavailable, TokenError::Refused));
        }
        _ => return Err(EntraError::from_body(body).map_or(TokenError::Unreadable, TokenError::Refused)),
    }
    let tokens = Tokens::from_json(body).map_err(|Malformed| TokenError::Unreadable)?;
    // RFC 6749 §5.1: the type is compared without regard to case.
    let are_tokens = tokens.access_token.is_token() && tokens.refresh_token.as_ref().is_none_or(RefreshToken::is_token);
    if !tokens.token_type.eq_ignore_ascii_case("bearer") || !are_tokens {
        return Err(TokenError::Unreadable);
    }
    let covered = |granted: &str| {
        // `…/.default` is granted under the names of the permissions it stands for.
        let requested = scopes.iter().filter(|scope| search::contains(scope, "://") && !scope.ends_with("/.default"));
        requested.into_iter().all(|scope| granted.split(' ').any(|g| g.eq_ignore_ascii_case(scope)))
    };
    match &tokens.scope {
        Some(granted) if !covered(granted) => Err(TokenError::ScopeMissing),
        _ => Ok(tokens),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPES: [&str; 3] = ["openid", "https://acs.example/Calls", "https://acs.example/Chats"];

    fn outcome(status: u16, body: &str) -> Result<Tokens, TokenError> {
        read(&Response::plain(status, body), &SCOPES)
    }

    #[test]
    fn tokens_are_read_whatever_the_case_of_their_type_and_without_expires_in() {
        // RP-33, RP-34
        for kind in ["Bearer", "bEARER"] {
            let body = format!(
                r#"{{"token_type":"{kind}","access_token":"a","scope":"https://acs.example/Calls https://acs.example/Chats"}}"#
            );
            assert_eq!(outcome(200, &body).unwrap().access_token.expose(), "a");
        }
        assert!(
            outcome(200, r#"{"token_type":"Bearer","access_token":"a"}"#).is_ok(),
            "no scope means the requested one"
        );
    }

    #[test]
    fn a_response_that_is_not_a_token_response_is_refused() {
        // SEC-012; RP-35, RP-36
        for body in [
            "",
            "<html>",
            "{}",
            "[]",
            r#"{"token_type":"Bearer"}"#,
            r#"{"access_token":"a"}"#,
            r#"{"token_type":"Bearer","access_token":""}"#,
            r#"{"token_type":"Bearer","access_token":"a\nb"}"#,
            r#"{"token_type":"Bearer","access_token":"ä"}"#,
            r#"{"token_type":"Bearer","access_token":"a","refresh_token":"b\nc"}"#,
            r#"{"token_type":"mac","access_token":"a"}"#,
            r#"{"token_type":"Bearer","access_token":7}"#,
            r#"{"token_type":"Bearer","access_token":"a","access_token":"b"}"#,
        ] {
            assert_eq!(outcome(200, body).unwrap_err(), TokenError::Unreadable, "{body}");
        }
        assert_eq!(outcome(302, "").unwrap_err(), TokenError::Unreadable);
        assert_eq!(outcome(400, "<html>").unwrap_err(), TokenError::Unreadable);
    }

    #[test]
    fn an_empty_refresh_token_is_a_missing_one() {
        // SEC-017
        for refresh in ["\"\"", "null"] {
            let body = format!(r#"{{"token_type":"Bearer","access_token":"a","refresh_token":{refresh}}}"#);
            assert!(outcome(200, &body).unwrap().refresh_token.is_none(), "{refresh}");
        }
    }

    #[test]
    fn a_narrower_grant_is_refused() {
        // SEC-012
        let body = r#"{"token_type":"Bearer","access_token":"a","scope":"https://acs.example/Calls"}"#;
        assert_eq!(outcome(200, body).unwrap_err(), TokenError::ScopeMissing);
    }

    #[test]
    fn a_failing_authority_is_not_reported_as_a_refusal() {
        for status in [429, 500, 502, 503] {
            assert_eq!(outcome(status, r#"{"error":"invalid_grant"}"#).unwrap_err(), TokenError::Unavailable);
        }
    }

    #[test]
    fn reads_a_refusal_of_the_token_endpoint() {
        let error = outcome(
            400,
            r#"{"error":"invalid_grant","error_description":"AADSTS501481: verifier","correlation_id":"c-1"}"#,
        )
        .unwrap_err();
        let problem = error.problem();
        assert_eq!((problem.code, problem.reference.as_deref()), (ProblemCode::CodeExpired, Some("c-1")));
    }
}
