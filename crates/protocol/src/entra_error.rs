//! Entra's refusals, at the authorization and at the token endpoint. The OAuth `error` decides; the AADSTS number only
//! chooses the help text, as Microsoft asks: numbers and texts change.

use messages::{Problem, ProblemCode};
use serde::Deserialize;

use crate::json;

/// A refusal by Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntraError {
    error: String,
    description: String,
    correlation_id: Option<String>,
    claims: Option<String>,
}

/// Longer than any claims challenge, Entra's or a backend's.
pub(crate) const MAX_CLAIMS: usize = 4096;

impl EntraError {
    /// A refusal out of an authorization response (RFC 6749 §4.1.2.1).
    pub fn new(error: String, description: Option<String>) -> Self {
        let description = description.unwrap_or_default();
        let correlation_id = after(&description, "Correlation ID: ");
        Self { error, description, correlation_id, claims: None }
    }

    /// A refusal by the token endpoint (RFC 6749 §5.2). `None` if the body is not one.
    pub fn from_body(body: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body {
            error: String,
            error_description: Option<String>,
            correlation_id: Option<String>,
            claims: Option<String>,
        }
        let body: Body = json::read(body).ok()?;
        let mut error = Self::new(body.error, body.error_description);
        error.correlation_id = body.correlation_id.or(error.correlation_id);
        error.claims = body.claims.filter(|claims| claims.len() <= MAX_CLAIMS);
        Some(error)
    }

    /// The claims challenge, if there is one: what the next authorization request has to ask for, so that the person can
    /// meet a conditional access policy. It is passed back as it came.
    pub fn claims(&self) -> Option<&str> {
        self.claims.as_deref()
    }

    /// Whether nothing is wrong but that a request which must not ask the person anything would have had to
    /// (OIDC Core §3.1.2.6).
    pub fn wants_the_person(&self) -> bool {
        let errors = ["account_selection_required", "consent_required", "interaction_required", "login_required"];
        errors.contains(&self.error.as_str())
    }

    /// What a person is told.
    pub fn problem(&self) -> Problem {
        // The text up to the trace ids, which the reference repeats.
        let text =
            self.description.split(" Trace ID:").next().unwrap_or_default().split("\r\n").next().unwrap_or_default();
        let detail = if text.is_empty() { self.error.clone() } else { format!("{}: {text}", self.error) };
        Problem::new(self.code()).detail(detail).reference(self.correlation_id.clone())
    }

    fn code(&self) -> ProblemCode {
        use ProblemCode::*;
        let by_number = match self.number() {
            Some(65001 | 90094 | 90095) => Some(ConsentNeeded),
            Some(650052) => Some(ServicePrincipalMissing),
            Some(650056 | 650057 | 65005) => Some(PermissionNotListed),
            Some(650053 | 70011 | 700022 | 90009) => Some(ScopeWrong),
            Some(16000 | 50058 | 50076 | 50079 | 53003) => Some(InteractionNeeded),
            Some(50173 | 54005 | 70008 | 70043 | 501481 | 700082) => Some(SignInStale),
            // Its detection of loops: it wants to be left alone for a while, so nothing is tried again without the person.
            Some(50196) => Some(EntraPause),
            Some(50105) => Some(NotAssigned),
            Some(700016 | 50194) => Some(ApplicationUnknown),
            Some(50020 | 90072) => Some(AccountNotInTenant),
            Some(700084) => Some(SignInEnded),
            Some(9002326 | 50011 | 900971) => Some(RedirectNotRegistered),
            Some(9002327) => Some(OriginHidden),
            _ => None,
        };
        match (self.error.as_str(), by_number) {
            // Whoever declined was asked; a number about consent does not change that.
            ("access_denied", None | Some(ConsentNeeded)) => SignInDeclined,
            ("server_error" | "temporarily_unavailable", _) => EntraUnavailable,
            (_, Some(code)) => code,
            ("consent_required", None) => ConsentNeeded,
            ("interaction_required" | "login_required", None) => InteractionNeeded,
            ("invalid_grant", None) => SignInStale,
            _ => EntraRefused,
        }
    }

    /// The digits of `AADSTS…` at the start of the description.
    fn number(&self) -> Option<u32> {
        let digits = self.description.strip_prefix("AADSTS")?;
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().ok()
    }
}

fn after(text: &str, label: &str) -> Option<String> {
    let (_, rest) = text.split_once(label)?;
    rest.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(error: &str, description: &str) -> ProblemCode {
        EntraError::new(error.to_owned(), Some(description.to_owned())).problem().code
    }

    #[test]
    fn the_oauth_error_decides_and_the_number_only_explains() {
        use ProblemCode::*;
        for (error, description, expected) in [
            ("access_denied", "AADSTS65004: User declined to consent.", SignInDeclined),
            ("access_denied", "", SignInDeclined),
            ("access_denied", "AADSTS650052: The app needs access to a service", ServicePrincipalMissing),
            ("invalid_client", "AADSTS650052: The app needs access to a service", ServicePrincipalMissing),
            ("consent_required", "", ConsentNeeded),
            ("invalid_grant", "AADSTS65001: The user or administrator has not consented", ConsentNeeded),
            ("interaction_required", "AADSTS50105: not assigned", NotAssigned),
            ("interaction_required", "AADSTS50076: MFA", InteractionNeeded),
            ("login_required", "AADSTS50058", InteractionNeeded),
            ("unauthorized_client", "AADSTS700016: not found", ApplicationUnknown),
            ("invalid_request", "AADSTS9002326: Cross-origin", RedirectNotRegistered),
            ("invalid_grant", "AADSTS501481: verifier", SignInStale),
            ("invalid_grant", "AADSTS700084: expired", SignInEnded),
            ("invalid_grant", "AADSTS50196: The server terminated an operation", EntraPause),
            ("server_error", "AADSTS65001: a number does not outweigh the error", EntraUnavailable),
            ("invalid_client", "AADSTS650057: Invalid resource", PermissionNotListed),
            ("invalid_client", "AADSTS65005: not in the list", PermissionNotListed),
            ("invalid_scope", "AADSTS70011: the scope is not valid", ScopeWrong),
            ("invalid_request", "AADSTS700022: more than one resource", ScopeWrong),
            ("invalid_grant", "AADSTS50173: the grant was revoked", SignInStale),
            ("invalid_grant", "AADSTS50079: register a second factor", InteractionNeeded),
            ("interaction_required", "AADSTS53003: blocked by conditional access", InteractionNeeded),
            ("something_new", "AADSTS1: who knows", EntraRefused),
            ("something_new", "please call AADSTS65001", EntraRefused),
        ] {
            assert_eq!(code(error, description), expected, "{error} {description}");
        }
    }

    #[test]
    fn the_text_is_shown_without_its_trace_ids_and_the_correlation_id_becomes_the_reference() {
        let problem = EntraError::new(
            "access_denied".to_owned(),
            Some(
                "AADSTS65004: User declined. Trace ID: t-1 Correlation ID: c-2 Timestamp: 2026-11-21 08:00:00Z"
                    .to_owned(),
            ),
        )
        .problem();
        assert_eq!(problem.detail.unwrap(), "access_denied: AADSTS65004: User declined.");
        assert_eq!(problem.reference.unwrap(), "c-2");
    }

    #[test]
    fn a_body_that_is_no_refusal_is_not_taken_for_one() {
        for body in ["", "{}", "<html>", "[]", r#"{"error":{"code":"x"}}"#] {
            assert_eq!(EntraError::from_body(body), None, "{body}");
        }
    }
}
