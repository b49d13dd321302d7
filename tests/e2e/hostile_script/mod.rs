//! A hostile script that runs in the page before all other scripts: what it can read during a sign-in, and what it can
//! do. SECURITY.md documents the same. In a page with msal-browser (`msal`), the same script gets all tokens.

mod chromium;
mod msal;
mod own_sign_in;
mod service_worker;
mod vault;

use std::collections::HashSet;

use cross_tests::{Browser, Host, Record, Setup, Stack};
use serde_json::json;

use super::{
    renewal::LATE,
    sign_in::{SIGN_IN, SIGNED_IN, sign_in_as},
    tampered::page_with,
};

/// A script that wraps fetch, XMLHttpRequest, crypto, JSON, TextDecoder, postMessage, MessagePort, Worker and more, and
/// keeps all texts.
const WIRETAP: &str = include_str!("wiretap.js");

/// The functions to which the script itself passes a text. This is the control: it shows that they are wrapped.
const CONTROLS: [&str; 11] = [
    "Window.fetch",
    "XMLHttpRequest.open",
    "XMLHttpRequest.send",
    "SubtleCrypto.digest",
    "JSON.parse",
    "JSON.stringify",
    "TextDecoder.decode",
    "TextEncoder.encode",
    "MessagePort.postMessage",
    "MessageEvent.data",
    "Window.onmessage",
];

/// All texts that the script has kept in documents of this origin, as `<function> <text>`.
async fn kept(browser: &Browser) -> Vec<String> {
    let script = "return Object.entries({ ...localStorage }).filter(([key]) => key.startsWith('wiretap')).map(([, line]) => line)";
    let lines = browser.script(script).await;
    lines.as_array().into_iter().flatten().filter_map(|line| Some(line.as_str()?.to_owned())).collect()
}

/// Waits for the end of the sign-in. Returns the kept texts, which contain the controls and the ACS token.
async fn kept_of_sign_in(browser: &Browser) -> Vec<String> {
    browser.wait_for_text(SIGNED_IN).await;
    let has = |lines: &[String], function: &str, text: &str| {
        lines
            .iter()
            .any(|line| line.strip_prefix(function).is_some_and(|rest| rest.starts_with(' ') && rest.contains(text)))
    };
    let lines = async || Some(kept(browser).await).filter(|lines| has(lines, "WebAssembly.Memory", "eyJ"));
    let lines = browser.until("the ACS token in the memory of the page", lines).await;
    assert!(!lines.iter().any(|line| line == "full"), "the script could keep all texts");
    for function in CONTROLS {
        assert!(has(&lines, function, "planted"), "{function}");
    }
    // D, which the page is allowed to have.
    for function in ["Worker.onmessage", "MessageEvent.data"] {
        assert!(has(&lines, function, "eyJ"), "{function}");
    }
    assert!(has(&lines, "new Worker", "vault/loader-"));
    assert!(has(&lines, "Worker.postMessage", "\"begin\""));
    lines
}

#[tokio::test]
async fn script_sees_only_the_acs_token_of_a_redirect_sign_in() {
    let page = page_with(WIRETAP, &["boot.js"]);
    let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
    let browser = Browser::start().await;
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    let lines = kept_of_sign_in(&browser).await;
    // With a redirect, the code is in the address and its verifier in `sessionStorage`, so the script sees both.
    assert!(lines.iter().any(|line| line.starts_with("address ") && line.contains("#code=")));
    assert!(lines.iter().any(|line| line.starts_with("Storage.") && line.contains("\"verifier\":\"")));
    let record = Record::default();
    // Without challenges, the record does not search for verifiers.
    record.add(lines.join("\n").replace("code_challenge=", "").as_bytes());
    record.expect_no_secret(&stack.emulator);
}

#[tokio::test]
async fn script_sees_only_the_acs_token_and_no_verifier_of_a_window_sign_in() {
    let page = page_with(WIRETAP, &["boot.js", "window.js", "return.js"]);
    let setup = Setup { more: json!({ "signInBy": "window" }), ..Setup::multitenant() };
    let stack = Stack::serving(page.path(), Host::Proper, setup).await;
    // The policy of return.html refuses a request of the script to its own host.
    stack.record.allow_violations();
    let browser = Browser::start().await;
    browser.open(&stack.page).await;
    browser.click(SIGN_IN).await;
    let here = browser.enter_other_window().await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.enter_window(&here).await;
    let lines = kept_of_sign_in(&browser).await;
    // The script ran in all three documents.
    for part in ["address http://app.localhost", "/window.html", "/return.html#code="] {
        assert!(lines.iter().any(|line| line.starts_with("address ") && line.contains(part)), "{part}");
    }
    assert!(lines.iter().any(|line| line.contains("code_challenge=")));
    let record = Record::default();
    record.add(lines.join("\n").as_bytes());
    record.expect_no_secret(&stack.emulator);
}

#[tokio::test]
async fn script_sees_only_the_new_acs_token_of_a_renewal() {
    let page = page_with(WIRETAP, &["boot.js"]);
    let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
    let browser = Browser::start().await;
    stack.emulator.set_faults(LATE);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    let first = acs_tokens(&kept_of_sign_in(&browser).await);
    // Frees the space for the texts of the renewal.
    browser.script("localStorage.clear()").await;
    // Values are returned with the page's own JSON.stringify, which the script wraps. So only a little is returned.
    let sent = "return Object.values(localStorage).some((line) => line.startsWith('Worker.onmessage') && line.includes('eyJ'))";
    browser.until("a renewal", async || (browser.script(sent).await == true).then_some(())).await;
    let lines = kept(&browser).await;
    assert!(acs_tokens(&lines).difference(&first).count() > 0, "the page got a new ACS token");
    assert!(!lines.iter().any(|line| line == "full"), "the script could keep all texts");
    let grants: Vec<_> = stack.emulator.token_requests().iter().filter_map(|request| request.grant_type).collect();
    assert!(grants.contains(&"refresh_token"), "{grants:?}");
    let record = Record::default();
    record.add(lines.join("\n").replace("code_challenge=", "").as_bytes());
    record.expect_no_secret(&stack.emulator);
}

/// The tokens that the vault has sent to the page.
fn acs_tokens(lines: &[String]) -> HashSet<String> {
    let from_vault = lines.iter().filter_map(|line| line.strip_prefix("Worker.onmessage "));
    from_vault.flat_map(|text| text.split('"')).filter(|word| word.starts_with("eyJ")).map(str::to_owned).collect()
}
