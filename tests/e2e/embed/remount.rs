//! Sessions that outlive their elements, and frames that stay empty.

use super::{element::after, *};

/// Whether the browser keeps a frame that moves. WebKit does not have `moveBefore` yet.
async fn keeps_frames(it: &Embedded) -> bool {
    it.browser.script("return 'moveBefore' in Element.prototype").await == true
}

/// A new element in the place of one whose ancestor was removed, after the framework has called `park`.
const REPLACED: &str = "
    globalThis.replaced = async (person) => {
        element.park();
        place.remove();
        await new Promise((resolve) => setTimeout(resolve));
        globalThis.element = Object.assign(document.createElement('acs-sign-in'), { person, origin });
        other.append(element);
        while (!['signedIn', 'signedOut'].includes(element.session?.status)) await new Promise((resolve) => setTimeout(resolve, 20));
        return [element.session.status, element.session.account?.name ?? null, document.querySelectorAll('iframe').length];
    };
    element.person = 'alice'; element.origin = origin; place.append(element);";

/// Signs Alice in, in an element for the portal's person `alice`.
async fn signed_in() -> Embedded {
    let it = Embedded::start().await;
    after(&it, REPLACED).await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    it
}

#[tokio::test]
async fn a_session_outlives_its_element_where_the_browser_keeps_frames() {
    let it = signed_in().await;
    let after = it.evaluate("replaced('alice')").await;
    if keeps_frames(&it).await {
        assert_eq!(after, json!({ "value": ["signedIn", "Alice Arden", 1] }));
        let token = "element.session.getToken().then(({ token }) => token.split('.').length)";
        assert_eq!(it.evaluate(token).await, json!({ "value": 3 }));
    } else {
        assert_eq!(after, json!({ "value": ["signedOut", null, 1] }));
    }
}

#[tokio::test]
async fn a_session_does_not_outlive_the_person_of_the_portal() {
    let it = signed_in().await;
    assert_eq!(it.evaluate("replaced('bob')").await, json!({ "value": ["signedOut", null, 1] }));
}

#[tokio::test]
async fn routes_and_strict_mode_of_react_keep_people_signed_in() {
    for version in [18, 19] {
        let it = Embedded::start().await;
        let path = format!("{}/../embed-sdk/consumers/dist/react-{version}.js", env!("CARGO_MANIFEST_DIR"));
        let script = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        it.portal.put("/react.js", script);
        it.portal.put("/start.js", format!("import {{ start }} from './react.js'; start({:?});", it.stack.page));
        let document = "<!doctype html><div id=root></div><script type=module src=/start.js></script>";
        it.browser.open(&it.portal.put("/react", document)).await;
        it.browser.wait_for_text("first route: signedOut").await;
        it.sign_in().await;
        it.browser.wait_for_text("first route: signedIn Alice Arden, credential 1").await;
        it.browser.click("Next route").await;
        if keeps_frames(&it).await {
            it.browser.wait_for_text("second route: signedIn Alice Arden, credential 1").await;
            it.browser.click("Next route").await;
            it.browser.wait_for_text("first route: signedIn Alice Arden, credential 1").await;
            it.browser.click("Next route").await;
            it.browser.wait_for_text("second route: signedIn Alice Arden, credential 1").await;
        } else {
            it.browser.wait_for_text("second route: starting, no credential").await;
        }
        // SEC-145: the session was Alice's, and the hooks have it although its element is gone.
        it.browser.click("Next person").await;
        it.browser.wait_for_text("second route: starting, no credential").await;
        it.browser.click("Next route").await;
        it.browser.wait_for_text("first route: signedOut, no credential").await;
        let stale = it.browser.script("return document.body.dataset.stale ?? null").await;
        assert!(stale.is_null(), "a render got the credential of the last person, in {stale}");
    }
}

#[tokio::test]
async fn the_sdk_names_a_policy_of_the_portal_that_blocks_the_frame() {
    let it = Embedded::start().await;
    let policy = "<meta http-equiv=Content-Security-Policy content=\"frame-src 'none'\">";
    it.browser
        .open(&it.portal.put("/blocked", DOCUMENT.replace("<p>the portal", &format!("{policy}<p>the portal"))))
        .await;
    it.wait_for_status("stopped").await;
    let shown = it.evaluate("[session.problem.code, place.innerText.includes('is not allowed here')]").await;
    assert_eq!(shown, json!({ "value": ["frame_blocked", true] }));
}
