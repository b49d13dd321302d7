//! What only Chromium is asked: it loads seven megabytes of Microsoft's, on screens of several sizes and colours.

use super::azure_sdk::{beside_the_example, by_name};
use super::*;

#[tokio::test]
async fn the_calling_sdk_takes_the_credential_and_goes_to_azure_with_it() {
    let it = beside_the_example(&dist()).await;
    it.browser.resize(1200, 800).await;
    it.browser.open(&format!("{}/example", by_name(&it.portal.origin))).await;
    it.browser.wait_for_text("Sign in to call the people behind the requests.").await;
    it.browser.screenshot("portal-signed-out").await;
    it.sign_in().await;
    it.browser.wait_for_text("You are signed in.").await;
    it.browser.wait_for_text("Alice Arden").await;
    // It has read the token and found it to be a Teams user's: before that it asks nobody for anything.
    let asked = "return performance.getEntriesByType('resource').map(({ name }) => name).filter(name => name.includes('communication.microsoft.com')).length";
    let azure = async || it.browser.script(asked).await.as_u64().filter(|&count| count > 0);
    it.browser.until("a request to Azure", azure).await;
    assert!(!it.browser.text().await.contains("not available"), "{}", it.browser.text().await);
    it.browser.screenshot("portal-signed-in").await;
    for colours in ["light", "dark"] {
        it.browser.prefer_colours(colours).await;
        it.browser.resize(360, 1100).await;
        it.browser.screenshot(&format!("portal-phone-{colours}")).await;
        assert_eq!(it.browser.script("return document.documentElement.scrollWidth <= innerWidth").await, true);
    }
}
