//! What an identity provider may get wrong, by the OpenID conformance suite's vectors (docs/threat-model.md): every
//! answer that must be refused is, by the page in a browser, and nothing more is asked for.

use azure_emulator::{
    AuthorizationFault as Answer, EndSessionFault, IdTokenFault as IdToken, MetadataFault as Metadata, Outage,
    Tampering, TokenResponseFault as Tokens,
};
use cross_tests::{Browser, Setup, Stack};
use serde_json::json;

use super::sign_in::{SIGN_IN, SIGNED_IN, lying_around, sign_in_as, sign_out};

const CLOCK: &str = "This computer's clock seems to be wrong.";
const REFUSED: &str = "did not pass its checks, so everything was discarded";
const MALFORMED: &str = "an answer that is not in the expected form";
const UNREADABLE: &str = "Entra's answer could not be read, so everything was discarded.";
const WRONG_ISSUER: &str = "came from another authority than the one this page asked";
const WRONG_STATE: &str = "does not belong to the sign-in that was started in this tab";

/// A sign-in at an Entra that gets something wrong, from a page that knows nothing of the one before. Waits for these
/// texts on the page.
async fn meets(stack: &Stack, browser: &Browser, tampering: Tampering, texts: &[&str]) {
    stack.emulator.reset();
    stack.emulator.tamper(tampering);
    browser.open(&stack.page).await;
    browser.click(SIGN_IN).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    for text in texts {
        browser
            .until(&format!("{text:?} for {tampering:?}"), async || {
                browser
                    .script("document.querySelectorAll('details').forEach(details => { details.open = true })")
                    .await;
                browser.text().await.contains(text).then_some(())
            })
            .await;
    }
}

#[tokio::test]
async fn a_wrong_id_token_discards_everything() {
    // SEC-009, SEC-010, SEC-011
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for (fault, said) in [
        (IdToken::WrongIssuer, "no key of the authority fits it"), // RP-02: a key speaks for the issuer of `tid` only
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
        let tampering = Tampering { id_token: Some(fault), ..Tampering::NONE };
        let expected = match fault {
            IdToken::IssuedInFuture | IdToken::NotYetValid | IdToken::Expired => CLOCK,
            _ => REFUSED,
        };
        meets(&stack, &browser, tampering, &[expected, said]).await;
        assert_eq!(stack.emulator.token_requests().len(), 1, "{fault:?}");
        assert!(!lying_around(&browser).await.contains("eyJ"), "{fault:?}");
    }
    // RP-01, RP-06, RP-19: the same page, the same browser, and nothing wrong.
    for right in [None, Some(IdToken::AudienceList)] {
        meets(&stack, &browser, Tampering { id_token: right, ..Tampering::NONE }, &[SIGNED_IN]).await;
    }
}

#[tokio::test]
async fn an_id_token_that_names_no_key_is_refused_however_many_keys_there_are() {
    // RP-15
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    let nameless = Tampering { id_token: Some(IdToken::MissingKeyId), ..Tampering::NONE };
    for _ in 0..3 {
        meets(&stack, &browser, nameless, &[REFUSED, "it is no signed JWT"]).await;
        assert_eq!(stack.emulator.token_requests().len(), 1);
        stack.emulator.rotate_signing_keys();
    }
}

#[tokio::test]
async fn a_new_signing_key_is_no_stranger() {
    // RP-16: keys change between two sign-ins
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for _ in 0..2 {
        meets(&stack, &browser, Tampering::NONE, &[SIGNED_IN]).await;
        stack.emulator.rotate_signing_keys();
    }
}

#[tokio::test]
async fn a_key_that_is_newer_than_the_keys_at_hand_is_asked_for_once_more() {
    // RP-16: keys change just before signing, while the page waits with those of a moment ago. ACS itself makes the
    // exchange, so that nobody but the page asks for keys.
    let setup = Setup { direct: true, ..Setup::multitenant() }.assigning("alice@fabrikam.example");
    let (stack, browser) = (Stack::start_with(setup).await, Browser::start().await);
    stack.emulator.tamper(Tampering { token: Some(Outage::Slow), ..Tampering::NONE });
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.until("the first keys", async || (stack.emulator.key_requests() == 1).then_some(())).await;
    stack.emulator.rotate_signing_keys();
    browser.wait_for_text(SIGNED_IN).await;
    assert_eq!(stack.emulator.key_requests(), 2);
}

