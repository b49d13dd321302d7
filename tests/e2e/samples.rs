//! The page and Microsoft's own sample backends: what each gives, and what a person is told of each refusal.

use azure_emulator::{Outage, Tampering, TokenResponseFault};
use cross_tests::{Browser, Program, Sample, Setup, Stack};

use super::sign_in::{SIGNED_IN, lying_around, sign_in_as};

const ALICE: &str = "alice@fabrikam.example";
/// She has no Teams licence, so ACS refuses her.
const HEIDI: &str = "heidi@fabrikam.example";

const ACS_UNAVAILABLE: &str = "Azure Communication Services did not give a usable answer.";
const APPLICATION_MISMATCH: &str = "The exchange service expects sign-ins of another application than this page's.";
const CALLER_REFUSED: &str = "The exchange service did not accept this sign-in.";
const ENTRA_TOKEN_REFUSED: &str = "Azure Communication Services did not accept your sign-in.";
const FAILED: &str = "The exchange service could not do its part.";
const UNREACHABLE: &str = "The exchange service could not be reached.";
const UNREADABLE: &str = "The exchange service gave an answer that cannot be read as a token.";

async fn stack(sample: Sample) -> Stack {
    Stack::start_with(Setup { sample: Some(sample), ..Setup::multitenant() }).await
}

/// Signs somebody in and waits for what the page says, and for the evidence it shows.
async fn assert_explained(browser: &Browser, stack: &Stack, username: &str, sentence: &str, detail: &str) {
    sign_in_as(username, stack, browser).await;
    browser.wait_for_text(sentence).await;
    browser.click("Details to pass on").await;
    browser.wait_for_text(detail).await;
    assert!(!browser.text().await.contains("/srv/"), "a stack trace is nobody's");
}

#[tokio::test]
async fn each_sample_gives_the_token() {
    for program in [Program::Quickstart, Program::HeroNode, Program::HeroCsharp, Program::Function] {
        let (stack, browser) = (stack(Sample::new(program).with_cors()).await, Browser::start().await);
        sign_in_as(ALICE, &stack, &browser).await;
        browser.wait_for_text(SIGNED_IN).await;
    }
}

#[tokio::test]
async fn what_acs_refuses_is_told_as_well_as_each_sample_lets_it() {
    // REP-24, REP-25
    const NODE: &str = "HTTP 500: An error occurred when exchanging an AAD token:";
    for (program, sentence, no_licence) in [
        (Program::Quickstart, ENTRA_TOKEN_REFUSED, "HTTP 403"),
        (Program::HeroNode, ENTRA_TOKEN_REFUSED, NODE),
        (Program::HeroCsharp, ENTRA_TOKEN_REFUSED, "HTTP 500: The user has no Teams license."),
        (Program::Function, ENTRA_TOKEN_REFUSED, "HTTP 404"),
    ] {
        let (stack, browser) = (stack(Sample::new(program).with_cors()).await, Browser::start().await);
        assert_explained(&browser, &stack, HEIDI, sentence, no_licence).await;
    }
    // REP-26: four attempts of the SDK, which take seven seconds, and the page waits for them.
    let (stack, browser) = (stack(Sample::new(Program::HeroNode)).await, Browser::start().await);
    stack.emulator.tamper(Tampering { exchange: Some(Outage::Unavailable), ..Tampering::NONE });
    assert_explained(&browser, &stack, ALICE, FAILED, NODE).await;
}

#[tokio::test]
async fn rep_24_a_client_id_that_is_not_the_pages_is_named() {
    for program in [Program::Quickstart, Program::HeroNode, Program::HeroCsharp] {
        let sample =
            Sample { client_id: Some("00000000-1111-4222-8333-444444444444"), ..Sample::new(program).with_cors() };
        let (stack, browser) = (stack(sample).await, Browser::start().await);
        let status =
            if program == Program::Quickstart { "HTTP 400" } else { "AAD application is not the expected one." };
        assert_explained(&browser, &stack, ALICE, APPLICATION_MISMATCH, status).await;
    }
}

