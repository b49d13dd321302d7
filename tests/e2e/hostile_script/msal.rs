//! The same script in an application with Microsoft's msal-browser, where it sees every token of Entra.

use std::{collections::BTreeSet, fs, path::Path};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use cross_tests::{Browser, CONTOSO_PAGE, Entra, Portal};
use serde_json::{Value, json};

use super::{WIRETAP, kept};

const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/node_modules/@azure/msal-browser/lib");
const ACS: &str = "https://auth.msft.communication.azure.com/Teams.ManageCalls";
const API: &str = "api://e8c00000-0000-4000-8000-000000000020/access_as_user";

fn application(app: &str, entra: &str) -> String {
    let config = json!({
        "auth": {
            "clientId": CONTOSO_PAGE,
            "authority": format!("{entra}/organizations"),
            "knownAuthorities": [entra.trim_start_matches("https://")],
            "redirectUri": format!("{app}/"),
        },
    });
    format!(
        "(async () => {{
             const app = new msal.PublicClientApplication({config});
             await app.initialize();
             const answer = await app.handleRedirectPromise();
             if (!answer) return app.loginRedirect({{ scopes: [{ACS:?}], prompt: 'select_account' }});
             await app.acquireTokenSilent({{ account: answer.account, scopes: [{API:?}] }});
             document.body.append('both tokens are here');
         }})();"
    )
}

#[tokio::test]
async fn script_sees_all_tokens_of_entra_in_a_page_with_msal_browser() {
    let (app, entra, browser) = (Portal::named("app").await, Entra::start(true).await, Browser::start_trusting().await);
    let msal = Path::new(PEERS).join("msal-browser.min.js");
    let msal = fs::read_to_string(&msal)
        .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask test` installs it", msal.display()));
    app.put("/wiretap.js", WIRETAP);
    app.put("/msal.js", msal);
    app.put("/app.js", application(&app.origin, &entra.origin));
    let scripts = ["wiretap", "msal", "app"].map(|name| format!("<script src=/{name}.js></script>")).concat();
    browser.open(&app.put("/", format!("<!doctype html><link rel=icon href='data:,'><body>{scripts}"))).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.wait_for_text("both tokens are here").await;

    let lines = kept(&browser).await;
    let mut found = BTreeSet::new();
    for line in &lines {
        let (function, text) = line.split_once(' ').unwrap();
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
            if entra.emulator.has_issued_refresh_token(word) {
                found.insert((function, "refresh token".to_owned()));
            }
            let claims = word.strip_prefix("eyJ").and_then(|rest| rest.split('.').nth(1));
            let claims = claims.and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok());
            let claims: Value = claims.and_then(|claims| serde_json::from_slice(&claims).ok()).unwrap_or_default();
            if let Some(audience) = claims["aud"].as_str() {
                found.insert((function, audience.to_owned()));
            }
        }
    }
    let tokens = [
        "refresh token",
        "https://auth.msft.communication.azure.com",
        "e8c00000-0000-4000-8000-000000000020",
        // The audience of the ID token.
        CONTOSO_PAGE,
    ];
    for token in tokens {
        // In the response, and in `sessionStorage`, where a script that runs later finds it, too.
        for function in ["Response.json", "Storage.setItem"] {
            assert!(found.contains(&(function, token.to_owned())), "{token} by {function}: {found:#?}");
        }
    }
}
