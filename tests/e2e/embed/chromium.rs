//! What only Chromium is asked: it loads seven megabytes of Microsoft's, on screens of several sizes and colours.

use super::azure_sdk::{beside_the_example, by_name};
use super::*;

/// How often Azure was asked for anything.
const ASKED: &str = "return performance.getEntriesByType('resource').map(({ name }) => name).filter(name => name.includes('communication.microsoft.com')).length";

#[tokio::test]
async fn the_calling_sdk_takes_the_credential_and_goes_to_azure_with_it() {
    let it = beside_the_example(&dist(), "teams").await;
    it.browser.resize(1200, 800).await;
    it.browser.open(&format!("{}/example", by_name(&it.portal.origin))).await;
    it.browser.wait_for_text("Sign in to call the people behind the requests.").await;
    it.browser.screenshot("portal-signed-out").await;
    it.sign_in().await;
    it.browser.wait_for_text("You are signed in.").await;
    it.browser.wait_for_text("Alice Arden").await;
    goes_to_azure(&it).await;
    it.browser.screenshot("portal-signed-in").await;
    for colours in ["light", "dark"] {
        it.browser.prefer_colours(colours).await;
        it.browser.resize(360, 1100).await;
        it.browser.screenshot(&format!("portal-phone-{colours}")).await;
        assert_eq!(it.browser.script("return document.documentElement.scrollWidth <= innerWidth").await, true);
    }
}

#[tokio::test]
async fn an_entra_id_users_token_makes_a_call_agent_of_its_own_kind() {
    let it = beside_the_example(&dist(), "entra").await;
    it.browser.open(&format!("{}/example", by_name(&it.portal.origin))).await;
    it.sign_in().await;
    it.browser.wait_for_text("Alice Arden").await;
    goes_to_azure(&it).await;
}

// What the calling SDK says of a token that is not of the kind it was asked for: the other tests would see it.
#[tokio::test]
async fn an_entra_id_users_token_makes_no_teams_call_agent() {
    let it = beside_the_example(&dist(), "entra").await;
    it.portal.put("/config.json", json!({ "signIn": it.stack.page, "people": "teams" }).to_string());
    it.browser.open(&format!("{}/example", by_name(&it.portal.origin))).await;
    it.sign_in().await;
    it.browser.wait_for_text("not available: TeamsCallAgent must be created only with Teams token").await;
    assert_eq!(it.browser.script(ASKED).await, 0);
}

/// The SDK has read the token and found it to be of the right kind: before that it asks nobody for anything.
async fn goes_to_azure(it: &Embedded) {
    let azure = async || it.browser.script(ASKED).await.as_u64().filter(|&count| count > 0);
    it.browser.until("a request to Azure", azure).await;
    assert!(!it.browser.text().await.contains("not available"), "{}", it.browser.text().await);
}
