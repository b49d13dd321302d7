//! When B is good.

use serde_json::Value;

use super::{Reason, jws::SignedClaims};

/// How many seconds two clocks may differ.
const LEEWAY: i64 = 60;

/// In seconds since 1970.
pub(super) struct Times {
    pub(super) expires: i64,
    pub(super) issued: i64,
    /// Entra always says it, others need not (RFC 7519 section 4.1.5).
    pub(super) not_before: Option<i64>,
}

impl Times {
    /// Whole seconds, wherever one is written. `exp` and `iat` must be (RFC 9068 section 2.2).
    pub(super) fn of(signed: &SignedClaims) -> Result<Self, Reason> {
        let seconds = |name| match signed.get(name) {
            None => Ok(None),
            Some(value) => Value::as_i64(value).filter(|seconds| *seconds >= 0).map(Some).ok_or(Reason::TimesMissing),
        };
        let required = |name| seconds(name)?.ok_or(Reason::TimesMissing);
        Ok(Self { expires: required("exp")?, issued: required("iat")?, not_before: seconds("nbf")? })
    }

    /// Whether `now`, in seconds since 1970, is between them.
    pub(super) fn include(&self, now: u64) -> Result<(), Reason> {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        if now >= self.expires.saturating_add(LEEWAY) {
            return Err(Reason::Expired);
        }
        if self.not_before.is_some_and(|not_before| now.saturating_add(LEEWAY) < not_before) {
            return Err(Reason::NotYetValid);
        }
        if now.saturating_add(LEEWAY) < self.issued {
            return Err(Reason::IssuedInFuture);
        }
        Ok(())
    }
}
