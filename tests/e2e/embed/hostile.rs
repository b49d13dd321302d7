//! Sites that pretend to be a portal, and abuse by portals.

use cross_tests::texts;

use super::*;

const WAY_OUT: &str = texts::text("problem.openInTab");
const NONCE: &str = "0123456789abcdef0123456789abcdef";

/// A document that greets the page in a frame without the SDK, and records all messages.
fn greeting(page: &str, target: &str, text: &str) -> String {
    format!(
        "<!doctype html><p>around it</p><iframe id=it src='{page}'></iframe><p id=heard></p>
         <script>
         globalThis.heard = [];
         globalThis.lines = [];
         globalThis.greet = (text, target = {target:?}) => {{
             const {{ port1, port2 }} = new MessageChannel();
             port1.onmessage = ({{ data }}) => heard.push(data);
             lines.push(port1);
             it.contentWindow.postMessage(text, target, [port2]);
         }};
         it.onload = () => {{ globalThis.greetings = setInterval(() => greet({text:?}), 300); }};
         </script>"
    )
}

fn connect() -> String {
    json!({ "connect": { "version": 1, "nonce": NONCE } }).to_string()
}

/// Opens this document instead of the portal. Returns its messages once the page shows that no portal greeted it.
async fn heard_by(it: &Embedded, origin_of: &Portal, document: String) -> Value {
    it.browser.open(&origin_of.put("/", document)).await;
    it.browser.enter_frame("#it").await;
    it.browser.wait_for_text(WAY_OUT).await;
    assert!(!it.browser.text().await.contains(SIGN_IN));
    it.browser.leave_frames().await;
    it.browser.script("return heard").await
}

#[tokio::test]
async fn ignores_portals_that_are_not_configured_and_offers_no_sign_in() {
    // SEC-045, SEC-046, SEC-049, SEC-050: without `frame-ancestors`, so that only the page itself can refuse.
    let it = Embedded::serving(&dist(), Host::WithoutFrameAncestors, |_| {}, json!({})).await;
    // The last is the portal's name with another port. The one before it contains an o of another alphabet.
    for name in ["evil", "portal.evil", "evilportal", "app", "xn--prtal-jye", "portal"] {
        let stranger = Portal::named(name).await;
        let document = greeting(&it.stack.page, "*", &connect());
        assert_eq!(heard_by(&it, &stranger, document).await, json!([]), "{name}");
    }
    it.browser.screenshot("embedded-unknown").await;
}

#[tokio::test]
async fn ignores_malformed_greetings_of_a_portal() {
    // SEC-045, SEC-047
    let it = Embedded::start().await;
    for text in [
        String::new(),
        "connect".to_owned(),
        json!({ "connect": { "version": 2, "nonce": NONCE } }).to_string(),
        json!({ "connect": { "version": 1, "nonce": NONCE, "authority": "https://evil.example" } }).to_string(),
        json!({ "connect": { "version": 1, "nonce": NONCE, "hints": { "loginHint": "a".repeat(9000) } } }).to_string(),
    ] {
        let document = greeting(&it.stack.page, "*", &text);
        assert_eq!(heard_by(&it, &it.portal, document).await, json!([]), "{text:.80}");
    }
}

#[tokio::test]
async fn ignores_greetings_of_the_origin_null() {
    // SEC-045: a sandboxed document of the portal, such as one with content of other people.
    let it = Embedded::serving(&dist(), Host::WithoutFrameAncestors, |_| {}, json!({})).await;
    // In WebKit, `'self'` is no origin in such a sandbox, so the page's own files are violations.
    it.stack.record.allow_violations();
    it.portal.put("/inner", greeting(&it.stack.page, "*", &connect()));
    it.browser
        .open(
            &it.portal.put("/outer", "<!doctype html><iframe id=outer sandbox='allow-scripts' src='/inner'></iframe>"),
        )
        .await;
    it.browser.enter_frame("#outer").await;
    it.browser.wait_for_text("around it").await;
    // The frame inside it is sandboxed, too, so the page does not start.
    it.browser
        .until("greetings", async || (it.browser.script("return lines.length").await.as_u64()? > 5).then_some(()))
        .await;
    assert_eq!(it.browser.script("return heard").await, json!([]));
    it.browser.enter_frame("#it").await;
    assert!(!it.browser.text().await.contains(SIGN_IN));
}

