use messages::Problem;

use super::*;

const NOW: u64 = 1_800_000_000;
const IN_ACS: &str = "8:acs:a11ce";

/// The time after these seconds, by both clocks.
fn at(seconds: u64) -> Now {
    Now { wall: NOW + seconds, monotonic: seconds }
}

fn portal(receives_token: bool) -> Portal {
    let origin = "https://portal.example".to_owned();
    Portal { origin, receives_token, counts_activity: false, name: None, url: None }
}

fn alice() -> Account {
    Account {
        name: Some("Alice Arden".to_owned()),
        username: Some("alice@fabrikam.example".to_owned()),
        tenant_id: "fabrikam".to_owned(),
        object_id: "alice".to_owned(),
    }
}

fn signed_in(life: u64) -> ViewState {
    let token = Some(AcsToken::new("the-d".to_owned()));
    ViewState::SignedIn {
        account: Some(alice()),
        communication_id: Some(IN_ACS.to_owned()),
        token,
        expires_at: NOW + life,
        renewal_problem: None,
    }
}

fn in_trouble(life: u64, code: ProblemCode) -> ViewState {
    let token = Some(AcsToken::new("the-d".to_owned()));
    ViewState::SignedIn {
        account: Some(alice()),
        communication_id: Some(IN_ACS.to_owned()),
        token,
        expires_at: NOW + life,
        renewal_problem: Some(Problem::new(code)),
    }
}

fn signed_out() -> ViewState {
    ViewState::SignedOut { problem: None, notice: None }
}

fn open(receives_token: bool, view_state: &ViewState) -> Conversation {
    let connect = Connect { nonce: "n".repeat(32), hints: Default::default(), caller_token: false };
    Conversation::open(&portal(receives_token), &connect, view_state, public).0
}

fn public(code: ProblemCode) -> PublicProblem {
    PublicProblem::new(code, format!("title of {}", code.code()), "action".to_owned())
}

