use std::{error::Error, fmt};

/// What a good configuration does not help against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartError {
    /// The machine has no root certificates that TLS could trust.
    NoTrustAnchors,
    /// The process was given no identity of the kind that `acs.identity` names.
    NoIdentity,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoTrustAnchors => "the root certificates of this machine cannot be read",
            Self::NoIdentity => "acs.identity: this process was given no identity of that kind",
        })
    }
}

impl Error for StartError {}
