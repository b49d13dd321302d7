//! Validates the caller of a request by its token, B.
//!
//! B is an Entra access token for this service's own API, or the token of a foreign issuer that the operator trusts. It
//! is the only token whose audience is this service. The checks are, in this order: the form, the issuer (which must be
//! configured), the signature by the issuer's keys, and then the claims.

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
