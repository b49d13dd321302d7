//! The page with stand-ins for Microsoft's sample backends: tokens, and the texts for each refusal.

use azure_emulator::{Faults, Outage, TokenResponseFault};
use cross_tests::{Browser, Program, Sample, Setup, Stack, texts};

use super::sign_in::{SIGNED_IN, readable_by_scripts, sign_in_as};

const ALICE: &str = "alice@fabrikam.example";
/// She has no Teams license, so ACS refuses her token.
const HEIDI: &str = "heidi@fabrikam.example";

const ACS_UNAVAILABLE: &str = texts::title("acs_unavailable");
const APPLICATION_MISMATCH: &str = texts::title("application_mismatch");
const CALLER_REFUSED: &str = texts::title("caller_refused");
const ENTRA_TOKEN_REFUSED: &str = texts::title("entra_token_refused");
const FAILED: &str = texts::title("exchange_failed");
const UNREACHABLE: &str = texts::title("exchange_unreachable");
const UNREADABLE: &str = texts::title("exchange_response_unreadable");

async fn stack(sample: Sample) -> Stack {
    Stack::start_with(Setup { sample: Some(sample), ..Setup::multitenant() }).await
}

/// Signs in, and waits for this sentence and this text in the details.
async fn assert_explained(browser: &Browser, stack: &Stack, username: &str, sentence: &str, detail: &str) {
    sign_in_as(username, stack, browser).await;
    browser.wait_for_text(sentence).await;
    browser.click(texts::text("problem.details")).await;
    browser.wait_for_text(detail).await;
    assert!(!browser.text().await.contains("/srv/"), "a stack trace is not shown");
}

#[tokio::test]
async fn gets_the_token_from_each_sample() {
    for program in [Program::Quickstart, Program::HeroNode, Program::HeroCsharp, Program::Function] {
        let (stack, browser) = (stack(Sample::new(program).with_cors()).await, Browser::start().await);
        sign_in_as(ALICE, &stack, &browser).await;
        browser.wait_for_text(SIGNED_IN).await;
    }
}

#[tokio::test]
async fn shows_a_refusal_of_acs_through_each_sample() {
    // REP-24, REP-25
    const NODE: &str = "HTTP 500: An error occurred when exchanging an AAD token:";
    for (program, sentence, no_license) in [
        (Program::Quickstart, ENTRA_TOKEN_REFUSED, "HTTP 403"),
        (Program::HeroNode, ENTRA_TOKEN_REFUSED, NODE),
        (Program::HeroCsharp, ENTRA_TOKEN_REFUSED, "HTTP 500: The user has no Teams license."),
        (Program::Function, ENTRA_TOKEN_REFUSED, "HTTP 404"),
    ] {
        let (stack, browser) = (stack(Sample::new(program).with_cors()).await, Browser::start().await);
        assert_explained(&browser, &stack, HEIDI, sentence, no_license).await;
    }
    // REP-26: the SDK makes four attempts in seven seconds, and the page waits for them.
    let (stack, browser) = (stack(Sample::new(Program::HeroNode)).await, Browser::start().await);
    stack.emulator.set_faults(Faults { exchange: Some(Outage::Unavailable), ..Faults::NONE });
    assert_explained(&browser, &stack, ALICE, FAILED, NODE).await;
}

#[tokio::test]
async fn rep_24_names_a_client_id_that_is_not_the_pages() {
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
async fn rep_21_removes_tokens_that_a_sample_quotes() {
    const NODE: &str = "occurred while parsing the response body";
    for (program, sentence, detail) in
        [(Program::HeroNode, ACS_UNAVAILABLE, NODE), (Program::Quickstart, ACS_UNAVAILABLE, "HTTP 500")]
    {
        let sample = Sample { unreadable: true, ..Sample::new(program).with_cors() };
        let (stack, browser) = (stack(sample).await, Browser::start().await);
        assert_explained(&browser, &stack, ALICE, sentence, detail).await;
        let found = [browser.text().await, readable_by_scripts(&browser).await].concat();
        assert!(!found.contains("eyJ"), "{found}");
        assert_eq!(found.contains("[removed]"), program == Program::HeroNode, "{found}");
    }
}

#[tokio::test]
async fn shows_that_a_sample_refuses_the_caller() {
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
async fn shows_that_a_sample_refuses_an_opaque_token() {
    let opaque = Faults { token_response: Some(TokenResponseFault::OpaqueAccessToken), ..Faults::NONE };
    for (program, sentence, detail) in [
        (Program::Quickstart, CALLER_REFUSED, "HTTP 401"),
        (Program::HeroNode, CALLER_REFUSED, "HTTP 500: jwt malformed"),
        (Program::HeroCsharp, CALLER_REFUSED, "HTTP 401"),
        (Program::Function, CALLER_REFUSED, "HTTP 401"),
    ] {
        let (stack, browser) = (stack(Sample::new(program).with_cors()).await, Browser::start().await);
        stack.emulator.set_faults(opaque);
        assert_explained(&browser, &stack, ALICE, sentence, detail).await;
    }
}

#[tokio::test]
async fn shows_that_a_sample_without_cors_cannot_be_reached() {
    // REP-22: neither sample sends CORS headers.
    for program in [Program::Quickstart, Program::Function] {
        let (stack, browser) = (stack(Sample::new(program)).await, Browser::start().await);
        sign_in_as(ALICE, &stack, &browser).await;
        browser.wait_for_text(UNREACHABLE).await;
    }
}

#[tokio::test]
async fn shows_a_wrong_path_where_the_sample_sends_404() {
    for (program, sentence, detail) in [
        (Program::Quickstart, UNREADABLE, "HTTP 404"),
        (Program::HeroNode, UNREADABLE, "HTTP 404: The /nowhere endpoint is invalid!"),
        (Program::HeroCsharp, UNREADABLE, "HTTP 404"),
        // The Function answers 404 when ACS refuses, so the page cannot see a wrong path.
        (Program::Function, ENTRA_TOKEN_REFUSED, "HTTP 404"),
    ] {
        let sample = Sample { path: "/nowhere", ..Sample::new(program).with_cors() };
        let (stack, browser) = (stack(sample).await, Browser::start().await);
        assert_explained(&browser, &stack, ALICE, sentence, detail).await;
    }
}