#[tokio::test]
async fn rep_21_a_token_that_a_sample_quotes_is_not_shown_or_kept() {
    const NODE: &str = "occurred while parsing the response body";
    for (program, sentence, detail) in
        [(Program::HeroNode, ACS_UNAVAILABLE, NODE), (Program::Quickstart, ACS_UNAVAILABLE, "HTTP 500")]
    {
        let sample = Sample { unreadable: true, ..Sample::new(program).with_cors() };
        let (stack, browser) = (stack(sample).await, Browser::start().await);
        assert_explained(&browser, &stack, ALICE, sentence, detail).await;
        let found = [browser.text().await, lying_around(&browser).await].concat();
        assert!(!found.contains("eyJ"), "{found}");
        assert_eq!(found.contains("[removed]"), program == Program::HeroNode, "{found}");
    }
}

#[tokio::test]
async fn a_caller_whom_a_sample_does_not_know_is_told_so() {
    let elsewhere = "00000000-1111-4222-8333-444444444444";
    for (sample, sentence, detail) in [
        (Sample { scope: "another_scope", ..Sample::new(Program::HeroNode) }, CALLER_REFUSED, "HTTP 403"),
        (Sample { scope: "another_scope", ..Sample::new(Program::HeroCsharp) }, CALLER_REFUSED, "HTTP 403"),
        (Sample { audience: elsewhere, ..Sample::new(Program::HeroCsharp) }, CALLER_REFUSED, "HTTP 401"),
        (Sample { audience: elsewhere, ..Sample::new(Program::Function).with_cors() }, CALLER_REFUSED, "HTTP 401"),
    ] {
        let (stack, browser) = (stack(sample).await, Browser::start().await);
        assert_explained(&browser, &stack, ALICE, sentence, detail).await;
    }
}

#[tokio::test]
async fn a_token_that_is_none_is_told_as_each_sample_tells_it() {
    let opaque = Tampering { token_response: Some(TokenResponseFault::OpaqueAccessToken), ..Tampering::NONE };
    for (program, sentence, detail) in [
        (Program::Quickstart, CALLER_REFUSED, "HTTP 401"),
        (Program::HeroNode, CALLER_REFUSED, "HTTP 500: jwt malformed"),
        (Program::HeroCsharp, CALLER_REFUSED, "HTTP 401"),
        (Program::Function, CALLER_REFUSED, "HTTP 401"),
    ] {
        let (stack, browser) = (stack(Sample::new(program).with_cors()).await, Browser::start().await);
        stack.emulator.tamper(opaque);
        assert_explained(&browser, &stack, ALICE, sentence, detail).await;
    }
}

#[tokio::test]
async fn a_sample_that_allows_no_other_origin_cannot_be_reached() {
    // REP-22: neither of the two has CORS of its own.
    for program in [Program::Quickstart, Program::Function] {
        let (stack, browser) = (stack(Sample::new(program)).await, Browser::start().await);
        sign_in_as(ALICE, &stack, &browser).await;
        browser.wait_for_text(UNREACHABLE).await;
    }
}

#[tokio::test]
async fn a_wrong_path_is_told_apart_from_a_refusal_where_the_sample_does_it() {
    for (program, sentence, detail) in [
        (Program::Quickstart, UNREADABLE, "HTTP 404"),
        (Program::HeroNode, UNREADABLE, "HTTP 404: The /nowhere endpoint is invalid!"),
        (Program::HeroCsharp, UNREADABLE, "HTTP 404"),
        // Its 404 means that ACS refused.
        (Program::Function, ENTRA_TOKEN_REFUSED, "HTTP 404"),
    ] {
        let sample = Sample { path: "/nowhere", ..Sample::new(program).with_cors() };
        let (stack, browser) = (stack(sample).await, Browser::start().await);
        assert_explained(&browser, &stack, ALICE, sentence, detail).await;
    }
}
