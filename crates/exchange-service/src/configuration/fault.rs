//! What can be wrong with a configuration. A fault names the key and never shows the value: some values are secrets, and
//! some secrets are put under the wrong key.

use std::{error::Error, fmt};

use crate::{
    acs::{access_key::AccessKeyFault, allowance::FEWEST_AT_ONCE},
    text_file::UnreadableFile,
};

/// The first key that is wrong, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationError {
    /// Its place in the file, as `section.key`, or the environment variable.
    pub key: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The key has no usable access key.
    AccessKey(AccessKeyFault),
    /// The page's application in the place of the service's own.
    AudienceOfThePage,
    /// What mailboxes in memory have no use for.
    BesideMemory,
    /// The tenant of all personal accounts.
    ConsumerTenant,
    /// An Entra host must not be configured as a foreign issuer.
    EntrasIssuer,
    /// An issuer of an external tenant: Entra External ID or Azure AD B2C.
    ExternalTenant,
    /// An empty list.
    Empty,
    /// One instance, or no number of them, where requests come to several that have no Redis to count in.
    InstancesUnknown,
    /// A file with a key, where an identity makes it needless.
    KeyBesideIdentity,
    /// Mailboxes in memory, where requests come to several processes.
    MemoryOfSeveral,
    /// A required key is not there.
    Missing,
    /// No access key, in any of the three places.
    NoAccessKey,
    /// What belongs to a client secret, without one.
    NoClientSecret,
    /// An authority without TLS, to which a secret would have to be sent.
    NoSecretWithoutTls,
    /// An address with a path, a query, a fragment or a user.
    NotABaseAddress,
    /// Not `endpoint=…;accesskey=…`.
    NotAConnectionString,
    /// Not the value of a client secret.
    NotAClientSecret,
    /// Neither `true` nor `false`.
    NotAFlag,
    /// Not the name of an authentication context.
    NotAContext,
    /// An address with a fragment or a user.
    NotADocument,
    /// Not a GUID.
    NotAGuid,
    /// Not `address:port`.
    NotAListenAddress,
    /// Not a whole number between these two.
    NotANumber {
        /// The smallest that is good.
        least: u32,
        /// The largest.
        most: u32,
    },
    /// Not the number of a port.
    NotAPort,
    /// Not the address of a Redis that is safe to speak to.
    NotARedisAddress,
    /// Not one word.
    NotAScope,
    /// Not random bytes in base64, or too few.
    NotASecret,
    /// Neither of the two places for mailboxes.
    NotAStore,
    /// Not a section.
    NotASection,
    /// Neither `refuse` nor `drop`.
    NotWhenFull,
    /// Not an App ID URI.
    NotAnAudience,
    /// None of the three kinds.
    NotAnIdentity,
    /// An issuer with a query, a fragment or a user.
    NotAnIssuer,
    /// Not an origin as a browser writes it.
    NotAnOrigin,
    /// Not a list of texts.
    NotListOfTexts,
    /// Not a list of sections.
    NotSections,
    /// Not algorithms that this service verifies.
    NotAlgorithms,
    /// Neither https nor http on loopback.
    NotSecure,
    /// Not a text.
    NotText,
    /// Not TOML; the line, from 1.
    NotToml(usize),
    /// The example's own word.
    Placeholder,
    /// A limit that lets one tenant use up what ACS allows to all.
    TenantTakesAll {
        /// What all have together in a minute.
        below: u32,
    },
    /// So many instances that a tenant's part at each would be too small to sign in with.
    TooManyInstances {
        /// The most that there may be.
        most: u32,
    },
    /// The same issuer twice.
    Twice,
    /// The file says one endpoint, the connection string another.
    TwoEndpoints,
    /// One address for what pages ask and for what Prometheus asks.
    SameAddress,
    /// Not a key of this service, and much like one that is missing.
    Mistyped {
        /// The key that is missing.
        missing: &'static str,
    },
    /// Not a key of this service.
    UnknownKey,
    /// The file that the key names cannot be read.
    Unreadable(UnreadableFile),
    /// `*` or `null`.
    Wildcard,
}

pub(super) fn at(key: impl Into<String>, fault: Fault) -> ConfigurationError {
    ConfigurationError { key: key.into(), fault }
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.fault)
    }
}

