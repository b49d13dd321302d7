//! What can be wrong with a configuration. A fault names the key and never contains the value: it may be a secret, even
//! under a key that is not for secrets.

use std::borrow::Cow;

use thiserror::Error;

use crate::{acs::access_key::AccessKeyFault, text_file::UnreadableFile};

/// The first wrong key, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{key}: {fault}")]
pub struct ConfigurationError {
    /// The key in the file, as `section.key` or `section.key[0]`, or the environment variable.
    pub key: String,
    fault: Fault,
}

/// What is wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Fault {
    #[error("line {0} is not TOML")]
    NotToml(usize),
    #[error("is missing")]
    Missing,
    #[error("is not a key of this service: expected {expected}")]
    UnknownKey { expected: String },
    /// A value of another type, form or range.
    #[error("must be {expected}")]
    Not { expected: Cow<'static, str> },
    #[error("must read endpoint=…;accesskey=…")]
    NotAConnectionString,
    #[error("still has the example's placeholder")]
    Placeholder,
    #[error("{0}")]
    AccessKey(AccessKeyFault),
    #[error("{0}")]
    Unreadable(UnreadableFile),
    #[error("is page.client_id: must be the application id of the service's own API, which is another registration")]
    AudienceOfThePage,
    #[error("the tenant of personal Microsoft accounts is everybody's and cannot be allowed")]
    ConsumerTenant,
    /// An empty list, or no exchange.
    #[error("must have at least one")]
    Empty,
    #[error("is Entra's, whose tokens are the section entra's")]
    EntrasIssuer,
    /// The weaker rules of foreign issuers would check the tokens of such a tenant.
    #[error("is Microsoft Entra's own (External ID or Azure AD B2C), and cannot be configured as a foreign issuer")]
    ExternalTenant,
    #[error("needs no file with an access key next to it")]
    KeyWithIdentity,
    #[error("cannot be memory where the service scales out (scales_out)")]
    MemoryOfSeveral,
    #[error("is missing, and neither ACS_ACCESS_KEY nor ACS_CONNECTION_STRING is set")]
    NoAccessKey,
    #[error("has no use unless acs.identity is client_secret")]
    NoClientSecret,
    #[error("has no use while mailbox.store is memory")]
    NotWithMemory,
    #[error("must differ from listen: pages and strangers must not reach it")]
    SameAddress,
    #[error("is named twice")]
    Twice,
    #[error("differs from the endpoint in ACS_CONNECTION_STRING")]
    TwoEndpoints,
}

pub(super) fn at(key: impl Into<String>, fault: Fault) -> ConfigurationError {
    ConfigurationError { key: key.into(), fault }
}

/// The fault of a value that is not what is expected.
pub(super) fn must_be(expected: impl Into<Cow<'static, str>>) -> Fault {
    Fault::Not { expected: expected.into() }
}
