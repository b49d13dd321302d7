//! What can be wrong with a configuration. A fault names the key and never contains the value: it may be a secret, even
//! under a key that is not for secrets.

use thiserror::Error;

use crate::{
    acs::{access_key::AccessKeyFault, allowance::FEWEST_AT_ONCE},
    text_file::UnreadableFile,
};

/// The first wrong key, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{key}: {fault}")]
pub struct ConfigurationError {
    /// The key in the file, as `section.key`, or the environment variable.
    pub key: String,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Fault {
    /// The key has no usable access key.
    #[error("{0}")]
    AccessKey(AccessKeyFault),
    /// The page's application instead of the service's own.
    #[error("is page.client_id: must be the application id of the service's own API, which is another registration")]
    AudienceOfThePage,
    /// A key for Redis, while mailboxes are in memory.
    #[error("has no use while mailbox.store is memory")]
    NotWithMemory,
    /// The tenant of all personal accounts.
    #[error("the tenant of personal Microsoft accounts is everybody's and cannot be allowed")]
    ConsumerTenant,
    /// An Entra host must not be configured as a foreign issuer.
    #[error("is Entra's, whose tokens are the section entra's")]
    EntrasIssuer,
    /// An issuer of an external tenant: Entra External ID or Azure AD B2C.
    #[error("is Microsoft Entra's own (External ID or Azure AD B2C), and cannot be configured as a foreign issuer")]
    ExternalTenant,
    /// An empty list.
    #[error("must have at least one")]
    Empty,
    /// A limit of one instance, or no number of instances, where several instances run without a Redis in which they
    /// could count together.
    #[error(
        "must be the greatest number of instances, here or in EXCHANGE_SERVICE_INSTANCES, because the service scales out \
         (scales_out) and has no Redis (mailbox.store) to count in"
    )]
    InstancesUnknown,
    /// An access key file, although an identity is configured.
    #[error("needs no file with an access key next to it")]
    KeyWithIdentity,
    /// Mailboxes in memory, although several processes receive the requests.
    #[error("cannot be memory where the service scales out (scales_out)")]
    MemoryOfSeveral,
    /// A required key is missing.
    #[error("is missing")]
    Missing,
    /// No access key in the file, and neither of the two variables.
    #[error("is missing, and neither ACS_ACCESS_KEY nor ACS_CONNECTION_STRING is set")]
    NoAccessKey,
    /// A key for client secrets, although `acs.identity` is another kind.
    #[error("has no use unless acs.identity is client_secret")]
    NoClientSecret,
    /// An authority without TLS, although a client secret would be sent to it.
    #[error("must be https where acs.identity is client_secret")]
    NoSecretWithoutTls,
    /// An address with a path, a query, a fragment or a user.
    #[error("must be scheme, host and port only")]
    NotABaseAddress,
    /// Not `endpoint=…;accesskey=…`.
    #[error("must read endpoint=…;accesskey=…")]
    NotAConnectionString,
    /// Not the value of a client secret.
    #[error("must be the value of a client secret: one word, and not the secret's id")]
    NotAClientSecret,
    /// Neither `true` nor `false`.
    #[error("must be true or false")]
    NotAFlag,
    /// Not the name of an authentication context.
    #[error("must be the id of an authentication context, like c1")]
    NotAContext,
    /// An address with a fragment or a user.
    #[error("must be an address without fragment and user")]
    NotADocument,
    /// Not a GUID.
    #[error("must be a GUID")]
    NotAGuid,
    /// Not `address:port`.
    #[error("must be an IP address and a port, like 127.0.0.1:8403")]
    NotAListenAddress,
    /// Not a whole number between these two.
    #[error("must be a whole number from {least} to {most}")]
    NotANumber {
        /// The minimum.
        least: u32,
        /// The maximum.
        most: u32,
    },
    /// Not a port number.
    #[error("must be the number of a port")]
    NotAPort,
    /// Not the address of a Redis with TLS, on loopback or on a Unix socket.
    #[error("must be rediss://…, or redis://… on loopback, or a Unix socket")]
    NotARedisAddress,
    /// Not a single word.
    #[error("must be the name of one scope, without the address of the API")]
    NotAScope,
    /// Not random bytes in base64, or too few.
    #[error("must be at least 32 random bytes in base64")]
    NotASecret,
    /// Neither `memory` nor `redis`.
    #[error("must be memory or redis")]
    NotAStore,
    /// Not a TOML section.
    #[error("must be a section")]
    NotASection,
    /// Neither `refuse` nor `drop`.
    #[error("must be refuse or drop")]
    NotWhenFull,
    /// Not an App ID URI.
    #[error("must be the App ID URIs of the service's own API, to the letter")]
    NotAnAudience,
    /// Neither `managed`, `workload` nor `client_secret`.
    #[error("must be managed, workload or client_secret")]
    NotAnIdentity,
    /// An issuer with a query, a fragment or a user.
    #[error("must be an address without query, fragment and user")]
    NotAnIssuer,
    /// Not an origin as browsers write it.
    #[error("must be origins as browsers write them, like https://portal.example")]
    NotAnOrigin,
    /// Not a list of texts.
    #[error("must be a list of texts")]
    NotListOfTexts,
    /// Not a list of sections.
    #[error("must be written [[foreign_issuers]], once for each")]
    NotSections,
    /// Not algorithms that this service verifies.
    #[error("must be some of RS256, PS256 and ES256")]
    NotAlgorithms,
    /// Neither https nor http on loopback.
    #[error("must be https, or http on loopback")]
    NotSecure,
    /// Not a text.
    #[error("must be a text")]
    NotText,
    /// Not TOML. The number is that of the line, from 1.
    #[error("line {0} is not TOML")]
    NotToml(usize),
    /// The placeholder of the example file.
    #[error("still has the example's placeholder")]
    Placeholder,
    /// A limit with which one tenant could use up the allowance of all.
    #[error("must be below {below}, or one tenant could use up what ACS allows to all of them")]
    TenantTakesAll {
        /// The allowance of all tenants in a minute.
        below: u32,
    },
    /// So many instances that the part of a tenant at each is too small to sign in with.
    #[error(
        "must be at most {most} without Redis, or a tenant has fewer than {fewest} requests at once at each: configure a \
         Redis (mailbox.store = redis), in which they count together",
        fewest = FEWEST_AT_ONCE
    )]
    TooManyInstances {
        /// The maximum number of instances.
        most: u32,
    },
    /// The same issuer twice.
    #[error("is named twice")]
    Twice,
    /// The file says one endpoint, the connection string another.
    #[error("differs from the endpoint in ACS_CONNECTION_STRING")]
    TwoEndpoints,
    /// The metrics and the service have the same address.
    #[error("must differ from listen: pages and strangers must not reach it")]
    SameAddress,
    /// An unknown key that looks like a required one that is missing.
    #[error("is not a key of this service, and {missing} is missing")]
    Mistyped {
        /// The key that is missing.
        missing: &'static str,
    },
    /// An unknown key.
    #[error("is not a key of this service")]
    UnknownKey,
    /// The file that the key names cannot be read.
    #[error("{0}")]
    Unreadable(UnreadableFile),
    /// `*` or `null`.
    #[error("must be exact origins: neither * nor null")]
    Wildcard,
}

pub(super) fn at(key: impl Into<String>, fault: Fault) -> ConfigurationError {
    ConfigurationError { key: key.into(), fault }
}
