use super::*;

fn config(come_back: &str) -> String {
    config_with("comeBack", come_back.into())
}

/// The text that a page with this configuration remembers.
fn remembered(config: &str) -> Option<String> {
    let opening = Opening {
        response: Some(RedactedText::new(format!("code=c&state={}", state()))),
        transaction: Some(RedactedText::new(transaction_of(config))),
        ..Opening::default()
    };
    match &Drive::opened(opening, config).signed_in().effects[..] {
        [] => None,
        [Effect::Remember(Some(text))] => Some(text.clone()),
        other => panic!("{other:?}"),
    }
}

fn loaded_again(config: &str, remembered: &str) -> Drive {
    let remembered = Some(RedactedText::new(remembered.to_owned()));
    Drive::opened(Opening { remembered, ..Opening::default() }, config)
}

fn url(drive: &Drive) -> &str {
    match &drive.effects[..] {
        [Effect::Leave { url, .. }] => url,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_remembered_unless_the_configuration_says_so() {
    // SEC-026
    assert_eq!(remembered(&config_json()), None);
    let text = remembered(&config("hint")).unwrap();
    let remembered: serde_json::Value = serde_json::from_str(&text).unwrap();
    let (tenant, object) = (TENANT, "11111111-2222-3333-4444-555555555555");
    let whose =
        json!({"profile": "default", "loginHint": "alice@fabrikam.example", "tenant": tenant, "object": object});
    assert_eq!(remembered, whose);
    assert_eq!(loaded_again(&config_json(), &text).session.view_state(), SIGNED_OUT);
    assert!(!url(&loaded_again(&config_json(), &text).event(sign_in())).contains("login_hint"));
}

#[test]
fn a_remembered_hint_names_the_account_and_still_needs_a_click() {
    let drive = loaded_again(&config("hint"), &remembered(&config("hint")).unwrap());
    assert_eq!((drive.session.view_state(), drive.effects.len()), (SIGNED_OUT, 0));
    let drive = drive.event(sign_in());
    assert!(url(&drive).contains("login_hint=alice%40fabrikam.example"));
    assert!(!url(&drive).contains("prompt="));
}

#[test]
fn at_once_sends_a_single_silent_request() {
    let config = config("at-once");
    let drive = loaded_again(&config, &remembered(&config).unwrap());
    assert!(url(&drive).contains("prompt=none"));
    assert!(url(&drive).contains("login_hint=alice"));
    let [Effect::Leave { transaction: Some(stored), .. }] = &drive.effects[..] else { panic!() };
    let stored = stored.expose().to_owned();
    for error in ["login_required", "interaction_required", "consent_required", "account_selection_required"] {
        let opening = Opening {
            response: Some(RedactedText::new(format!("error={error}&state={}", state()))),
            transaction: Some(RedactedText::new(stored.clone())),
            remembered: Some(RedactedText::new(remembered(&config).unwrap())),
            ..Opening::default()
        };
        let back = Drive::opened(opening, &config);
        assert_eq!((back.session.view_state(), back.effects.len()), (SIGNED_OUT, 0), "no loop, and no reproach");
        assert!(!url(&back.event(sign_in())).contains("prompt=none"));
    }
    let opening = Opening {
        response: Some(RedactedText::new(format!("error=server_error&state={}", state()))),
        transaction: Some(RedactedText::new(stored)),
        remembered: Some(RedactedText::new(remembered(&config).unwrap())),
        ..Opening::default()
    };
    assert_eq!(Drive::opened(opening, &config).problem(), Some(ProblemCode::EntraUnavailable));
}

#[test]
fn a_silent_sign_in_accepts_only_the_remembered_account() {
    // SEC-018: Entra may ignore a hint and sign in another account that has a session
    let config = config("at-once");
    let alice = remembered(&config).unwrap();
    let another = alice.replace("11111111-2222", "99999999-2222");
    let back = |remembered: &str, silent: bool| {
        let drive = loaded_again(&config, remembered);
        let drive = if silent { drive } else { drive.event(Event::SignOut).event(sign_in()) };
        let [.., Effect::Leave { transaction: Some(stored), .. }] = &drive.effects[..] else { panic!() };
        let opening = Opening {
            response: Some(RedactedText::new(format!("code=c&state={}", state()))),
            transaction: Some(RedactedText::new(stored.expose().to_owned())),
            remembered: Some(RedactedText::new(remembered.to_owned())),
            ..Opening::default()
        };
        Drive::opened(opening, &config).authorizing()
    };
    assert_eq!(back(&alice, true).sent(), [RequestKind::CallerToken]);
    let stranger = back(&another, true);
    assert_eq!((stranger.session.view_state(), stranger.effects.len()), (SIGNED_OUT, 0), "their tokens are dropped");
    assert_eq!(back(&another, false).sent(), [RequestKind::CallerToken], "after a question any account is accepted");
}

#[test]
fn a_silent_sign_in_ends_if_the_person_signed_out_meanwhile() {
    // SEC-018, SEC-024
    let config = config("at-once");
    let alice = remembered(&config).unwrap();
    let drive = loaded_again(&config, &alice);
    let [Effect::Leave { transaction: Some(stored), .. }] = &drive.effects[..] else { panic!() };
    for (remembered, forget) in [(Some(&*alice), true), (Some("not what was kept"), false), (None, false)] {
        let opening = Opening {
            address: PAGE.to_owned(),
            response: Some(RedactedText::new(format!("code=c&state={}", state()))),
            transaction: Some(RedactedText::new(stored.expose().to_owned())),
            remembered: remembered.map(|text| RedactedText::new(text.to_owned())),
            ..Opening::default()
        };
        let (session, effects) = Session::begin(opening, entropy());
        let loading = Drive { session, effects, now: NOW };
        let loading = if forget { loading.event(Event::Forget) } else { loading };
        let drive = loading.respond(RequestKind::Config, response(200, config.clone()));
        assert_eq!((drive.session.view_state(), drive.effects.len()), (SIGNED_OUT, 0), "the code is not even redeemed");
    }
}

#[test]
fn no_silent_request_without_a_remembered_person_or_in_a_frame() {
    let config = config("at-once");
    for odd in [
        "",
        "{}",
        "[]",
        r#"{"profile":"other","loginHint":"a","tenant":"t","object":"o"}"#,
        r#"{"profile":"default","loginHint":null,"tenant":"t","object":"o"}"#,
        r#"{"profile":"default","url":"https://evil.example"}"#,
    ] {
        let drive = loaded_again(&config, odd);
        assert_eq!((drive.session.view_state(), drive.effects.len()), (SIGNED_OUT, 0), "{odd}");
    }
    let remembered = Some(RedactedText::new(remembered(&config).unwrap()));
    let framed = Drive::opened(Opening { remembered, framed: true, ..Opening::default() }, &config);
    assert_eq!((framed.session.view_state(), framed.effects.len()), (SIGNED_OUT, 0));
}

#[test]
fn signing_out_forgets_the_remembered_account() {
    let config = config("hint");
    let opening = Opening {
        response: Some(RedactedText::new(format!("code=c&state={}", state()))),
        transaction: Some(RedactedText::new(transaction_of(&config))),
        remembered: Some(RedactedText::new(remembered(&config).unwrap())),
        ..Opening::default()
    };
    let drive = Drive::opened(opening, &config).signed_in().event(Event::SignOut);
    assert!(matches!(&drive.effects[..], [Effect::Remember(None), Effect::Leave { .. }]));
    assert!(!url(&drive.event(sign_in())).contains("login_hint"));
}

#[test]
fn a_sign_out_in_another_tab_ends_this_sign_in_without_a_request() {
    // SEC-024
    let drive = Drive::returned().signed_in().event(Event::Forget);
    assert!(drive.effects.is_empty());
    let expected = ViewState::SignedOut { problem: None, notice: Some(Notice::SignedOutElsewhere) };
    assert_eq!(drive.session.view_state(), expected);
    let drive = drive.event(Event::Forget);
    assert_eq!(drive.session.view_state(), expected, "twice is once");
    let loading = Session::begin(Opening::default(), entropy()).0;
    let drive = Drive { session: loading, effects: vec![], now: NOW }.event(Event::Forget);
    assert_eq!(drive.respond(RequestKind::Config, response(404, "")).problem(), Some(ProblemCode::ConfigUnreachable));
    assert!(matches!(Drive::returned().event(Event::Forget).session.view_state(), ViewState::SignedOut { .. }));
}

#[test]
fn a_tab_that_only_remembers_a_person_forgets_them_with_the_others() {
    // SEC-024, SEC-026
    let config = config("hint");
    let drive = loaded_again(&config, &remembered(&config).unwrap()).event(Event::Forget);
    assert!(matches!(&drive.effects[..], [Effect::Remember(None)]));
    let drive = drive.event(sign_in());
    assert!(!url(&drive).contains("login_hint"));
    assert!(url(&drive).contains("prompt=select_account"));
    let remembered = Some(RedactedText::new(remembered(&config).unwrap()));
    let (loading, _) =
        Session::begin(Opening { address: PAGE.to_owned(), remembered, ..Opening::default() }, entropy());
    let drive = Drive { session: loading, effects: vec![], now: NOW }.event(Event::Forget);
    let drive = drive.respond(RequestKind::Config, response(200, config)).event(sign_in());
    assert!(!url(&drive).contains("login_hint"));
}

#[test]
fn a_portals_hint_changes_no_endpoint_or_other_parameter() {
    // SEC-030, SEC-047
    let hint = |login: &str, profile: &str| Hint {
        login_hint: Some(login.to_owned()),
        domain_hint: Some("fabrikam.example".to_owned()),
        profile: Some(profile.to_owned()),
    };
    let drive = Drive::open(None, None).event(Event::Hint(hint("alice@fabrikam.example", "evil"))).event(sign_in());
    assert!(url(&drive).contains("login_hint=alice%40fabrikam.example"));
    assert!(url(&drive).contains("domain_hint=fabrikam"));
    assert!(url(&drive).starts_with("https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?"));
    let drive = Drive::open(None, None).event(Event::Hint(hint("a&prompt=none#", "default"))).event(sign_in());
    assert!(url(&drive).contains("login_hint=a%26prompt%3Dnone%23"));
    assert!(!url(&drive).contains("&prompt="));
    let unknown = Event::SignIn { profile: Some("evil".to_owned()), choose_account: false, entropy: entropy() };
    let drive = Drive::open(None, None).event(unknown);
    assert_eq!((drive.session.view_state(), drive.effects.len()), (SIGNED_OUT, 0));
    // A hint that comes while a person is signed in counts for the next sign-in.
    let drive = Drive::returned().signed_in().event(Event::Hint(hint("bob@contoso.example", "default")));
    let drive = drive.event(sign_in());
    assert!(url(&drive).contains("login_hint=bob%40contoso.example"));
    // Too late for the sign-in in flight.
    let drive = Drive::open(None, None).event(sign_in()).event(Event::Hint(hint("bob@contoso.example", "default")));
    assert!(drive.effects.is_empty());
    assert_eq!(drive.session.view_state(), ViewState::Leaving);
}
