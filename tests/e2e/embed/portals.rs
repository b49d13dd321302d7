//! What a portal's host sends, and whether a person can sign in then: the matrix of docs/embed.md.

use super::*;
use cross_tests::Engine;

/// Loads the portal anew, now that it sends other headers.
async fn sending(headers: &[(&'static str, &'static str)]) -> Embedded {
    let it = Embedded::start().await;
    for (name, value) in headers {
        it.portal.send_header(name, value);
    }
    it.browser.open(&it.portal.origin).await;
    it
}

#[tokio::test]
async fn a_portal_that_leaves_its_windows_reachable_can_sign_people_in() {
    // SEC-042, SEC-043
    for policy in ["unsafe-none", "same-origin-allow-popups"] {
        let it = sending(&[("cross-origin-opener-policy", policy)]).await;
        it.wait_for_status("signedOut").await;
        it.sign_in().await;
        it.wait_for_status("signedIn").await;
        found(&it.browser, &format!("portal-coop-{policy}"), "works");
    }
}

#[tokio::test]
async fn a_portal_that_cuts_its_windows_off_is_told_so_at_the_click() {
    // SEC-043
    let it = sending(&[("cross-origin-opener-policy", "same-origin")]).await;
    it.wait_for_status("signedOut").await;
    it.browser.enter_frame("iframe").await;
    it.browser.click(SIGN_IN).await;
    it.browser.wait_for_text("Open this page in a tab of its own").await;
    it.browser.leave_frames().await;
    // WebKit does not say whether a window that cannot be reached has opened.
    let code = if Engine::chosen() == Engine::WebKit { "window_blocked" } else { "portal_isolated" };
    it.browser.wait_for_text(&format!("\"code\":\"{code}\"")).await;
    found(&it.browser, "portal-coop-same-origin", &format!("`{code}`"));
}

#[tokio::test]
async fn a_portal_that_isolates_itself_does_not_show_the_page() {
    // SEC-053
    let it = Embedded::start().await;
    it.wait_for_status("signedOut").await;
    let loads = || it.stack.site.requests().iter().filter(|line| line.starts_with("GET /boot.js")).count();
    let documents =
        || it.stack.site.requests().iter().filter(|line| line.starts_with("GET / ") || *line == "GET /").count();
    let (loaded, asked) = (loads(), documents());
    it.portal.send_header("cross-origin-embedder-policy", "require-corp");
    it.browser.open(&it.portal.origin).await;
    it.browser.until("the document", async || (documents() > asked).then_some(())).await;
    it.browser.wait_for_text("the portal").await;
    assert_eq!(it.ask("session.status").await, json!({ "value": "starting" }));
    assert_eq!(loads(), loaded, "its script is not even asked for");
    found(&it.browser, "portal-coep", "not loaded");
}

#[tokio::test]
async fn a_portal_that_isolates_itself_shows_a_page_that_does_so_too() {
    // SEC-053
    // And to others, too.
    for policy in ["require-corp", "credentialless", "unsafe-none"] {
        let it = Embedded::serving(&dist(), Host::ForIsolatedPortals, |_| {}, json!({})).await;
        it.portal.send_header("cross-origin-embedder-policy", policy);
        it.browser.open(&it.portal.origin).await;
        it.wait_for_status("signedOut").await;
        it.sign_in().await;
        it.wait_for_status("signedIn").await;
        found(&it.browser, "portal-coep-isolated-page", "works");
    }
}

