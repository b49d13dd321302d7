use super::{profiles::page, *};

fn as_guest() -> Drive {
    let event = Event::SignIn { profile: Some("guest".to_owned()), choose_account: false, entropy: entropy() };
    Drive::opened(Opening::default(), &page()).event(event)
}

#[test]
fn a_guest_has_no_account_and_is_not_renewed() {
    let drive = as_guest();
    let [Effect::Send(RequestKind::Exchange, request)] = &drive.effects[..] else { panic!("{drive:?}") };
    assert_eq!(request.url, "https://exchange.example/exchange/guest");
    assert!(request.headers.iter().all(|(name, _)| *name != "authorization"));
    let body = r#"{"token":"the-d","expiresOn":"2026-11-21T09:00:00Z","guest":true,"identity":"8:acs:x"}"#;
    let drive = drive.respond(RequestKind::Exchange, response(200, body));
    assert!(matches!(drive.session.view_state(), ViewState::SignedIn { account: None, token: Some(_), .. }));
    let drive = drive.at(3599);
    assert!(drive.effects.is_empty());
    assert_eq!(drive.at(3600).session.view_state(), SIGNED_OUT);
}

#[test]
fn a_service_without_guests_is_named() {
    for (result, problem) in [
        (response(404, ""), ProblemCode::GuestsNotServed),
        (response(429, ""), ProblemCode::ExchangeBusy),
        (response(200, "{}"), ProblemCode::ExchangeResponseUnreadable),
        (Err(Failure::Unreachable), ProblemCode::ExchangeUnreachable),
        (Err(Failure::Unreadable), ProblemCode::ExchangeResponseUnreadable),
    ] {
        assert_eq!(as_guest().respond(RequestKind::Exchange, result).problem(), Some(problem));
    }
}
