//! REV-01: other ports of the page's host and names below it are strangers. A browser lets them script a document if
//! both sides set `document.domain`. Here they try to script each document of the page, and to steal a code.

use std::fs;

use cross_tests::{Browser, CONTOSO_PAGE, Host, Portal, Setup, Stack, dist, texts};
use serde_json::{Value, json};

use super::sign_in::{SIGN_IN, SIGNED_IN};

const ALICE: &str = "Sign in as alice@fabrikam.example";
/// The page is at `http://app.localhost`. The first is another port of that host, the second a name below it.
const NEIGHBORS: [&str; 2] = ["app", "evil.app"];
/// The number of attempts, once the attacked document has loaded, after which an attack has failed.
const ATTEMPTS: u64 = 50;
/// The PKCE challenge of RFC 7636, appendix B. The attacker knows its verifier.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The site of an attacker. With its header, Chromium allows `document.domain`, as other browsers do by default.
async fn neighbor(name: &str) -> Portal {
    let neighbor = Portal::named(name).await;
    neighbor.send_header("origin-agent-cluster", "?0");
    neighbor
}

/// Serves the attack from the neighbor. Its button opens `target` in a window, or attacks it in a frame. `reach` is the
/// body of a function that is called with the window `victim` once it can be scripted. Until then it gets the greeting,
/// if there is one.
fn attack(neighbor: &Portal, target: &str, framed: bool, greeting: &Value, reach: &str) -> String {
    let open = if framed { "document.querySelector('iframe').contentWindow" } else { "open(target)" };
    let frame = if framed { format!("<iframe src='{target}'></iframe>") } else { String::new() };
    let script = format!(
        "document.domain = 'app.localhost';
         const target = {target:?};
         const greeting = {greeting};
         globalThis.attack = {{ attempts: 0, reached: null }};
         const reach = (victim) => {{ {reach} }};
         document.querySelector('button').onclick = () => {{
             globalThis.victim = {open};
             setInterval(() => {{
                 attack.attempts += 1;
                 if (attack.reached !== null) return;
                 if (greeting) victim.postMessage(greeting, '*');
                 try {{
                     // The first empty document has the origin of the attacker.
                     if (victim.document.URL === 'about:blank') return;
                     reach(victim);
                     attack.reached = victim.document.URL;
                 }} catch {{
                     // A document of another origin cannot be scripted.
                 }}
             }}, 10);
         }};"
    );
    neighbor.put("/attack.js", script);
    neighbor.put("/", format!("<!doctype html><button>Attack</button>{frame}<script src=/attack.js></script>"))
}

/// The address that was scripted, or nothing after `ATTEMPTS` attempts.
async fn reached(browser: &Browser) -> Option<String> {
    let attempts = async || browser.script("return attack.attempts").await.as_u64();
    let before = browser.until("the attack", attempts).await;
    let outcome = async || {
        let outcome = browser.script("return [attack.attempts, attack.reached]").await;
        let reached = outcome[1].as_str().map(str::to_owned);
        (reached.is_some() || outcome[0].as_u64()? > before + ATTEMPTS).then_some(reached)
    };
    browser.until("the outcome of the attack", outcome).await
}

/// A page with the window flow and a mailbox. The neighbors can show it in a frame, and get no token.
async fn page_next_to(neighbors: &[&Portal], host: Host) -> Stack {
    let portals: Vec<_> = neighbors.iter().map(|portal| portal.origin.clone()).collect();
    let known: Vec<_> = portals.iter().map(|origin| json!({ "origin": origin })).collect();
    let more = json!({ "signInBy": "window", "portals": known });
    Stack::serving(&dist(), host, Setup { portals, more, ..Setup::multitenant() }).await
}

/// An authorization request as the page's configuration implies it, except that the attacker knows the verifier.
fn authorize(stack: &Stack, more: &str) -> String {
    format!(
        "{}/organizations/oauth2/v2.0/authorize?client_id={CONTOSO_PAGE}&response_type=code&response_mode=fragment\
         &scope=openid%20offline_access&state=theirs&nonce=theirs&code_challenge_method=S256&code_challenge={CHALLENGE}\
         &redirect_uri={}return.html{more}",
        stack.entra, stack.page,
    )
}

#[tokio::test]
async fn an_attack_reaches_a_document_that_sets_document_domain() {
    // The control of the tests below: the attack works where the document sets `document.domain`.
    let browser = Browser::start().await;
    let careless = neighbor("app").await;
    careless.put("/", "<!doctype html><p>careless</p><script>document.domain = document.domain</script>");
    for name in NEIGHBORS {
        let stranger = neighbor(name).await;
        browser
            .open(&attack(&stranger, &careless.origin, false, &Value::Null, "victim.sessionStorage.setItem('a', 'b')"))
            .await;
        browser.click("Attack").await;
        let here = browser.enter_other_window().await;
        browser.wait_for_text("careless").await;
        let window = browser.window().await;
        browser.enter_window(&here).await;
        assert_eq!(reached(&browser).await, Some(format!("{}/", careless.origin)), "{name}");
        browser.enter_window(&window).await;
        assert_eq!(browser.script("return sessionStorage.getItem('a')").await, "b", "{name}");
        browser.script("close()").await;
        browser.enter_window(&here).await;
    }
}

