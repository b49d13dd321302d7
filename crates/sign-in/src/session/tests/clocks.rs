//! REP-04: a wall clock that is wrong and then corrected.

use contract::UnixTime;

use super::*;

/// Both clocks, in seconds since the sign-in.
fn now(wall: i64, monotonic: u64) -> Now {
    Now { wall: UnixTime::from_seconds(NOW.saturating_add_signed(wall)), monotonic: NOW + monotonic }
}

fn tick(drive: Drive, now: Now) -> Drive {
    let (session, effects) = drive.session.update(Event::Tick, now);
    Drive { session, effects, now: drive.now }
}

fn has_token(drive: &Drive) -> bool {
    matches!(drive.session.view_state(), ViewState::SignedIn { token: Some(_), .. })
}

#[test]
fn the_wait_for_a_window_lasts_five_minutes_whatever_the_wall_clock_does() {
    let opened = || {
        let opening = Opening { framed: true, ..Opening::default() };
        let drive = Drive::opened(opening, &config_json()).event(sign_in());
        assert_eq!(drive.session.view_state(), ViewState::AtWindow);
        drive
    };
    for wall in [7200, -7200, 0] {
        let drive = tick(tick(opened(), now(wall, 1)), now(wall, 299));
        assert_eq!(drive.session.view_state(), ViewState::AtWindow, "{wall}");
        assert_eq!(tick(drive, now(wall, 300)).problem(), Some(ProblemCode::WindowTimedOut), "{wall}");
    }
}

#[test]
fn a_wall_clock_that_is_set_back_does_not_extend_a_token() {
    let drive = tick(Drive::returned().signed_in(), now(-7200, 2699));
    assert!(drive.effects.is_empty());
    let drive = tick(drive, now(-4500, 2700));
    assert_eq!(drive.sent(), [RequestKind::Tokens]);
    let drive = tick(drive, now(-3600, 3599));
    assert!(has_token(&drive));
    assert!(!has_token(&tick(drive, now(-3600, 3600))));
}

#[test]
fn a_wall_clock_that_was_behind_and_is_corrected_ends_the_token_when_it_ends() {
    let drive = tick(Drive::returned().signed_in(), now(2700, 10));
    assert_eq!(drive.sent(), [RequestKind::Tokens]);
    assert!(!has_token(&tick(drive, now(3600, 11))));
}

#[test]
fn a_retry_delay_uses_the_monotonic_clock_and_a_corrected_wall_clock_ends_it() {
    let failed = || Drive::returned().signed_in().at(2700).respond(RequestKind::Tokens, Err(Failure::Unreachable));
    // Small corrections are frequent.
    for wall in [2710, 2729, 2750] {
        assert!(tick(failed(), now(wall, 2729)).effects.is_empty(), "{wall}");
        assert_eq!(tick(failed(), now(wall, 2730)).sent(), [RequestKind::Tokens], "{wall}");
    }
    for wall in [2700 - 7200, 2700 + 600] {
        assert_eq!(tick(failed(), now(wall, 2701)).sent(), [RequestKind::Tokens], "{wall}");
    }
}

#[test]
fn a_limit_counts_by_either_clock() {
    let limited = || {
        let config = config_with("idleLimitMinutes", 10.into());
        let opening = Opening {
            response: Some(RedactedText::new(format!("code=c&state={}", state()))),
            transaction: Some(RedactedText::new(transaction_of(&config))),
            ..Opening::default()
        };
        Drive::opened(opening, &config).signed_in()
    };
    let back = tick(limited(), now(-7200, 599));
    assert!(has_token(&back));
    assert_eq!(tick(back, now(-7200, 600)).problem(), Some(ProblemCode::IdleTooLong));
    // A sleep, during which the monotonic clock stops.
    assert_eq!(tick(limited(), now(600, 1)).problem(), Some(ProblemCode::IdleTooLong));
}
