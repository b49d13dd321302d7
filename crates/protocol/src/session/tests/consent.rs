use super::*;

const TENANT_QUERY: &str = "tenant=c0700000-0000-4000-8000-000000000002";

fn grant(registered: bool) -> Event {
    Event::GrantConsent { profile: "default".to_owned(), registered, entropy: entropy() }
}

fn left(drive: &Drive) -> (String, String) {
    match &drive.effects[..] {
        [Effect::Leave { url, transaction: Some(stored) }] => (url.clone(), stored.expose().to_owned()),
        other => panic!("{other:?}"),
    }
}

fn notice(answer: &str, transaction: Option<String>) -> Option<Notice> {
    match Drive::open(Some(answer), transaction).session.view_state() {
        ViewState::SignedOut { problem: None, notice } => notice,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_administrator_is_asked_for_what_the_page_asks_for_or_for_all_that_is_registered() {
    let (url, stored) = left(&Drive::open(None, None).event(grant(false)));
    assert!(url.starts_with("https://login.microsoftonline.com/organizations/v2.0/adminconsent?client_id=acc00000"));
    assert!(url.contains("Teams.ManageCalls") && url.contains("access_as_user") && url.contains(&state()));
    assert!(!stored.contains("verifier"));
    let (url, _) = left(&Drive::open(None, None).event(grant(true)));
    assert!(
        url.starts_with("https://login.microsoftonline.com/organizations/adminconsent?") && !url.contains("scope=")
    );
}

#[test]
fn the_organization_is_the_persons_own_where_it_is_known() {
    let expect = |login: &str, tenant: &str| {
        let hint = Hint { login_hint: Some(login.to_owned()), ..Hint::default() };
        let drive = Drive::open(None, None).event(Event::Hint(hint));
        let site = drive.session.site().unwrap();
        let consent = site.sign_in_methods[0].consent.clone().unwrap();
        let (url, _) = left(&drive.event(grant(false)));
        for url in [url, consent.url] {
            assert!(url.starts_with(&format!("https://login.microsoftonline.com/{tenant}/v2.0/")), "{url}");
        }
        assert!(consent.permissions.iter().any(|permission| permission.ends_with("Teams.ManageCalls")));
    };
    expect("alice@fabrikam.example", "fabrikam.example");
    expect("alice@evil.example/../x", "organizations");
    expect("alice@localhost", "organizations");
    expect("alice@..", "organizations");
    expect("alice", "organizations");
    // Whoever has proven who they are needs no name: the first token was theirs, the second was refused.
    let refused =
        r#"{"error":"invalid_grant","error_description":"AADSTS65001: The user or administrator has not consented"}"#;
    let drive = Drive::returned().authorizing().answered(RequestKind::CallerToken, answer(400, refused));
    assert_eq!(drive.problem(), Some(ProblemCode::ConsentNeeded));
    let (url, _) = left(&drive.event(grant(false)));
    assert!(url.starts_with(&format!("https://login.microsoftonline.com/{TENANT}/v2.0/adminconsent?")), "{url}");
}

#[test]
fn what_comes_back_is_read_with_its_error_first_and_its_tenant_never() {
    let (_, stored) = left(&Drive::open(None, None).event(grant(false)));
    let state = state();
    for (answer, expected) in [
        (format!("admin_consent=True&{TENANT_QUERY}&state={state}"), Notice::ConsentGranted),
        (format!("admin_consent=True&error=consent_required&{TENANT_QUERY}&state={state}"), Notice::ConsentRefused),
        ("error=permission_denied&error_description=The+admin+canceled".to_owned(), Notice::ConsentRefused),
        (format!("admin_consent=True&{TENANT_QUERY}&state=other"), Notice::ConsentUnknown),
    ] {
        assert_eq!(notice(&answer, Some(stored.clone())), Some(expected), "{answer}");
    }
}

#[test]
fn consent_that_nobody_here_asked_for_proves_nothing() {
    let bare = format!("admin_consent=True&{TENANT_QUERY}");
    for unasked in [format!("{bare}&state={}", state()), bare] {
        assert_eq!(notice(&unasked, None), Some(Notice::ConsentUnknown));
        assert_eq!(notice(&unasked, Some(transaction())), Some(Notice::ConsentUnknown));
    }
    let drive = Drive::open(Some("error=permission_denied&error_description=call+0900"), None);
    assert_eq!(drive.problem(), Some(ProblemCode::AnswerUnsolicited), "and no text of a stranger is shown");
}

#[test]
fn an_answer_of_a_sign_in_is_no_consent() {
    let (_, stored) = left(&Drive::open(None, None).event(grant(false)));
    assert_eq!(notice(&format!("code=c&state={}", state()), Some(stored)), Some(Notice::ConsentUnknown));
}

#[test]
fn from_a_frame_nobody_goes_anywhere() {
    let drive = Drive::opened(Opening { framed: true, ..Opening::default() }, &config_json()).event(grant(false));
    assert_eq!((drive.session.view_state(), drive.effects.len()), (SIGNED_OUT, 0));
}
