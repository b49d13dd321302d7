//! The operations of ACS, with their versions and rate limits.

/// An operation of ACS. Operations with the same versions and one common limit share a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    CreateIdentity,
    DeleteIdentity,
    ExchangeEntraUser,
    ExchangeTeamsExtension,
    ExchangeTeamsUser,
    GetIdentity,
    IssueToken,
    ManageAssignments,
    ManageExtensionAssignments,
    RevokeTokens,
}

impl Operation {
    /// The `api-version`s that have the operation.
    pub(super) fn versions(self) -> &'static [&'static str] {
        match self {
            // The Teams exchange came later than the identities, and had another body in its previews.
            Self::CreateIdentity | Self::DeleteIdentity | Self::IssueToken | Self::RevokeTokens => &[
                "2021-03-07",
                "2022-06-01",
                "2022-10-01",
                "2023-08-01",
                "2023-10-01",
                "2025-03-02-preview",
                "2025-06-30",
            ],
            Self::ExchangeTeamsUser => {
                &["2022-06-01", "2022-10-01", "2023-08-01", "2023-10-01", "2025-03-02-preview", "2025-06-30"]
            }
            Self::ExchangeTeamsExtension | Self::ManageExtensionAssignments => &["2025-03-02-preview", "2025-06-30"],
            Self::ExchangeEntraUser | Self::GetIdentity | Self::ManageAssignments => &["2025-03-02-preview"],
        }
    }

    /// The documented maximum of requests in 30 seconds, if there is one.
    pub(super) fn limit(self) -> Option<usize> {
        match self {
            Self::CreateIdentity | Self::IssueToken => Some(1000),
            Self::DeleteIdentity | Self::ExchangeTeamsUser | Self::RevokeTokens => Some(500),
            Self::ExchangeEntraUser
            | Self::ExchangeTeamsExtension
            | Self::GetIdentity
            | Self::ManageAssignments
            | Self::ManageExtensionAssignments => None,
        }
    }
}
