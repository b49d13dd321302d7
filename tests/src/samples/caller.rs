use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::Environment;

/// The claims that a sample reads in B. The stand-ins do not check the signature, because all tokens here are genuine.
pub(super) struct Caller(Value);

/// Why a sample refuses B.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rejected {
    Missing,
    Malformed,
    Expired,
}

impl Rejected {
    /// The message of `express-jwt`.
    pub(super) fn in_express(self) -> &'static str {
        match self {
            Self::Missing => "No authorization token was found",
            Self::Malformed => "jwt malformed",
            Self::Expired => "jwt expired",
        }
    }
}

impl Caller {
    pub(super) fn of(headers: &HeaderMap, surroundings: &Environment) -> Result<Self, Rejected> {
        let header = headers.get(AUTHORIZATION).ok_or(Rejected::Missing)?;
        let token = header.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")).ok_or(Rejected::Malformed)?;
        let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let claims: Value = payload.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or(Rejected::Malformed)?;
        match claims["exp"].as_u64() {
            Some(exp) if exp > surroundings.clock.now() => Ok(Self(claims)),
            _ => Err(Rejected::Expired),
        }
    }

    pub(super) fn has_scope(&self, scope: &str) -> bool {
        self.0["scp"].as_str().unwrap_or_default().split(' ').any(|granted| granted == scope)
    }

    pub(super) fn is_for(&self, audience: &str) -> bool {
        self.0["aud"] == audience
    }

    /// Artifact A2.
    pub(super) fn object_id(&self) -> &str {
        self.0["oid"].as_str().unwrap_or_default()
    }
}
