//! What only Chromium is asked: the example portal on screens of several sizes and colours.

use super::{
    azure_sdk::{beside_the_example, by_name},
    *,
};

#[tokio::test]
async fn the_example_portal_fits_every_screen() {
    let it = beside_the_example(&dist(), "teams").await;
    it.browser.resize(1200, 800).await;
    it.browser.open(&format!("{}/example", by_name(&it.portal.origin))).await;
    it.browser.wait_for_text("Sign in to call the people behind the requests.").await;
    it.browser.screenshot("portal-signed-out").await;
    it.sign_in().await;
    it.browser.wait_for_text("You are signed in.").await;
    it.browser.wait_for_text("Alice Arden").await;
    it.browser.screenshot("portal-signed-in").await;
    for colours in ["light", "dark"] {
        it.browser.prefer_colours(colours).await;
        it.browser.resize(360, 1100).await;
        it.browser.screenshot(&format!("portal-phone-{colours}")).await;
        assert_eq!(it.browser.script("return document.documentElement.scrollWidth <= innerWidth").await, true);
    }
}
