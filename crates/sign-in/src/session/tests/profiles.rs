use super::*;

/// Two sign-in methods of Entra, and one for guests.
pub(super) fn page() -> String {
    let application: serde_json::Value = serde_json::from_str(&config_json()).unwrap();
    let mut teams = application.clone();
    let members = teams.as_object_mut().unwrap();
    members.retain(|key, _| ["clientId", "authority", "exchange"].contains(&key.as_str()));
    members.insert("name".to_owned(), "teams".into());
    members.insert("label".to_owned(), "Teams account".into());
    let mut other = teams.clone();
    other["name"] = "other".into();
    other["label"] = "One organization".into();
    other["authority"] = format!("https://login.microsoftonline.com/{TENANT}/").into();
    let exchange = json!({"contract": "guest", "url": "https://exchange.example/exchange/guest"});
    let guest = json!({"name": "guest", "label": "Guest", "exchange": exchange});
    json!({"redirectUri": PAGE, "profiles": [teams, other, guest]}).to_string()
}

/// A return from Entra with the second profile.
fn returned() -> Drive {
    let other = Event::SignIn { profile: Some("other".to_owned()), choose_account: false, entropy: entropy() };
    let drive = Drive::opened(Opening::default(), &page()).event(other);
    let [Effect::Leave { transaction: Some(stored), .. }] = &drive.effects[..] else { panic!("{drive:?}") };
    let opening = Opening {
        response: Some(RedactedText::new(format!("code=c&state={}", state()))),
        transaction: Some(RedactedText::new(stored.expose().to_owned())),
        ..Opening::default()
    };
    Drive::opened(opening, &page())
}

#[test]
fn a_page_with_several_profiles_offers_all_and_uses_the_chosen_one() {
    let drive = Drive::opened(Opening::default(), &page());
    let methods = drive.session.site().unwrap().sign_in_methods;
    assert_eq!(
        methods.iter().map(|method| method.label.as_deref()).collect::<Vec<_>>(),
        [Some("Teams account"), Some("One organization"), Some("Guest")]
    );
    assert!(methods[1].consent.is_some());
    assert!(methods[2].consent.is_none());
    let teams = Event::SignIn { profile: Some("teams".to_owned()), choose_account: false, entropy: entropy() };
    assert!(matches!(drive.event(teams).effects[..], [Effect::Leave { .. }]));
}

#[test]
fn the_profile_that_a_portal_picks_is_marked_and_the_others_stay_available() {
    let picked = |drive: &Drive| {
        let methods = drive.session.site().unwrap().sign_in_methods;
        (methods.len(), methods.into_iter().find(|method| method.picked).map(|method| method.profile))
    };
    let hint = |profile: &str| Event::Hint(Hint { profile: Some(profile.to_owned()), ..Hint::default() });
    let drive = Drive::opened(Opening::default(), &page());
    assert_eq!(picked(&drive), (3, None));
    // SEC-047: a hint names a configured profile, or is ignored.
    let drive = drive.event(hint("evil"));
    assert_eq!(picked(&drive), (3, None));
    let drive = drive.event(hint("guest"));
    assert_eq!((picked(&drive), drive.effects.len()), ((3, Some("guest".to_owned())), 0));
    let teams = Event::SignIn { profile: Some("teams".to_owned()), choose_account: false, entropy: entropy() };
    assert!(matches!(drive.event(teams).effects[..], [Effect::Leave { .. }]));
}

#[test]
fn a_second_sign_in_uses_the_same_profile_and_satisfies_its_own_challenge() {
    // SEC-019
    let challenge = r#"{"error":"interaction_required","claims":"{\"access_token\":{}}"}"#;
    let again = |drive: Drive| {
        let hint = Event::Hint(Hint { profile: Some("teams".to_owned()), ..Hint::default() });
        let drive = drive.event(hint).event(sign_in());
        let [Effect::Leave { url, .. }] = &drive.effects[..] else { panic!("{drive:?}") };
        (url.contains(TENANT), url.contains("claims="))
    };
    assert_eq!(again(returned().signed_in()), (true, false));
    assert_eq!(
        again(returned().signed_in().at(2700).respond(RequestKind::Tokens, response(400, challenge))),
        (true, true)
    );
    // Before a sign-in a portal's hint counts, and the challenge was for another profile.
    assert_eq!(again(returned().respond(RequestKind::Tokens, response(400, challenge))), (false, false));
}