#[tokio::test]
async fn ignores_greetings_of_a_window_that_is_not_the_parent() {
    // SEC-045: right origin, wrong window. A second frame of the portal's own origin greets the page.
    let it = Embedded::start().await;
    let sibling = format!(
        "<!doctype html><script>
         globalThis.heard = []; let sent = 0;
         setInterval(() => {{
             const {{ port1, port2 }} = new MessageChannel();
             port1.onmessage = ({{ data }}) => heard.push(data);
             parent.frames[0].postMessage({:?}, '*', [port2]);
             document.title = ++sent;
         }}, 300);
         </script>",
        connect()
    );
    it.portal.put("/sibling", sibling);
    let document = format!(
        "<!doctype html><iframe id=it src='{}'></iframe><iframe id=sibling src='/sibling'></iframe>",
        it.stack.page
    );
    it.browser.open(&it.portal.put("/both", document)).await;
    it.browser.enter_frame("#it").await;
    it.browser.wait_for_text(WAY_OUT).await;
    it.browser.leave_frames().await;
    it.browser.enter_frame("#sibling").await;
    assert_eq!(it.browser.script("return heard").await, json!([]));
    let greetings = it.browser.script("return Number(document.title)").await;
    assert!(greetings.as_u64().is_some_and(|greetings| greetings > 0), "{greetings}");
}

#[tokio::test]
async fn offers_no_sign_in_when_a_stranger_frames_the_portal() {
    // SEC-049, SEC-050: without the header `frame-ancestors`, so that the page itself must refuse. Browsers that do not
    // expose ancestors, such as Firefox, rely on the header.
    let it = Embedded::serving(&dist(), Host::WithoutFrameAncestors, |_| {}, json!({})).await;
    let stranger = Portal::named("stranger").await;
    it.portal.put("/", greeting(&it.stack.page, "*", &connect()));
    it.browser
        .open(&stranger.put("/", format!("<!doctype html><iframe id=portal src='{}'></iframe>", it.portal.origin)))
        .await;
    it.browser.enter_frame("#portal").await;
    it.browser.enter_frame("#it").await;
    it.browser.wait_for_text(WAY_OUT).await;
    assert!(!it.browser.text().await.contains(SIGN_IN));
}

#[tokio::test]
async fn a_repeated_greeting_gets_a_new_port_and_the_old_one_is_ignored() {
    // SEC-047
    let it = Embedded::start().await;
    it.browser.open(&it.portal.put("/", greeting(&it.stack.page, "*", &connect()))).await;
    let several = async || {
        (it.browser.script("return heard.filter(text => text.includes('welcome')).length").await.as_u64()? > 2)
            .then_some(())
    };
    it.browser.until("several welcomes", several).await;
    // A message on the first port is ignored. One on the last port gets a response.
    it.run("clearInterval(greetings); heard.length = 0; lines[0].postMessage('{\"getToken\":{\"id\":1}}'); greet(JSON.stringify({ connect: { version: 1, nonce: 'f'.repeat(32) } })); lines.at(-1).postMessage('{\"getToken\":{\"id\":2}}')").await;
    let responded = async || {
        it.browser
            .script("return heard.find(text => text.includes('\"id\":2')) ?? null")
            .await
            .as_str()
            .map(str::to_owned)
    };
    let response = it.browser.until("a response", responded).await;
    let response: Value = serde_json::from_str(&response).unwrap();
    assert_eq!(response["failed"]["problem"]["code"], "not_signed_in");
    assert_eq!(it.browser.script("return heard.some(text => text.includes('\"id\":1'))").await, false);
}

