//! Portals, and those who pretend to be one.

use super::*;

const WAY_OUT: &str = "Open this page in a tab of its own";
const NONCE: &str = "0123456789abcdef0123456789abcdef";

/// A page around the frame that speaks the protocol by hand, and writes down all that it hears.
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
         it.onload = () => setInterval(() => greet({text:?}), 300);
         </script>"
    )
}

fn connect() -> String {
    json!({ "connect": { "version": 1, "nonce": NONCE } }).to_string()
}

/// Shows this in the place of the portal, and returns what the portal heard once the page is as it will stay.
async fn heard_by(it: &Embedded, origin_of: &Portal, document: String) -> Value {
    it.browser.open(&origin_of.put("/", document)).await;
    it.browser.enter_frame("#it").await;
    it.browser.wait_for_text(WAY_OUT).await;
    assert!(!it.browser.text().await.contains(SIGN_IN));
    it.browser.leave_frames().await;
    it.browser.script("return heard").await
}

#[tokio::test]
async fn whoever_is_not_configured_is_not_answered_and_nobody_can_sign_in_there() {
    // SEC-045, SEC-046, SEC-049, SEC-050: served without frame-ancestors, so that only the page itself stands in the
    // way.
    let it = Embedded::serving(&dist(), Host::WithoutFrameAncestors, |_| {}, json!({})).await;
    // The last is the portal's own name at another port, and the one before it has an o of another alphabet.
    for name in ["evil", "portal.evil", "evilportal", "app", "xn--prtal-jye", "portal"] {
        let stranger = Portal::named(name).await;
        let document = greeting(&it.stack.page, "*", &connect());
        assert_eq!(heard_by(&it, &stranger, document).await, json!([]), "{name}");
    }
    it.browser.screenshot("embedded-unknown").await;
}

#[tokio::test]
async fn a_portal_that_says_something_else_is_not_answered() {
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
async fn an_origin_of_null_is_nobodys() {
    // SEC-045: a sandboxed document of the portal itself, as one that shows what others wrote.
    let it = Embedded::serving(&dist(), Host::WithoutFrameAncestors, |_| {}, json!({})).await;
    it.portal.put("/inner", greeting(&it.stack.page, "*", &connect()));
    it.browser
        .open(
            &it.portal.put("/outer", "<!doctype html><iframe id=outer sandbox='allow-scripts' src='/inner'></iframe>"),
        )
        .await;
    it.browser.enter_frame("#outer").await;
    it.browser.wait_for_text("around it").await;
    // The frame in it is sandboxed, too: the page does not even start there.
    it.browser
        .until("greetings", async || (it.browser.script("return lines.length").await.as_u64()? > 5).then_some(()))
        .await;
    assert_eq!(it.browser.script("return heard").await, json!([]));
    it.browser.enter_frame("#it").await;
    assert!(!it.browser.text().await.contains(SIGN_IN));
}

#[tokio::test]
async fn only_the_window_around_the_page_can_greet_it() {
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
async fn a_known_portal_in_a_strangers_frame_lets_nobody_sign_in() {
    // SEC-049, SEC-050: where the header is missing. Firefox and others that do not name the ancestors rely on the
    // header.
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
async fn a_replayed_greeting_gets_a_line_of_its_own_and_the_old_one_is_dead() {
    // SEC-047
    let it = Embedded::start().await;
    it.browser.open(&it.portal.put("/", greeting(&it.stack.page, "*", &connect()))).await;
    let several = async || {
        (it.browser.script("return heard.filter(text => text.includes('welcome')).length").await.as_u64()? > 2)
            .then_some(())
    };
    it.browser.until("several welcomes", several).await;
    // A command on the first line is not heard; one on the last is answered.
    it.run("heard.length = 0; lines[0].postMessage('{\"getToken\":{\"id\":1}}'); greet(JSON.stringify({ connect: { version: 1, nonce: 'f'.repeat(32) } })); lines.at(-1).postMessage('{\"getToken\":{\"id\":2}}')").await;
    let answered = async || {
        it.browser
            .script("return heard.find(text => text.includes('\"id\":2')) ?? null")
            .await
            .as_str()
            .map(str::to_owned)
    };
    let answer = it.browser.until("an answer", answered).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["failed"]["problem"]["code"], "not_signed_in");
    assert_eq!(it.browser.script("return heard.some(text => text.includes('\"id\":1'))").await, false);
}

#[tokio::test]
async fn a_flood_drowns_nobody() {
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
    assert_eq!(it.ask("session.getToken().then(({ token }) => token.length > 100)").await, json!({ "value": true }));
}

#[tokio::test]
async fn a_portal_that_connects_again_and_again_has_no_more_to_say_than_another() {
    // SEC-045: the limit is the frame's, and not each port's
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
             // While the page takes the port up.
             await new Promise((resolve) => setTimeout(resolve, 300));
             for (let id = 0; id < 20; id += 1) port.postMessage(JSON.stringify({{ getToken: {{ id }} }}));
             await new Promise((resolve) => setTimeout(resolve, 300));
         }}
         return [heard, (Date.now() - begun) / 1000]",
        connect()
    );
    let answer = it.ask(&format!("{{ {flood} }}")).await;
    let (heard, seconds) = (answer["value"][0].as_u64().unwrap(), answer["value"][1].as_f64().unwrap());
    // A burst of twenty, then one a second: the clock of whole seconds may be one ahead.
    assert!(heard > 1, "{answer}");
    assert!(heard as f64 <= 20.0 + seconds + 1.0, "{answer}");
}

#[tokio::test]
async fn a_sandbox_that_is_too_tight_is_told_and_nothing_breaks() {
    // SEC-051
    let it = Embedded::start().await;
    for (sandbox, lacks) in [
        ("", "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox"),
        ("allow-scripts", "allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox"),
        ("allow-scripts allow-same-origin allow-forms", "allow-popups allow-popups-to-escape-sandbox"),
        ("allow-scripts allow-same-origin allow-forms allow-popups", "allow-popups-to-escape-sandbox"),
    ] {
        let frame = format!("<!doctype html><iframe id=it sandbox='{sandbox}' src='{}'></iframe>", it.stack.page);
        it.browser.open(&it.portal.put("/sandbox", frame)).await;
        let message = it
            .ask("{ const { connect } = await import('./acs-sign-in.js'); try { connect({ frame: document.querySelector('#it') }) } catch (error) { return error.message } }")
            .await;
        let message = message["value"].as_str().unwrap_or_default();
        assert!(message.ends_with(&format!(" lacks {lacks}")), "{sandbox}: {message}");
    }
}
