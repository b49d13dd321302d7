//! Decides whether to retry a request to ACS, and after which pause.

use std::time::Duration;

use super::refusal::AcsRefusal;

/// The number of retries.
const MAX_RETRIES: u32 = 2;

/// The longest first pause. Each further one can be twice as long.
const MAX_FIRST_PAUSE: Duration = Duration::from_millis(200);

/// With less time left than this, the response would come too late.
const MIN_TIME_LEFT: Duration = Duration::from_secs(2);

/// The pause after attempt number `attempt` (from 1), or `None` if the refusal is final. `left` is what remains of the
/// timeout of the whole exchange, `jitter` a random number.
///
/// The pause is random over its whole length, so that requests that failed together are not retried together. It is
/// never shorter than ACS's `Retry-After`. If that is longer than the time left, the caller gets it instead.
pub(super) fn pause(attempt: u32, refusal: AcsRefusal, left: Duration, jitter: u8) -> Option<Duration> {
    if attempt > MAX_RETRIES {
        return None;
    }
    let asked_for = match refusal {
        AcsRefusal::Busy { retry_after } | AcsRefusal::Unavailable { retry_after } => retry_after.unwrap_or_default(),
        AcsRefusal::Unreachable => Duration::ZERO,
        // A refusal is final, and after a timeout there is no time left.
        _ => return None,
    };
    let spread = MAX_FIRST_PAUSE * 2_u32.pow(attempt - 1) * u32::from(jitter) / u32::from(u8::MAX);
    let pause = asked_for + spread;
    (pause + MIN_TIME_LEFT <= left).then_some(pause)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_retry_respects_retry_after_and_the_timeout(
            asked in proptest::option::of(0..u64::MAX / 1000), left in 0..10_000_u64, jitters: [u8; 5],
        ) {
            // SEC-108
            let asked = asked.map(Duration::from_secs);
            let refusal = AcsRefusal::Busy { retry_after: asked };
            let mut left = Duration::from_millis(left);
            let mut pauses = 0;
            for (attempt, jitter) in (1..).zip(jitters) {
                let Some(pause) = pause(attempt, refusal, left, jitter) else { break };
                prop_assert!(pause >= asked.unwrap_or_default());
                prop_assert!(pause <= asked.unwrap_or_default() + MAX_FIRST_PAUSE * 2_u32.pow(attempt - 1));
                prop_assert!(left - pause >= MIN_TIME_LEFT);
                left -= pause;
                pauses += 1;
            }
            prop_assert!(pauses <= 2);
        }
    }

    const LEFT: Duration = Duration::from_secs(8);
    const DOWN: AcsRefusal = AcsRefusal::Unavailable { retry_after: None };

    fn busy(seconds: u64) -> AcsRefusal {
        AcsRefusal::Busy { retry_after: Some(Duration::from_secs(seconds)) }
    }

    #[test]
    fn does_not_retry_a_refusal() {
        // SEC-108
        for refusal in [
            AcsRefusal::ApplicationMismatch,
            AcsRefusal::AnswerUnreadable,
            AcsRefusal::AssignmentMissing,
            AcsRefusal::EntraTokenRefused,
            AcsRefusal::OverAllowance { retry_after: LEFT },
            AcsRefusal::OverTenantsPart { retry_after: LEFT },
            AcsRefusal::ServiceIdentityUnavailable,
            AcsRefusal::ServiceRefused,
            AcsRefusal::TimedOut,
            AcsRefusal::UserMismatch,
        ] {
            assert_eq!(pause(1, refusal, LEFT, 0), None, "{refusal:?}");
        }
    }

    #[test]
    fn retries_a_failure_twice_with_growing_random_pauses() {
        // SEC-108
        for (attempt, jitter, milliseconds) in
            [(1, 0, Some(0)), (1, 255, Some(200)), (2, 0, Some(0)), (2, 255, Some(400)), (3, 0, None)]
        {
            assert_eq!(pause(attempt, DOWN, LEFT, jitter), milliseconds.map(Duration::from_millis));
        }
    }

    #[test]
    fn waits_for_retry_after_only_if_there_is_time_for_a_retry() {
        // SEC-108
        assert_eq!(pause(1, busy(3), LEFT, 0), Some(Duration::from_secs(3)));
        assert!(pause(1, busy(3), LEFT, 255) > Some(Duration::from_secs(3)));
        assert_eq!(pause(1, busy(6), LEFT, 0), Some(Duration::from_secs(6)));
        assert_eq!(pause(1, busy(6), LEFT, 1), None);
        assert_eq!(pause(1, busy(300), LEFT, 0), None);
        assert_eq!(pause(1, DOWN, Duration::from_millis(1999), 0), None);
    }
}
