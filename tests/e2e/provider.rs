//! The page with an identity provider of another project. A mistake that page and emulator share would show here.

use cross_tests::{Browser, Provider, texts};

use super::sign_in::{SIGN_IN, SIGNED_IN, readable_by_scripts};

/// Opens the page, and signs in on the provider's own page, which accepts any name and password.
async fn enter_name(provider: &Provider, browser: &Browser) {
    browser.open(&provider.page).await;
    browser.click(SIGN_IN).await;
    browser.wait_for("input[name=login]").await.send_keys("alice@fabrikam.example").await.unwrap();
    browser.wait_for("input[name=password]").await.send_keys("anything").await.unwrap();
    browser.click("Sign-in").await;
}

async fn sign_in(provider: &Provider, browser: &Browser) {
    enter_name(provider, browser).await;
    // The consent page of the provider.
    browser.click("Continue").await;
    browser.wait_for_text(SIGNED_IN).await;
}

#[tokio::test]
async fn signs_in_with_an_identity_provider_of_another_author() {
    // RP-31
    let (provider, browser) = (Provider::start().await, Browser::start().await);
    sign_in(&provider, &browser).await;
    browser.wait_for_text("Alice Arden").await;
    assert_eq!(browser.address().await, provider.page);

    // Two tokens for two resources, and scripts can read neither.
    let exchanged = provider.exchanged();
    let [(caller, entra)] = &exchanged[..] else { panic!("one exchange: {exchanged:?}") };
    let caller = caller.strip_prefix("Bearer ").unwrap();
    assert_ne!(caller, "");
    assert_ne!(entra, "");
    assert_ne!(caller, entra);
    let found = readable_by_scripts(&browser).await;
    assert!(!found.contains(caller), "B is in {found}");
    assert!(!found.contains(entra.as_str()), "A1 is in {found}");
}

#[tokio::test]
async fn renews_tokens_with_single_use_refresh_tokens() {
    // SEC-017. This provider ends the sign-in when a refresh token is used twice, so each request used the newest one.
    let (provider, browser) = (Provider::with_acs_tokens_of(20).await, Browser::start().await);
    sign_in(&provider, &browser).await;
    let renewed_twice = async || Some(provider.exchanged()).filter(|exchanged| exchanged.len() >= 3);
    let exchanged = browser.until("two renewals", renewed_twice).await;
    let mut tokens: Vec<&str> = exchanged.iter().flat_map(|(caller, entra)| [caller.as_str(), entra]).collect();
    assert!(tokens.iter().all(|token| !token.is_empty()));
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 2 * exchanged.len(), "each exchange has new tokens");
    browser.wait_for_text(SIGNED_IN).await;
    assert!(!browser.text().await.contains(texts::text("problem.details")), "nothing is wrong");
    assert_eq!(browser.address().await, provider.page);
}

#[tokio::test]
async fn shows_that_the_person_declined_at_the_provider() {
    // The error response has an `iss` (RFC 9207), as the metadata promise.
    let (provider, browser) = (Provider::start().await, Browser::start().await);
    enter_name(&provider, &browser).await;
    browser.wait_for_text("Continue").await;
    browser.click("[ Cancel ]").await;
    browser.wait_for_text(texts::title("sign_in_declined")).await;
    assert_eq!(browser.address().await, provider.page);
    assert!(provider.exchanged().is_empty());
}

#[tokio::test]
async fn refuses_a_response_without_the_promised_issuer() {
    // RP-27, with the right `state`. `iss` is checked before error and code.
    let (provider, browser) = (Provider::start().await, Browser::start().await);
    for response in ["error=access_denied", "code=stolen", "code=stolen&iss=https%3A%2F%2Fevil.example"] {
        browser.open(&provider.page).await;
        // The addresses of the provider's pages do not contain the state, so it is read from the stored transaction.
        browser.click(SIGN_IN).await;
        browser.wait_for("input[name=login]").await;
        // A document of the page's origin without its scripts. Firefox would show JSON in a viewer of another origin.
        browser.open(&format!("{}nothing", provider.page)).await;
        let kept = browser.script("return sessionStorage.getItem('acs-sign-in.transaction')").await;
        let kept: serde_json::Value = serde_json::from_str(kept.as_str().unwrap()).unwrap();
        let state = kept["signIn"]["state"].as_str().unwrap();
        browser.open(&format!("{}#{response}&state={state}", provider.page)).await;
        browser.wait_for_text(texts::title("response_wrong_issuer")).await;
        assert_eq!(browser.address().await, provider.page);
        let transaction = browser.script("return sessionStorage.getItem('acs-sign-in.transaction')").await;
        assert!(transaction.is_null(), "a transaction is good for one return");
        // Used values of `state` are kept to recognize a repeated response only (REP-05).
        browser.script("sessionStorage.removeItem('acs-sign-in.spent')").await;
        assert!(!readable_by_scripts(&browser).await.contains(state));
    }
    assert!(provider.exchanged().is_empty());
}

#[tokio::test]
async fn sign_out_ends_the_session_at_the_provider() {
    // SEC-024: at the end_session_endpoint of the metadata (OpenID Connect RP-Initiated Logout)
    let (provider, browser) = (Provider::start().await, Browser::start().await);
    sign_in(&provider, &browser).await;
    browser.click(texts::text("signedIn.signOut")).await;
    // The confirmation page of the provider.
    browser.click("Yes, sign me out").await;
    browser.wait_for_text(SIGN_IN).await;
    assert_eq!(browser.address().await, provider.page);
    assert!(!readable_by_scripts(&browser).await.contains("alice"));
    browser.click(SIGN_IN).await;
    browser.wait_for("input[name=login]").await;
}
