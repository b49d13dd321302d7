use super::*;

/// A token that expires half a day later.
const LATER: &str = r#"{"token":"the-d2","expiresOn":"2026-11-21T20:00:00Z"}"#;

#[test]
fn a_token_is_renewed_when_fifteen_minutes_of_it_are_left_and_the_refresh_token_rotates() {
    // SEC-017
    let early = Drive::returned().signed_in().at(2699);
    assert!(early.effects.is_empty());
    let drive = early.at(2700);
    assert_eq!(drive.sent(), [RequestKind::Tokens]);
    assert!(drive.body().contains("refresh_token=the-rt"), "{}", drive.body());
    assert!(!drive.body().contains("openid"), "{}", drive.body());
    assert!(drive.body().contains("Teams.ManageCalls"));

    let rotated = r#"{"token_type":"Bearer","access_token":"a2","refresh_token":"rt2"}"#;
    let drive = drive.respond(RequestKind::Tokens, response(200, rotated));
    assert_eq!(drive.sent(), [RequestKind::CallerToken]);
    assert!(drive.body().contains("refresh_token=rt2"));
    let drive = drive.caller_token();
    assert_eq!((drive.sent(), drive.body()), (vec![RequestKind::Exchange], r#"{"accessToken":"a2"}"#));
    assert_eq!(drive.shown_token(), (3600, None), "the old token stays until the new one is there");
    let drive = drive.respond(RequestKind::Exchange, response(200, LATER));
    assert_eq!(drive.shown_token(), (43_200, None));
    let drive = drive.at(43_200 - 900);
    assert!(drive.body().contains("refresh_token=rt2"));
}

#[test]
fn a_refreshed_id_token_must_name_the_same_person() {
    // SEC-017; RP-17, RP-18
    let renewed = |claims: serde_json::Value| {
        let drive = Drive::returned().signed_in().at(2700).respond(RequestKind::Tokens, tokens_with("k1", &claims));
        (drive.sent(), drive.shown_token().1)
    };
    for same in [
        json!({}),
        json!({"nonce": null, "oid": null, "tid": null}),
        json!({"aud": ["acc00000-0000-4000-8000-000000000010"]}),
        json!({"tid": TENANT.to_uppercase()}),
    ] {
        assert_eq!(renewed(same.clone()), (vec![RequestKind::CallerToken], None), "{same}");
    }
    let other = "c0700000-0000-4000-8000-000000000002";
    for another in [
        json!({"iss": format!("https://login.microsoftonline.com/{other}/v2.0")}),
        json!({"iss": format!("https://login.microsoftonline.com/{other}/v2.0"), "tid": other}),
        json!({"sub": "another"}),
        json!({"oid": other}),
        json!({"tid": other}),
        json!({"aud": other}),
        json!({"sub": null}),
    ] {
        assert_eq!(renewed(another.clone()), (vec![], Some(ProblemCode::IdTokenRefused)), "{another}");
        // The second token is always a refreshed one.
        let mut b: serde_json::Value =
            serde_json::from_str(tokens_with("k1", &another).unwrap().body.expose()).unwrap();
        b["scope"] = "api://e8c00000-0000-4000-8000-000000000020/access_as_user".into();
        let drive = Drive::returned().authorizing().respond(RequestKind::CallerToken, response(200, b.to_string()));
        assert_eq!((drive.sent(), drive.problem()), (vec![], Some(ProblemCode::IdTokenRefused)), "{another}");
    }
}

#[test]
fn one_renewal_is_in_flight_at_a_time() {
    // SEC-017
    let drive = Drive::returned().signed_in().at(2700);
    let drive = drive.at(2701).at(2800);
    assert!(drive.effects.is_empty());
    let again = Drive::returned().signed_in().at(2700).caller_token();
    assert!(again.effects.is_empty(), "a response that was not requested is ignored");
}

#[test]
fn a_temporary_problem_is_retried_and_the_token_stays() {
    for failure in [Err(Failure::Unreachable), response(503, "")] {
        let drive = Drive::returned().signed_in().at(2700).respond(RequestKind::Tokens, failure);
        assert_eq!(drive.shown_token().0, 3600);
        assert!(drive.shown_token().1.is_some());
        assert!(drive.effects.is_empty());
        let drive = drive.at(2729);
        assert!(drive.effects.is_empty());
        let drive = drive.at(2730);
        assert_eq!(drive.sent(), [RequestKind::Tokens]);
    }
}

#[test]
fn a_peer_that_keeps_failing_gets_fewer_and_fewer_requests() {
    // SEC-017, SEC-023
    let mut drive = Drive::returned().signed_in().at(2700);
    let mut now = 2700;
    for pause in [30, 60, 120, 240, 480, 600, 600] {
        drive = drive.respond(RequestKind::Tokens, Err(Failure::Unreachable)).at(now + pause - 1);
        assert!(drive.effects.is_empty(), "{pause}");
        now += pause;
        drive = drive.at(now);
        assert_eq!(drive.sent(), [RequestKind::Tokens], "{pause}");
    }
    let tokens = r#"{"token_type":"Bearer","access_token":"a2"}"#;
    let drive = drive.respond(RequestKind::Tokens, response(200, tokens)).caller_token();
    let drive = drive.respond(RequestKind::Exchange, response(200, LATER)).at(80_000);
    let drive = drive.respond(RequestKind::Tokens, Err(Failure::Unreachable)).at(80_030);
    assert_eq!(drive.sent(), [RequestKind::Tokens], "after a success the delays restart");
}

#[test]
fn a_page_that_wakes_up_after_an_outage_does_not_wait_for_long() {
    let mut drive = Drive::returned().signed_in().at(2700);
    for seconds in [2730, 2790, 2910, 3150] {
        drive = drive.respond(RequestKind::Tokens, Err(Failure::Unreachable)).at(seconds);
        assert_eq!(drive.sent(), [RequestKind::Tokens]);
    }
    // Eight minutes of delay remain. Once the network is back, ten seconds remain.
    let drive = drive.respond(RequestKind::Tokens, Err(Failure::Unreachable));
    let early = Drive { now: NOW + 3159, ..drive }.event(Event::Awake);
    assert!(early.effects.is_empty());
    let drive = Drive { now: NOW + 3160, ..early }.event(Event::Awake);
    assert_eq!(drive.sent(), [RequestKind::Tokens]);
    // A delay that a peer requires is not shortened.
    let busy = Ok(Response { retry_after: Some(300), ..Response::plain(429, "") });
    let drive = drive.respond(RequestKind::Tokens, busy);
    let early = Drive { now: NOW + 3160 + 299, ..drive }.event(Event::Awake);
    assert!(early.effects.is_empty());
    assert_eq!(Drive { now: NOW + 3160 + 300, ..early }.event(Event::Awake).sent(), [RequestKind::Tokens]);
}

#[test]
fn rep_07_entras_loop_detection_delays_a_renewal_for_five_minutes() {
    let looped = r#"{"error":"invalid_grant","error_description":"AADSTS50196: The server terminated an operation"}"#;
    let drive = Drive::returned().signed_in().at(2700).respond(RequestKind::Tokens, response(400, looped));
    assert_eq!(drive.shown_token(), (3600, Some(ProblemCode::EntraPause)));
    // Waking up does not shorten the delay.
    let early = Drive { now: NOW + 2999, ..drive }.event(Event::Awake);
    assert!(early.effects.is_empty());
    let drive = early.at(3000);
    assert_eq!(drive.sent(), [RequestKind::Tokens]);
    // Entra's `Retry-After` counts if it is longer.
    let busy = r#"{"error":"temporarily_unavailable","error_description":"AADSTS90055: too many requests"}"#;
    let busy = Ok(Response { retry_after: Some(400), ..Response::plain(429, busy) });
    let drive = drive.respond(RequestKind::Tokens, busy);
    assert_eq!(drive.shown_token().1, Some(ProblemCode::EntraPause));
    let drive = drive.at(3399);
    assert!(drive.effects.is_empty());
    assert_eq!(drive.at(3400).sent(), [RequestKind::Tokens]);
}

#[test]
fn a_token_that_is_almost_expired_is_not_renewed_at_once() {
    // SEC-017
    let body = json!({"token": "the-d", "expiresOn": "2026-11-21T08:00:01Z"}).to_string();
    let drive = Drive::returned().exchanging().respond(RequestKind::Exchange, response(200, body)).at(29);
    assert!(drive.effects.is_empty());
    assert_eq!(drive.at(30).sent(), [RequestKind::Tokens]);
}

#[test]
fn a_device_that_slept_renews_when_it_wakes() {
    let drive = Drive::returned().signed_in().at(80_000);
    assert_eq!(drive.sent(), [RequestKind::Tokens]);
}

#[test]
fn a_clock_that_was_set_ahead_is_reported_and_its_correction_starts_a_renewal() {
    let tokens = r#"{"token_type":"Bearer","access_token":"a2"}"#;
    let two_hours_ahead = Drive::returned().signed_in().at(9900).respond(RequestKind::Tokens, response(200, tokens));
    let body = r#"{"token":"the-d2","expiresOn":"2026-11-21T09:50:00Z"}"#;
    let drive = two_hours_ahead.caller_token().respond(RequestKind::Exchange, response(200, body));
    assert_eq!(drive.shown_token().1, Some(ProblemCode::ClockWrong));
    let drive = drive.at(2710);
    assert_eq!(drive.sent(), [RequestKind::Tokens]);
    // The renewal failed with a correct clock: then its delay counts.
    let drive = drive.respond(RequestKind::Tokens, Err(Failure::Unreachable)).at(2711);
    assert!(drive.effects.is_empty());
}

#[test]
fn after_twenty_four_hours_the_person_must_sign_in_and_nothing_is_retried() {
    let ended = r#"{"error":"invalid_grant","error_description":"AADSTS700084: The refresh token was issued to a single page app"}"#;
    let drive = Drive::returned().signed_in().at(2700).respond(RequestKind::Tokens, response(400, ended));
    assert_eq!(drive.shown_token(), (3600, Some(ProblemCode::SignInEnded)));
    let drive = drive.at(3599);
    assert!(drive.effects.is_empty());
    let drive = drive.at(3600);
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::SignInEnded), 0));
}