#[tokio::test]
async fn a_frame_without_credentials_cannot_reach_its_window_and_says_so() {
    // Where the attribute is known, it also cuts off every window that the frame opens.
    let it = Embedded::start().await;
    let document =
        "<!doctype html><p id=said></p><iframe credentialless></iframe><script type=module src=/own.js></script>";
    it.portal.put("/own", document);
    let script = format!(
        "import {{ connect }} from './acs-sign-in.js';
         const frame = document.querySelector('iframe');
         frame.src = {:?};
         globalThis.session = connect({{ frame }});
         session.addEventListener('status', ({{ detail }}) => {{ said.textContent = JSON.stringify(detail) }});",
        it.stack.page
    );
    it.portal.put("/own.js", script);
    it.browser.open(&format!("{}/own", it.portal.origin)).await;
    it.wait_for_status("signedOut").await;
    if it.browser.engine.is_chromium() {
        it.browser.enter_frame("iframe").await;
        it.browser.click(SIGN_IN).await;
        it.browser.leave_frames().await;
        it.browser.wait_for_text("\"code\":\"portal_isolated\"").await;
        found(&it.browser, "frame-credentialless", "`portal_isolated`");
    } else {
        it.sign_in().await;
        it.wait_for_status("signedIn").await;
        found(&it.browser, "frame-credentialless", "works: the attribute is not known");
    }
}

#[tokio::test]
async fn a_frame_of_the_portals_own_making_works_as_well() {
    // SEC-051: all that the page needs, and no sandbox at all
    for sandbox in
        ["sandbox='allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox'", ""]
    {
        let it = Embedded::start().await;
        let page = &it.stack.page;
        it.portal.put("/own", format!("<!doctype html><p id=said></p><iframe {sandbox} src='{page}'></iframe><script type=module src=/own.js></script>"));
        it.portal.put("/own.js", "import { connect } from './acs-sign-in.js';
             globalThis.session = connect({ frame: document.querySelector('iframe') });
             session.addEventListener('status', ({ detail }) => { document.querySelector('#said').textContent = JSON.stringify(detail) });");
        it.browser.open(&format!("{}/own", it.portal.origin)).await;
        it.wait_for_status("signedOut").await;
        it.sign_in().await;
        it.wait_for_status("signedIn").await;
    }
}

#[tokio::test]
async fn a_frame_without_the_right_to_open_windows_says_so() {
    // SEC-051: as told by the page itself, to a portal that does not use the SDK's check
    for (sandbox, said) in [
        ("allow-scripts allow-same-origin", "The browser did not open a window to sign in in."),
        ("allow-scripts allow-same-origin allow-popups", "gives it too few rights to sign in"),
    ] {
        let it = Embedded::start().await;
        let greet = "const frame = document.querySelector('iframe');
             frame.onload = () => setInterval(() => frame.contentWindow.postMessage(JSON.stringify({ connect: { version: 1, nonce: '0'.repeat(32) } }), '*', [new MessageChannel().port2]), 500);";
        it.portal.put("/greet.js", greet);
        it.portal.put(
            "/tight",
            format!(
                "<!doctype html><iframe sandbox='{sandbox}' src='{}'></iframe><script src=/greet.js></script>",
                it.stack.page
            ),
        );
        it.browser.open(&format!("{}/tight", it.portal.origin)).await;
        it.browser.enter_frame("iframe").await;
        it.browser.click(SIGN_IN).await;
        it.browser.wait_for_text(said).await;
    }
}

#[tokio::test]
async fn a_portal_of_the_pages_own_site_needs_no_mailbox_but_in_webkit() {
    // Another origin, the same site: the window that comes back shares a channel with the frame. WebKit keeps channels
    // apart by the origin of the whole window, and not by its site.
    let neighbor = Portal::named("app").await;
    let change = |setup: &mut Setup| {
        setup.portals.push(neighbor.origin.clone());
        setup.more = json!({ "mailboxUrl": null });
    };
    let it = Embedded::with(change, json!({})).await;
    neighbor.put("/acs-sign-in.js", SDK);
    neighbor.put("/", DOCUMENT);
    neighbor.put("/portal.js", connecting(&it.stack.page, &json!({})));
    it.browser.open(&neighbor.origin).await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    if Engine::chosen() == Engine::WebKit {
        it.browser.enter_other_window().await;
        it.browser.wait_for_text("The page that asked for this cannot be reached").await;
    } else {
        it.wait_for_status("signedIn").await;
    }
}
