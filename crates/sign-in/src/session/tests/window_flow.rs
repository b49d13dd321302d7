use super::*;

const MAILBOX: &str = "https://exchange.example/mailbox";

/// A page in a frame.
fn framed(config: &str) -> Drive {
    Drive::opened(Opening { framed: true, ..Opening::default() }, config)
}

fn with_mailbox() -> String {
    config_with("mailboxUrl", MAILBOX.into())
}

/// The window is open and greeted.
fn at_window() -> Drive {
    framed(&config_json()).event(sign_in())
}

/// The window is open and greeted, and a mailbox is reserved.
fn at_window_with_mailbox() -> Drive {
    framed(&with_mailbox())
        .event(sign_in())
        .respond(RequestKind::MailboxReservation, response(201, r#"{"id":"box-1","key":"the-mailbox-key"}"#))
}

fn arrives(drive: Drive, text: &str) -> Drive {
    drive.event(Event::AuthorizationResponse(RedactedText::new(text.to_owned())))
}

fn good() -> String {
    format!("code=c&state={}", state())
}

#[test]
fn a_framed_page_keeps_the_verifier_and_sends_only_an_address() {
    // SEC-027, SEC-040, SEC-044
    let drive = at_window();
    assert_eq!(drive.session.view_state(), ViewState::AtWindow);
    let [Effect::Greet(greeting), Effect::Send(RequestKind::WarmUp, _)] = &drive.effects[..] else {
        panic!("{drive:?}")
    };
    assert_eq!((greeting.state.as_str(), &greeting.mailbox), (state().as_str(), &None));
    assert!(greeting.url.contains("redirect_uri=https%3A%2F%2Fpage.example%2Freturn.html"), "{}", greeting.url);
    assert!(!greeting.url.contains(&URL_SAFE_NO_PAD.encode([1; 32])), "the verifier crosses no window");
}

#[test]
fn the_code_from_the_window_is_redeemed_with_the_windows_address() {
    let drive = arrives(at_window(), &good());
    assert!(matches!(drive.effects[0], Effect::Taken));
    assert_eq!(drive.sent(), [RequestKind::Tokens, RequestKind::Keys]);
    let [_, Effect::Send(_, request), ..] = &drive.effects[..] else { panic!("{drive:?}") };
    assert!(request.body.as_ref().unwrap().expose().contains("return.html"));
    assert!(matches!(drive.session.view_state(), ViewState::SigningIn { step: Step::Redeeming, .. }));
}

#[test]
fn a_response_with_another_state_ends_nothing() {
    // SEC-003, SEC-041, SEC-045: many guesses change nothing, and the right response still arrives
    let mut drive = at_window();
    for stranger in ["", "code=c", "code=c&state=other", "error=access_denied", "error=access_denied&state=x", "<html>"]
    {
        drive = arrives(drive, stranger);
        assert!(drive.effects.is_empty(), "{stranger}");
        assert_eq!(drive.session.view_state(), ViewState::AtWindow, "{stranger}");
    }
    assert_eq!(arrives(drive, &good()).sent(), [RequestKind::Tokens, RequestKind::Keys]);
}

#[test]
fn a_repeated_response_of_the_window_is_ignored() {
    let drive = arrives(arrives(at_window(), &good()), &good());
    assert!(drive.effects.is_empty());
    let cold = arrives(framed(&config_json()), &good());
    assert!(cold.effects.is_empty(), "a signed-out page does not poll");
    assert_eq!(cold.session.view_state(), SIGNED_OUT, "a signed-out page does not poll");
}

#[test]
fn a_refusal_in_the_window_is_shown() {
    let refused = format!("error=access_denied&error_description=AADSTS65004%3A+no&state={}", state());
    assert_eq!(arrives(at_window(), &refused).problem(), Some(ProblemCode::SignInDeclined));
}

#[test]
fn a_mailbox_is_reserved_first_and_polled_while_the_person_is_away() {
    let drive = framed(&with_mailbox()).event(sign_in());
    assert_eq!(
        (drive.sent(), drive.session.view_state()),
        (vec![RequestKind::MailboxReservation, RequestKind::WarmUp], ViewState::AtWindow)
    );
    let drive = at_window_with_mailbox();
    let [Effect::Greet(greeting), Effect::Send(RequestKind::MailboxPoll, question)] = &drive.effects[..] else {
        panic!("{drive:?}")
    };
    assert_eq!(greeting.mailbox.as_deref(), Some("https://exchange.example/mailbox/box-1"));
    assert_eq!(question.url, "https://exchange.example/mailbox/box-1");
    assert_eq!(question.headers[0].1.expose(), "Bearer the-mailbox-key");
    assert!(
        !format!("{greeting:?} {:?}", drive.session).contains("the-mailbox-key"),
        "the window never learns the key"
    );
}

#[test]
fn without_a_mailbox_the_sign_in_continues() {
    let odd = [
        Err(Failure::Unreachable),
        response(404, ""),
        response(201, "{}"),
        response(201, r#"{"id":"../exchange","key":"k"}"#),
        response(201, r#"{"id":"","key":"k"}"#),
    ];
    for result in odd {
        let drive = framed(&with_mailbox()).event(sign_in()).respond(RequestKind::MailboxReservation, result);
        let [Effect::Greet(greeting)] = &drive.effects[..] else { panic!("{drive:?}") };
        assert_eq!(greeting.mailbox, None);
    }
}

#[test]
fn the_response_in_the_mailbox_is_taken_and_acknowledged() {
    let drive = at_window_with_mailbox()
        .respond(RequestKind::MailboxPoll, response(200, json!({"response": good()}).to_string()));
    assert_eq!(drive.sent(), [RequestKind::MailboxRelease, RequestKind::Tokens, RequestKind::Keys]);
}

#[test]
fn an_empty_mailbox_is_polled_again_but_never_at_once() {
    // A mailbox that responds at once is polled with the next tick, not in a loop.
    let at_once = at_window_with_mailbox().respond(RequestKind::MailboxPoll, response(204, ""));
    assert!(at_once.effects.is_empty());
    assert_eq!(at_once.at(15).sent(), [RequestKind::MailboxPoll]);

    let held_open =
        Drive { now: NOW + 10, ..at_window_with_mailbox() }.respond(RequestKind::MailboxPoll, response(204, ""));
    assert_eq!(held_open.sent(), [RequestKind::MailboxPoll]);
    assert!(held_open.at(11).effects.is_empty(), "one question at a time");

    let failed = at_window_with_mailbox().respond(RequestKind::MailboxPoll, Err(Failure::Unreachable));
    assert_eq!(failed.at(15).sent(), [RequestKind::MailboxPoll]);
}

#[test]
fn a_mailbox_that_is_not_needed_is_released_so_that_a_late_window_learns_of_it() {
    assert_eq!(
        arrives(at_window_with_mailbox(), &good()).sent(),
        [RequestKind::Tokens, RequestKind::Keys, RequestKind::MailboxRelease]
    );
    assert_eq!(at_window_with_mailbox().at(300).sent(), [RequestKind::MailboxRelease]);
    assert_eq!(at_window_with_mailbox().event(Event::NoWindow(NoWindow::Closed)).sent(), [RequestKind::MailboxRelease]);
}

#[test]
fn a_mailbox_with_another_response_is_not_polled_again() {
    for result in [
        response(200, r#"{"response":"code=c&state=other"}"#),
        response(404, ""),
        response(401, ""),
        response(200, "<"),
    ] {
        let drive = at_window_with_mailbox().respond(RequestKind::MailboxPoll, result);
        assert!(drive.effects.is_empty());
        assert_eq!(drive.session.view_state(), ViewState::AtWindow);
        assert!(drive.at(15).effects.is_empty());
    }
}

#[test]
fn after_five_minutes_the_wait_for_a_window_ends() {
    // SEC-021
    let drive = at_window_with_mailbox().at(299);
    assert_eq!(drive.session.view_state(), ViewState::AtWindow);
    let drive = drive.at(300);
    assert_eq!(drive.problem(), Some(ProblemCode::WindowTimedOut));
    assert!(arrives(drive, &good()).effects.is_empty(), "and what comes then comes too late");
}

#[test]
fn a_missing_window_is_reported_with_its_reason() {
    // SEC-043, SEC-051
    for (reason, problem) in [
        (NoWindow::Blocked, ProblemCode::WindowBlocked),
        (NoWindow::Closed, ProblemCode::WindowClosed),
        (NoWindow::Refused, ProblemCode::WindowRefused),
        (NoWindow::Unconfigured, ProblemCode::ConfigUnreachable),
        (NoWindow::Sandboxed, ProblemCode::WindowSandboxed),
        (NoWindow::Severed, ProblemCode::PortalIsolated),
    ] {
        let drive = at_window().event(Event::NoWindow(reason));
        assert_eq!((drive.problem(), drive.effects.len()), (Some(problem), 0));
        let early = framed(&with_mailbox()).event(sign_in()).event(Event::NoWindow(reason));
        assert_eq!(early.problem(), Some(problem));
        let elsewhere = Drive::returned().event(Event::NoWindow(reason));
        assert!(matches!(elsewhere.session.view_state(), ViewState::SigningIn { .. }), "it ends no other sign-in");
    }
}

#[test]
fn a_cancel_ends_the_wait_for_a_window() {
    let drive = at_window_with_mailbox();
    let attempt = drive.session.attempt();
    let drive = drive.event(Event::SignOut);
    assert_eq!((drive.session.view_state(), drive.sent()), (SIGNED_OUT, vec![RequestKind::MailboxRelease]));
    let mail = response(200, json!({"response": good()}).to_string());
    let late = drive.event(Event::Done { attempt, outcome: Outcome::Responded(RequestKind::MailboxPoll, mail) });
    assert!(late.effects.is_empty());
    assert_eq!(late.session.view_state(), SIGNED_OUT);
}

#[test]
fn at_top_level_the_configuration_selects_redirect_or_window() {
    let by = |drive: Drive| drive.session.site().unwrap().by_window;
    assert!(!by(Drive::open(None, None)));
    assert!(by(framed(&config_json())));
    let window = Drive::opened(Opening::default(), &config_with("signInBy", "window".into()));
    assert!(matches!(window.event(sign_in()).effects[..], [Effect::Greet(_), Effect::Send(RequestKind::WarmUp, _)]));
}

#[test]
fn a_framed_page_does_not_navigate_on_sign_out() {
    // SEC-044
    let drive = arrives(at_window(), &good());
    let drive = drive.checking().outcome(Outcome::SignatureChecked(true)).with_b().with_d();
    assert!(matches!(drive.session.view_state(), ViewState::SignedIn { .. }));
    let drive = drive.event(Event::SignOut);
    assert_eq!((drive.session.view_state(), drive.effects.len()), (SIGNED_OUT, 0));
}

/// A page whose portal sends the caller token.
fn with_portal_token() -> Drive {
    let config: serde_json::Value = serde_json::from_str(&config_json()).unwrap();
    let url = config["exchange"]["url"].clone();
    let exchange = json!({"contract": "quickstart", "url": url, "callerFrom": "portal"});
    let drive = arrives(framed(&config_with("exchange", exchange)).event(sign_in()), &good());
    drive.checking().outcome(Outcome::SignatureChecked(true))
}

#[test]
fn the_portals_own_token_replaces_the_one_from_entra() {
    let drive = with_portal_token();
    assert!(matches!(drive.effects[..], [Effect::RequestCallerToken]));
    let drive = drive.outcome(Outcome::CallerToken(Some(CallerToken::new("the-portals".to_owned()))));
    let [Effect::Send(RequestKind::Exchange, request)] = &drive.effects[..] else { panic!("{drive:?}") };
    assert_eq!(request.headers[0].1.expose(), "Bearer the-portals");
    // Each renewal requests a new token from the portal.
    let drive = drive.with_d().at(2700);
    assert_eq!(drive.sent(), [RequestKind::Tokens]);
    let drive = drive.respond(RequestKind::Tokens, response(200, r#"{"token_type":"Bearer","access_token":"a2"}"#));
    assert!(matches!(drive.effects[..], [Effect::RequestCallerToken]));
    let drive = drive.outcome(Outcome::CallerToken(None));
    assert_eq!(drive.shown_token(), (3600, Some(ProblemCode::PortalSilent)));
}

#[test]
fn a_portal_that_sends_no_caller_token_is_reported() {
    assert_eq!(with_portal_token().outcome(Outcome::CallerToken(None)).problem(), Some(ProblemCode::PortalSilent));
}
