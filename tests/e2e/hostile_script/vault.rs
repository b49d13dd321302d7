//! Messages of a script in the page to the vault. The script can send the messages that the page can send, and no
//! others have an effect.

use cross_tests::{Browser, Host, Setup, Stack};
use serde_json::Value;

use super::{SIGNED_IN, WIRETAP, page_with, sign_in_as};

/// A script that sends the given values to the vault on a `probe` event, then requests the state, and keeps the
/// responses.
const PROBE: &str = r#"document.addEventListener('probe', () => {
    const heard = [];
    tappedWorker.addEventListener('message', ({ data }) => {
        heard.push(data);
        document.documentElement.dataset.heard = JSON.stringify(heard);
    });
    const opening = { address: 'https://evil.example/', response: 'code=a&state=b', transaction: null };
    for (const message of [
        '', 'null', '{}', '[]', '"getTokens"', '{"export":{}}', '{"exchange":{"url":"https://evil.example"}}',
        JSON.stringify({ begin: opening }),
        JSON.stringify({ begin: { ...opening, authority: 'https://evil.example' } }),
        '{"signIn":{"profile":null,"chooseAccount":false,"authority":"https://evil.example"}}',
        '{"hint":{"loginHint":null,"scope":"https://evil.example/.default"}}',
        '{"site":{"signInMethods":[],"byWindow":false,"portals":[]}}',
        '{"authorizationResponse":{"response":"code=stolen&state=guessed"}}',
        '"noSuchMessage"', 'x'.repeat(100_000),
        { begin: opening }, ['signOut'], 42, null, new Uint8Array(8),
    ]) tappedWorker.postMessage(message);
    tappedWorker.postMessage('"show"');
});"#;

#[tokio::test]
async fn the_vault_ignores_messages_outside_its_protocol() {
    // SEC-040: no message names an endpoint or requests a secret of the vault, and a second `begin` is ignored
    let page = page_with(&format!("{WIRETAP}\n{PROBE}"), &["boot.js"]);
    let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
    let browser = Browser::start().await;
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    let tokens = stack.emulator.token_requests().len();
    let configs = || stack.site.requests().iter().filter(|line| *line == "GET /config.json").count();
    let before = configs();
    browser.script("document.dispatchEvent(new Event('probe'))").await;
    let heard = async || {
        let heard = browser.script("return document.documentElement.dataset.heard ?? null").await;
        let heard: Vec<String> = serde_json::from_str(heard.as_str()?).ok()?;
        heard.last().is_some_and(|text| text.starts_with("{\"viewState\"")).then_some(heard)
    };
    let heard = browser.until("the state after all that", heard).await;
    for text in &heard {
        let message: Value = serde_json::from_str(text).unwrap();
        assert!(
            message["site"].is_object() || message["viewState"]["viewState"]["signedIn"].is_object(),
            "{text:.200}"
        );
    }
    assert_eq!(heard.len(), 2, "the requested site and view state");
    assert_eq!((stack.emulator.token_requests().len(), configs()), (tokens, before));
    browser.wait_for_text(SIGNED_IN).await;
}
