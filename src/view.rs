//! What is on the screen: the view state without the token, so that no component, effect or tool of the reactive graph
//! can show it. Pure.

use messages::{Account, AcsToken, BUILD, FromVault, Notice, Problem, ProblemCode, Step, ViewState};

/// The [`ViewState`] without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum View {
    Starting,
    Stopped {
        problem: Problem,
    },
    SignedOut {
        problem: Option<Problem>,
        notice: Option<Notice>,
    },
    Leaving,
    AtWindow,
    SigningIn {
        step: Step,
        steps: Vec<Step>,
    },
    SignedIn {
        account: Option<Account>,
        communication_id: Option<String>,
        expires_at: u64,
        renewal_problem: Option<Problem>,
    },
}

impl View {
    /// Splits a view state into the view and the token.
    pub(crate) fn of(view_state: ViewState) -> (Self, Option<AcsToken>) {
        match view_state {
            ViewState::Starting => (Self::Starting, None),
            ViewState::Stopped { problem } => (Self::Stopped { problem }, None),
            ViewState::SignedOut { problem, notice } => (Self::SignedOut { problem, notice }, None),
            ViewState::Leaving => (Self::Leaving, None),
            ViewState::AtWindow => (Self::AtWindow, None),
            ViewState::SigningIn { step, steps } => (Self::SigningIn { step, steps }, None),
            ViewState::SignedIn { account, communication_id, token, expires_at, renewal_problem } => {
                (Self::SignedIn { account, communication_id, expires_at, renewal_problem }, token)
            }
        }
    }

    /// Checks the vault's first message. `None` if the vault works and comes from the same build (SEC-065).
    pub(crate) fn of_greeting(greeting: Option<&str>) -> Option<Self> {
        let problem = match greeting.map(FromVault::read) {
            Some(Ok(FromVault::Ready { build })) if build == BUILD => return None,
            Some(Ok(FromVault::Ready { .. })) => ProblemCode::BuildMismatch,
            _ => return Some(Self::vault_failed()),
        };
        Some(Self::Stopped { problem: Problem::new(problem) })
    }

    /// The view after the vault failed.
    pub(crate) fn vault_failed() -> Self {
        Self::Stopped { problem: Problem::new(ProblemCode::VaultUnavailable) }
    }
}

/// The first letters of a name's first and last word, for a picture of the person.
pub(crate) fn initials(name: &str) -> String {
    let mut letters = name.split(' ').filter_map(|word| word.chars().next()).filter(|c| !c.is_ascii_punctuation());
    let first = letters.next();
    first.into_iter().chain(letters.next_back()).collect()
}

/// How long a token is still valid, in the unit that people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeLeft {
    Expired,
    Seconds(u64),
    Minutes(u64),
    Hours(u64),
}

impl TimeLeft {
    /// The time from `now` until `expires_at`, which are in seconds since 1970.
    pub(crate) fn until(expires_at: u64, now: u64) -> Self {
        match expires_at.saturating_sub(now) {
            0 => Self::Expired,
            seconds @ 1..=89 => Self::Seconds(seconds),
            seconds => match (seconds + 30) / 60 {
                minutes @ ..120 => Self::Minutes(minutes),
                minutes => Self::Hours((minutes + 30) / 60),
            },
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
        let (view, token) = View::of(ViewState::SignedIn {
            account,
            communication_id: None,
            token,
            expires_at: 1,
            renewal_problem: None,
        });
        assert_eq!(token.unwrap().expose(), "the-d");
        assert!(!format!("{view:?}").contains("the-d"));
    }

    #[test]
    fn the_initials_are_of_the_first_and_the_last_word() {
        for (name, expected) in [
            ("Alice Arden", "AA"),
            ("Ana María de la Cruz", "AC"),
            ("Alice Arden (Fabrikam)", "AA"),
            ("alice@fabrikam.example", "a"),
            ("山田太郎", "山"),
            ("  ", ""),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn accepts_only_a_vault_of_the_same_build() {
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
    fn shows_the_time_left_in_seconds_minutes_or_hours() {
        for (left, expected) in [
            (0, TimeLeft::Expired),
            (1, TimeLeft::Seconds(1)),
            (89, TimeLeft::Seconds(89)),
            (90, TimeLeft::Minutes(2)),
            (3899, TimeLeft::Minutes(65)),
            (86_400, TimeLeft::Hours(24)),
        ] {
            assert_eq!(TimeLeft::until(1_000_000 + left, 1_000_000), expected);
        }
        assert_eq!(TimeLeft::until(5, 10), TimeLeft::Expired);
    }
}
