use super::*;

const NONCE: &str = "0123456789abcdef0123456789abcdef";

fn greeting(inside: &str) -> Option<Connect> {
    Connect::parse(&format!(r#"{{"connect":{{{inside}}}}}"#))
}

#[test]
fn a_greeting_can_have_hints_and_offer_caller_tokens() {
    let greeting = greeting(&format!(
        r#""version":1,"nonce":"{NONCE}","callerToken":true,
           "hints":{{"loginHint":"alice@fabrikam.example","theme":"dark","locale":"de-AT"}}"#
    ));
    let hints = Hints {
        login_hint: Some("alice@fabrikam.example".to_owned()),
        theme: Some(Theme::Dark),
        locale: Some("de-AT".to_owned()),
        ..Hints::default()
    };
    assert_eq!(greeting, Some(Connect { nonce: NONCE.to_owned(), hints, caller_token: true }));
}

#[test]
fn a_greeting_needs_a_version_and_a_nonce_only() {
    let greeting = greeting(&format!(r#""version":1,"nonce":"{NONCE}""#)).unwrap();
    assert_eq!(greeting.hints, Hints::default());
    assert!(!greeting.caller_token);
}

// SEC-045, SEC-047: a portal cannot configure the page.
#[test]
fn rejects_greetings_with_missing_wrong_or_unknown_fields() {
    let long = "a".repeat(400);
    for inside in [
        String::new(),
        format!(r#""nonce":"{NONCE}""#),
        r#""version":1"#.to_owned(),
        format!(r#""version":2,"nonce":"{NONCE}""#),
        format!(r#""version":"1","nonce":"{NONCE}""#),
        format!(r#""version":1,"version":1,"nonce":"{NONCE}""#),
        r#""version":1,"nonce":"short""#.to_owned(),
        format!(r#""version":1,"nonce":"<script>{NONCE}""#),
        format!(r#""version":1,"nonce":"{long}""#),
        format!(r#""version":1,"nonce":"{NONCE}","clientId":"evil""#),
        format!(r#""version":1,"nonce":"{NONCE}","token":"evil""#),
        format!(r#""version":1,"nonce":"{NONCE}","hints":{{"authority":"https://evil.example"}}"#),
        format!(r#""version":1,"nonce":"{NONCE}","hints":{{"redirectUri":"https://evil.example"}}"#),
        format!(r#""version":1,"nonce":"{NONCE}","hints":{{"theme":"url(//evil.example)"}}"#),
        format!(r#""version":1,"nonce":"{NONCE}","hints":{{"loginHint":"{long}"}}"#),
        format!(r#""version":1,"nonce":"{NONCE}","hints":{{"loginHint":"a\nb"}}"#),
        format!(r#""version":1,"nonce":"{NONCE}","hints":{{"profile":""}}"#),
        format!(r#""version":1,"nonce":"{NONCE}","hints":{{"locale":7}}"#),
        format!(r#""version":1,"nonce":"{NONCE}","hints":null"#),
        format!(r#""version":1,"nonce":"{NONCE}","callerToken":"eyJ""#),
    ] {
        assert_eq!(greeting(&inside), None, "{inside}");
    }
    for text in ["", "null", "1", "[]", "{}", "connect", r#""connect""#, r#"{"welcome":{}}"#] {
        assert_eq!(Connect::parse(text), None, "{text}");
    }
    let two = format!(r#"{{"connect":{{"version":1,"nonce":"{NONCE}"}},"connect":{{}}}}"#);
    assert_eq!(Connect::parse(&two), None);
}

#[test]
fn parses_the_three_commands_of_a_portal() {
    assert_eq!(FromPortal::parse(r#"{"activity":{}}"#), Some(FromPortal::Activity {}));
    assert_eq!(FromPortal::parse(r#"{"getToken":{"id":1}}"#), Some(FromPortal::GetToken { id: 1 }));
    assert_eq!(FromPortal::parse(r#"{"signOut":{"id":4294967295}}"#), Some(FromPortal::SignOut { id: u32::MAX }));
}

// SEC-047: the commands are a closed set.
#[test]
fn rejects_every_other_command() {
    for text in [
        r#"{"getToken":{}}"#,
        r#"{"getToken":{"id":-1}}"#,
        r#"{"getToken":{"id":1.5}}"#,
        r#"{"getToken":{"id":4294967296}}"#,
        r#"{"getToken":{"id":1,"scope":"more"}}"#,
        r#"{"getToken":{"id":1},"signOut":{"id":2}}"#,
        r#"{"getToken":1}"#,
        r#""getToken""#,
        r#"{"signIn":{"id":1}}"#,
        r#"{"getRefreshToken":{"id":1}}"#,
        r#"{"token":{"id":1,"token":"evil"}}"#,
        r#"{"begin":{"address":"https://evil.example"}}"#,
        r#"{"setConfig":{"id":1}}"#,
        r#"{"activity":{"minutes":60}}"#,
        r#""activity""#,
    ] {
        assert_eq!(FromPortal::parse(text), None, "{text}");
    }
}

#[test]
fn rejects_messages_beyond_the_length_limit() {
    let padded = |spaces| format!(r#"{{"getToken":{{"id":1}}{}}}"#, " ".repeat(spaces));
    let fits = MAX_MESSAGE_LENGTH - padded(0).len();
    assert!(FromPortal::parse(&padded(fits)).is_some());
    assert!(FromPortal::parse(&padded(fits + 1)).is_none());
    assert!(Connect::parse(&"[".repeat(1_000_000)).is_none());
}
