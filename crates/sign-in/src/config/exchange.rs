use super::{
    address,
    section::{ConfigError, Section},
};
use crate::{address::Address, authority::Cloud};

/// How A1 is exchanged for D.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exchange {
    /// The ACS resource itself exchanges the token, without a backend or a key. Not possible for Teams users.
    Acs {
        /// The resource's endpoint, without a path.
        resource: Address,
        /// The operation that issues the token.
        operation: AcsOperation,
    },
    /// A trusted backend exchanges the token.
    Backend(Backend),
}

/// The operations that ACS offers without a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcsOperation {
    /// Entra ID users.
    EntraId,
    /// People who use Teams Phone extensibility.
    TeamsExtension,
}

/// The trusted backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// The form of its requests and responses.
    pub contract: Contract,
    /// The address of the backend.
    pub url: Address,
    /// The source of B, which authorizes the caller there.
    pub caller: CallerTokenSource,
}

/// Where artifact B comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerTokenSource {
    /// Entra issues B: a token with a scope of the backend's own API.
    Entra {
        /// The scope of B.
        scope: String,
    },
    /// The portal that embeds the page sends B: its own session token.
    Portal,
}

/// The contracts of trusted backends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contract {
    /// The Azure Function of Microsoft's Unity sample.
    Function,
    /// Microsoft's authentication hero samples.
    Hero,
    /// [`contract::exchange::quickstart`]: our own service, and Microsoft's single-page sample.
    Quickstart,
    /// The same for Entra ID users, who have no Teams license: our own service.
    QuickstartEntraId,
}

/// The two permissions that the exchange of a Teams user needs. ACS requires both.
const TEAMS_USER: [&str; 2] = [
    "https://auth.msft.communication.azure.com/Teams.ManageCalls",
    "https://auth.msft.communication.azure.com/Teams.ManageChats",
];
const TEAMS_USER_US_GOVERNMENT: [&str; 2] = [
    "https://auth.msft.communication.azure.us/Teams.ManageCalls",
    "https://auth.msft.communication.azure.us/Teams.ManageChats",
];

/// The permission that the exchange of an Entra ID user needs.
const ENTRA_ID_USER: [&str; 1] = ["https://communication.azure.com/clients/VoIP"];

/// The permission of Teams Phone extensibility.
const TEAMS_EXTENSION: [&str; 1] = ["https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls"];
const TEAMS_EXTENSION_US_GOVERNMENT: [&str; 1] =
    ["https://auth.msft.communication.azure.us/TeamsExtension.ManageCalls"];

impl Exchange {
    pub(super) fn parse(section: &mut Section) -> Result<Self, ConfigError> {
        let kind = section.parsed("contract", Kind::parse)?;
        let contract = match kind {
            Kind::Acs(operation) => {
                return Ok(Self::Acs { resource: section.parsed("url", parse_resource)?, operation });
            }
            Kind::Backend(contract) => contract,
        };
        let url = section.parsed("url", address)?;
        let caller = match (section.optional("callerFrom", parse_portal)?, section.has("scope")) {
            (Some(()), false) => CallerTokenSource::Portal,
            (Some(()), true) => return Err(section.error("scope", "is for callers from Entra, not from the portal")),
            (None, _) => CallerTokenSource::Entra { scope: section.parsed("scope", parse_scope)? },
        };
        Ok(Self::Backend(Backend { contract, url, caller }))
    }

    /// The scopes of A1.
    pub(super) fn acs_scopes(&self, cloud: Cloud) -> &'static [&'static str] {
        match self {
            Self::Acs { operation: AcsOperation::EntraId, .. }
            | Self::Backend(Backend { contract: Contract::QuickstartEntraId, .. }) => &ENTRA_ID_USER,
            Self::Acs { operation: AcsOperation::TeamsExtension, .. } if cloud == Cloud::UsGovernment => {
                &TEAMS_EXTENSION_US_GOVERNMENT
            }
            Self::Acs { operation: AcsOperation::TeamsExtension, .. } => &TEAMS_EXTENSION,
            Self::Backend(_) if cloud == Cloud::UsGovernment => &TEAMS_USER_US_GOVERNMENT,
            Self::Backend(_) => &TEAMS_USER,
        }
    }

    /// The scope of B, if B comes from Entra.
    pub fn caller_scope(&self) -> Option<&str> {
        match self {
            Self::Backend(Backend { caller: CallerTokenSource::Entra { scope }, .. }) => Some(scope),
            Self::Acs { .. } | Self::Backend(_) => None,
        }
    }

    /// Whether the exchange needs B.
    pub fn requires_caller_token(&self) -> bool {
        matches!(self, Self::Backend(_))
    }

    /// Whether this address is on the origin of the trusted backend.
    pub(super) fn is_on_origin_of(&self, address: &Address) -> bool {
        matches!(self, Self::Backend(backend) if backend.url.origin() == address.origin())
    }
}

enum Kind {
    Acs(AcsOperation),
    Backend(Contract),
}

impl Kind {
    fn parse(text: &str) -> Result<Self, &'static str> {
        Ok(match text {
            "acs-entra" => Self::Acs(AcsOperation::EntraId),
            "acs-teams-extension" => Self::Acs(AcsOperation::TeamsExtension),
            "function" => Self::Backend(Contract::Function),
            "hero" => Self::Backend(Contract::Hero),
            "quickstart" => Self::Backend(Contract::Quickstart),
            "quickstart-entra-id" => Self::Backend(Contract::QuickstartEntraId),
            "guest" => return Err("guest is for a profile of its own, without clientId and authority"),
            _ => {
                return Err(
                    "must be quickstart, quickstart-entra-id, hero, function, acs-entra or acs-teams-extension",
                );
            }
        })
    }
}

fn parse_resource(text: &str) -> Result<Address, &'static str> {
    let address = address(text)?;
    match address.path() {
        "/" => Ok(address),
        _ => Err("must be the endpoint of the ACS resource, without a path"),
    }
}

/// One scope-token (RFC 6749 §3.3).
fn parse_scope(text: &str) -> Result<String, &'static str> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    if plain { Ok(text.to_owned()) } else { Err("must be one scope, like api://…/access_as_user") }
}

fn parse_portal(text: &str) -> Result<(), &'static str> {
    if text == "portal" { Ok(()) } else { Err("must be portal, or be left out") }
}
