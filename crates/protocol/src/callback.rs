//! What Entra sends back in the fragment (RFC 6749 §4.1.2), and the order in which it is believed.

use messages::Notice;

use crate::{authority::Endpoints, entra_error::EntraError, mailbox::MAX_ANSWER, pkce::State, secret::SecretText};

/// An authorization code that answers this tab's request. There is no other way to get one than [`check`].
#[derive(Debug)]
pub struct Code(SecretText);

impl Code {
    /// For the one token request it is good for.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Why an answer does not lead to a token request.
#[derive(Debug, PartialEq, Eq)]
pub enum CallbackError {
    /// A parameter stands twice, is too long, or a token stands where only a code belongs.
    Malformed,
    /// `iss` is another authority's, or is missing although it was promised (RFC 9207 §2.4).
    WrongIssuer,
    /// `state` is missing or not the one that was sent.
    WrongState,
    /// Entra refused. Only believed once `state` fits.
    Refused(EntraError),
}

/// Checks an answer against the `state` that was sent, which is spent by it.
///
/// The order is that of RFC 9207 §2.4 and RFC 6749 §10.12: each parameter once, `iss`, `state`, only then `error`, then
/// `code`. An answer from a stranger is never believed far enough to show its text.
pub fn check(fragment: &str, sent: State, endpoints: &Endpoints) -> Result<Code, CallbackError> {
    if fragment.len() > MAX_ANSWER {
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
    // Nobody asked for the implicit or hybrid flow (RFC 9700 §2.1.2).
    if token.is_some() || id_token.is_some() {
        return Err(CallbackError::Malformed);
    }
    match code {
        Some(code) if !code.is_empty() => Ok(Code(SecretText::new(code))),
        _ => Err(CallbackError::Malformed),
    }
}

/// Whether an answer carries exactly this `state`. Of a window, strangers can send answers too; they end nothing.
pub fn belongs(answer: &str, sent: &State) -> bool {
    answer.len() <= MAX_ANSWER && matches!(single(answer, "state"), Ok(Some(state)) if state == sent.as_str())
}

/// Reads the answer to a request for an administrator's consent. An error is looked for first, because Entra sends
/// `admin_consent=True` beside one, too; the tenant that the answer names is not looked at. The older form of the request
/// is refused without `state`.
pub fn consent(answer: &str, sent: &State) -> Notice {
    let ours = match (single(answer, "state"), single(answer, "error")) {
        (Ok(Some(state)), Ok(_)) => state == sent.as_str(),
        (Ok(None), Ok(Some(_))) => true,
        _ => false,
    };
    match (ours, single(answer, "error"), single(answer, "admin_consent")) {
        (true, Ok(Some(_)), _) => Notice::ConsentRefused,
        (true, Ok(None), Ok(Some(consent))) if consent == "True" => Notice::ConsentGranted,
        _ => Notice::ConsentUnknown,
    }
}

/// Whether this came from a page of an administrator's consent.
pub fn is_consent(answer: &str) -> bool {
    single(answer, "admin_consent") != Ok(None)
}

/// Whether a fragment is an authorization response at all, and not, say, the name of a heading.
pub fn is_answer(fragment: &str) -> bool {
    let names = ["access_token", "admin_consent", "code", "error", "id_token", "state"];
    names.iter().any(|name| single(fragment, name) != Ok(None))
}

/// RFC 6749 §3.1: parameters must not stand twice.
fn single(fragment: &str, name: &str) -> Result<Option<String>, CallbackError> {
    let mut values = form_urlencoded::parse(fragment.as_bytes()).filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Err(CallbackError::Malformed),
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
    fn a_code_with_the_right_state_is_taken() {
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
    fn an_error_with_the_wrong_state_is_not_believed() {
        assert_eq!(
            outcome("error=access_denied&error_description=call+0900&state=xyz"),
            Err(CallbackError::WrongState)
        );
    }

    #[test]
    fn a_parameter_that_stands_twice_is_refused() {
        // SEC-005; RP-25
        for twice in ["code=a&code=b", "state=a&state=b", "iss=a&iss=b", "error=a&error=b", "%63ode=a&code=b"] {
            assert_eq!(outcome(&format!("{twice}&state={STATE}")), Err(CallbackError::Malformed), "{twice}");
        }
    }

    #[test]
    fn another_authoritys_issuer_is_refused_before_the_state_is_looked_at() {
        // SEC-006; RP-26
        assert_eq!(outcome("code=abc&iss=https%3A%2F%2Fevil.example&state=xyz"), Err(CallbackError::WrongIssuer));
    }

    #[test]
    fn a_promised_issuer_that_is_missing_is_refused() {
        // SEC-006; RP-27
        let promising = Endpoints { iss_promised: true, ..endpoints() };
        let error = check(&format!("code=abc&state={STATE}"), State::new(&[1; 32]), &promising).unwrap_err();
        assert_eq!(error, CallbackError::WrongIssuer);
    }

    #[test]
    fn tokens_in_the_answer_are_refused() {
        // RP-29
        for extra in ["access_token=x", "id_token=x", ""] {
            let fragment =
                if extra.is_empty() { format!("state={STATE}") } else { format!("code=a&state={STATE}&{extra}") };
            assert_eq!(outcome(&fragment), Err(CallbackError::Malformed), "{fragment}");
        }
    }

    #[test]
    fn an_endless_answer_is_refused() {
        assert_eq!(outcome(&format!("code={}&state={STATE}", "a".repeat(MAX_ANSWER))), Err(CallbackError::Malformed));
    }

    #[test]
    fn an_answer_belongs_to_one_state() {
        let state = State::new(&[1; 32]);
        assert!(belongs(&format!("code=a&state={STATE}"), &state));
        for foreign in
            ["code=a", "code=a&state=x", &format!("state={STATE}&state={STATE}"), &"a".repeat(MAX_ANSWER + 1)]
        {
            assert!(!belongs(foreign, &state), "{foreign}");
        }
    }

    #[test]
    fn consent_with_an_error_is_none_and_a_tenant_proves_nothing() {
        let tenant = "tenant=fab00000-0000-4000-8000-000000000001";
        for (answer, expected) in [
            (format!("admin_consent=True&{tenant}&state={STATE}"), Notice::ConsentGranted),
            (format!("admin_consent=True&error=consent_required&state={STATE}"), Notice::ConsentRefused),
            ("error=permission_denied&error_description=no".to_owned(), Notice::ConsentRefused),
            (format!("admin_consent=True&{tenant}"), Notice::ConsentUnknown),
            (format!("admin_consent=True&{tenant}&state=x"), Notice::ConsentUnknown),
            ("error=permission_denied&state=x".to_owned(), Notice::ConsentUnknown),
            (format!("{tenant}&state={STATE}"), Notice::ConsentUnknown),
            (format!("admin_consent=True&state={STATE}&state={STATE}"), Notice::ConsentUnknown),
        ] {
            assert_eq!(consent(&answer, &State::new(&[1; 32])), expected, "{answer}");
        }
    }

    #[test]
    fn a_fragment_of_another_kind_is_no_answer() {
        assert!(!is_answer("") && !is_answer("heading") && !is_answer("codes=1"));
        assert!(
            is_answer("admin_consent=True")
                && is_answer("code=a")
                && is_answer("error=x&state=y")
                && is_answer("id_token=x")
                && is_answer("access_token=x")
                && is_answer("state=a&state=b")
        );
    }
}
