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

fn notice(response: &str, transaction: Option<String>) -> Option<Notice> {
    match Drive::open(Some(response), transaction).session.view_state() {
        ViewState::SignedOut { problem: None, notice } => notice,
        other => panic!("{other:?}"),
    }
}

#[test]
fn consent_is_for_the_scopes_of_the_page_or_for_all_registered_permissions() {
    let (url, stored) = left(&Drive::open(None, None).event(grant(false)));
    assert!(url.starts_with("https://login.microsoftonline.com/organizations/v2.0/adminconsent?client_id=acc00000"));
    assert!(url.contains("Teams.ManageCalls"));
    assert!(url.contains("access_as_user"));
    assert!(url.contains(&state()));
    assert!(!stored.contains("verifier"));
    let (url, _) = left(&Drive::open(None, None).event(grant(true)));
    assert!(url.starts_with("https://login.microsoftonline.com/organizations/adminconsent?"));
    assert!(!url.contains("scope="));
}

#[test]
fn the_consent_address_has_the_persons_organization_if_it_is_known() {
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
    // The first ID token was valid, so the organization is known although the second token was refused.
    let refused =
        r#"{"error":"invalid_grant","error_description":"AADSTS65001: The user or administrator has not consented"}"#;
    let drive = Drive::returned().authorizing().respond(RequestKind::CallerToken, response(400, refused));
    assert_eq!(drive.problem(), Some(ProblemCode::ConsentNeeded));
    let (url, _) = left(&drive.event(grant(false)));
    assert!(url.starts_with(&format!("https://login.microsoftonline.com/{TENANT}/v2.0/adminconsent?")), "{url}");
}

#[test]
fn a_consent_response_is_read_with_its_error_first_and_without_its_tenant() {
    let (_, stored) = left(&Drive::open(None, None).event(grant(false)));
    let state = state();
    for (response, expected) in [
        (format!("admin_consent=True&{TENANT_QUERY}&state={state}"), Notice::ConsentGranted),
        (format!("admin_consent=True&error=consent_required&{TENANT_QUERY}&state={state}"), Notice::ConsentRefused),
        ("error=permission_denied&error_description=The+admin+canceled".to_owned(), Notice::ConsentRefused),
        (format!("admin_consent=True&{TENANT_QUERY}&state=other"), Notice::ConsentUnknown),
    ] {
        assert_eq!(notice(&response, Some(stored.clone())), Some(expected), "{response}");
    }
}

#[test]
fn consent_without_a_request_of_this_tab_is_reported_as_unknown() {
    let bare = format!("admin_consent=True&{TENANT_QUERY}");
    for unasked in [format!("{bare}&state={}", state()), bare] {
        assert_eq!(notice(&unasked, None), Some(Notice::ConsentUnknown));
        assert_eq!(notice(&unasked, Some(transaction())), Some(Notice::ConsentUnknown));
    }
    let drive = Drive::open(Some("error=permission_denied&error_description=call+0900"), None);
    assert_eq!(drive.problem(), Some(ProblemCode::ResponseUnsolicited), "and no text of a stranger is shown");
}

#[test]
fn a_sign_in_response_is_not_consent() {
    let (_, stored) = left(&Drive::open(None, None).event(grant(false)));
    assert_eq!(notice(&format!("code=c&state={}", state()), Some(stored)), Some(Notice::ConsentUnknown));
}

#[test]
fn a_frame_never_leaves_for_consent() {
    let drive = Drive::opened(Opening { framed: true, ..Opening::default() }, &config_json()).event(grant(false));
    assert_eq!((drive.session.view_state(), drive.effects.len()), (SIGNED_OUT, 0));
}
