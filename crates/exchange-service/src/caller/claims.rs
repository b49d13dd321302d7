//! Claims that all issuers write in the same form: times and audiences.

use contract::{CLOCK_TOLERANCE, UnixTime};
use serde_json::Value;

use super::{jws::SignedClaims, reason::Reason};

const LEEWAY: i64 = CLOCK_TOLERANCE.cast_signed();

/// 2^53: up to here, every parser reads a JSON number as the same integer (RFC 8259 section 6).
const LAST: f64 = 9_007_199_254_740_992.0;

/// The times of a token, in seconds since 1970.
pub(super) struct Times {
    pub(super) expires: i64,
    pub(super) issued: i64,
    /// The claim `nbf`. Entra always writes it; for others it is optional (RFC 7519 section 4.1.5).
    pub(super) not_before: Option<i64>,
}

impl Times {
    /// Reads the times. `exp` and `iat` are required (RFC 9068 section 2.2).
    pub(super) fn of(signed: &SignedClaims) -> Result<Self, Reason> {
        let seconds = |name| match signed.get(name) {
            None => Ok(None),
            Some(value) => numeric_date(value).map(Some).ok_or(Reason::TimesMissing),
        };
        let required = |name| seconds(name)?.ok_or(Reason::TimesMissing);
        Ok(Self { expires: required("exp")?, issued: required("iat")?, not_before: seconds("nbf")? })
    }

    /// Checks that `now` is between the times, with the tolerated clock difference.
    pub(super) fn include(&self, now: UnixTime) -> Result<(), Reason> {
        let now = i64::try_from(now.seconds()).unwrap_or(i64::MAX);
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

/// Reads a time: seconds since 1970, as any JSON number (RFC 7519 section 2). A fraction, which Python's `time.time()`
/// has, is cut off (REP-17).
fn numeric_date(value: &Value) -> Option<i64> {
    let seconds = value.as_f64().filter(|seconds| (0.0..=LAST).contains(seconds))?;
    Some(seconds as i64)
}

/// Whether `aud`, or a claim of the same form, contains a text that `is_ours` accepts: a text, or a list of texts (RFC
/// 7519 section 4.1.3).
pub(super) fn names(claim: Option<&Value>, is_ours: impl Fn(&str) -> bool) -> bool {
    match claim {
        Some(Value::String(one)) => is_ours(one),
        Some(Value::Array(many)) => {
            many.iter().all(Value::is_string) && many.iter().filter_map(Value::as_str).any(is_ours)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(issued: i64, not_before: i64, expires: i64) -> Times {
        Times { expires, issued, not_before: Some(not_before) }
    }

    #[test]
    fn tolerates_a_clock_difference_of_exactly_five_minutes() {
        // SEC-078, REP-20
        for (now, expected) in [
            (699, Err(Reason::NotYetValid)),
            (700, Ok(())),
            (2299, Ok(())),
            (2300, Err(Reason::Expired)),
            (u64::MAX, Err(Reason::Expired)),
            (0, Err(Reason::NotYetValid)),
        ] {
            assert_eq!(times(900, 1000, 2000).include(UnixTime::from_seconds(now)), expected, "{now}");
        }
        assert_eq!(times(1301, 0, 2000).include(UnixTime::from_seconds(1000)), Err(Reason::IssuedInFuture));
        assert_eq!(times(1300, 0, 2000).include(UnixTime::from_seconds(1000)), Ok(()));
    }

    #[test]
    fn reads_any_json_number_from_1970_on_as_a_time() {
        // SEC-078, REP-17
        for (text, seconds) in [
            ("1700000000", Some(1_700_000_000)),
            ("1700000000.5", Some(1_700_000_000)),
            ("1700000000.9999998", Some(1_700_000_000)),
            ("1.7e9", Some(1_700_000_000)),
            ("17E+8", Some(1_700_000_000)),
            ("170000000000e-2", Some(1_700_000_000)),
            ("0", Some(0)),
            ("-0.0", Some(0)),
            ("9007199254740992", Some(1 << 53)),
            ("9007199254740994", None),
            ("18446744073709551615", None),
            ("18446744073709551616", None),
            ("1e300", None),
            ("-1", None),
            ("-0.5", None),
            ("-1e300", None),
            ("\"1700000000\"", None),
            ("null", None),
            ("true", None),
            ("[1]", None),
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(numeric_date(&value), seconds, "{text}");
        }
        // A JSON parser refuses these before.
        for text in ["NaN", "Infinity", "1e999", "0x10", ".5", "+1"] {
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        // SEC-078
        let now = UnixTime::from_seconds(1_795_248_000);
        assert_eq!(times(0, 0, i64::MAX).include(now), Ok(()));
        assert_eq!(times(0, 0, i64::MAX).include(UnixTime::from_seconds(i64::MAX as u64)), Err(Reason::Expired));
        assert_eq!(times(i64::MAX, 0, i64::MAX).include(now), Err(Reason::IssuedInFuture));
        assert_eq!(times(0, i64::MAX, i64::MAX).include(now), Err(Reason::NotYetValid));
        assert_eq!(times(0, 0, 0).include(now), Err(Reason::Expired));
    }
}
