use super::*;

fn page() -> String {
    let application: serde_json::Value = serde_json::from_str(&config_json()).unwrap();
    let mut teams = application.clone();
    let members = teams.as_object_mut().unwrap();
    members.retain(|key, _| ["clientId", "authority", "exchange"].contains(&key.as_str()));
    members.insert("name".to_owned(), "teams".into());
    members.insert("label".to_owned(), "Teams account".into());
    let exchange = json!({"contract": "guest", "url": "https://exchange.example/exchange/guest"});
    let guest = json!({"name": "guest", "label": "Guest", "exchange": exchange});
    json!({"redirectUri": PAGE, "profiles": [teams, guest]}).to_string()
}

fn as_guest() -> Drive {
    let event = Event::SignIn { profile: Some("guest".to_owned()), choose_account: false, entropy: entropy() };
    Drive::opened(Opening::default(), &page()).event(event)
}

#[test]
fn a_page_with_several_profiles_offers_them_all_and_goes_by_the_chosen_one() {
    let drive = Drive::opened(Opening::default(), &page());
    let doors = drive.session.site().unwrap().doors;
    assert_eq!(
        doors.iter().map(|door| door.label.as_deref()).collect::<Vec<_>>(),
        [Some("Teams account"), Some("Guest")]
    );
    assert!(doors[0].consent.is_some() && doors[1].consent.is_none());
    let teams = Event::SignIn { profile: Some("teams".to_owned()), choose_account: false, entropy: entropy() };
    assert!(matches!(drive.event(teams).effects[..], [Effect::Leave { .. }]));
}

#[test]
fn what_a_portal_picks_is_marked_and_the_others_stay_open() {
    let picked = |drive: &Drive| {
        let doors = drive.session.site().unwrap().doors;
        (doors.len(), doors.into_iter().find(|door| door.picked).map(|door| door.profile))
    };
    let hint = |profile: &str| Event::Hint(Hint { profile: Some(profile.to_owned()), ..Hint::default() });
    let drive = Drive::opened(Opening::default(), &page());
    assert_eq!(picked(&drive), (2, None));
    // security 47: it names one of the doors that are there, or nothing.
    let drive = drive.event(hint("evil"));
    assert_eq!(picked(&drive), (2, None));
    let drive = drive.event(hint("guest"));
    assert_eq!((picked(&drive), drive.effects.len()), ((2, Some("guest".to_owned())), 0));
    let teams = Event::SignIn { profile: Some("teams".to_owned()), choose_account: false, entropy: entropy() };
    assert!(matches!(drive.event(teams).effects[..], [Effect::Leave { .. }]));
}

#[test]
fn a_guest_is_nobody_and_is_not_renewed() {
    let drive = as_guest();
    let [Effect::Send(Reply::Exchange, request)] = &drive.effects[..] else { panic!("{drive:?}") };
    assert_eq!(request.url, "https://exchange.example/exchange/guest");
    assert!(request.headers.iter().all(|(name, _)| *name != "authorization"));
    let body = r#"{"token":"the-d","expiresOn":"2026-11-21T09:00:00Z","guest":true,"identity":"8:acs:x"}"#;
    let drive = drive.answered(Reply::Exchange, answer(200, body));
    assert!(matches!(drive.session.picture(), Picture::SignedIn { account: None, token: Some(_), .. }));
    let drive = drive.at(3599);
    assert!(drive.effects.is_empty());
    assert_eq!(drive.at(3600).session.picture(), DOOR);
}

#[test]
fn a_service_without_guests_is_named() {
    for (result, problem) in [
        (answer(404, ""), ProblemCode::GuestsNotServed),
        (answer(429, ""), ProblemCode::ExchangeBusy),
        (answer(200, "{}"), ProblemCode::ExchangeAnswerUnreadable),
        (Err(Failure::Unreachable), ProblemCode::ExchangeUnreachable),
        (Err(Failure::Unreadable), ProblemCode::ExchangeAnswerUnreadable),
    ] {
        assert_eq!(as_guest().answered(Reply::Exchange, result).problem(), Some(problem));
    }
}
