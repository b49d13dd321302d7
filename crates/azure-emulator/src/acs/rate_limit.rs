//! The rate limits of ACS: a maximum of requests for one operation in 30 seconds.

use std::collections::VecDeque;

use crate::acs::acs_error::AcsError;

const WINDOW_SECONDS: u64 = 30;

/// Counts one more request at `now`. `recent` has the times of the previous ones, in seconds since the Unix epoch.
///
/// # Errors
/// [`AcsError::TooManyRequests`] with the seconds until the next request is allowed.
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
    fn the_request_after_the_limit_waits_until_the_first_one_is_30_seconds_old() {
        let mut recent = VecDeque::new();
        for _ in 0..500 {
            assert_eq!(count(&mut recent, 500, 100), Ok(()));
        }
        assert_eq!(count(&mut recent, 500, 110), Err(AcsError::TooManyRequests { retry_after: 20 }));
        assert_eq!(count(&mut recent, 500, 130), Ok(()));
    }
}
