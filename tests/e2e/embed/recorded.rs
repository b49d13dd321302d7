//! Everything that page, vault, portal and windows say to each other in a sign-in, written down.

use super::*;

use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

/// Sends each message, as it is posted or read, to the page's own host, which writes down the address.
pub(super) const RECORDER: &str = "
    const note = (kind, message) => fetch(`/said?${kind}=${encodeURIComponent(String(message))}`, { keepalive: true }).catch(() => {});
    for (const kind of [globalThis.Worker, globalThis.MessagePort, globalThis.BroadcastChannel].filter(Boolean)) {
        const post = kind.prototype.postMessage;
        kind.prototype.postMessage = function (message, ...rest) { note('posted', message); return post.call(this, message, ...rest); };
    }
    const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data');
    Object.defineProperty(MessageEvent.prototype, 'data', { get() { const message = data.get.call(this); note('read', message); return message; } });
";

#[tokio::test]
async fn what_is_said_contains_no_verifier_and_no_token_but_the_portals() {
    // security 40, 46
    let scripts = ["boot.js", "window.js", "return.js"].map(|script| (script, RECORDER));
    let page = changed(&scripts);
    let it = Embedded::serving(page.path(), Host::Proper, |_| {}, json!({})).await;
    it.wait_for_status("signedOut").await;
    it.browser.enter_frame("iframe").await;
    it.browser.click(SIGN_IN).await;
    let portal = it.browser.enter_other_window().await;
    let entra = it.browser.wait_for_address("Entra", |address| address.contains("code_challenge=")).await;
    let challenge = parameter(&entra, "code_challenge");
    it.browser.click(ALICE).await;
    it.browser.enter_window(&portal).await;
    it.browser.leave_frames().await;
    it.wait_for_status("signedIn").await;
    let token = it.ask("session.getToken().then(({ token }) => token)").await;
    let token = token["value"].as_str().unwrap();
    it.ask("session.signOut()").await;

    let said: Vec<String> =
        it.stack.site.requests().into_iter().filter(|line| line.starts_with("GET /said?")).map(decoded).collect();
    let text = said.join("\n");
    // The record is one: both ends of the vault's line, of the portal's, and of the windows are in it.
    for part in [
        "\"begin\"",
        "\"picture\"",
        "\"connect\"",
        "\"welcome\"",
        "\"greeting\"",
        "\"answer\"",
        "\"getToken\"",
        "\"signOut\"",
    ] {
        assert!(text.contains(part), "{part} is not in the record of {} messages", said.len());
    }
    let words = || text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
    let tokens: Vec<_> = words().filter(|word| word.starts_with("eyJ")).collect();
    assert!(!tokens.is_empty());
    assert!(tokens.iter().all(|word| *word == token), "a token that is not the portal's");
    assert!(!text.contains("refresh_token"));
    for word in words().filter(|word| word.len() == 43) {
        assert_ne!(
            BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, word.as_bytes())),
            challenge,
            "{word} is the verifier"
        );
    }
}

fn parameter(address: &str, name: &str) -> String {
    let (_, rest) = address.split_once(&format!("{name}=")).unwrap();
    rest.split('&').next().unwrap().to_owned()
}

/// Without the escapes of an address.
fn decoded(line: String) -> String {
    let mut bytes = Vec::with_capacity(line.len());
    let mut rest = line.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escape = (byte == b'%').then(|| after.get(..2)).flatten();
        let code = escape.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
