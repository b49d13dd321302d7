//! Timestamps as Entra, ACS and HTTP write them, and RFC 3339 for `--clock`.
//!
//! Every time is in seconds since the Unix epoch. Times after the year 9999 are written as its end, because none of the
//! formats has room for a fifth digit.

use std::time::{Duration, UNIX_EPOCH};

use httpdate::{fmt_http_date, parse_http_date as parse_any_http_date};
use jiff::Timestamp;

/// Entra's timestamp in errors: `2026-11-21 08:00:00Z`.
pub(crate) fn entra_timestamp(unix: u64) -> String {
    timestamp(unix).strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// ACS's `expiresOn`, with seven fractional digits and a numeric offset: `2026-11-21T08:00:00.0000000+00:00`.
pub fn acs_timestamp(unix: u64) -> String {
    timestamp(unix).strftime("%Y-%m-%dT%H:%M:%S.0000000+00:00").to_string()
}

/// RFC 9110 section 5.6.7, IMF-fixdate: `Sat, 21 Nov 2026 08:00:00 GMT`.
pub(crate) fn http_date(unix: u64) -> String {
    let seconds = u64::try_from(timestamp(unix).as_second()).unwrap_or_default();
    fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// Parses an IMF-fixdate. ACS does not accept the two obsolete formats of RFC 9110.
pub(crate) fn parse_http_date(text: &str) -> Option<u64> {
    let unix = parse_any_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?.as_secs();
    (http_date(unix) == text).then_some(unix)
}

/// Reads RFC 3339 in UTC and whole seconds, from 1970 on: `2026-11-21T08:00:00Z`.
pub(crate) fn parse_rfc3339(text: &str) -> Option<u64> {
    let read: Timestamp = text.parse().ok()?;
    let unix = u64::try_from(read.as_second()).ok()?;
    // jiff also reads fractions, offsets and other separators.
    (timestamp(unix).to_string() == text).then_some(unix)
}

fn timestamp(unix: u64) -> Timestamp {
    i64::try_from(unix).ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::{acs_timestamp, entra_timestamp, http_date, parse_http_date, parse_rfc3339};

    const NOW: u64 = 1_795_248_000;

    #[test]
    fn writes_each_of_the_three_formats() {
        assert_eq!(http_date(NOW), "Sat, 21 Nov 2026 08:00:00 GMT");
        assert_eq!(entra_timestamp(NOW), "2026-11-21 08:00:00Z");
        assert_eq!(acs_timestamp(NOW), "2026-11-21T08:00:00.0000000+00:00");
    }

    #[test]
    fn reads_back_every_day_of_a_century() {
        for day in 0..36_600 {
            let unix = day * 86_400 + 12_345;
            assert_eq!(parse_http_date(&http_date(unix)), Some(unix));
        }
    }

    #[test]
    fn a_time_after_the_year_9999_is_written_as_its_end() {
        assert_eq!(http_date(u64::MAX), "Thu, 30 Dec 9999 22:00:00 GMT");
        assert_eq!(entra_timestamp(u64::MAX), "9999-12-30 22:00:00Z");
        assert_eq!(acs_timestamp(u64::MAX), "9999-12-30T22:00:00.0000000+00:00");
    }

    #[test]
    fn reads_rfc_3339_in_utc_and_whole_seconds_only() {
        assert_eq!(parse_rfc3339("2026-11-21T08:00:00Z"), Some(NOW));
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T08:00:00",
            "2026-11-21T08:00:00.5Z",
            "2026-11-21T09:00:00+01:00",
            "2026-02-31T08:00:00Z",
            "2026-13-01T08:00:00Z",
            "2026-00-01T08:00:00Z",
            "26-11-21T08:00:00Z",
            "2026-11-21 08:00:00Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn rejects_dates_that_do_not_exist_and_other_formats() {
        for text in [
            "",
            "Sun, 21 Nov 2026 08:00:00 GMT",
            "Tue, 31 Feb 2026 08:00:00 GMT",
            "Sat, 21 Nov 2026 24:00:00 GMT",
            "Sat, 21 Nov 2026 08:00:00 UTC",
            "Saturday, 21-Nov-26 08:00:00 GMT",
            "2026-11-21T08:00:00Z",
            "Sat, 21 Nov 99999999999999999999 08:00:00 GMT",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}
