//! Compares the messages that `boot.js`, `public/*.js` and the embed SDK send and read with the types of the
//! `messages` crate.

use std::collections::BTreeSet;

use messages::{
    AcsToken, Connect, FromPortal, FromVault, FromWindow, Greeting, Opening, PORTAL_PROTOCOL, ProblemCode,
    PublicProblem, RedactedText, Status, ToPortal, ToVault, ToWindow,
};
use serde_json::{Value, json};

use crate::text::{between, between_all, constant, text_of};

const BOOT: &str = "boot.js";
const WINDOW: &str = "public/window.js";
const RETURN: &str = "public/return.js";
const SDK: &str = "embed-sdk/acs-sign-in.js";
const SDK_TYPES: &str = "embed-sdk/acs-sign-in.d.ts";

#[test]
fn windows_and_page_exchange_the_same_messages() {
    let (window, back) = (text_of(WINDOW), text_of(RETURN));
    let mut sent: BTreeSet<_> = between_all(&window, "notify('", "'").collect();
    assert_eq!(sent, BTreeSet::from(["closed", "leaving", "ready", "refused", "sandboxed"]));
    sent.insert(between(&window, "notify(error instanceof NotConfiguration ? '", "' : 'closed')"));
    let alive = between(&window, "setInterval(notify, HEARTBEAT_MS, '", "'");
    for word in sent.into_iter().chain([alive]) {
        assert!(FromWindow::parse(&format!("\"{word}\"")).is_some(), "{word}");
    }
    assert!(back.contains("JSON.stringify({ authorizationResponse: { response } })"));
    assert!(FromWindow::parse(r#"{"authorizationResponse":{"response":"code=a"}}"#).is_some());

    assert!(back.contains(&format!("event.data === '{}'", serde_json::to_string(&ToWindow::Taken).unwrap())));
    let greeting = Greeting { url: String::new(), state: String::new(), mailbox: None };
    let read = between(&window, "const { ", " } = JSON.parse(event.data).greeting");
    assert_eq!(read.split(", ").map(str::to_owned).collect::<BTreeSet<_>>(), keys(&json!(greeting)));
    assert_eq!(keys(&json!(ToWindow::Greeting(greeting))), BTreeSet::from(["greeting".to_owned()]));

    let channel = between(&back, "new BroadcastChannel(`", "$");
    assert!(
        text_of("src/browser/sign_in_window.rs")
            .contains(&format!("BroadcastChannel::new(&format!(\"{channel}{{state}}\"))"))
    );
}

#[test]
fn boot_js_begins_with_a_message_that_the_vault_accepts() {
    let boot = text_of(BOOT);
    assert!(boot.contains("JSON.stringify({ begin: opening })"));
    let returned = between(&boot, "if (!state) return { ", " };").split(", ");
    let opening = between(&boot, "const opening = {", "};").lines().map(str::trim);
    let sent: BTreeSet<_> = opening
        .chain(returned)
        .filter(|part| !part.is_empty() && *part != "...takeReturn(),")
        .map(|part| part.split_once(':').map_or(part, |(key, _)| key).to_owned())
        .collect();
    assert_eq!(sent, keys(&json!(Opening::default())));
    assert_eq!(keys(&json!(ToVault::Begin(Opening::default()))), BTreeSet::from(["begin".to_owned()]));
}

#[test]
fn boot_js_and_vault_exchange_the_same_messages_after_a_click() {
    let boot = text_of(BOOT);
    for message in [ToVault::Show, ToVault::SignInByRedirect, ToVault::StorageBlocked] {
        let text = serde_json::to_string(&message).unwrap();
        assert!(boot.contains(&format!("vault.postMessage('{text}')")), "{text}");
    }
    let transaction = Some(RedactedText::new(String::new()));
    let leave = json!(FromVault::Leave { url: String::new(), transaction });
    assert!(boot.contains("const request = JSON.parse(text).leave;"));
    for key in keys(&leave["leave"]) {
        assert!(boot.contains(&format!("request.{key})")), "{key}");
    }
}

#[test]
fn the_button_of_the_document_has_the_texts_of_the_interface() {
    let document = text_of("index.html");
    let (screen, administrator) = (text_of("src/screens/signed_out.rs"), text_of("src/screens/administrator.rs"));
    for (element, source, key) in [
        ("h1", &screen, "signedOut.title"),
        ("p class=\"lead\"", &screen, "signedOut.lead"),
        ("button id=\"boot-button\" class=\"primary microsoft\" type=\"button\"", &screen, "signedOut.signIn"),
        ("summary", &administrator, "administrator.title"),
    ] {
        assert!(document.contains(&format!("<{element} data-text=\"{key}\">")), "{key} in index.html");
        assert!(source.contains(&format!("\"{key}\"")), "{key} in the screen");
    }
}

#[test]
fn embed_sdk_and_page_exchange_the_same_messages() {
    let sdk = text_of(SDK);
    let sent: BTreeSet<_> = between_all(&sdk, "#request('", "'").collect();
    assert_eq!(sent, BTreeSet::from(["getToken", "signOut"]));
    for name in sent {
        assert!(FromPortal::parse(&json!({ name: { "id": 1 } }).to_string()).is_some(), "{name}");
    }
    let activity = between(&sdk, "postMessage('", "'");
    assert_eq!(FromPortal::parse(activity), Some(FromPortal::Activity {}));

    let hints: Value = serde_json::from_str(&constant(SDK, "HINTS")).unwrap();
    let hints = hints.as_array().unwrap().iter().map(|name| (name.as_str().unwrap().to_owned(), json!("dark")));
    let hints: Value = hints.collect();
    let nonce = "0".repeat(32);
    let greeting = json!({ "version": PORTAL_PROTOCOL, "nonce": nonce, "hints": hints, "callerToken": true });
    assert!(Connect::parse(&json!({ "connect": greeting }).to_string()).is_some(), "{greeting}");
    let sent = between(&sdk, "const connect = {", "};");
    for key in keys(&greeting) {
        assert!(sent.contains(&format!("{key}:")), "{key}");
    }

    let read = between(&sdk, "#onMessage(attempt, { ", " })").split(", ").map(str::to_owned);
    let problem = public(ProblemCode::PageBusy);
    let sent = [
        ToPortal::Welcome { nonce: String::new(), version: 1, receives_token: true, counts_activity: true },
        ToPortal::Status { status: Status::Starting, account: None, communication_id: None, problem: None },
        ToPortal::Height { px: 1 },
        ToPortal::Token { id: 1, token: AcsToken::new(String::new()), expires_on_timestamp: 1 },
        ToPortal::Failed { id: 1, problem },
        ToPortal::Done { id: 1 },
    ];
    assert_eq!(read.collect::<BTreeSet<_>>(), sent.iter().flat_map(|sent| keys(&json!(sent))).collect::<BTreeSet<_>>());

    let types = text_of("xtask/javascript/embed-sdk.d.ts");
    let status = text_of(SDK_TYPES);
    for message in sent.map(|sent| json!(sent)) {
        let (name, fields) = message.as_object().unwrap().iter().next().unwrap();
        let declared = match name.as_str() {
            "status" => between(&status, "export interface SessionState {", "\n}\n"),
            _ => between(&types, &format!("  {name}?: "), ";\n"),
        };
        for field in keys(fields) {
            assert!(declared.contains(&format!("{field}: ")), "{name}.{field}");
        }
    }
}

#[test]
fn the_declarations_of_the_embed_sdk_have_the_values_of_the_page() {
    let types = text_of(SDK_TYPES);
    let literals =
        |union: &str| union.split(" | ").map(|value| value.trim_matches('\'').to_owned()).collect::<BTreeSet<_>>();
    let statuses = [Status::Starting, Status::SignedOut, Status::SigningIn, Status::SignedIn, Status::Stopped];
    let statuses = statuses.map(|status| serde_json::to_value(status).unwrap().as_str().unwrap().to_owned());
    assert_eq!(literals(between(&types, "export type Status = ", ";")), BTreeSet::from(statuses));

    let whos = ProblemCode::ALL.iter().map(|&code| {
        let failed = ToPortal::Failed { id: 1, problem: public(code) };
        serde_json::to_value(failed).unwrap()["failed"]["problem"]["who"].as_str().unwrap().to_owned()
    });
    assert_eq!(literals(between(&types, "readonly who: ", ";")), whos.collect());

    let declared = between(&types, "export interface Problem {", "\n}\n");
    let failed = json!(ToPortal::Failed { id: 1, problem: public(ProblemCode::PageBusy) });
    let sent = keys(&failed["failed"]["problem"]);
    assert_eq!(between_all(declared, "readonly ", ":").map(str::to_owned).collect::<BTreeSet<_>>(), sent);

    for theme in literals(between(&types, "theme?: ", " | undefined;")) {
        let hints = json!({ "theme": theme });
        let connect = json!({ "connect": { "version": PORTAL_PROTOCOL, "nonce": "0".repeat(32), "hints": hints } });
        assert!(Connect::parse(&connect.to_string()).is_some(), "{theme}");
    }
}

#[test]
fn the_declarations_of_the_embed_sdk_have_the_codes_of_all_problems() {
    let (types, sdk) = (text_of(SDK_TYPES), text_of(SDK));
    let declared = |name: &str| -> BTreeSet<String> {
        let union = between(&types, &format!("export type {name} ="), ";");
        union.split('|').map(|code| code.trim().trim_matches('\'').to_owned()).filter(|code| !code.is_empty()).collect()
    };
    let of_page: BTreeSet<_> = ProblemCode::ALL.iter().map(|code| code.code().to_owned()).collect();
    assert_eq!(declared("PageProblemCode"), of_page);
    let calls = between_all(&sdk, "problem(", "',").filter_map(|code| code.trim_start().strip_prefix('\''));
    assert_eq!(declared("SdkProblemCode"), calls.map(str::to_owned).collect());
}

/// The page decides by `ProblemCode::is_retryable`, and the SDK by the field `retryable` that contains its value.
#[test]
fn page_and_embed_sdk_retry_the_same_problems() {
    let sdk = text_of(SDK);
    assert_eq!(sdk.matches("throw error;").count(), 1, "one place decides whether to retry");
    assert!(sdk.contains("if (!pause || !error.retryable) throw error;"));
    assert!(sdk.contains("    this.retryable = retryable;"));
    for &code in ProblemCode::ALL {
        let failed = json!(ToPortal::Failed { id: 1, problem: public(code) });
        assert_eq!(failed["failed"]["problem"]["retryable"], code.is_retryable(), "{code:?}");
        assert!(!sdk.contains(&format!("'{}'", code.code())), "the SDK has no rule for {code:?}");
    }
}

fn public(code: ProblemCode) -> PublicProblem {
    PublicProblem::new(code, String::new(), String::new())
}

fn keys(object: &Value) -> BTreeSet<String> {
    object.as_object().expect("a message with fields is an object").keys().cloned().collect()
}
