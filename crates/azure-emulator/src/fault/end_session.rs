//! Ways back from signing out that a client did not ask for (OpenID Connect RP-Initiated Logout 1.0 section 3).

use crate::fault::faults;

faults! {
    /// One thing that is particular about the way back from signing out.
    EndSessionFault {
        MissingState "The person returns without state",
        WrongState "The person returns with a state that nobody sent",
        NoReturn "The person stays at Entra",
        AsksWhichAccount "Entra asks which account to sign out, unless logout_hint names it",
    }
}

impl EndSessionFault {
    /// Where the person goes instead, and with which state.
    pub(crate) fn apply<'r>(self, to: Option<&'r str>, state: Option<&'r str>) -> (Option<&'r str>, Option<&'r str>) {
        match self {
            Self::MissingState => (to, None),
            Self::WrongState => (to, Some("nobody-asked-for-this")),
            Self::NoReturn => (None, state),
            Self::AsksWhichAccount => (to, state),
        }
    }
}
