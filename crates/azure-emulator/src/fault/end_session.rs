//! Faults of the redirect after signing out (OpenID Connect RP-Initiated Logout 1.0 section 3).

use crate::fault::enumeration::faults;

faults! {
    /// A fault of the redirect after signing out.
    EndSessionFault {
        MissingState "The person returns without state",
        WrongState "The person returns with a state that the client did not send",
        NoReturn "The person stays at Entra",
        AsksWhichAccount "Entra asks which account to sign out, unless logout_hint names it",
    }
}

impl EndSessionFault {
    /// The redirect URI and the state with this fault.
    pub(crate) fn apply<'r>(self, to: Option<&'r str>, state: Option<&'r str>) -> (Option<&'r str>, Option<&'r str>) {
        match self {
            Self::MissingState => (to, None),
            Self::WrongState => (to, Some("unrequested-value")),
            Self::NoReturn => (None, state),
            Self::AsksWhichAccount => (to, state),
        }
    }
}
