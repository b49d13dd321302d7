//! Tests for Chromium only: the example portal on several screen sizes, in light and dark colors.

use super::{
    azure_sdk::{by_name, with_the_example},
    *,
};

#[tokio::test]
async fn the_example_portal_fits_every_screen() {
    let it = with_the_example(&dist(), "teams").await;
    it.browser.resize(1200, 800).await;
    it.browser.open(&format!("{}/example", by_name(&it.portal.origin))).await;
    it.browser.wait_for_text("Sign in to call the people behind the requests.").await;
    it.browser.screenshot("portal-signed-out").await;
    it.sign_in().await;
    it.browser.wait_for_text("You are signed in.").await;
    it.browser.wait_for_text("Alice Arden").await;
    it.browser.screenshot("portal-signed-in").await;
    for colors in ["light", "dark"] {
        it.browser.prefer_colors(colors).await;
        it.browser.resize(360, 1100).await;
        it.browser.screenshot(&format!("portal-phone-{colors}")).await;
        assert_eq!(it.browser.script("return document.documentElement.scrollWidth <= innerWidth").await, true);
    }
}
