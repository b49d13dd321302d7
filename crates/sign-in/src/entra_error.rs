//! Refusals by Entra's authorization and token endpoints. The AADSTS number decides the problem if [`table`] has it,
//! because one OAuth `error` has many causes. Otherwise the OAuth `error` decides.

pub mod table;

use contract::search;
use messages::{
    Problem, ProblemCode,
    json::{self, Json, Malformed},
};

/// A refusal by Entra.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntraError {
    error: String,
    description: String,
    codes: Vec<u32>,
    correlation_id: Option<String>,
    claims: Option<String>,
}

/// The most numbers that are read from a refusal. Entra sends fewer.
const MAX_NUMBERS: usize = 8;

/// The longest claims challenge, in bytes. Entra's and those of backends are shorter.
pub(crate) const MAX_CLAIMS: usize = 4096;

impl EntraError {
    /// A refusal in an authorization response (RFC 6749 §4.1.2.1).
    pub fn new(error: String, description: Option<String>) -> Self {
        let description = description.unwrap_or_default();
        let correlation_id = after(&description, "Correlation ID: ");
        Self { error, description, codes: Vec::new(), correlation_id, claims: None }
    }

    /// Reads a refusal by the token endpoint (RFC 6749 §5.2). `None` for any other body.
    pub fn from_body(body: &str) -> Option<Self> {
        Self::from_json(body).ok()
    }

    fn from_json(body: &str) -> Result<Self, Malformed> {
        let names = ["error", "error_description", "error_codes", "correlation_id", "claims"];
        let mut body = json::read_members(body, &names)?;
        let mut error = Self::new(body.text("error"), body.optional_text("error_description"));
        // Additional information, so a value of another type is ignored.
        if let Json::List(codes) = body.take("error_codes") {
            let number = |code: Json| match code {
                Json::Text(digits) => digits.parse().ok(),
                code => u32::try_from(code.as_u64()?).ok(),
            };
            error.codes = codes.into_iter().take(MAX_NUMBERS).filter_map(number).collect();
        }
        error.correlation_id = body.optional_text("correlation_id").or(error.correlation_id);
        error.claims = body.optional_text("claims").filter(|claims| claims.len() <= MAX_CLAIMS);
        body.finish().map(|()| error)
    }

    /// The claims challenge, if there is one: the next authorization request must contain it unchanged, so that the
    /// person can meet a conditional access policy.
    pub fn claims(&self) -> Option<&str> {
        self.claims.as_deref()
    }

    /// Whether a silent sign-in failed only because the authority must show a page to the person (OIDC Core §3.1.2.6).
    pub fn requires_interaction(&self) -> bool {
        let errors = ["account_selection_required", "consent_required", "interaction_required", "login_required"];
        errors.contains(&self.error.as_str())
    }

    /// The problem that the page shows.
    pub fn problem(&self) -> Problem {
        // Without the trace ids at the end: the reference already has the correlation id.
        let text = search::before(search::before(&self.description, " Trace ID:"), "\r\n");
        let detail = if text.is_empty() { self.error.clone() } else { format!("{}: {text}", self.error) };
        Problem::new(self.code()).detail(detail).reference(self.correlation_id.clone())
    }

    fn code(&self) -> ProblemCode {
        use ProblemCode::*;
        table::problem(&self.numbers()).unwrap_or(match self.error.as_str() {
            "access_denied" => SignInDeclined,
            "consent_required" => ConsentNeeded,
            "interaction_required" | "login_required" => InteractionNeeded,
            "invalid_grant" => SignInStale,
            "invalid_resource" => ServicePrincipalMissing,
            "invalid_scope" => ScopeWrong,
            "invalid_tenant" => TenantUnknown,
            "server_error" | "temporarily_unavailable" => EntraUnavailable,
            "unauthorized_client" => ApplicationUnknown,
            _ => EntraRefused,
        })
    }

    /// The AADSTS number at the start of the description, then those of `error_codes`. Later numbers of a description
    /// do not count: it quotes parameters of the request, which an attacker can choose.
    fn numbers(&self) -> Vec<u32> {
        let text = self.description.trim_start().strip_prefix("AADSTS");
        let leading = text.and_then(|text| text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
        leading.into_iter().chain(self.codes.iter().copied()).collect()
    }
}

fn after(text: &str, label: &str) -> Option<String> {
    let (_, rest) = search::split_once(text, label)?;
    rest.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_in_one_row_in_order_and_has_a_name() {
        // REP-07
        let mut all: Vec<u32> = Vec::new();
        for row in table::ROWS {
            assert!(row.numbers.is_sorted(), "{:?}", row.problem);
            assert!(!row.numbers.is_empty(), "{:?}", row.problem);
            all.extend(row.numbers);
        }
        let names: Vec<u32> = table::NAMES.iter().map(|(number, _)| *number).collect();
        assert_eq!(all, names);
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
        let mut rows: Vec<_> = table::ROWS.iter().map(|row| row.problem.code()).collect();
        rows.dedup();
        assert_eq!(rows.len(), table::ROWS.len());
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
    fn a_body_of_another_form_is_not_a_refusal() {
        for body in ["", "{}", "<html>", "[]", r#"{"error":{"code":"x"}}"#] {
            assert_eq!(EntraError::from_body(body), None, "{body}");
        }
    }
}
