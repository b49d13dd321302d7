//! What can be asked of ACS: in which versions, and how often.

/// One operation, as far as versions and limits tell them apart.
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
    /// Every `api-version` that has the operation.
    pub(super) fn versions(self) -> &'static [&'static str] {
        match self {
            // Identities are older than the Teams exchange, whose earlier previews had another body.
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

    /// How many requests half a minute has room for, where it is documented.
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
