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
        it.portal.put(&at, text.replace("src=\"portal.js\"", "src=\"example.js\""));
    }
    it.portal.put("/config.json", json!({ "signIn": it.stack.page, "people": people }).to_string());
    it
}

#[tokio::test]
async fn azures_credential_refreshes_itself_by_the_page() {
    let page = with_clocks_that_can_be_put_forward();
    let it = beside_the_example(page.path(), "teams").await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    let made =
        "import('./credential.js').then(({ credentialOf }) => { globalThis.credential = credentialOf(session) })";
    it.ask(made).await;
    let token =
        "credential.getToken().then(({ token, expiresOnTimestamp }) => [token, expiresOnTimestamp - Date.now()])";
    let first = it.ask(token).await;
    let (text, life) = (first["value"][0].as_str().unwrap(), first["value"][1].as_u64().unwrap());
    assert!(life > 3_000_000, "{first}");
    assert_eq!(it.ask("session.getToken().then(({ token }) => token)").await["value"], text);
    it.put_clocks_forward(life / 1000 + 60).await;
    let second = it.ask(token).await;
    assert_ne!(second["value"][0], text);
    assert!(second["value"][1].as_u64().unwrap() > 3_000_000, "{second}");
}
