//! `expiresOn` of an exchange: RFC 3339, with any number of fractional digits. ACS uses several.

use crate::UnixTime;

/// Parses an RFC 3339 text, and rounds down to a second. `None` if the text is not an RFC 3339 time.
pub fn parse(text: &str) -> Option<UnixTime> {
    let bytes = text.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if bytes.len() < 20 || !separators.iter().all(|&(at, b)| bytes[at] == b) || !matches!(bytes[10], b'T' | b't' | b' ')
    {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<i64>().ok())?
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // A leap second (60) counts as the next second.
    if !(1..=12).contains(&month)
        || !(1..=days_in(year, month)).contains(&day)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let rest = text.get(19..)?;
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
        None => rest,
    };
    let offset = offset_seconds(zone)?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    u64::try_from(seconds).ok().map(UnixTime::from_seconds)
}

fn offset_seconds(zone: &str) -> Option<i64> {
    let &[sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = zone.as_bytes() else {
        return matches!(zone, "Z" | "z").then_some(0);
    };
    let digit = |b: u8| b.is_ascii_digit().then(|| i64::from(b - b'0'));
    let (hours, minutes) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
    (hours <= 23 && minutes <= 59).then(|| (hours * 3_600 + minutes * 60) * if sign == b'-' { -1 } else { 1 })
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days since 1970 in the proleptic Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let leap_days = |y: i64| y / 4 - y / 100 + y / 400;
    let years = (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969);
    years + (1..month).map(|m| days_in(year, m)).sum::<i64>() + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_time_formats_of_acs_and_its_backends() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2022-11-15T11:06:04.5998266+00:00", 1_668_510_364),
            ("2022-11-15T12:06:04+01:00", 1_668_510_364),
            ("2022-11-15T11:06:04.599Z", 1_668_510_364),
            ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("2026-11-21T08:00:00Z", 1_795_248_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] {
            assert_eq!(parse(text).map(UnixTime::seconds), Some(seconds), "{text}");
        }
    }

    #[test]
    fn every_other_form_is_refused() {
        for text in [
            "",
            "2022-11-15",
            "2022-11-15T11:06:04",
            "2022-13-15T11:06:04Z",
            "2023-02-29T11:06:04Z",
            "2022-11-15T24:06:04Z",
            "2022-11-15T11:06:04.Z",
            "2022-11-15T11:06:04+0100",
            "2022-11-15T11:06:04Z ",
            "1969-12-31T23:59:59Z",
            "2022-11-15T11:06:04+24:00",
            "+022-11-15T11:06:04Z",
            "2022-11-15T11:06:0éZ",
            "9999999999999999999999",
            "2022-11-15T11:06:04ZZ",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
