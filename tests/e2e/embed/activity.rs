//! The idle limit of a page in a frame while the person uses the portal (REP-14).

use super::*;

/// Signs Alice in, in a portal with this configuration, and with an idle limit of a minute.
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
    /// Clicks in the portal. Events of scripts do not count as activity.
    async fn use_portal(&self) {
        self.browser.wait_for("body > p").await.click().await.unwrap();
    }

    /// Sets the clocks of page and vault this many seconds ahead of the computer's.
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
    // The click has reached the vault by then, because the page handles messages in order.
    it.evaluate("session.getToken()").await;
    it.put_page_clock_forward(100).await;
    assert_eq!(
        it.evaluate("session.getToken().then(({ token }) => token.length > 100)").await,
        json!({ "value": true })
    );
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
    // A request for the token does not count as activity.
    it.evaluate("session.getToken()").await;
    it.put_page_clock_forward(100).await;
    it.wait_for_status("signedOut").await;
}
