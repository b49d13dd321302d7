//! Faults of an identity provider, by the vectors of the OpenID conformance suite (docs/threat-model.md): the page in a
//! browser refuses every wrong response, and sends no further request.

use azure_emulator::{
    AuthorizationFault as Authorization, EndSessionFault, Faults, IdTokenFault as IdToken, MetadataFault as Metadata,
    Outage, TokenResponseFault as Tokens,
};
use cross_tests::{Browser, Setup, Stack, texts};
use messages::ProblemCode;
use serde_json::json;

use super::sign_in::{SIGN_IN, SIGNED_IN, readable_by_scripts, sign_in_as, sign_out};

const CLOCK: &str = texts::title("clock_wrong");
const REFUSED: &str = texts::title("id_token_refused");
const MALFORMED: &str = texts::title("response_malformed");
const UNREADABLE: &str = texts::title("token_response_unreadable");
const WRONG_ISSUER: &str = texts::title("response_wrong_issuer");
const WRONG_STATE: &str = texts::title("response_wrong_state");

/// Signs in at an Entra with this fault, with a new page and without a session. Waits for these texts on the page.
async fn meets(stack: &Stack, browser: &Browser, faults: Faults, texts: &[&str]) {
    stack.emulator.reset();
    stack.emulator.set_faults(faults);
    browser.open(&stack.page).await;
    browser.click(SIGN_IN).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    for text in texts {
        browser
            .until(&format!("{text:?} for {faults:?}"), async || {
                browser
                    .script("document.querySelectorAll('details').forEach(details => { details.open = true })")
                    .await;
                browser.text().await.contains(text).then_some(())
            })
            .await;
    }
}

#[tokio::test]
async fn refuses_wrong_id_tokens() {
    // SEC-009, SEC-010, SEC-011
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for (fault, said) in [
        (IdToken::WrongIssuer, "no key of the authority fits it"), // RP-02: a key is valid for the issuer of `tid` only
        (IdToken::MissingIssuer, "ID token: "),
        (IdToken::WrongAudience, "aud is not this application"), // RP-03
        (IdToken::MissingAudience, "aud is not this application"), // RP-04
        (IdToken::SecondAudience, "aud is not this application"), // RP-05
        (IdToken::WrongAuthorizedParty, "azp is not this application"),
        (IdToken::MissingSubject, "sub or oid is missing"), // RP-07
        (IdToken::MissingObjectId, "sub or oid is missing"),
        (IdToken::MissingIssuedAt, "exp or iat is missing"), // RP-08
        (IdToken::IssuedInFuture, "iat or nbf is in the future"),
        (IdToken::NotYetValid, "iat or nbf is in the future"),
        (IdToken::Expired, "exp is past"), // RP-09
        (IdToken::MissingExpiry, "exp or iat is missing"),
        (IdToken::ExpiryText, "it is no signed JWT"),
        (IdToken::WrongNonce, "nonce is not the one that was sent"), // RP-10
        (IdToken::MissingNonce, "nonce is not the one that was sent"), // RP-11
        (IdToken::BadSignature, "the signature is wrong"),           // RP-12
        (IdToken::ForeignKey, "the signature is wrong"),
        (IdToken::Hs256PublicKey, "the algorithm is not RS256"),
        (IdToken::EmbeddedKey, "the signature is wrong"),
        (IdToken::AlgNone, "the algorithm is not RS256"), // RP-13
        (IdToken::Rs512, "the algorithm is not RS256"),   // RP-14
        (IdToken::CriticalHeader, "the algorithm is not RS256"),
        (IdToken::AccessTokenType, "ID token: "),
        (IdToken::MissingKeyId, "it is no signed JWT"), // RP-15, one key
        (IdToken::UnknownKey, "no key of the authority fits it"),
        (IdToken::DuplicateClaim, "it is no signed JWT"),
        (IdToken::NotJson, "it is no signed JWT"),
        (IdToken::MissingTenant, "ID token: "),
        (IdToken::TenantNotGuid, "ID token: "),
        (IdToken::WrongVersion, "ver is not 2.0"),
    ] {
        let faults = Faults { id_token: Some(fault), ..Faults::NONE };
        let expected = match fault {
            IdToken::IssuedInFuture | IdToken::NotYetValid | IdToken::Expired => CLOCK,
            _ => REFUSED,
        };
        meets(&stack, &browser, faults, &[expected, said]).await;
        assert_eq!(stack.emulator.token_requests().len(), 1, "{fault:?}");
        assert!(!readable_by_scripts(&browser).await.contains("eyJ"), "{fault:?}");
    }
    // RP-01, RP-06, RP-19: the control, with the same page and browser.
    for right in [None, Some(IdToken::AudienceList)] {
        meets(&stack, &browser, Faults { id_token: right, ..Faults::NONE }, &[SIGNED_IN]).await;
    }
}