fn get_token(id: u32) -> String {
    format!(r#"{{"getToken":{{"id":{id}}}}}"#)
}

fn token(id: u32, life: u64) -> PortalEffect {
    let expires_on_timestamp = (NOW + life) * 1000;
    PortalEffect::Send(ToPortal::Token { id, token: AcsToken::new("the-d".to_owned()), expires_on_timestamp })
}

fn failed(id: u32, code: ProblemCode) -> PortalEffect {
    PortalEffect::Send(ToPortal::Failed { id, problem: public(code) })
}

fn status(status: Status, account: Option<Account>, problem: Option<ProblemCode>) -> PortalEffect {
    let problem = problem.map(public);
    let communication_id = account.as_ref().map(|_| IN_ACS.to_owned());
    PortalEffect::Send(ToPortal::Status { status, account, communication_id, problem })
}

#[test]
fn only_a_portal_of_exactly_the_configured_origin_is_known() {
    // SEC-045
    let portals = [portal(true)];
    assert!(find_portal(&portals, "https://portal.example", &[]).is_some());
    for origin in [
        "",
        "null",
        "*",
        "http://portal.example",
        "https://portal.example/",
        "https://portal.example:443",
        "https://portal.example:8443",
        "https://PORTAL.example",
        "https://portal.example.evil.example",
        "https://evil-portal.example",
        "https://a.portal.example",
        "https://portal.exampl",
        "https://portal.example@evil.example",
        "https://portal.example.",
        "https://portal.example\\.evil.example",
        "https://portal.example%2eevil.example",
        "https://portal.example\u{0}",
        "https://portal.example\t",
        " https://portal.example",
        "https://portal.example ",
        "https:portal.example",
        "https:///portal.example",
        "HTTPS://portal.example",
        "blob:https://portal.example/a",
        "file://portal.example",
        // Letters that look alike: Cyrillic o and e, a dotless i, a full-width stop, and what a browser makes of them.
        "https://p\u{43e}rtal.example",
        "https://portal.\u{435}xample",
        "https://portal\u{ff0e}example",
        "https://xn--prtal-jye.example",
    ] {
        assert!(find_portal(&portals, origin, &[]).is_none(), "{origin}");
    }
    assert!(find_portal(&[], "https://portal.example", &[]).is_none());
}

#[test]
fn rejects_a_portal_in_the_frame_of_a_site_that_is_not_configured() {
    // SEC-049, SEC-050
    let second = Portal { origin: "https://second.example".to_owned(), ..portal(false) };
    let portals = [portal(true), second];
    let known = |ancestors: &[&str]| {
        let ancestors: Vec<_> = ancestors.iter().map(|&origin| origin.to_owned()).collect();
        find_portal(&portals, "https://portal.example", &ancestors).is_some()
    };
    assert!(known(&["https://portal.example"]));
    assert!(known(&["null"]));
    assert!(known(&["https://portal.example", "https://second.example"]));
    assert!(!known(&["https://portal.example", "https://evil.example"]));
    assert!(!known(&["https://portal.example", "null"]));
}

#[test]
fn the_welcome_returns_the_nonce_and_the_status_follows() {
    let connect = Connect { nonce: "n".repeat(32), hints: Default::default(), caller_token: false };
    let (_, effects) = Conversation::open(&portal(true), &connect, &signed_in(3600), public);
    let welcome = ToPortal::Welcome { nonce: "n".repeat(32), version: 1, receives_token: true, counts_activity: false };
    assert_eq!(effects, [PortalEffect::Send(welcome), status(Status::SignedIn, Some(alice()), None)]);
}

#[test]
fn a_portal_without_the_token_receives_neither_token_nor_account() {
    // SEC-048
    let connect = Connect { nonce: "n".repeat(32), hints: Default::default(), caller_token: false };
    let (mut conversation, effects) = Conversation::open(&portal(false), &connect, &signed_in(3600), public);
    let mut sent = format!("{effects:?}");
    assert_eq!(effects[1], status(Status::SignedIn, None, None));
    let response = conversation.on_message(&get_token(1), at(0));
    assert_eq!(response, [failed(1, ProblemCode::TokenWithheld)]);
    sent += &format!("{response:?}{:?}", conversation.on_view_state(&signed_in(7200), at(0)));
    for secret in ["the-d", "Alice", "fabrikam"] {
        assert!(!sent.contains(secret), "{sent}");
    }
}

#[test]
fn a_token_that_lives_long_enough_is_given_at_once() {
    let mut conversation = open(true, &signed_in(3600));
    assert_eq!(conversation.on_message(&get_token(7), at(0)), [token(7, 3600)]);
}

#[test]
fn a_token_that_ends_soon_is_renewed_before_it_is_given() {
    let mut conversation = open(true, &signed_in(MIN_TOKEN_SECONDS));
    assert_eq!(
        conversation.on_message(&get_token(7), at(0)),
        [PortalEffect::Wake { timeout: RENEWAL_TIMEOUT + TIMER_MARGIN }]
    );
    assert_eq!(conversation.on_view_state(&signed_in(MIN_TOKEN_SECONDS), at(1)), []);
    assert_eq!(conversation.on_view_state(&signed_in(3600), at(2)), [token(7, 3600)]);
    assert_eq!(conversation.respond(at(100)), []);
}

#[test]
fn a_token_request_times_out() {
    let mut conversation = open(true, &signed_in(300));
    assert_eq!(
        conversation.on_message(&get_token(7), at(0)),
        [PortalEffect::Wake { timeout: RENEWAL_TIMEOUT + TIMER_MARGIN }]
    );
    assert_eq!(conversation.respond(at(RENEWAL_TIMEOUT.as_secs() - 1)), []);
    assert_eq!(conversation.respond(at(RENEWAL_TIMEOUT.as_secs())), [failed(7, ProblemCode::TokenLate)]);
    assert_eq!(conversation.respond(at(RENEWAL_TIMEOUT.as_secs())), []);
}

#[test]
fn rep_04_a_wall_clock_that_is_corrected_makes_no_wait_shorter_or_longer() {
    for (before, after) in [(NOW, NOW + 7200), (NOW + 7200, NOW)] {
        let mut conversation = open(true, &signed_in(300));
        conversation.on_message(&get_token(7), Now { wall: before, monotonic: 0 });
        assert_eq!(conversation.respond(Now { wall: after, monotonic: 29 }), [], "{after}");
        let late = conversation.respond(Now { wall: after, monotonic: 30 });
        assert_eq!(late, [failed(7, ProblemCode::TokenLate)], "{after}");
    }
}

#[test]
fn a_portal_learns_whether_the_page_repeats_a_renewal_that_failed() {
    for &code in ProblemCode::ALL {
        let mut conversation = open(true, &in_trouble(300, code));
        let effects = conversation.on_message(&get_token(7), at(0));
        let [PortalEffect::Send(ToPortal::Failed { id: 7, problem })] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!(serde_json::to_value(problem).unwrap()["retryable"], code.is_retryable(), "{code:?}");
    }
}

#[test]
fn a_renewal_that_cannot_succeed_fails_the_request_at_once() {
    let mut conversation = open(true, &signed_in(300));
    conversation.on_message(&get_token(7), at(0));
    let ended = ProblemCode::SignInEnded;
    let effects = conversation.on_view_state(&in_trouble(300, ended), at(0));
    assert_eq!(effects, [status(Status::SignedIn, Some(alice()), Some(ended)), failed(7, ended)]);
    // The old token still serves a request while it is valid for long enough.
    conversation.on_view_state(&in_trouble(3600, ended), at(0));
    assert_eq!(conversation.on_message(&get_token(8), at(0)), [token(8, 3600)]);
}

#[test]
fn a_token_request_fails_at_once_while_the_person_is_signed_out() {
    let stopped = ViewState::Stopped { problem: Problem::new(ProblemCode::ConfigInvalid) };
    for (view_state, code) in [
        (ViewState::Starting, ProblemCode::NotSignedIn),
        (signed_out(), ProblemCode::NotSignedIn),
        (ViewState::AtWindow, ProblemCode::NotSignedIn),
        (stopped, ProblemCode::ConfigInvalid),
    ] {
        assert_eq!(open(true, &view_state).on_message(&get_token(1), at(0)), [failed(1, code)], "{view_state:?}");
    }
    let mut conversation = open(true, &signed_in(300));
    conversation.on_message(&get_token(2), at(0));
    let effects = conversation.on_view_state(&signed_out(), at(0));
    assert_eq!(effects, [status(Status::SignedOut, None, None), failed(2, ProblemCode::NotSignedIn)]);
}

#[test]
fn a_sign_out_is_done_when_the_person_is_signed_out() {
    let sign_out = r#"{"signOut":{"id":3}}"#;
    let mut conversation = open(true, &signed_in(3600));
    assert_eq!(conversation.on_message(sign_out, at(0)), [PortalEffect::SignOut]);
    let done = PortalEffect::Send(ToPortal::Done { id: 3 });
    assert_eq!(conversation.on_view_state(&signed_out(), at(0)), [status(Status::SignedOut, None, None), done]);
    assert_eq!(conversation.on_message(sign_out, at(0)), [PortalEffect::Send(ToPortal::Done { id: 3 })]);
}

#[test]
fn the_same_status_is_not_sent_twice() {
    let mut conversation = open(true, &signed_in(3600));
    assert_eq!(conversation.on_view_state(&signed_in(7200), at(0)), []);
    let sign_in = status(Status::SigningIn, None, None);
    assert_eq!(conversation.on_view_state(&ViewState::AtWindow, at(0)), [sign_in]);
    assert_eq!(conversation.on_view_state(&ViewState::Leaving, at(0)), []);
}

#[test]
fn ignores_every_text_that_is_no_command() {
    // SEC-045, SEC-047
    let mut conversation = open(true, &signed_in(3600));
    for text in ["", "{}", "null", r#"{"connect":{}}"#, r#"{"getToken":{"id":1,"scope":"x"}}"#, &"x".repeat(9000)] {
        assert_eq!(conversation.on_message(text, at(0)), [], "{text}");
    }
    assert_eq!(conversation.on_message(&get_token(1), at(0)), [token(1, 3600)]);
}

#[test]
fn allows_a_burst_and_then_one_message_per_second() {
    // SEC-045
    let mut rate_limit = RateLimit::new(NOW);
    let allowed = (0..10_000).filter(|_| rate_limit.allows(NOW)).count();
    assert_eq!(allowed as u64, RateLimit::MAX_BURST);
    assert!(rate_limit.allows(NOW + 1));
    assert!(!rate_limit.allows(NOW + 1));
}

#[test]
fn a_timer_that_fires_early_still_ends_the_wait() {
    let mut conversation = open(true, &signed_in(300));
    let effects = conversation.on_message(&get_token(7), at(0));
    let [PortalEffect::Wake { timeout }] = effects[..] else { panic!("{effects:?}") };
    // The timer fires shortly before its time, so the clock still shows the second before.
    let fired = timeout.as_secs() - 1;
    assert_eq!(conversation.respond(at(fired)), [failed(7, ProblemCode::TokenLate)]);
}

/// REP-15: without a response, the caller of a request waits for the SDK's timeout.
#[test]
fn rejects_requests_beyond_the_rate_limit() {
    let conversation = open(true, &signed_in(3600));
    for text in [get_token(9), r#"{"signOut":{"id":9}}"#.to_owned()] {
        assert_eq!(conversation.reject(&text), Some(failed(9, ProblemCode::PageBusy)));
    }
    for text in ["", "{}", r#"{"activity":{}}"#, r#"{"getToken":{"id":-1}}"#] {
        assert_eq!(conversation.reject(text), None, "{text}");
    }
}

/// REP-14
#[test]
fn counts_activity_of_a_portal_that_is_configured_for_it() {
    let connect = || Connect { nonce: "n".repeat(32), hints: Default::default(), caller_token: false };
    let trusted = Portal { counts_activity: true, ..portal(true) };
    let (mut conversation, effects) = Conversation::open(&trusted, &connect(), &signed_in(3600), public);
    assert!(matches!(effects[0], PortalEffect::Send(ToPortal::Welcome { counts_activity: true, .. })));
    assert_eq!(conversation.on_message(r#"{"activity":{}}"#, at(0)), [PortalEffect::CountActivity]);
    assert_eq!(open(true, &signed_in(3600)).on_message(r#"{"activity":{}}"#, at(0)), []);
}
