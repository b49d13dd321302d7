//! REV-01: other ports of the page's host, and names below it, are strangers. By `document.domain` a browser lets them
//! script each other, if both sides set it: they try to script each document of the page, and to steal a code.

use std::fs;

use cross_tests::{Browser, Host, Portal, Setup, Stack, dist};
use serde_json::{Value, json};

use super::sign_in::SIGN_IN;

/// The page is at `http://app.localhost`: the first is another port of that host, the second a name below it.
const NEIGHBOURS: [&str; 2] = ["app", "evil.app"];
/// So often has an attack to be tried, after the document under attack has run, before it has failed.
const ATTEMPTS: u64 = 50;

/// The site of an attacker. Everything that helps is on: the header lets Chromium set `document.domain` as others do.
async fn neighbour(name: &str) -> Portal {
    let neighbour = Portal::named(name).await;
    neighbour.send_header("origin-agent-cluster", "?0");
    neighbour
}

/// Puts the attack on the neighbour: what is clicked opens `target`, or shows it in a frame. Whatever is done with the window
/// once it can be scripted is in `reach`, a function body over `victim`.
fn attack(neighbour: &Portal, target: &str, framed: bool, reach: &str) -> String {
    let open = if framed { "document.querySelector('iframe').contentWindow" } else { "open(target)" };
    let frame = if framed { format!("<iframe src='{target}'></iframe>") } else { String::new() };
    let script = format!(
        "document.domain = 'app.localhost';
         const target = {target:?};
         globalThis.attack = {{ attempts: 0, reached: null }};
         const reach = (victim) => {{ {reach} }};
         document.querySelector('button').onclick = () => {{
             globalThis.victim = {open};
             setInterval(() => {{
                 attack.attempts += 1;
                 if (attack.reached !== null) return;
                 try {{
                     // The empty document before it is the attacker's own.
                     if (victim.document.URL === 'about:blank') return;
                     reach(victim);
                     attack.reached = victim.document.URL;
                 }} catch {{
                     // Another origin.
                 }}
             }}, 10);
         }};"
    );
    neighbour.put("/attack.js", script);
    neighbour.put("/", format!("<!doctype html><button>Attack</button>{frame}<script src=/attack.js></script>"))
}

/// The address that was scripted, or nothing after so many attempts from now.
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

/// A page that signs in by window, with a mailbox; the neighbours may show it in a frame, and get no token.
async fn page_beside(neighbours: &[&Portal], host: Host) -> Stack {
    let portals: Vec<_> = neighbours.iter().map(|portal| portal.origin.clone()).collect();
    let known: Vec<_> = portals.iter().map(|origin| json!({ "origin": origin })).collect();
    let more = json!({ "signInBy": "window", "portals": known });
    Stack::serving(&dist(), host, Setup { portals, more, ..Setup::multitenant() }).await
}

#[tokio::test]
async fn an_attack_reaches_a_document_that_sets_document_domain() {
    // The control: what fails below does not fail because of the attack.
    let browser = Browser::start().await;
    let careless = neighbour("app").await;
    careless.put("/", "<!doctype html><p>careless</p><script>document.domain = document.domain</script>");
    for name in NEIGHBOURS {
        let stranger = neighbour(name).await;
        browser.open(&attack(&stranger, &careless.origin, false, "victim.sessionStorage.setItem('a', 'b')")).await;
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
async fn no_document_of_the_page_can_be_scripted_from_another_port_or_from_a_name_below() {
    // The header is left out: WebKit does not know it, so the documents have to hold without.
    let browser = Browser::start().await;
    for name in NEIGHBOURS {
        let stranger = neighbour(name).await;
        let stack = page_beside(&[&stranger], Host::WithoutAgentCluster).await;
        for (path, text) in [
            // It waits for a greeting, and has run once it has asked for its configuration.
            ("window.html", "Off to Microsoft Entra"),
            ("return.html", "Nothing was started in this window"),
            ("", SIGN_IN),
            ("index.html", "was opened at another address"),
            ("nothing.html", "not found"),
        ] {
            let target = format!("{}{path}", stack.page);
            let configs = || stack.site.requests().iter().filter(|line| line.starts_with("GET /config.json")).count();
            let before = configs();
            browser.open(&attack(&stranger, &target, false, "victim.sessionStorage.setItem('a', 'b')")).await;
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
            assert_eq!(browser.script("return sessionStorage.getItem('a')").await, Value::Null, "{name} {path}");
            browser.script("close()").await;
            browser.enter_window(&here).await;
        }
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
