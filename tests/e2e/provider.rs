//! The page at an identity provider that nobody here wrote, so that page and emulator cannot be wrong together.

use cross_tests::{Browser, Provider};

use super::sign_in::{SIGN_IN, SIGNED_IN, lying_around};

/// Opens the page, and gives a name on the provider's own page. Any will do.
async fn name_oneself(provider: &Provider, browser: &Browser) {
    browser.open(&provider.page).await;
    browser.click(SIGN_IN).await;
    browser.wait_for("input[name=login]").await.send_keys("alice@fabrikam.example").await.unwrap();
    browser.wait_for("input[name=password]").await.send_keys("anything").await.unwrap();
    browser.click("Sign-in").await;
}

async fn sign_in(provider: &Provider, browser: &Browser) {
    name_oneself(provider, browser).await;
    // Its own page of consent.
    browser.click("Continue").await;
    browser.wait_for_text(SIGNED_IN).await;
}

#[tokio::test]
async fn a_person_signs_in_at_a_provider_of_somebody_elses() {
    // RP-31
    let (provider, browser) = (Provider::start().await, Browser::start().await);
    sign_in(&provider, &browser).await;
    browser.wait_for_text("Alice Arden").await;
    assert_eq!(browser.address().await, provider.page);

    // Two tokens for two resources, and neither lies around.
    let exchanged = provider.exchanged();
    let [(caller, entra)] = &exchanged[..] else { panic!("one exchange: {exchanged:?}") };
    let caller = caller.strip_prefix("Bearer ").unwrap();
    assert_ne!(caller, "");
    assert_ne!(entra, "");
    assert_ne!(caller, entra);
    let found = lying_around(&browser).await;
    assert!(!found.contains(caller), "B is in {found}");
    assert!(!found.contains(entra.as_str()), "A1 is in {found}");
}

#[tokio::test]
async fn tokens_are_renewed_by_refresh_tokens_that_are_good_for_one_use() {
    // SEC-017. Using one a second time would end the sign-in at this provider, so every step used the newest.
    let (provider, browser) = (Provider::with_acs_tokens_of(20).await, Browser::start().await);
    sign_in(&provider, &browser).await;
    let renewed_twice = async || Some(provider.exchanged()).filter(|exchanged| exchanged.len() >= 3);
    let exchanged = browser.until("two renewals", renewed_twice).await;
    let mut tokens: Vec<&str> = exchanged.iter().flat_map(|(caller, entra)| [caller.as_str(), entra]).collect();
    assert!(tokens.iter().all(|token| !token.is_empty()));
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 2 * exchanged.len(), "each exchange had tokens of its own");
    browser.wait_for_text(SIGNED_IN).await;
    assert!(!browser.text().await.contains("Details to pass on"), "nothing is wrong");
    assert_eq!(browser.address().await, provider.page);
}

#[tokio::test]
async fn whoever_declines_at_the_provider_is_told_so() {
    // Its refusal comes with `iss` (RFC 9207), as it has promised.
    let (provider, browser) = (Provider::start().await, Browser::start().await);
    name_oneself(&provider, &browser).await;
    browser.wait_for_text("Continue").await;
    browser.click("[ Cancel ]").await;
    browser.wait_for_text("The sign-in was cancelled, or the permissions were declined.").await;
    assert_eq!(browser.address().await, provider.page);
    assert!(provider.exchanged().is_empty());
}

#[tokio::test]
async fn an_answer_without_the_promised_issuer_is_not_believed() {
    // RP-27, with the state that was sent. `iss` comes first: neither error nor code is looked at.
    let (provider, browser) = (Provider::start().await, Browser::start().await);
    for answer in ["error=access_denied", "code=stolen", "code=stolen&iss=https%3A%2F%2Fevil.example"] {
        browser.open(&provider.page).await;
        // The provider's own pages do not tell the state, so it is read where the page keeps it until it is back.
        browser.click(SIGN_IN).await;
        browser.wait_for("input[name=login]").await;
        // Not the page itself, and no JSON, which Firefox shows in a viewer of another origin.
        browser.open(&format!("{}nothing", provider.page)).await;
        let kept = browser.script("return sessionStorage.getItem('acs-sign-in.transaction')").await;
        let kept: serde_json::Value = serde_json::from_str(kept.as_str().unwrap()).unwrap();
        let state = kept["signIn"]["state"].as_str().unwrap();
        browser.open(&format!("{}#{answer}&state={state}", provider.page)).await;
        browser.wait_for_text("The answer came from another authority than the one this page asked.").await;
        assert_eq!(browser.address().await, provider.page);
        let transaction = browser.script("return sessionStorage.getItem('acs-sign-in.transaction')").await;
        assert!(transaction.is_null(), "it was good for one return");
        // Used values of `state` are kept to recognize a repeated response (REP-05), and for nothing else.
        browser.script("sessionStorage.removeItem('acs-sign-in.spent')").await;
        assert!(!lying_around(&browser).await.contains(state));
    }
    assert!(provider.exchanged().is_empty());
}

#[tokio::test]
async fn signing_out_ends_the_session_at_the_provider_too() {
    // SEC-024: by the end_session_endpoint of its metadata (OpenID Connect RP-Initiated Logout)
    let (provider, browser) = (Provider::start().await, Browser::start().await);
    sign_in(&provider, &browser).await;
    browser.click("Sign out").await;
    // Its own question.
    browser.click("Yes, sign me out").await;
    browser.wait_for_text(SIGN_IN).await;
    assert_eq!(browser.address().await, provider.page);
    assert!(!lying_around(&browser).await.contains("alice"));
    browser.click(SIGN_IN).await;
    browser.wait_for("input[name=login]").await;
}