#[tokio::test]
async fn refuses_an_id_token_without_a_key_id_with_any_number_of_keys() {
    // RP-15
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    let nameless = Faults { id_token: Some(IdToken::MissingKeyId), ..Faults::NONE };
    for _ in 0..3 {
        meets(&stack, &browser, nameless, &[REFUSED, "it is no signed JWT"]).await;
        assert_eq!(stack.emulator.token_requests().len(), 1);
        stack.emulator.rotate_signing_keys();
    }
}

#[tokio::test]
async fn accepts_a_new_signing_key_at_the_next_sign_in() {
    // RP-16: keys change between two sign-ins
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for _ in 0..2 {
        meets(&stack, &browser, Faults::NONE, &[SIGNED_IN]).await;
        stack.emulator.rotate_signing_keys();
    }
}

#[tokio::test]
async fn fetches_keys_again_for_a_token_with_a_newer_key() {
    // RP-16: the key changes after the page has fetched keys, and before the ID token is signed. ACS itself issues the
    // token, so only the page requests keys.
    let setup = Setup { direct: true, ..Setup::multitenant() }.assigning("alice@fabrikam.example");
    let (stack, browser) = (Stack::start_with(setup).await, Browser::start().await);
    stack.emulator.set_faults(Faults { token: Some(Outage::Slow), ..Faults::NONE });
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.until("the first keys", async || (stack.emulator.key_requests() == 1).then_some(())).await;
    stack.emulator.rotate_signing_keys();
    browser.wait_for_text(SIGNED_IN).await;
    assert_eq!(stack.emulator.key_requests(), 2);
}

