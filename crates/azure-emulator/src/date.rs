//! The ways in which Entra and ACS write a moment, and the one in which a person does.

/// A moment in UTC, taken apart.
struct Civil {
    year: u64,
    month: usize,
    day: u64,
    weekday: usize,
    hour: u64,
    minute: u64,
    second: u64,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const DAY: u64 = 86_400;

/// Entra's timestamp in errors: `2026-11-21 08:00:00Z`.
pub(crate) fn entra_timestamp(unix: u64) -> String {
    let Civil { year, month, day, hour, minute, second, .. } = civil(unix);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}Z")
}

/// ACS's `expiresOn`, which carries seven fractional digits and a numeric offset.
pub fn acs_timestamp(unix: u64) -> String {
    let Civil { year, month, day, hour, minute, second, .. } = civil(unix);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.0000000+00:00")
}

/// RFC 9110 section 5.6.7, IMF-fixdate: `Sat, 21 Nov 2026 08:00:00 GMT`.
pub(crate) fn http_date(unix: u64) -> String {
    let Civil { year, month, day, weekday, hour, minute, second } = civil(unix);
    let (weekday, month) = (WEEKDAYS[weekday], MONTHS[month - 1]);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// Reads an IMF-fixdate. A date that would not be written back the same way is none.
pub(crate) fn parse_http_date(text: &str) -> Option<u64> {
    let fields: Vec<&str> = text.split([' ', ':', ',']).filter(|field| !field.is_empty()).collect();
    let [_, day, month, year, hour, minute, second, "GMT"] = fields[..] else { return None };
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let [day, year, hour, minute, second] = [day, year, hour, minute, second].map(|field| field.parse::<u64>().ok());
    let (year, day) = (year.filter(|year| (1970..=9999).contains(year))?, day.filter(|day| (1..=31).contains(day))?);
    let (hour, minute, second) = (hour.filter(|h| *h < 24)?, minute.filter(|m| *m < 60)?, second.filter(|s| *s < 60)?);
    let unix = days_since_epoch(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
    (http_date(unix) == text).then_some(unix)
}

/// Reads RFC 3339 in UTC and whole seconds: `2026-11-21T08:00:00Z`.
pub(crate) fn parse_rfc3339(text: &str) -> Option<u64> {
    let fields: Vec<&str> = text.strip_suffix('Z')?.split(['-', 'T', ':']).collect();
    let [year, month, day, hour, minute, second] = fields[..] else { return None };
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    // The weekday is the one thing that is not written; of the seven, one is right.
    let date = |weekday: &str| format!("{weekday}, {day} {month} {year} {hour}:{minute}:{second} GMT");
    WEEKDAYS.iter().find_map(|weekday| parse_http_date(&date(weekday)))
}

/// The proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March.
fn civil(unix: u64) -> Civil {
    let (days, rest) = (unix / DAY, unix % DAY);
    let since_era_zero = days + 719_468;
    let (era, day_of_era) = (since_era_zero / 146_097, since_era_zero % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    Civil {
        year: era * 400 + year_of_era + u64::from(month <= 2),
        month: usize::try_from(month).unwrap_or(1),
        day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
        weekday: usize::try_from((days + 4) % 7).unwrap_or(0),
        hour: rest / 3600,
        minute: rest / 60 % 60,
        second: rest % 60,
    }
}

fn days_since_epoch(year: u64, month: u64, day: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let (era, year_of_era) = (year / 400, year % 400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    // 1970-01-01 falls late in its era, so the sum is never below 719 468 for a year from 1970 on.
    (era * 146_097 + day_of_era).saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::{acs_timestamp, entra_timestamp, http_date, parse_http_date, parse_rfc3339};

    const MOMENT: u64 = 1_795_248_000;

    #[test]
    fn a_moment_is_written_in_each_of_the_three_ways() {
        assert_eq!(http_date(MOMENT), "Sat, 21 Nov 2026 08:00:00 GMT");
        assert_eq!(entra_timestamp(MOMENT), "2026-11-21 08:00:00Z");
        assert_eq!(acs_timestamp(MOMENT), "2026-11-21T08:00:00.0000000+00:00");
    }

    #[test]
    fn every_day_of_a_century_reads_back() {
        for day in 0..36_600 {
            let moment = day * 86_400 + 12_345;
            assert_eq!(parse_http_date(&http_date(moment)), Some(moment));
        }
    }

    #[test]
    fn rfc_3339_is_read_in_utc_and_whole_seconds_only() {
        assert_eq!(parse_rfc3339("2026-11-21T08:00:00Z"), Some(MOMENT));
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
    fn a_date_that_does_not_exist_or_is_written_otherwise_is_none() {
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