#[tokio::test]
async fn other_ports_and_subdomains_cannot_script_documents_of_the_page() {
    // Without `Origin-Agent-Cluster`: WebKit does not support it, so the documents must be safe without it.
    let browser = Browser::start().await;
    for name in NEIGHBORS {
        let stranger = neighbor(name).await;
        let stack = page_next_to(&[&stranger], Host::WithoutAgentCluster).await;
        // The greeting of the page, but from another origin.
        let url = authorize(&stack, "");
        let greeting = json!(json!({ "greeting": { "url": url, "state": "theirs", "mailbox": null } }).to_string());
        for (path, text) in [
            // It waits for a greeting. Its script has run once it has requested the configuration.
            ("window.html", "Off to Microsoft Entra"),
            ("return.html", "Nothing was started in this window"),
            ("", SIGN_IN),
            ("index.html", texts::title("wrong_address")),
            ("nothing.html", "not found"),
        ] {
            let target = format!("{}{path}", stack.page);
            let configs = || stack.site.requests().iter().filter(|line| line.starts_with("GET /config.json")).count();
            let before = configs();
            browser
                .open(&attack(&stranger, &target, false, &greeting, "victim.sessionStorage.setItem('a', 'b')"))
                .await;
            browser.click("Attack").await;
            let here = browser.enter_other_window().await;
            browser.wait_for_text(text).await;
            if path == "window.html" {
                browser.until("its configuration", async || (configs() > before).then_some(())).await;
            }
            let window = browser.window().await;
            browser.enter_window(&here).await;
            assert_eq!(reached(&browser).await, None, "{name} scripts {path}");
            browser.enter_window(&window).await;
            assert_eq!(browser.address().await, target, "{name} sends it away");
            assert_eq!(browser.script("return sessionStorage.getItem('a')").await, Value::Null, "{name} {path}");
            browser.script("close()").await;
            browser.enter_window(&here).await;
        }
    }
}

#[tokio::test]
async fn a_neighbor_that_frames_the_page_cannot_script_it_during_a_sign_in() {
    let browser = Browser::start().await;
    for name in NEIGHBORS {
        let stranger = neighbor(name).await;
        let stack = page_next_to(&[&stranger], Host::WithoutAgentCluster).await;
        browser
            .open(&attack(&stranger, &stack.page, true, &Value::Null, "victim.sessionStorage.setItem('a', 'b')"))
            .await;
        // The greeting of a portal, without which the page offers no sign-in.
        browser
            .script(
                "const text = JSON.stringify({ connect: { version: 1, nonce: '0'.repeat(32) } });
                 setInterval(() => document.querySelector('iframe').contentWindow.postMessage(text, '*', [new MessageChannel().port2]), 500)",
            )
            .await;
        browser.click("Attack").await;
        browser.enter_frame("iframe").await;
        browser.click(SIGN_IN).await;
        let here = browser.enter_other_window().await;
        browser.click(ALICE).await;
        browser.enter_window(&here).await;
        browser.enter_frame("iframe").await;
        browser.wait_for_text(SIGNED_IN).await;
        browser.leave_frames().await;
        assert_eq!(reached(&browser).await, None, "{name}");
    }
}

#[tokio::test]
async fn a_neighbor_gets_no_authorization_code() {
    // The attack of the review: mailbox and verifier are the attacker's, the session at Entra is the person's.
    let browser = Browser::start().await;
    for (name, host) in [("app", Host::Proper), ("evil.app", Host::Proper), ("app", Host::WithoutAgentCluster)] {
        let stranger = neighbor(name).await;
        let stack = page_next_to(&[&stranger], host).await;
        browser.open(&stack.page).await;
        browser.click(SIGN_IN).await;
        let page = browser.enter_other_window().await;
        browser.click(ALICE).await;
        browser.enter_window(&page).await;
        browser.wait_for_text(SIGNED_IN).await;

        let client = reqwest::Client::new();
        // A program, unlike a browser, can send any origin.
        let reserved =
            client.post(format!("{}/mailbox", stack.service)).header("origin", stack.page.trim_end_matches('/'));
        let reserved: Value = serde_json::from_slice(&reserved.send().await.unwrap().bytes().await.unwrap()).unwrap();
        let [id, key] = ["id", "key"].map(|name| reserved[name].as_str().unwrap());
        let mailbox = format!("{}/mailbox/{id}", stack.service);
        let authorize = authorize(&stack, "&prompt=none");
        let reach = format!(
            "victim.sessionStorage.setItem('acs-sign-in.return', JSON.stringify({{ state: 'theirs', mailbox: {mailbox:?} }}));
             victim.location = {authorize:?};"
        );
        browser.open(&attack(&stranger, &format!("{}window.html", stack.page), false, &Value::Null, &reach)).await;
        browser.click("Attack").await;
        let here = browser.enter_other_window().await;
        let window = browser.window().await;
        browser.enter_window(&here).await;
        if reached(&browser).await.is_none() {
            // The window can be navigated without being scripted, and returns with an unsolicited code.
            browser.script(&format!("victim.location = {authorize:?}")).await;
        }
        let discarded = async || {
            if browser.driver.switch_to_window(window.clone()).await.is_err() {
                // It has delivered its response and closed itself.
                return Some(false);
            }
            browser.text().await.contains("Its answer was thrown away").then_some(true)
        };
        let discarded = browser.until("the end of the attack", discarded).await;
        if !discarded {
            let stolen = client.get(&mailbox).bearer_auth(key).send().await.unwrap().text().await.unwrap();
            panic!("{name} has {stolen}");
        }
        assert_eq!(browser.script("return location.hash").await, "");
        let requests = "return performance.getEntriesByType('resource').map(({ name }) => name).join(' ')";
        assert!(!browser.script(requests).await.as_str().unwrap().contains("/mailbox/"), "{name}");
        browser.script("close()").await;
        browser.enter_window(&here).await;
    }
}

#[test]
fn no_script_of_the_build_sets_document_domain_but_the_window() {
    for entry in fs::read_dir(dist()).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        if file.ends_with(".js") && file != "window.js" {
            let text = fs::read_to_string(&path).unwrap();
            assert!(!text.contains(".domain"), "{file}");
        }
    }
}
