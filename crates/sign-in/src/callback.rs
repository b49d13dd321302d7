//! The authorization response in the fragment (RFC 6749 §4.1.2), and the order of its checks.

use contract::secret::SecretText;
use messages::{MAX_AUTHORIZATION_RESPONSE, Notice};

use crate::{authority::Endpoints, entra_error::EntraError, pkce::State};

/// An authorization code for this tab's request. Only [`check`] makes one.
#[derive(Debug)]
pub struct Code(SecretText);

impl Code {
    /// The code, for the one token request that uses it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Why a response does not lead to a token request.
#[derive(Debug, PartialEq, Eq)]
pub enum CallbackError {
    /// A parameter is repeated or too long, or there is a token instead of a code.
    Malformed,
    /// `iss` is another authority's, or is missing although the metadata announces it (RFC 9207 §2.4).
    WrongIssuer,
    /// `state` is missing, or is not the one that was sent.
    WrongState,
    /// The authority refused. Known only after `state` was checked.
    Refused(EntraError),
}

/// A parameter occurs twice.
#[derive(PartialEq, Eq)]
struct Repeated;

impl From<Repeated> for CallbackError {
    fn from(_: Repeated) -> Self {
        Self::Malformed
    }
}

/// Checks a response against the `state` that was sent. It consumes the `state`.
///
/// The order is that of RFC 9207 §2.4 and RFC 6749 §10.12: repeated parameters, then `iss`, `state`, `error` and
/// `code`. So the text of a forged response is never shown.
///
/// # Errors
/// For the first check that fails.
pub fn check(fragment: &str, sent: State, endpoints: &Endpoints) -> Result<Code, CallbackError> {
    if fragment.len() > MAX_AUTHORIZATION_RESPONSE {
        return Err(CallbackError::Malformed);
    }
    let [code, state, iss, error, error_description, token, id_token] = [
        single(fragment, "code")?,
        single(fragment, "state")?,
        single(fragment, "iss")?,
        single(fragment, "error")?,
        single(fragment, "error_description")?,
        single(fragment, "access_token")?,
        single(fragment, "id_token")?,
    ];
    match iss {
        Some(iss) if !endpoints.issuer.admits_response(&iss) => return Err(CallbackError::WrongIssuer),
        None if endpoints.iss_promised => return Err(CallbackError::WrongIssuer),
        _ => {}
    }
    if state.as_deref() != Some(sent.as_str()) {
        return Err(CallbackError::WrongState);
    }
    if let Some(error) = error {
        return Err(CallbackError::Refused(EntraError::new(error, error_description)));
    }
    // The request was not for the implicit or hybrid flow (RFC 9700 §2.1.2).
    if token.is_some() || id_token.is_some() {
        return Err(CallbackError::Malformed);
    }
    match code {
        Some(code) if !code.is_empty() => Ok(Code(SecretText::new(code))),
        _ => Err(CallbackError::Malformed),
    }
}

/// Whether a response has exactly this `state`. Other pages can send responses to this page, too. These change nothing.
pub fn belongs(response: &str, sent: &State) -> bool {
    response.len() <= MAX_AUTHORIZATION_RESPONSE
        && matches!(single(response, "state"), Ok(Some(state)) if state == sent.as_str())
}

/// Reads the response to a request for administrator consent. `error` comes first, because Entra sends
/// `admin_consent=True` with it, too. The tenant in the response is ignored. Refusals of the older endpoint have no
/// `state`.
pub fn consent(response: &str, sent: &State) -> Notice {
    let ours = match (single(response, "state"), single(response, "error")) {
        (Ok(Some(state)), Ok(_)) => state == sent.as_str(),
        (Ok(None), Ok(Some(_))) => true,
        _ => false,
    };
    match (ours, single(response, "error"), single(response, "admin_consent")) {
        (true, Ok(Some(_)), _) => Notice::ConsentRefused,
        (true, Ok(None), Ok(Some(consent))) if consent == "True" => Notice::ConsentGranted,
        _ => Notice::ConsentUnknown,
    }
}

/// Whether this is a response to a request for administrator consent.
pub fn is_consent(response: &str) -> bool {
    single(response, "admin_consent") != Ok(None)
}

/// Whether a fragment is an authorization response, and not a link to a section of the page.
pub fn is_authorization_response(fragment: &str) -> bool {
    let names = ["access_token", "admin_consent", "code", "error", "id_token", "state"];
    names.iter().any(|name| single(fragment, name) != Ok(None))
}

/// The value of a parameter. RFC 6749 §3.1: parameters must not be repeated.
fn single(fragment: &str, name: &str) -> Result<Option<String>, Repeated> {
    let mut values = form_urlencoded::parse(fragment.as_bytes()).filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Err(Repeated),
        (value, _) => Ok(value.map(|(_, value)| value.into_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Authority;

    const STATE: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    const ISS: &str = "https%3A%2F%2Flogin.microsoftonline.com%2Ffab00000-0000-4000-8000-000000000001%2Fv2.0";

    fn endpoints() -> Endpoints {
        Authority::parse("https://login.microsoftonline.com/organizations/").unwrap().known_endpoints().unwrap()
    }

    fn outcome(fragment: &str) -> Result<String, CallbackError> {
        check(fragment, State::new(&[1; 32]), &endpoints()).map(|code| code.expose().to_owned())
    }

    #[test]
    fn a_code_with_the_right_state_is_accepted() {
        assert_eq!(outcome(&format!("code=abc&state={STATE}&session_state=1")).unwrap(), "abc");
        assert_eq!(outcome(&format!("code=abc&state={STATE}&iss={ISS}")).unwrap(), "abc");
    }

    #[test]
    fn a_wrong_or_missing_state_is_refused() {
        // SEC-003; RP-20, RP-21
        for fragment in ["code=abc", "code=abc&state=", "code=abc&state=xyz", &format!("code=abc&state={STATE}A")] {
            assert_eq!(outcome(fragment), Err(CallbackError::WrongState), "{fragment}");
        }
    }

    #[test]
    fn an_error_with_the_wrong_state_is_ignored() {
        assert_eq!(
            outcome("error=access_denied&error_description=call+0900&state=xyz"),
            Err(CallbackError::WrongState)
        );
    }

    #[test]
    fn a_repeated_parameter_is_refused() {
        // SEC-005; RP-25
        for twice in ["code=a&code=b", "state=a&state=b", "iss=a&iss=b", "error=a&error=b", "%63ode=a&code=b"] {
            assert_eq!(outcome(&format!("{twice}&state={STATE}")), Err(CallbackError::Malformed), "{twice}");
        }
    }

    #[test]
    fn another_authoritys_issuer_is_refused_before_the_state_is_checked() {
        // SEC-006; RP-26
        assert_eq!(outcome("code=abc&iss=https%3A%2F%2Fevil.example&state=xyz"), Err(CallbackError::WrongIssuer));
    }

    #[test]
    fn a_missing_iss_is_refused_if_the_metadata_announces_it() {
        // SEC-006; RP-27
        let promising = Endpoints { iss_promised: true, ..endpoints() };
        let error = check(&format!("code=abc&state={STATE}"), State::new(&[1; 32]), &promising).unwrap_err();
        assert_eq!(error, CallbackError::WrongIssuer);
    }

    #[test]
    fn tokens_in_the_authorization_response_are_refused() {
        // RP-29
        for extra in ["access_token=x", "id_token=x", ""] {
            let fragment =
                if extra.is_empty() { format!("state={STATE}") } else { format!("code=a&state={STATE}&{extra}") };
            assert_eq!(outcome(&fragment), Err(CallbackError::Malformed), "{fragment}");
        }
    }

    #[test]
    fn a_response_that_is_too_long_is_refused() {
        assert_eq!(
            outcome(&format!("code={}&state={STATE}", "a".repeat(MAX_AUTHORIZATION_RESPONSE))),
            Err(CallbackError::Malformed)
        );
    }

    #[test]
    fn a_response_belongs_to_one_state() {
        let state = State::new(&[1; 32]);
        assert!(belongs(&format!("code=a&state={STATE}"), &state));
        for foreign in [
            "code=a",
            "code=a&state=x",
            &format!("state={STATE}&state={STATE}"),
            &"a".repeat(MAX_AUTHORIZATION_RESPONSE + 1),
        ] {
            assert!(!belongs(foreign, &state), "{foreign}");
        }
    }

    #[test]
    fn consent_with_an_error_is_refused_and_the_tenant_is_ignored() {
        let tenant = "tenant=fab00000-0000-4000-8000-000000000001";
        for (response, expected) in [
            (format!("admin_consent=True&{tenant}&state={STATE}"), Notice::ConsentGranted),
            (format!("admin_consent=True&error=consent_required&state={STATE}"), Notice::ConsentRefused),
            ("error=permission_denied&error_description=no".to_owned(), Notice::ConsentRefused),
            (format!("admin_consent=True&{tenant}"), Notice::ConsentUnknown),
            (format!("admin_consent=True&{tenant}&state=x"), Notice::ConsentUnknown),
            ("error=permission_denied&state=x".to_owned(), Notice::ConsentUnknown),
            (format!("{tenant}&state={STATE}"), Notice::ConsentUnknown),
            (format!("admin_consent=True&state={STATE}&state={STATE}"), Notice::ConsentUnknown),
        ] {
            assert_eq!(consent(&response, &State::new(&[1; 32])), expected, "{response}");
        }
    }

    #[test]
    fn a_fragment_of_another_kind_is_not_an_authorization_response() {
        assert!(!is_authorization_response(""));
        assert!(!is_authorization_response("heading"));
        assert!(!is_authorization_response("codes=1"));
        assert!(is_authorization_response("admin_consent=True"));
        assert!(is_authorization_response("code=a"));
        assert!(is_authorization_response("error=x&state=y"));
        assert!(is_authorization_response("id_token=x"));
        assert!(is_authorization_response("access_token=x"));
        assert!(is_authorization_response("state=a&state=b"));
    }
}