#[test]
fn a_short_lived_token_is_renewed_at_half_its_life() {
    let body = json!({"token": "the-d", "expiresOn": "2026-11-21T08:10:00Z"}).to_string();
    let drive = Drive::returned().exchanging().respond(RequestKind::Exchange, response(200, body)).at(299);
    assert!(drive.effects.is_empty());
    assert_eq!(drive.at(300).sent(), [RequestKind::Tokens]);
}

#[test]
fn a_renewal_that_completes_after_the_sign_out_is_ignored() {
    let drive = Drive::returned().signed_in().at(2700);
    let attempt = drive.session.attempt();
    let drive = drive.event(Event::SignOut);
    let tokens = response(200, r#"{"token_type":"Bearer","access_token":"a2"}"#);
    let drive = drive.event(Event::Done { attempt, outcome: Outcome::Responded(RequestKind::Tokens, tokens) });
    assert_eq!(drive.session.view_state(), SIGNED_OUT);
    assert!(drive.effects.is_empty());
}

#[test]
fn an_expired_token_is_dropped_while_its_renewal_is_retried() {
    let drive = Drive::returned().signed_in().at(2700).respond(RequestKind::Tokens, Err(Failure::Unreachable));
    let drive = drive.at(3600);
    assert_eq!(drive.sent(), [RequestKind::Tokens]);
    assert!(matches!(drive.session.view_state(), ViewState::SignedIn { token: None, renewal_problem: Some(_), .. }));
    let drive = drive.respond(RequestKind::Tokens, response(200, r#"{"token_type":"Bearer","access_token":"a2"}"#));
    let drive = drive.caller_token().respond(RequestKind::Exchange, response(200, LATER));
    assert!(matches!(drive.session.view_state(), ViewState::SignedIn { token: Some(_), renewal_problem: None, .. }));
}

#[test]
fn a_delay_that_a_peer_requires_is_kept_up_to_a_limit() {
    // SEC-023
    let busy = |seconds| Ok(Response { retry_after: Some(seconds), ..Response::plain(429, "") });
    for (retry_after, pause) in [(1, 30), (120, 120), (86_400, 600)] {
        let drive = Drive::returned().signed_in().at(2700).respond(RequestKind::Tokens, busy(retry_after));
        let drive = drive.at(2700 + pause - 1);
        assert!(drive.effects.is_empty(), "{retry_after}");
        assert_eq!(drive.at(2700 + pause).sent(), [RequestKind::Tokens], "{retry_after}");
    }
}
