//! Sign-ins with different headers of the portal's host: the matrix of docs/embed.md.

use super::*;
use cross_tests::{Engine, texts};

/// A portal with these headers.
async fn sending(headers: &[(&'static str, &'static str)]) -> Embedded {
    let it = Embedded::start().await;
    for (name, value) in headers {
        it.portal.send_header(name, value);
    }
    it.browser.open(&it.portal.origin).await;
    it
}

#[tokio::test]
async fn a_portal_without_strict_coop_can_sign_people_in() {
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
async fn web_servers_of_operators_serve_the_page_to_a_frame() {
    // SEC-056
    for web_server in [WebServer::Nginx, WebServer::Caddy] {
        let it = Embedded::served_by(web_server).await;
        it.wait_for_status("signedOut").await;
        it.sign_in().await;
        it.wait_for_status("signedIn").await;
    }
}

#[tokio::test]
async fn reports_portal_isolated_when_coop_cuts_the_window_off() {
    // SEC-043
    let it = sending(&[("cross-origin-opener-policy", "same-origin")]).await;
    it.wait_for_status("signedOut").await;
    it.browser.enter_frame("iframe").await;
    it.browser.click(SIGN_IN).await;
    it.browser.wait_for_text(texts::text("problem.openInTab")).await;
    it.browser.leave_frames().await;
    // WebKit does not report whether a window that cannot be reached has opened.
    let code = if Engine::chosen() == Engine::WebKit { "window_blocked" } else { "portal_isolated" };
    it.browser.wait_for_text(&format!("\"code\":\"{code}\"")).await;
    found(&it.browser, "portal-coop-same-origin", &format!("`{code}`"));
}

#[tokio::test]
async fn a_portal_with_coep_does_not_show_a_page_without_it() {
    // SEC-053
    let it = Embedded::start().await;
    it.wait_for_status("signedOut").await;
    let loads = || it.stack.site.requests().iter().filter(|line| line.starts_with("GET /boot-")).count();
    let documents =
        || it.stack.site.requests().iter().filter(|line| line.starts_with("GET / ") || *line == "GET /").count();
    let (loaded, requested) = (loads(), documents());
    it.portal.send_header("cross-origin-embedder-policy", "require-corp");
    it.browser.open(&it.portal.origin).await;
    it.browser.until("the document", async || (documents() > requested).then_some(())).await;
    it.browser.wait_for_text("the portal").await;
    assert_eq!(it.evaluate("session.status").await, json!({ "value": "starting" }));
    assert_eq!(loads(), loaded, "its script is not requested");
    found(&it.browser, "portal-coep", "not loaded");
}

#[tokio::test]
async fn a_page_with_coep_is_shown_by_every_portal() {
    // SEC-053
    // Portals with and without the header.
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
async fn reports_portal_isolated_in_a_credentialless_frame() {
    // Where a browser supports the attribute, it also cuts off all windows that the frame opens.
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
async fn a_frame_that_the_portal_creates_itself_works() {
    // SEC-051: with all permissions that the page needs, and without a sandbox
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
async fn the_page_names_a_sandbox_without_popups() {
    // SEC-051: the page itself reports it to a portal that does not use the check of the SDK
    for (sandbox, said) in [
        ("allow-scripts allow-same-origin", texts::title("window_blocked")),
        ("allow-scripts allow-same-origin allow-popups", texts::title("window_sandboxed")),
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
async fn a_same_site_portal_needs_no_mailbox_except_in_webkit() {
    // Another origin of the same site: the returning window shares a channel with the frame. WebKit partitions channels
    // by the origin of the top document, and not by its site.
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
