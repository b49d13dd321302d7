use std::time::{Duration, Instant, SystemTime};

/// Measures a duration. This file is the only one of xtask that reads a clock.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "the one clock of the developer commands")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The current date and time, in UTC.
#[expect(clippy::disallowed_methods, reason = "the one clock of the developer commands")]
pub(crate) fn date() -> String {
    httpdate::fmt_http_date(SystemTime::now())
}

/// Formats a duration for people: `0.4 s`, `12 s`, `3 min 05 s`.
pub(crate) fn readable(duration: Duration) -> String {
    match duration.as_secs() {
        0..=9 => format!("{:.1} s", duration.as_secs_f32()),
        seconds @ 10..=99 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_durations_with_tenths_seconds_or_minutes() {
        assert_eq!(readable(Duration::from_millis(420)), "0.4 s");
        assert_eq!(readable(Duration::from_millis(12_900)), "12 s");
        assert_eq!(readable(Duration::from_secs(185)), "3 min 05 s");
    }
}
