//! How long to wait before something is tried again. After an outage every page that was open during it would ask in the
//! same second, again and again; so each waits a little longer than it was told, by a chance of its own.

/// The chances of one page, used by turns.
#[derive(Debug)]
pub(super) struct Pauses {
    chances: [u8; 32],
    turn: usize,
}

impl Pauses {
    /// Out of randomness that nobody else has. It is no secret.
    pub(super) fn new(chances: [u8; 32]) -> Self {
        Self { chances, turn: 0 }
    }

    /// These seconds and up to half as many again; never fewer, since a peer that asks for a pause gets it.
    pub(super) fn at_least(&mut self, seconds: u64) -> u64 {
        let chance = u64::from(self.chances[self.turn % self.chances.len()]);
        self.turn = self.turn.wrapping_add(1);
        seconds + seconds * chance / (2 * u64::from(u8::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_never_shorter_and_at_most_half_as_long_again() {
        for (chance, longest) in [(0, 600), (255, 900)] {
            assert_eq!(Pauses::new([chance; 32]).at_least(600), longest);
        }
    }

    #[test]
    fn pages_that_failed_together_come_back_apart() {
        let mut chances = [0; 32];
        for (chance, value) in chances.iter_mut().zip(0..) {
            *chance = value * 8;
        }
        let mut pauses = Pauses::new(chances);
        let mut seen: Vec<_> = (0..32).map(|_| pauses.at_least(600)).collect();
        seen.dedup();
        assert_eq!(seen.len(), 32);
        assert_eq!(pauses.at_least(600), seen[0], "then from the beginning");
    }
}
