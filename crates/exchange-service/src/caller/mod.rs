//! The caller of a request: B, validated.
//!
//! B is an Entra access token for this service's own API, or the token of a foreign issuer that the operator trusts; it is
//! the only token whose audience the service is. It is validated in the order of trust: its shape, the keys of the issuer
//! it names (if that issuer is allowed at all), its signature, and only then what it says.

mod claims;
mod entra;
mod foreign;
mod identity;
mod jws;
mod key_ring;
mod key_source;
mod keys;
mod policy;
mod reason;
mod unique_json;
mod validator;

pub(crate) use self::{
    identity::{Caller, Claimed, IssuerTenant},
    key_source::KeysUnavailable,
    keys::Algorithm,
    policy::{ClientRule, EntraPolicy, ForeignIssuer, Version1},
    reason::Reason,
    validator::{Refusal, Validator},
};
