//! The idle limit of a page in a portal, where the person works in the portal (REP-14).

use super::*;

/// A portal with this configuration, in which Alice is signed in, of a page whose idle limit is a minute.
async fn signed_in(page: &Path, portal: Value) -> Embedded {
    let configure = |setup: &mut Setup| {
        let mut portal = portal;
        portal["origin"] = json!(setup.portals[0]);
        setup.more = json!({ "idleLimitMinutes": 1, "portals": [portal] });
    };
    let it = Embedded::serving(page, Host::Proper, configure, json!({})).await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    it
}

impl Embedded {
    /// A person clicks somewhere in the portal; a script's own events do not count.
    async fn use_portal(&self) {
        self.browser.wait_for("body > p").await.click().await.unwrap();
    }

    /// Puts the clocks of page and vault forward, from what the computer's clock says.
    async fn put_page_clock_forward(&self, seconds: u64) {
        self.browser.enter_frame("iframe").await;
        clocks::put_forward(&self.browser, seconds).await;
        self.browser.leave_frames().await;
    }
}

#[tokio::test]
async fn activity_in_a_trusted_portal_restarts_the_idle_limit() {
    let page = clocks::page();
    let it = signed_in(page.path(), json!({ "receivesToken": true, "countsActivity": true })).await;
    it.put_page_clock_forward(50).await;
    it.run("document.body.click(); document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }))").await;
    it.use_portal().await;
    // The click reached the vault: the page handles messages in order.
    it.ask("session.getToken()").await;
    it.put_page_clock_forward(100).await;
    assert_eq!(it.ask("session.getToken().then(({ token }) => token.length > 100)").await, json!({ "value": true }));
    it.put_page_clock_forward(170).await;
    it.wait_for_status("signedOut").await;
    it.browser.wait_for_text("\"code\":\"idle_too_long\"").await;
}

#[tokio::test]
async fn activity_in_other_portals_does_not_count() {
    let page = clocks::page();
    let it = signed_in(page.path(), json!({ "receivesToken": true })).await;
    it.put_page_clock_forward(50).await;
    it.use_portal().await;
    // Nor does a message that the SDK does not send.
    it.ask("session.getToken()").await;
    it.put_page_clock_forward(100).await;
    it.wait_for_status("signedOut").await;
}
