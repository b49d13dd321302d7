//! How long to wait before a request is repeated. After an outage, every open page would repeat its request in the same
//! second; so each delay is a little longer by a random part (jitter).

/// The random parts of one page's delays, used in turn.
#[derive(Debug)]
pub(super) struct RetryDelays {
    random: [u8; 32],
    turn: usize,
}

impl RetryDelays {
    /// Takes randomness that no other page has. It is not a secret.
    pub(super) fn new(random: [u8; 32]) -> Self {
        Self { random, turn: 0 }
    }

    /// This delay in seconds, and up to half as many more. Never less, because the peer may require it.
    pub(super) fn at_least(&mut self, seconds: u64) -> u64 {
        let random = u64::from(self.random[self.turn % self.random.len()]);
        self.turn = self.turn.wrapping_add(1);
        seconds + seconds * random / (2 * u64::from(u8::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_never_shorter_and_at_most_half_as_long_again() {
        for (random, longest) in [(0, 600), (51, 660), (255, 900)] {
            assert_eq!(RetryDelays::new([random; 32]).at_least(600), longest);
        }
    }

    #[test]
    fn pages_that_failed_together_retry_at_different_times() {
        let mut random = [0; 32];
        for (byte, value) in random.iter_mut().zip(0..) {
            *byte = value * 8;
        }
        let mut delays = RetryDelays::new(random);
        let mut seen: Vec<_> = (0..32).map(|_| delays.at_least(600)).collect();
        seen.dedup();
        assert_eq!(seen.len(), 32);
        assert_eq!(delays.at_least(600), seen[0], "then from the beginning");
    }
}