#[tokio::test]
async fn a_flood_of_greetings_does_not_prevent_a_sign_in() {
    // SEC-045
    let it = Embedded::start().await;
    it.wait_for_status("signedOut").await;
    it.run(&format!(
        "const frame = document.querySelector('iframe').contentWindow;
             for (let i = 0; i < 10_000; i += 1) {{
                 const {{ port1, port2 }} = new MessageChannel();
                 if (i % 2) frame.postMessage('x'.repeat(100), '*');
                 else frame.postMessage({:?}, '*', [port2]);
             }}",
        json!({ "connect": { "version": 1, "nonce": "short" } }).to_string()
    ))
    .await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    assert_eq!(
        it.evaluate("session.getToken().then(({ token }) => token.length > 100)").await,
        json!({ "value": true })
    );
}

#[tokio::test]
async fn new_ports_do_not_raise_the_message_limit_of_a_portal() {
    // SEC-045: the limit is for the frame, and not for each port
    let it = Embedded::start().await;
    it.browser
        .open(&it.portal.put("/", format!("<!doctype html><iframe id=it src='{}'></iframe>", it.stack.page)))
        .await;
    let flood = format!(
        "const page = document.querySelector('#it').contentWindow;
         const begun = Date.now();
         let heard = 0;
         const greet = () => {{
             const {{ port1, port2 }} = new MessageChannel();
             port1.onmessage = ({{ data }}) => {{ heard += /welcome|not_signed_in/.test(data) }};
             page.postMessage({:?}, '*', [port2]);
             return port1;
         }};
         while (heard === 0) {{
             greet();
             await new Promise((resolve) => setTimeout(resolve, 300));
         }}
         for (let round = 0; round < 6; round += 1) {{
             const port = greet();
             // Time for the page to accept the port.
             await new Promise((resolve) => setTimeout(resolve, 300));
             for (let id = 0; id < 20; id += 1) port.postMessage(JSON.stringify({{ getToken: {{ id }} }}));
             await new Promise((resolve) => setTimeout(resolve, 300));
         }}
         return [heard, (Date.now() - begun) / 1000]",
        connect()
    );
    let response = it.evaluate(&format!("{{ {flood} }}")).await;
    let (heard, seconds) = (response["value"][0].as_u64().unwrap(), response["value"][1].as_f64().unwrap());
    // A burst of twenty, then one a second. The page counts whole seconds, so one more is possible.
    assert!(heard > 1, "{response}");
    assert!(heard as f64 <= 20.0 + seconds + 1.0, "{response}");
}

#[tokio::test]
async fn the_sdk_names_missing_sandbox_permissions() {
    // SEC-051
    let it = Embedded::start().await;
    // In WebKit, `'self'` is no origin in a sandbox without `allow-same-origin`.
    it.stack.record.allow_violations();
    for (sandbox, lacks) in [
        ("", "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox"),
        ("allow-scripts", "allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox"),
        ("allow-scripts allow-same-origin allow-forms", "allow-popups allow-popups-to-escape-sandbox"),
        ("allow-scripts allow-same-origin allow-forms allow-popups", "allow-popups-to-escape-sandbox"),
    ] {
        let frame = format!("<!doctype html><iframe id=it sandbox='{sandbox}' src='{}'></iframe>", it.stack.page);
        it.browser.open(&it.portal.put("/sandbox", frame)).await;
        let message = it
            .evaluate("{ const { connect } = await import('./acs-sign-in.js'); try { connect({ frame: document.querySelector('#it') }) } catch (error) { return error.message } }")
            .await;
        let message = message["value"].as_str().unwrap_or_default();
        assert!(message.ends_with(&format!(" lacks {lacks}")), "{sandbox}: {message}");
    }
}
