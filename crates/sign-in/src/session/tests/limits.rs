use super::*;

/// A person is signed in on a page with a limit.
fn limited(key: &str, minutes: u64) -> Drive {
    let config = config_with(key, minutes.into());
    let opening = Opening {
        response: Some(RedactedText::new(format!("code=c&state={}", state()))),
        transaction: Some(RedactedText::new(transaction_of(&config))),
        ..Opening::default()
    };
    Drive::opened(opening, &config).signed_in()
}

#[test]
fn a_sign_in_ends_with_its_absolute_limit_however_it_was_renewed() {
    // SEC-025
    let drive = limited("absoluteLimitMinutes", 30).at(1799);
    assert!(matches!(drive.session.view_state(), ViewState::SignedIn { .. }));
    let drive = drive.event(Event::Active).at(1800);
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::SignInTooLong), 0));
}

#[test]
fn an_idle_page_ends_the_sign_in() {
    // SEC-025
    let drive = limited("idleLimitMinutes", 10).at(599);
    assert!(matches!(drive.session.view_state(), ViewState::SignedIn { .. }));
    assert_eq!(drive.at(600).problem(), Some(ProblemCode::IdleTooLong));
    let used = limited("idleLimitMinutes", 10).at(500).event(Event::Active).at(1099);
    assert!(matches!(used.session.view_state(), ViewState::SignedIn { .. }));
    assert_eq!(used.at(1100).problem(), Some(ProblemCode::IdleTooLong));
    // Activity after a sleep, before the next tick, does not revive the sign-in.
    let slept = limited("idleLimitMinutes", 10);
    let after_waking = Drive { now: NOW + 5000, ..slept }.event(Event::Active);
    assert_eq!(after_waking.problem(), Some(ProblemCode::IdleTooLong));
}

#[test]
fn a_clock_that_is_set_back_restarts_a_limit_at_most() {
    let ahead = limited("idleLimitMinutes", 10).at(500).event(Event::Active);
    let right = ahead.at(0).at(599);
    assert!(matches!(right.session.view_state(), ViewState::SignedIn { .. }));
    assert_eq!(right.at(600).problem(), Some(ProblemCode::IdleTooLong));
}

#[test]
fn without_a_limit_renewal_stops_after_twenty_four_hours() {
    // SEC-017, SEC-025
    let renewed = |seconds: u64| {
        let drive = Drive::returned().signed_in().at(seconds - 1);
        let tokens = r#"{"token_type":"Bearer","access_token":"a2"}"#;
        let drive = drive.respond(RequestKind::Tokens, response(200, tokens)).caller_token();
        let body = r#"{"token":"the-d2","expiresOn":"2026-11-22T08:30:00Z"}"#;
        drive.respond(RequestKind::Exchange, response(200, body)).at(seconds)
    };
    let drive = renewed(24 * 3600);
    assert_eq!(
        (drive.sent(), drive.shown_token().1),
        (vec![], Some(ProblemCode::SignInEnded)),
        "the token lasts for half an hour"
    );
    let drive = drive.at(24 * 3600 + 1799);
    assert!(drive.effects.is_empty());
    assert_eq!(drive.at(24 * 3600 + 1800).problem(), Some(ProblemCode::SignInEnded));
}
