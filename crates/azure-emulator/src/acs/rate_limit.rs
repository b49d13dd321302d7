//! ACS's documented limits: so many requests of one operation in 30 seconds.

use std::collections::VecDeque;

use crate::acs::acs_error::AcsError;

const WINDOW_SECONDS: u64 = 30;

/// Counts one more request, or says when there is room again.
pub(crate) fn count(recent: &mut VecDeque<u64>, limit: usize, now: u64) -> Result<(), AcsError> {
    while recent.front().is_some_and(|then| then + WINDOW_SECONDS <= now) {
        recent.pop_front();
    }
    match recent.front() {
        Some(oldest) if recent.len() >= limit => {
            Err(AcsError::TooManyRequests { retry_after: oldest + WINDOW_SECONDS - now })
        }
        _ => {
            recent.push_back(now);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::count;
    use crate::acs::acs_error::AcsError;

    #[test]
    fn the_five_hundred_and_first_waits_for_the_first_to_leave() {
        let mut recent = VecDeque::new();
        for _ in 0..500 {
            assert_eq!(count(&mut recent, 500, 100), Ok(()));
        }
        assert_eq!(count(&mut recent, 500, 110), Err(AcsError::TooManyRequests { retry_after: 20 }));
        assert_eq!(count(&mut recent, 500, 130), Ok(()));
    }
}
