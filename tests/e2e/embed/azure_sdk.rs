//! Microsoft's own SDKs with what the page gives them: the example portal, as it is bundled.

use super::*;
use std::mem::take;

/// The calling SDK wants https or the very name `localhost`.
pub(super) fn by_name(origin: &str) -> String {
    origin.replace("portal.localhost", "localhost")
}

/// The example portal's build beside the test's own files, at both of the portal's names. Its people are `teams` users, or
/// `entra` ID users whose page goes to ACS itself.
pub(super) async fn beside_the_example(page: &Path, people: &str) -> Embedded {
    let both = |setup: &mut Setup| {
        setup.portals.push(by_name(&setup.portals[0]));
        if people == "entra" {
            *setup = Setup { direct: true, ..take(setup).assigning("alice@fabrikam.example") };
            // The mailbox is an exchange service's, and there is none.
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

/// Notes which of Azure's hosts a page asks, before it does: not every browser tells of requests that fail, as they do here.
const LISTENER: &str = "<script>
    const note = (address) => {
        const { hostname } = new URL(address, location);
        if (hostname.endsWith('.microsoft.com')) document.documentElement.dataset.asked = hostname;
    };
    const [ask, open] = [fetch, XMLHttpRequest.prototype.open];
    globalThis.fetch = (request, ...rest) => { note(request.url ?? request); return ask(request, ...rest) };
    XMLHttpRequest.prototype.open = function (method, address, ...rest) { note(address); return open.call(this, method, address, ...rest) };
</script>";
/// Which one it asked last.
const ASKED: &str = "return document.documentElement.dataset.asked ?? null";

/// Portal's timers of more than a minute, which go off by its clock when they are told to.
const TIMERS_BY_THE_CLOCK: &str = "
    const later = globalThis.setTimeout;
    const waiting = [];
    globalThis.setTimeout = (work, delay, ...rest) =>
        delay > 60_000 ? waiting.push({ work, due: Date.now() + delay }) : later(work, delay, ...rest);
    globalThis.goOff = () => waiting.filter(({ due }) => due <= Date.now()).forEach(({ work }) => work());";

#[tokio::test]
async fn azures_credential_refreshes_itself_by_the_page() {
    let page = clocks::page();
    let it = beside_the_example(page.path(), "teams").await;
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
    it.ask(made).await;
    let token =
        "credential.getToken().then(({ token, expiresOnTimestamp }) => [token, expiresOnTimestamp - Date.now()])";
    let first = it.ask(token).await;
    let (text, life) = (first["value"][0].as_str().unwrap(), first["value"][1].as_u64().unwrap());
    assert!(life > 3_000_000, "{first}");
    assert_eq!(it.ask("session.getToken().then(({ token }) => token)").await["value"], text);
    assert_eq!(it.ask("refreshes").await["value"], 0);

    // Nobody asks for a token: nine minutes are left, and its own timer has gone off.
    it.put_clocks_forward(life / 1000 - 540).await;
    it.run("goOff()").await;
    it.browser.until("a refresh by itself", async || (it.ask("refreshes").await["value"] == 1).then_some(())).await;
    let second = it.ask(token).await;
    assert_ne!(second["value"][0], text);
    assert!(second["value"][1].as_u64().unwrap() > 3_000_000, "{second}");
    found(&it.browser, "azure-credential", "works");
}

#[tokio::test]
async fn the_calling_sdk_takes_the_credential_and_goes_to_azure_with_it() {
    for people in ["teams", "entra"] {
        let it = beside_the_example(&dist(), people).await;
        it.browser.open(&format!("{}/example", by_name(&it.portal.origin))).await;
        it.browser.wait_for_text("Sign in to call the people behind the requests.").await;
        it.sign_in().await;
        it.browser.wait_for_text("Alice Arden").await;
        let outcome = goes_to_azure(&it).await;
        found(&it.browser, &format!("calling-{people}"), &outcome);
        assert_eq!(outcome, "works", "{people}");
    }
}

// What the calling SDK says of a token that is not of the kind it was asked for: the other test would see it.
#[tokio::test]
async fn an_entra_id_users_token_makes_no_teams_call_agent() {
    let it = beside_the_example(&dist(), "entra").await;
    it.portal.put("/config.json", json!({ "signIn": it.stack.page, "people": "teams" }).to_string());
    it.browser.open(&format!("{}/example", by_name(&it.portal.origin))).await;
    it.browser.wait_for_text("Sign in to call the people behind the requests.").await;
    it.sign_in().await;
    it.browser.wait_for_text("not available: TeamsCallAgent must be created only with Teams token").await;
    assert_eq!(it.browser.script(ASKED).await, Value::Null);
}

/// Waits until the SDK asks Azure, which it does once it has read the token and found it to be of the right kind, or says
/// why it does not.
async fn goes_to_azure(it: &Embedded) -> String {
    let outcome = async || {
        // In this order: it asks before it gives up.
        let why = it.browser.text().await.split_once("not available: ").map(|(_, why)| why.to_owned());
        if it.browser.script(ASKED).await.is_string() {
            return Some("works".to_owned());
        }
        why?.lines().next().map(str::to_owned)
    };
    it.browser.until("a request to Azure", outcome).await
}
