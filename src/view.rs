//! What is on the screen: pure, and without a token in it, so that no component, effect or tool of the reactive graph
//! can show one.

use messages::{Account, AcsToken, BUILD, FromVault, Notice, Problem, ProblemCode, Step, ViewState};

/// The view state, without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum View {
    Starting,
    Stopped { problem: Problem },
    SignedOut { problem: Option<Problem>, notice: Option<Notice> },
    Leaving,
    AtWindow,
    SigningIn { step: Step, steps: Vec<Step> },
    SignedIn { account: Option<Account>, communication_id: Option<String>, expires_at: u64, trouble: Option<Problem> },
}

impl View {
    /// Parts a view state from the token in it.
    pub(crate) fn of(view_state: ViewState) -> (Self, Option<AcsToken>) {
        match view_state {
            ViewState::Starting => (Self::Starting, None),
            ViewState::Stopped { problem } => (Self::Stopped { problem }, None),
            ViewState::SignedOut { problem, notice } => (Self::SignedOut { problem, notice }, None),
            ViewState::Leaving => (Self::Leaving, None),
            ViewState::AtWindow => (Self::AtWindow, None),
            ViewState::SigningIn { step, steps } => (Self::SigningIn { step, steps }, None),
            ViewState::SignedIn { account, communication_id, token, expires_at, trouble } => {
                (Self::SignedIn { account, communication_id, expires_at, trouble }, token)
            }
        }
    }

    /// What the page makes of the vault's first message: `None` if it can go on.
    pub(crate) fn of_greeting(greeting: Option<&str>) -> Option<Self> {
        let problem = match greeting.map(serde_json::from_str) {
            Some(Ok(FromVault::Ready { build })) if build == BUILD => return None,
            Some(Ok(FromVault::Ready { .. })) => ProblemCode::BuildMismatch,
            _ => return Some(Self::failed()),
        };
        Some(Self::Stopped { problem: Problem::new(problem) })
    }

    /// Whether it matters to the person who else gets the token.
    pub(crate) fn concerns_the_recipient(&self) -> bool {
        matches!(self, Self::SignedOut { .. } | Self::AtWindow | Self::SignedIn { .. })
    }

    /// The vault is gone, and with it everything it knew.
    pub(crate) fn failed() -> Self {
        Self::Stopped { problem: Problem::new(ProblemCode::VaultUnavailable) }
    }
}

/// How long a token still lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Over,
    Seconds(u64),
    Minutes(u64),
}

impl Life {
    /// Both in seconds since 1970.
    pub(crate) fn left(expires_at: u64, now: u64) -> Self {
        match expires_at.saturating_sub(now) {
            0 => Self::Over,
            seconds @ 1..=89 => Self::Seconds(seconds),
            seconds => Self::Minutes((seconds + 30) / 60),
        }
    }

    pub(crate) fn sentence(self) -> String {
        match self {
            Self::Over => "It has expired. Sign in again for a new one.".to_owned(),
            Self::Seconds(1) => "1 second left".to_owned(),
            Self::Seconds(n) => format!("{n} seconds left"),
            Self::Minutes(n) if n >= 120 => format!("{} hours left", (n + 30) / 60),
            Self::Minutes(n) => format!("{n} minutes left"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_has_no_token() {
        let account =
            Some(Account { name: None, username: None, tenant_id: "t".to_owned(), object_id: "o".to_owned() });
        let token = Some(AcsToken::new("the-d".to_owned()));
        let (view, token) =
            View::of(ViewState::SignedIn { account, communication_id: None, token, expires_at: 1, trouble: None });
        assert_eq!(token.unwrap().expose(), "the-d");
        assert!(!format!("{view:?}").contains("the-d"));
    }

    #[test]
    fn only_a_vault_of_the_same_build_is_talked_to() {
        // SEC-065
        let ready = |build: &str| format!(r#"{{"ready":{{"build":"{build}"}}}}"#);
        assert_eq!(View::of_greeting(Some(&ready(BUILD))), None);
        for (greeting, problem) in [
            (Some(ready("0.0.0")), ProblemCode::BuildMismatch),
            (Some("hello".to_owned()), ProblemCode::VaultUnavailable),
            (Some(r#"{"viewState":{"viewState":"starting"}}"#.to_owned()), ProblemCode::VaultUnavailable),
            (None, ProblemCode::VaultUnavailable),
        ] {
            let stopped = View::Stopped { problem: Problem::new(problem) };
            assert_eq!(View::of_greeting(greeting.as_deref()), Some(stopped));
        }
    }

    #[test]
    fn the_life_of_a_token_is_told_in_the_unit_that_matters() {
        for (left, sentence) in [
            (0, "It has expired. Sign in again for a new one."),
            (1, "1 second left"),
            (89, "89 seconds left"),
            (90, "2 minutes left"),
            (3899, "65 minutes left"),
            (86_400, "24 hours left"),
        ] {
            assert_eq!(Life::left(1_000_000 + left, 1_000_000).sentence(), sentence);
        }
        assert_eq!(Life::left(5, 10), Life::Over);
    }
}
