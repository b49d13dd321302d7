//! Tests for Chromium only: the example portal on several screen sizes, in light and dark colors; two frames of one
//! portal.

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

#[tokio::test]
async fn a_portal_without_the_token_signs_the_person_out_in_all_its_frames() {
    // Each configured portal can do this, which SECURITY.md and docs/embed.md document.
    let withheld = |setup: &mut Setup| setup.more = json!({ "portals": [{ "origin": setup.portals[0] }] });
    let it = Embedded::with(withheld, json!({})).await;
    it.wait_for_status("signedOut").await;
    let other = format!(
        "import('./acs-sign-in.js').then(({{ connect }}) => {{
             const container = document.createElement('div');
             container.id = 'other';
             document.body.prepend(container);
             globalThis.other = connect({{ container, origin: {:?} }});
         }})",
        it.stack.page
    );
    it.run(&other).await;
    let is_signed_in = async || (it.evaluate("other.status").await == json!({ "value": "signedIn" })).then_some(());
    it.browser.wait_for("#other iframe").await;
    // The other frame is the first in the document, which `sign_in` uses.
    it.sign_in().await;
    it.browser.until("a sign-in in the other frame", is_signed_in).await;
    assert_eq!(it.evaluate("session.status").await, json!({ "value": "signedOut" }), "a sign-in reaches one frame");
    it.browser.enter_frame("#place iframe").await;
    // Entra has a session from the sign-in before, so one click is enough.
    it.browser.click(SIGN_IN).await;
    it.browser.leave_frames().await;
    it.wait_for_status("signedIn").await;
    assert_eq!(it.evaluate("other.signOut()").await, json!({}));
    it.wait_for_status("signedOut").await;
    it.browser.enter_frame("#place iframe").await;
    it.browser.wait_for_text(SIGN_IN).await;
}