#[tokio::test]
async fn accepts_new_signing_keys_without_a_reload() {
    // RP-16: the same document before and after
    let setup = Setup { more: json!({ "signInBy": "window" }), ..Setup::multitenant() };
    let (stack, browser) = (Stack::start_with(setup).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.script("document.documentElement.dataset.page = 'the same'").await;
    for button in [SIGN_IN, texts::text("signedOut.signInAgain")] {
        browser.click(button).await;
        let page = browser.enter_other_window().await;
        browser.click("Sign in as alice@fabrikam.example").await;
        browser.enter_window(&page).await;
        browser.wait_for_text(SIGNED_IN).await;
        browser.until("the window's end", async || (browser.windows().await.len() == 1).then_some(())).await;
        assert_eq!(browser.script("return document.documentElement.dataset.page").await, "the same");
        stack.emulator.rotate_signing_keys();
        // Without a network, a sign-out does not leave the page.
        browser.script("Object.defineProperty(navigator, 'onLine', { get: () => false, configurable: true })").await;
        browser.click(texts::text("signedIn.signOut")).await;
        browser.wait_for_text(texts::title(ProblemCode::SignOutOffline.code())).await;
    }
}

/// The `state` that the page sent, from the address of Entra's page.
async fn sent_state(browser: &Browser) -> String {
    browser.wait_for_text("Sign in as alice@fabrikam.example").await;
    let address = browser.address().await;
    let (_, rest) = address.split_once("&state=").unwrap();
    rest.split('&').next().unwrap().to_owned()
}

/// Runs a script in another document of the page's origin, and returns to the current address.
async fn on_the_pages_origin(stack: &Stack, browser: &Browser, script: &str) {
    let back = browser.address().await;
    // Firefox would show JSON in a viewer of another origin.
    browser.open(&format!("{}nothing", stack.page)).await;
    assert_ne!(browser.script(script).await, serde_json::Value::Null, "the script found its object");
    browser.open(&back).await;
}

#[tokio::test]
async fn accepts_one_response_for_a_state() {
    // RP-22: a second response with the `state` of the first
    const STRANGER: &str = texts::title("response_unsolicited");
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click(SIGN_IN).await;
    let state = sent_state(&browser).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.wait_for_text(SIGNED_IN).await;
    let redeemed = stack.emulator.token_requests().len();
    for response in [format!("code=stolen&state={state}"), format!("error=access_denied&state={state}")] {
        browser.open("about:blank").await;
        browser.open(&format!("{}#{response}", stack.page)).await;
        // REP-05: the page shows no alarm, because the Back button does the same.
        browser.wait_for_text(SIGN_IN).await;
        let text = browser.text().await;
        for absent in ["Alice", STRANGER] {
            assert!(!text.contains(absent), "{text}");
        }
        assert_eq!(browser.address().await, stack.page);
    }
    assert_eq!(stack.emulator.token_requests().len(), redeemed, "no code is redeemed");
}

#[tokio::test]
async fn refuses_a_response_after_ten_minutes() {
    // RP-23: as if the person had waited at Entra
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for (seconds, text) in [(601, texts::title("response_expired")), (590, SIGNED_IN)] {
        stack.emulator.reset();
        browser.open(&stack.page).await;
        browser.click(SIGN_IN).await;
        browser.wait_for_text("Sign in as alice@fabrikam.example").await;
        let age = format!(
            "const kept = JSON.parse(sessionStorage.getItem('acs-sign-in.transaction'));              const {{ started }} = kept.signIn; started.at -= {seconds}; started.host &&= started.host - {seconds};              sessionStorage.setItem('acs-sign-in.transaction', JSON.stringify(kept)); return started.at"
        );
        on_the_pages_origin(&stack, &browser, &age).await;
        browser.click("Sign in as alice@fabrikam.example").await;
        browser.wait_for_text(text).await;
        assert_eq!(stack.emulator.token_requests().is_empty(), seconds > 600);
        assert!(!readable_by_scripts(&browser).await.contains("acs-sign-in.transaction"));
    }
}

#[tokio::test]
async fn refuses_a_response_in_another_tab() {
    // RP-24: with the `state` of the first tab, and a valid code
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click(SIGN_IN).await;
    sent_state(&browser).await;
    let (address, first) = (browser.address().await, browser.window().await);
    let second = browser.new_tab().await;
    browser.enter_window(&second).await;
    // A tab without a sign-in, then a tab with its own sign-in.
    for own_sign_in in [false, true] {
        if own_sign_in {
            browser.open(&stack.page).await;
            browser.click(texts::text("signedOut.signIn")).await;
            sent_state(&browser).await;
        }
        browser.open(&format!("{address}&prompt=select_account")).await;
        browser.click("Sign in as alice@fabrikam.example").await;
        let expected = if own_sign_in { WRONG_STATE } else { texts::title("response_unsolicited") };
        browser.wait_for_text(expected).await;
        assert!(stack.emulator.token_requests().is_empty());
        stack.emulator.reset();
    }
    // The sign-in of the first tab still works.
    browser.enter_window(&first).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.wait_for_text(SIGNED_IN).await;
}

#[tokio::test]
async fn a_single_tenant_page_refuses_people_of_another_organization() {
    let (stack, browser) = (Stack::start_with(Setup::single_tenant()).await, Browser::start().await);
    let faults = Faults { id_token: Some(IdToken::WrongTenant), ..Faults::NONE };
    meets(&stack, &browser, faults, &[REFUSED, "no key of the authority fits it"]).await;
    assert_eq!(stack.emulator.token_requests().len(), 1);
}

#[tokio::test]
async fn a_wrong_authorization_response_causes_no_token_request() {
    // SEC-003, SEC-005, SEC-006, SEC-020
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for (fault, said) in [
        (Authorization::WrongState, WRONG_STATE),   // RP-20
        (Authorization::MissingState, WRONG_STATE), // RP-21
        (Authorization::ErrorWrongState, WRONG_STATE),
        (Authorization::ErrorWithoutState, WRONG_STATE),
        (Authorization::DuplicateState, MALFORMED), // RP-25
        (Authorization::DuplicateCode, MALFORMED),
        (Authorization::DuplicateIssuer, MALFORMED),
        (Authorization::MissingCode, MALFORMED),
        (Authorization::WrongIssuer, WRONG_ISSUER),                // RP-26
        (Authorization::WithTokens, MALFORMED),                    // RP-29
        (Authorization::Error, texts::title("entra_unavailable")), // RP-28
        (Authorization::HostileError, texts::title("entra_unavailable")),
    ] {
        let faults = Faults { authorization: Some(fault), ..Faults::NONE };
        meets(&stack, &browser, faults, &[said]).await;
        assert_eq!(stack.emulator.token_requests().len(), 0, "{fault:?}");
        // The error description is shown as text, and the response is removed from the address.
        assert_eq!(browser.script("return document.querySelectorAll('#app script, #app img').length").await, 0);
        assert_eq!(browser.address().await, stack.page, "{fault:?}");
    }
    for right in [Authorization::RightIssuer, Authorization::ForeignCloud] {
        meets(&stack, &browser, Faults { authorization: Some(right), ..Faults::NONE }, &[SIGNED_IN]).await;
    }
}

#[tokio::test]
async fn refuses_wrong_token_responses() {
    // SEC-012
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for (fault, said) in [
        (Tokens::Html, UNREADABLE), // RP-35
        (Tokens::HtmlError, UNREADABLE),
        (Tokens::Redirect, texts::title("authority_unreachable")),
        (Tokens::WrongTokenType, UNREADABLE), // RP-36
        (Tokens::MissingTokenType, UNREADABLE),
        (Tokens::MissingAccessToken, UNREADABLE),
        (Tokens::EmptyAccessToken, UNREADABLE),
        (Tokens::NarrowerScope, texts::title("scope_missing")),
        (Tokens::MissingIdToken, "ID token: missing"),
        (Tokens::MissingRefreshToken, "refresh_token is missing"),
    ] {
        let faults = Faults { token_response: Some(fault), ..Faults::NONE };
        meets(&stack, &browser, faults, &[said]).await;
        assert_eq!(stack.emulator.token_requests().len(), 1, "{fault:?}");
        assert!(!readable_by_scripts(&browser).await.contains("eyJ"), "{fault:?}");
    }
    // RP-36: half of a response, 10 MiB of something else, or none.
    for (outage, said) in [
        (Outage::Malformed, UNREADABLE),
        (Outage::Oversized, UNREADABLE),
        (Outage::Dropped, texts::title("authority_unreachable")),
    ] {
        meets(&stack, &browser, Faults { token: Some(outage), ..Faults::NONE }, &[said]).await;
        // A browser can repeat a request by itself after a lost connection.
        let requested = stack.emulator.token_requests().len();
        assert!(requested == 1 || outage == Outage::Dropped, "{outage:?}: {requested}");
    }
    for right in [
        Tokens::TokenTypeCase,    // RP-33
        Tokens::MissingExpiresIn, // RP-34
        Tokens::MissingScope,
        Tokens::ExpiresInText,
        Tokens::NegativeExpiresIn,
    ] {
        meets(&stack, &browser, Faults { token_response: Some(right), ..Faults::NONE }, &[SIGNED_IN]).await;
    }
    // SEC-031: only ACS and the exchange service read the access token.
    let opaque = Faults { token_response: Some(Tokens::OpaqueAccessToken), ..Faults::NONE };
    meets(&stack, &browser, opaque, &[texts::title("caller_refused")]).await;
}

#[tokio::test]
async fn refuses_wrong_metadata_before_the_redirect() {
    // SEC-008
    const INVALID: &str = texts::title("authority_invalid");
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for (fault, said) in [
        (Metadata::WrongIssuer, INVALID),     // RP-30
        (Metadata::ForeignEndpoint, INVALID), // RP-32
        (Metadata::InsecureEndpoint, INVALID),
        (Metadata::MissingEndpoint, INVALID),
        (Metadata::Redirect, texts::title("authority_unreachable")),
    ] {
        stack.emulator.set_faults(Faults { metadata: Some(fault), ..Faults::NONE });
        browser.open(&stack.page).await;
        browser.click(SIGN_IN).await;
        browser.wait_for_text(said).await;
        assert_eq!(browser.address().await, stack.page, "{fault:?}");
    }
    // RP-27
    meets(&stack, &browser, Faults { metadata: Some(Metadata::PromisesIssuer), ..Faults::NONE }, &[WRONG_ISSUER]).await;
    assert_eq!(stack.emulator.token_requests().len(), 0);
}

#[tokio::test]
async fn sign_out_takes_effect_with_any_response_of_entra() {
    // RP-37
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for fault in [EndSessionFault::MissingState, EndSessionFault::WrongState] {
        let faults = Faults { end_session: Some(fault), ..Faults::NONE };
        meets(&stack, &browser, faults, &[SIGNED_IN]).await;
        sign_out(&browser).await;
        assert!(!readable_by_scripts(&browser).await.contains("Alice"), "{fault:?}");
    }
    let stays = Faults { end_session: Some(EndSessionFault::NoReturn), ..Faults::NONE };
    meets(&stack, &browser, stays, &[SIGNED_IN]).await;
    browser.click(texts::text("signedIn.signOut")).await;
    browser.wait_for_text("You can close this window.").await;
    browser.open(&stack.page).await;
    browser.wait_for_text(SIGN_IN).await;
}
