//! The element `<acs-sign-in>`, with the order of operations of each framework (REP-13).

use super::*;

/// Opens a portal with only the SDK, and runs the steps of a framework. In them, `origin` is the address of the page.
pub(super) async fn after(it: &Embedded, steps: &str) {
    let document = "<!doctype html><div id=place></div><div id=other></div><p id=said></p><script type=module src=/empty.js></script>";
    it.portal.put("/empty.js", "");
    it.browser.open(&it.portal.put("/framework", document)).await;
    it.run(&format!(
        "const origin = {:?};
         await import('/acs-sign-in.js');
         globalThis.errors = [];
         addEventListener('error', (event) => {{ errors.push(event.message); event.preventDefault() }});
         globalThis.element = document.createElement('acs-sign-in');
         element.addEventListener('status', ({{ detail }}) => {{ said.textContent = JSON.stringify(detail) }});
         {steps}
         document.body.dataset.ran = '';",
        it.stack.page
    ))
    .await;
    it.browser.wait_for("[data-ran]").await;
}

#[tokio::test]
async fn connects_with_attributes_and_properties_in_any_order() {
    let it = Embedded::start().await;
    for (framework, steps) in [
        ("Angular: attach, then bind attributes", "place.append(element); element.setAttribute('origin', origin);"),
        (
            "createElement, attach, later a property",
            "place.append(element); setTimeout(() => { element.origin = origin });",
        ),
        (
            "React: properties, then attach",
            "element.setAttribute('origin', origin); element.theme = 'dark'; place.append(element);",
        ),
        (
            "remove and add again",
            "element.origin = origin; place.append(element); element.remove(); place.append(element);",
        ),
        (
            "remove, and add again later",
            "element.origin = origin; place.append(element); element.remove(); setTimeout(() => place.append(element));",
        ),
        ("move", "element.origin = origin; place.append(element); other.append(element);"),
        (
            "a wrong origin that is corrected",
            "place.append(element); element.origin = 'signin.example'; setTimeout(() => { element.origin = origin });",
        ),
        (
            "another origin",
            "element.origin = 'https://other.example/'; place.append(element); element.origin = origin;",
        ),
    ] {
        after(&it, steps).await;
        it.wait_for_status("signedOut").await;
        let shown = it.evaluate("[element.querySelectorAll('iframe').length, element.session.status]").await;
        assert_eq!(shown, json!({ "value": [1, "signedOut"] }), "{framework}");
    }
}

#[tokio::test]
async fn an_element_without_a_valid_origin_has_no_session_and_does_not_throw() {
    let it = Embedded::start().await;
    for (steps, message) in [
        ("place.append(element);", None),
        ("place.append(element); element.origin = 'signin.example';", Some("got signin.example")),
        ("element.origin = origin; place.append(element); element.removeAttribute('origin');", None),
        ("element.origin = origin; place.append(element); element.remove();", None),
    ] {
        after(&it, steps).await;
        let none = it.evaluate("new Promise((resolve) => setTimeout(() => resolve([element.childElementCount, element.session ?? null, errors])))").await;
        let errors = none["value"][2].as_array().unwrap();
        assert_eq!(none["value"][0], 0, "{steps}");
        assert_eq!(none["value"][1], json!(null), "{steps}");
        match message {
            None => assert!(errors.is_empty(), "{steps}: {errors:?}"),
            Some(message) => {
                let [error] = &errors[..] else { panic!("one error: {errors:?}") };
                assert!(error.as_str().unwrap().contains(message), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn takes_the_portals_token_function_as_a_property() {
    // React and Vue set a property only if the element has one with that name.
    let it = Embedded::start().await;
    let steps = "place.append(element); element.origin = origin;
        globalThis.wasKnown = 'callerToken' in element && 'origin' in element;
        element.callerToken = () => 'the portal’s own';";
    after(&it, steps).await;
    it.wait_for_status("signedOut").await;
    assert_eq!(it.evaluate("[wasKnown, typeof element.callerToken]").await, json!({ "value": [true, "function"] }));
}

#[tokio::test]
async fn hints_that_change_do_not_reload_the_page() {
    let it = Embedded::start().await;
    after(&it, "element.origin = origin; element.theme = 'light'; place.append(element);").await;
    it.wait_for_status("signedOut").await;
    it.browser.enter_frame("iframe").await;
    it.browser.script("document.documentElement.dataset.isSameDocument = 'true'").await;
    it.browser.leave_frames().await;
    it.run("element.setAttribute('theme', 'dark')").await;
    it.browser.enter_frame("iframe").await;
    it.browser
        .until("the dark theme", async || {
            (it.browser.script("return document.documentElement.dataset.theme").await == "dark").then_some(())
        })
        .await;
    assert_eq!(it.browser.script("return document.documentElement.dataset.isSameDocument").await, "true");
}
