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

#[cfg(test)]
mod tests {
    use super::*;

    fn times(issued: i64, not_before: i64, expires: i64) -> Times {
        Times { expires, issued, not_before: Some(not_before) }
    }

    #[test]
    fn a_minute_is_let_through_at_either_end_and_not_a_second_more() {
        // security 78
        for (now, expected) in [
            (939, Err(Reason::NotYetValid)),
            (940, Ok(())),
            (2059, Ok(())),
            (2060, Err(Reason::Expired)),
            (u64::MAX, Err(Reason::Expired)),
            (0, Err(Reason::NotYetValid)),
        ] {
            assert_eq!(times(900, 1000, 2000).include(now), expected, "{now}");
        }
        assert_eq!(times(1061, 0, 2000).include(1000), Err(Reason::IssuedInFuture));
        assert_eq!(times(1060, 0, 2000).include(1000), Ok(()));
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        // security 78
        let now = 1_795_248_000;
        assert_eq!(times(0, 0, i64::MAX).include(now), Ok(()));
        assert_eq!(times(0, 0, i64::MAX).include(i64::MAX as u64), Err(Reason::Expired));
        assert_eq!(times(i64::MAX, 0, i64::MAX).include(now), Err(Reason::IssuedInFuture));
        assert_eq!(times(0, i64::MAX, i64::MAX).include(now), Err(Reason::NotYetValid));
        assert_eq!(times(0, 0, 0).include(now), Err(Reason::Expired));
    }
}