#[tokio::test]
async fn keys_that_change_while_the_page_lives_keep_nobody_out() {
    // RP-16: the same page, never loaded again, before and after
    let setup = Setup { more: json!({ "signInBy": "window" }), ..Setup::multitenant() };
    let (stack, browser) = (Stack::start_with(setup).await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.script("document.documentElement.dataset.page = 'the same'").await;
    for button in [SIGN_IN, "Sign in again"] {
        browser.click(button).await;
        let page = browser.enter_other_window().await;
        browser.click("Sign in as alice@fabrikam.example").await;
        browser.enter_window(&page).await;
        browser.wait_for_text(SIGNED_IN).await;
        browser.until("the window's end", async || (browser.windows().await.len() == 1).then_some(())).await;
        assert_eq!(browser.script("return document.documentElement.dataset.page").await, "the same");
        stack.emulator.rotate_signing_keys();
        // Signing out without a network stays here.
        browser.script("Object.defineProperty(navigator, 'onLine', { get: () => false, configurable: true })").await;
        browser.click("Sign out").await;
        browser.wait_for_text("Entra could not be told").await;
    }
}

/// The state that the page sent, out of the address of Entra's page that shows the accounts.
async fn sent_state(browser: &Browser) -> String {
    browser.wait_for_text("Sign in as alice@fabrikam.example").await;
    let address = browser.address().await;
    let (_, rest) = address.split_once("&state=").unwrap();
    rest.split('&').next().unwrap().to_owned()
}

/// Runs a script in a document of the page's origin that is not the page, and comes back to where it was.
async fn beside_the_page(stack: &Stack, browser: &Browser, script: &str) {
    let back = browser.address().await;
    // No JSON, which Firefox shows in a viewer of another origin.
    browser.open(&format!("{}nothing", stack.page)).await;
    assert_ne!(browser.script(script).await, serde_json::Value::Null, "it found what it was after");
    browser.open(&back).await;
}

#[tokio::test]
async fn a_state_is_good_for_one_answer() {
    // RP-22: the answer comes again, after it was taken, with the very state that was sent
    const STRANGER: &str = "A sign-in came back that was not started in this tab";
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click(SIGN_IN).await;
    let state = sent_state(&browser).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.wait_for_text(SIGNED_IN).await;
    let redeemed = stack.emulator.token_requests().len();
    for answer in [format!("code=stolen&state={state}"), format!("error=access_denied&state={state}")] {
        browser.open("about:blank").await;
        browser.open(&format!("{}#{answer}", stack.page)).await;
        // REP-05: as after the Back button, there is no reason for an alarm.
        browser.wait_for_text(SIGN_IN).await;
        let text = browser.text().await;
        for absent in ["Alice", STRANGER] {
            assert!(!text.contains(absent), "{text}");
        }
        assert_eq!(browser.address().await, stack.page);
    }
    assert_eq!(stack.emulator.token_requests().len(), redeemed, "nothing is redeemed for it");
}

#[tokio::test]
async fn an_answer_that_took_longer_than_ten_minutes_is_not_taken() {
    // RP-23: as if the person had gone away from Entra's page for a while
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for (seconds, text) in [(601, "The sign-in took longer than ten minutes"), (590, SIGNED_IN)] {
        stack.emulator.reset();
        browser.open(&stack.page).await;
        browser.click(SIGN_IN).await;
        browser.wait_for_text("Sign in as alice@fabrikam.example").await;
        let age = format!(
            "const kept = JSON.parse(sessionStorage.getItem('acs-sign-in.transaction'));              const {{ started }} = kept.signIn; started.at -= {seconds}; started.host &&= started.host - {seconds};              sessionStorage.setItem('acs-sign-in.transaction', JSON.stringify(kept)); return started.at"
        );
        beside_the_page(&stack, &browser, &age).await;
        browser.click("Sign in as alice@fabrikam.example").await;
        browser.wait_for_text(text).await;
        assert_eq!(stack.emulator.token_requests().is_empty(), seconds > 600);
        assert!(!lying_around(&browser).await.contains("acs-sign-in.transaction"));
    }
}

#[tokio::test]
async fn an_answer_that_comes_back_in_another_tab_is_nobodys() {
    // RP-24: with the state that the first tab sent, and a code that would be good
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click(SIGN_IN).await;
    sent_state(&browser).await;
    let (address, first) = (browser.address().await, browser.window().await);
    let second = browser.new_tab().await;
    browser.enter_window(&second).await;
    // A tab that never was at the page, then one that is on its own way to Entra.
    for own_way in [false, true] {
        if own_way {
            browser.open(&stack.page).await;
            browser.click("Sign in with your work account").await;
            sent_state(&browser).await;
        }
        browser.open(&format!("{address}&prompt=select_account")).await;
        browser.click("Sign in as alice@fabrikam.example").await;
        let expected = if own_way { WRONG_STATE } else { "A sign-in came back that was not started in this tab" };
        browser.wait_for_text(expected).await;
        assert!(stack.emulator.token_requests().is_empty());
        stack.emulator.reset();
    }
    // The tab that asked goes on unharmed.
    browser.enter_window(&first).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.wait_for_text(SIGNED_IN).await;
}

#[tokio::test]
async fn a_page_of_one_organization_takes_nobody_of_another() {
    let (stack, browser) = (Stack::start_with(Setup::single_tenant()).await, Browser::start().await);
    let tampering = Tampering { id_token: Some(IdToken::WrongTenant), ..Tampering::NONE };
    meets(&stack, &browser, tampering, &[REFUSED, "no key of the authority fits it"]).await;
    assert_eq!(stack.emulator.token_requests().len(), 1);
}

#[tokio::test]
async fn a_wrong_answer_of_the_authorization_endpoint_leads_to_no_request() {
    // SEC-003, SEC-005, SEC-006, SEC-020
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for (fault, said) in [
        (Answer::WrongState, WRONG_STATE),   // RP-20
        (Answer::MissingState, WRONG_STATE), // RP-21
        (Answer::ErrorWrongState, WRONG_STATE),
        (Answer::ErrorWithoutState, WRONG_STATE),
        (Answer::DuplicateState, MALFORMED), // RP-25
        (Answer::DuplicateCode, MALFORMED),
        (Answer::DuplicateIssuer, MALFORMED),
        (Answer::MissingCode, MALFORMED),
        (Answer::WrongIssuer, WRONG_ISSUER),                   // RP-26
        (Answer::WithTokens, MALFORMED),                       // RP-29
        (Answer::Error, "Entra cannot answer at the moment."), // RP-28
        (Answer::HostileError, "Entra cannot answer at the moment."),
    ] {
        let tampering = Tampering { authorization: Some(fault), ..Tampering::NONE };
        meets(&stack, &browser, tampering, &[said]).await;
        assert_eq!(stack.emulator.token_requests().len(), 0, "{fault:?}");
        // What a stranger writes is text, and it is gone from the address.
        assert_eq!(browser.script("return document.querySelectorAll('#app script, #app img').length").await, 0);
        assert_eq!(browser.address().await, stack.page, "{fault:?}");
    }
    for right in [Answer::RightIssuer, Answer::ForeignCloud] {
        meets(&stack, &browser, Tampering { authorization: Some(right), ..Tampering::NONE }, &[SIGNED_IN]).await;
    }
}

#[tokio::test]
async fn a_wrong_answer_of_the_token_endpoint_discards_everything() {
    // SEC-012
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for (fault, said) in [
        (Tokens::Html, UNREADABLE), // RP-35
        (Tokens::HtmlError, UNREADABLE),
        (Tokens::Redirect, "The sign-in service could not be reached."),
        (Tokens::WrongTokenType, UNREADABLE), // RP-36
        (Tokens::MissingTokenType, UNREADABLE),
        (Tokens::MissingAccessToken, UNREADABLE),
        (Tokens::EmptyAccessToken, UNREADABLE),
        (Tokens::NarrowerScope, "did not grant all permissions"),
        (Tokens::MissingIdToken, "there is none"),
        (Tokens::MissingRefreshToken, "refresh_token is missing"),
    ] {
        let tampering = Tampering { token_response: Some(fault), ..Tampering::NONE };
        meets(&stack, &browser, tampering, &[said]).await;
        assert_eq!(stack.emulator.token_requests().len(), 1, "{fault:?}");
        assert!(!lying_around(&browser).await.contains("eyJ"), "{fault:?}");
    }
    // RP-36: instead of the answer, its half, 10 MiB of something else, or nothing.
    for (outage, said) in [
        (Outage::Malformed, UNREADABLE),
        (Outage::Oversized, UNREADABLE),
        (Outage::Dropped, "The sign-in service could not be reached."),
    ] {
        meets(&stack, &browser, Tampering { token: Some(outage), ..Tampering::NONE }, &[said]).await;
        // A browser may send again by itself what it lost a connection over.
        let asked = stack.emulator.token_requests().len();
        assert!(asked == 1 || outage == Outage::Dropped, "{outage:?}: {asked}");
    }
    for right in [
        Tokens::TokenTypeCase,    // RP-33
        Tokens::MissingExpiresIn, // RP-34
        Tokens::MissingScope,
        Tokens::ExpiresInText,
        Tokens::NegativeExpiresIn,
    ] {
        meets(&stack, &browser, Tampering { token_response: Some(right), ..Tampering::NONE }, &[SIGNED_IN]).await;
    }
    // SEC-031: what the access token is, is nobody's business but ACS's and the exchange service's.
    let opaque = Tampering { token_response: Some(Tokens::OpaqueAccessToken), ..Tampering::NONE };
    meets(&stack, &browser, opaque, &["The exchange service did not accept this sign-in."]).await;
}

#[tokio::test]
async fn wrong_metadata_leads_nowhere() {
    // SEC-008
    const INVALID: &str = "The authority's description of itself does not fit the configuration.";
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for (fault, said) in [
        (Metadata::WrongIssuer, INVALID),     // RP-30
        (Metadata::ForeignEndpoint, INVALID), // RP-32
        (Metadata::InsecureEndpoint, INVALID),
        (Metadata::MissingEndpoint, INVALID),
        (Metadata::Redirect, "The sign-in service could not be reached."),
    ] {
        stack.emulator.tamper(Tampering { metadata: Some(fault), ..Tampering::NONE });
        browser.open(&stack.page).await;
        browser.click(SIGN_IN).await;
        browser.wait_for_text(said).await;
        assert_eq!(browser.address().await, stack.page, "{fault:?}");
    }
    // RP-27
    meets(&stack, &browser, Tampering { metadata: Some(Metadata::PromisesIssuer), ..Tampering::NONE }, &[WRONG_ISSUER])
        .await;
    assert_eq!(stack.emulator.token_requests().len(), 0);
}

#[tokio::test]
async fn whoever_signs_out_stays_signed_out_whatever_entra_answers() {
    // RP-37
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for fault in [EndSessionFault::MissingState, EndSessionFault::WrongState] {
        let tampering = Tampering { end_session: Some(fault), ..Tampering::NONE };
        meets(&stack, &browser, tampering, &[SIGNED_IN]).await;
        sign_out(&browser).await;
        assert!(!lying_around(&browser).await.contains("Alice"), "{fault:?}");
    }
    let stays = Tampering { end_session: Some(EndSessionFault::NoReturn), ..Tampering::NONE };
    meets(&stack, &browser, stays, &[SIGNED_IN]).await;
    browser.click("Sign out").await;
    browser.wait_for_text("You can close this window.").await;
    browser.open(&stack.page).await;
    browser.wait_for_text(SIGN_IN).await;
}