impl Error for ConfigurationError {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessKey(fault) => return fault.fmt(f),
            Self::NotToml(line) => return write!(f, "line {line} is not TOML"),
            Self::NotANumber { least, most } => return write!(f, "must be a whole number from {least} to {most}"),
            Self::TenantTakesAll { below } => {
                return write!(f, "must be below {below}, or one tenant could use up what ACS allows to all of them");
            }
            Self::TooManyInstances { most } => {
                return write!(
                    f,
                    "must be at most {most} without Redis, or a tenant has fewer than {FEWEST_AT_ONCE} requests at once at \
                     each: configure a Redis (mailbox.store = redis), in which they count together"
                );
            }
            Self::Mistyped { missing } => return write!(f, "is not a key of this service, and {missing} is missing"),
            Self::AudienceOfThePage => {
                "is page.client_id: must be the application id of the service's own API, which is another registration"
            }
            Self::Unreadable(fault) => return fault.fmt(f),
            Self::BesideMemory => "has no use while mailbox.store is memory",
            Self::ConsumerTenant => "the tenant of personal Microsoft accounts is everybody's and cannot be allowed",
            Self::EntrasIssuer => "is Entra's, whose tokens are the section entra's",
            Self::ExternalTenant => {
                "is Microsoft Entra's own (External ID or Azure AD B2C), and cannot be configured as a foreign issuer"
            }
            Self::Empty => "must have at least one",
            Self::InstancesUnknown => {
                "must be the greatest number of instances, here or in EXCHANGE_SERVICE_INSTANCES, because the service \
                 scales out (scales_out) and has no Redis (mailbox.store) to count in"
            }
            Self::KeyBesideIdentity => "needs no file with an access key beside it",
            Self::MemoryOfSeveral => "cannot be memory where the service scales out (scales_out)",
            Self::Missing => "is missing",
            Self::NoAccessKey => "is missing, and neither ACS_ACCESS_KEY nor ACS_CONNECTION_STRING is set",
            Self::NotABaseAddress => "must be scheme, host and port only",
            Self::NotAConnectionString => "must read endpoint=…;accesskey=…",
            Self::NoClientSecret => "has no use unless acs.identity is client_secret",
            Self::NoSecretWithoutTls => "must be https where acs.identity is client_secret",
            Self::NotAClientSecret => "must be the value of a client secret: one word, and not the secret's id",
            Self::NotAFlag => "must be true or false",
            Self::NotAContext => "must be the id of an authentication context, like c1",
            Self::NotADocument => "must be an address without fragment and user",
            Self::NotAGuid => "must be a GUID",
            Self::NotAListenAddress => "must be an IP address and a port, like 127.0.0.1:8403",
            Self::NotAPort => "must be the number of a port",
            Self::NotARedisAddress => "must be rediss://…, or redis://… on loopback, or a Unix socket",
            Self::NotAScope => "must be the name of one scope, without the address of the API",
            Self::NotASecret => "must be at least 32 random bytes in base64",
            Self::NotAStore => "must be memory or redis",
            Self::NotASection => "must be a section",
            Self::NotWhenFull => "must be refuse or drop",
            Self::NotAnAudience => "must be the App ID URIs of the service's own API, to the letter",
            Self::NotAnIdentity => "must be managed, workload or client_secret",
            Self::NotAnIssuer => "must be an address without query, fragment and user",
            Self::NotAnOrigin => "must be origins as browsers write them, like https://portal.example",
            Self::NotListOfTexts => "must be a list of texts",
            Self::NotSections => "must be written [[foreign_issuers]], once for each",
            Self::NotAlgorithms => "must be some of RS256, PS256 and ES256",
            Self::NotSecure => "must be https, or http on loopback",
            Self::NotText => "must be a text",
            Self::Placeholder => "still has the example's placeholder",
            Self::SameAddress => "must differ from listen: pages and strangers must not reach it",
            Self::Twice => "is named twice",
            Self::TwoEndpoints => "differs from the endpoint in ACS_CONNECTION_STRING",
            Self::UnknownKey => "is not a key of this service",
            Self::Wildcard => "must be exact origins: neither * nor null",
        })
    }
}
