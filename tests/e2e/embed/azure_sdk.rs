//! Microsoft's SDKs with tokens of the page, in the build of the example portal.

use super::*;
use std::mem::take;

/// The origin with the name `localhost`: the calling SDK requires that name or https.
pub(super) fn by_name(origin: &str) -> String {
    origin.replace("portal.localhost", "localhost")
}

/// A portal that also serves the build of the example portal, with both of its names. `people` are `teams` users, or
/// `entra` ID users whose page requests the token at ACS itself.
pub(super) async fn with_the_example(page: &Path, people: &str) -> Embedded {
    let both = |setup: &mut Setup| {
        setup.portals.push(by_name(&setup.portals[0]));
        if people == "entra" {
            *setup = Setup { direct: true, ..take(setup).assigning("alice@fabrikam.example") };
            // Without an exchange service there is no mailbox.
            setup.coop = false;
            setup.more = json!({ "mailboxUrl": null });
        }
    };
    let it = Embedded::serving(page, Host::Proper, both, json!({})).await;
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/portal/dist");
    assert!(build.join("portal.js").is_file(), "there is no build of the example portal; `cargo xtask test` makes one");
    for entry in fs::read_dir(build).unwrap() {
        let path = entry.unwrap().path();
        let at = match path.file_name().unwrap().to_str().unwrap() {
            "index.html" => "/example".to_owned(),
            "portal.js" => "/example.js".to_owned(),
            name => format!("/{name}"),
        };
        let text = fs::read_to_string(&path).unwrap();
        it.portal.put(
            &at,
            text.replace("src=\"portal.js\"", "src=\"example.js\"").replace("<head>", &format!("<head>{LISTENER}")),
        );
    }
    it.portal.put("/config.json", json!({ "signIn": it.stack.page, "people": people }).to_string());
    it
}

/// A script that records which host of Azure a page requests. The requests fail, and not every browser reports failed
/// requests.
const LISTENER: &str = "<script>
    const note = (address) => {
        const { hostname } = new URL(address, location);
        if (hostname.endsWith('.microsoft.com')) document.documentElement.dataset.contacted = hostname;
    };
    const [send, open] = [fetch, XMLHttpRequest.prototype.open];
    globalThis.fetch = (request, ...rest) => { note(request.url ?? request); return send(request, ...rest) };
    XMLHttpRequest.prototype.open = function (method, address, ...rest) { note(address); return open.call(this, method, address, ...rest) };
</script>";
/// The host that was requested last.
const CONTACTED: &str = "return document.documentElement.dataset.contacted ?? null";

/// Replaces each timer of more than a minute. It then runs when `goOff` is called, if the clock has reached its time.
const TIMERS_BY_THE_CLOCK: &str = "
    const later = globalThis.setTimeout;
    const waiting = [];
    globalThis.setTimeout = (work, delay, ...rest) =>
        delay > 60_000 ? waiting.push({ work, due: Date.now() + delay }) : later(work, delay, ...rest);
    globalThis.goOff = () => waiting.filter(({ due }) => due <= Date.now()).forEach(({ work }) => work());";

#[tokio::test]
async fn azures_credential_refreshes_its_token_from_the_page() {
    let page = clocks::page();
    let it = with_the_example(page.path(), "teams").await;
    it.run(TIMERS_BY_THE_CLOCK).await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    let made = "(async () => {
        const [{ credentialOf }, initial] = await Promise.all([import('./credential.js'), session.getToken()]);
        globalThis.refreshes = 0;
        const counting = { get tokenRefresher() {
            const refresh = session.tokenRefresher;
            return async (signal) => { const token = await refresh(signal); refreshes += 1; return token };
        } };
        globalThis.credential = credentialOf(counting, initial);
    })()";
    it.evaluate(made).await;
    let token =
        "credential.getToken().then(({ token, expiresOnTimestamp }) => [token, expiresOnTimestamp - Date.now()])";
    let first = it.evaluate(token).await;
    let (text, life) = (first["value"][0].as_str().unwrap(), first["value"][1].as_u64().unwrap());
    assert!(life > 3_000_000, "{first}");
    assert_eq!(it.evaluate("session.getToken().then(({ token }) => token)").await["value"], text);
    assert_eq!(it.evaluate("refreshes").await["value"], 0);

    // No one calls `getToken`: with nine minutes left, the timer of the credential refreshes the token.
    it.put_clocks_forward(life / 1000 - 540).await;
    it.run("goOff()").await;
    it.browser
        .until("a refresh by itself", async || (it.evaluate("refreshes").await["value"] == 1).then_some(()))
        .await;
    let second = it.evaluate(token).await;
    assert_ne!(second["value"][0], text);
    assert!(second["value"][1].as_u64().unwrap() > 3_000_000, "{second}");
    found(&it.browser, "azure-credential", "works");
}

#[tokio::test]
async fn the_calling_sdk_connects_to_azure_with_the_credential() {
    for people in ["teams", "entra"] {
        let it = with_the_example(&dist(), people).await;
        it.browser.open(&format!("{}/example", by_name(&it.portal.origin))).await;
        it.browser.wait_for_text("Sign in to call the people behind the requests.").await;
        it.sign_in().await;
        it.browser.wait_for_text("Alice Arden").await;
        let outcome = goes_to_azure(&it).await;
        found(&it.browser, &format!("calling-{people}"), &outcome);
        assert_eq!(outcome, "works", "{people}");
    }
}

// The control of the other test: the calling SDK reports a token of the wrong kind.
#[tokio::test]
async fn the_calling_sdk_refuses_an_entra_id_users_token_for_teams() {
    let it = with_the_example(&dist(), "entra").await;
    it.portal.put("/config.json", json!({ "signIn": it.stack.page, "people": "teams" }).to_string());
    it.browser.open(&format!("{}/example", by_name(&it.portal.origin))).await;
    it.browser.wait_for_text("Sign in to call the people behind the requests.").await;
    it.sign_in().await;
    it.browser.wait_for_text("not available: TeamsCallAgent must be created only with Teams token").await;
    assert_eq!(it.browser.script(CONTACTED).await, Value::Null);
}

/// Waits until the SDK sends a request to Azure, which it does once it accepts the token, or shows why it does not.
async fn goes_to_azure(it: &Embedded) -> String {
    let outcome = async || {
        // The text is read first, because the request precedes the failure.
        let why = it.browser.text().await.split_once("not available: ").map(|(_, why)| why.to_owned());
        if it.browser.script(CONTACTED).await.is_string() {
            return Some("works".to_owned());
        }
        why?.lines().next().map(str::to_owned)
    };
    it.browser.until("a request to Azure", outcome).await
}
