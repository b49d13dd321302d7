use std::time::Duration;

use clap::ValueEnum;

use crate::proxy::Speed;

/// A kind of line between a person and the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// No delay: what the programs need.
    Direct,
    /// A round trip of 40 ms, and 10 Mbit/s.
    Middle,
    /// A round trip of 150 ms, and 1.6 Mbit/s.
    Slow,
}

impl Profile {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Direct => "no delay",
            Self::Middle => "40 ms and 10 Mbit/s",
            Self::Slow => "150 ms and 1.6 Mbit/s",
        }
    }

    pub(crate) fn speed(self) -> Speed {
        let (round_trip, bits_per_second) = match self {
            Self::Direct => (0, None),
            Self::Middle => (40, Some(10_000_000)),
            Self::Slow => (150, Some(1_600_000)),
        };
        Speed { round_trip: Duration::from_millis(round_trip), bits_per_second }
    }
}
