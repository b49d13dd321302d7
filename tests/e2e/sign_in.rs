//! The redirect flow.

use azure_emulator::{EndSessionFault, Faults};
use cross_tests::{Browser, Host, Portal, Setup, Stack, dist, texts};
use messages::ProblemCode;
use serde_json::json;

use crate::tampered::page_with;

pub(crate) const SIGN_IN: &str = texts::text("signedOut.signIn");
pub(crate) const SIGNED_IN: &str = texts::text("signedIn.title");

/// Opens the page, and chooses this account at Entra.
pub(crate) async fn sign_in_as(username: &str, stack: &Stack, browser: &Browser) {
    browser.open(&stack.page).await;
    browser.click(SIGN_IN).await;
    browser.click(&format!("Sign in as {username}")).await;
}

/// Signs out, and waits until Entra has redirected to a newly loaded page. The old page looks the same until then, and
/// opening another address meanwhile would stop the sign-out at Entra.
pub(crate) async fn sign_out(browser: &Browser) {
    let document = "return performance.timeOrigin";
    let left = browser.script(document).await;
    browser.click(texts::text("signedIn.signOut")).await;
    browser.until("a newly loaded page", async || (browser.script(document).await != left).then_some(())).await;
    // Not the static card of `index.html`, which has the same title before any script has run.
    browser.wait_for("section:not(#boot-card) button").await;
    browser.wait_for_text(texts::text("signedOut.title")).await;
}

/// Everything that a script of the page's origin can read: address, document, storage, history and requests.
pub(crate) async fn readable_by_scripts(browser: &Browser) -> String {
    let found = browser
        .script(
            "return JSON.stringify([location.href, document.title, document.documentElement.outerHTML, document.cookie, \
             {...localStorage}, {...sessionStorage}, history.state, window.name, \
             performance.getEntriesByType('resource').map(entry => entry.name)])",
        )
        .await;
    found.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn signs_in_and_shows_the_calling_token() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.screenshot("signed-out").await;
    browser.click(SIGN_IN).await;
    browser.click("Sign in as alice@fabrikam.example").await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.wait_for_text("Alice Arden").await;
    browser.screenshot("signed-in").await;

    // SEC-013: the code is neither in the address nor in requests to the page's host.
    assert_eq!(browser.address().await, stack.page);
    assert!(stack.site.requests().iter().all(|line| !line.contains("code=")), "{:?}", stack.site.requests());
    // One request for each resource: the code for ACS, then the refresh token for the exchange service.
    let grants: Vec<_> = stack.emulator.token_requests().iter().map(|request| request.grant_type).collect();
    assert_eq!(grants, [Some("authorization_code"), Some("refresh_token")]);
    // SEC-026, SEC-027, SEC-028
    let found = readable_by_scripts(&browser).await;
    for secret in ["eyJ", "code=", "acs-sign-in.transaction"] {
        assert!(!found.contains(secret), "{secret} in {found}");
    }
    // The control: this search finds values that are known to be there.
    browser.script("sessionStorage.setItem('planted', 'eyJ')").await;
    assert!(readable_by_scripts(&browser).await.contains("eyJ"));
}

#[tokio::test]
async fn only_a_page_for_developers_lets_the_person_copy_the_token() {
    // SEC-146
    for is_for_developers in [true, false] {
        let more = json!({ "developerTools": is_for_developers.then_some(true) });
        let (stack, browser) = (Stack::start_with(Setup { more, ..Setup::default() }).await, Browser::start().await);
        sign_in_as("alice@fabrikam.example", &stack, &browser).await;
        browser.click(texts::text("developers.title")).await;
        browser.wait_for_text(texts::text("developers.note")).await;
        let text = browser.text().await;
        for shown in [texts::text("signedIn.copyToken"), texts::text("signedIn.timeLeft")] {
            assert_eq!(text.contains(shown), is_for_developers, "{shown}: {text}");
        }
    }
}

#[tokio::test]
async fn the_person_continues_at_the_configured_place_which_learns_nothing() {
    // SEC-014
    let portal = Portal::start().await;
    let place =
        portal.put("/calls", "<!doctype html><p>the portal's calls<p id=from></p><script src=/from.js></script>");
    portal.put(
        "/from.js",
        "document.getElementById('from').textContent = JSON.stringify([document.referrer, location.href])",
    );
    let more = json!({ "continueUrl": place });
    let (stack, browser) = (Stack::start_with(Setup { more, ..Setup::default() }).await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.screenshot("continue").await;
    browser.click(texts::text("signedIn.continue")).await;
    browser.wait_for_text(&json!(["", place]).to_string()).await;
}

// Without its policy, the vault could send tokens to any server.
#[tokio::test]
async fn a_vault_without_its_policy_does_not_start() {
    let stack = Stack::serving(&dist(), Host::WithoutVaultPolicy, Setup::default()).await;
    let browser = Browser::start().await;
    browser.open(&stack.page).await;
    browser.wait_for_text(texts::title("vault_unprotected")).await;
    assert!(!browser.text().await.contains(SIGN_IN));
}

// Browsers enforce nothing of a policy that they only report, but treat its Trusted Types as required.
#[tokio::test]
async fn a_page_or_vault_whose_policy_is_only_reported_does_not_start() {
    for (host, text) in [
        (Host::VaultPolicyReported, texts::title("vault_unprotected")),
        (Host::DocumentPolicyReported, "This page was served without its protection, so it does not start."),
    ] {
        let stack = Stack::serving(&dist(), host, Setup::default()).await;
        let browser = Browser::start().await;
        browser.open(&stack.page).await;
        browser.wait_for_text(text).await;
        assert!(!browser.text().await.contains(SIGN_IN));
    }
}

#[tokio::test]
async fn a_page_without_its_policy_does_not_start() {
    let stack = Stack::serving(&dist(), Host::WithoutDocumentPolicy, Setup::default()).await;
    let browser = Browser::start().await;
    browser.open(&stack.page).await;
    browser.wait_for_text("This page was served without its protection, so it does not start.").await;
    assert!(!browser.text().await.contains(SIGN_IN));
}

#[tokio::test]
async fn a_browser_without_webassembly_gets_a_message() {
    // SEC-066
    let page = page_with("globalThis.WebAssembly = undefined;", &["boot.js"]);
    let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
    let browser = Browser::start().await;
    browser.open(&stack.page).await;
    browser.wait_for_text("your browser is too old for it").await;
    assert!(!browser.text().await.contains(SIGN_IN));
}

#[tokio::test]
async fn a_page_without_https_names_the_cause() {
    // SEC-066. The browsers of the tests trust loopback without TLS, so the script before the page's own says otherwise.
    let page = page_with("Object.defineProperty(globalThis, 'isSecureContext', { value: false });", &["boot.js"]);
    let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
    let browser = Browser::start().await;
    browser.open(&stack.page).await;
    browser.wait_for_text("This page's address must begin with https:").await;
    assert!(!browser.text().await.contains(SIGN_IN));
}

#[tokio::test]
async fn a_multitenant_page_signs_in_people_of_another_organization() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("bob@contoso.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.wait_for_text("Bob Brook").await;
}

#[tokio::test]
async fn a_single_tenant_page_signs_in_its_own_people() {
    let stack = Stack::start_with(Setup::single_tenant()).await;
    let browser = Browser::start().await;
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
}

#[tokio::test]
async fn an_entra_id_user_needs_no_exchange_service() {
    let direct = || Setup { direct: true, ..Setup::multitenant() };
    let (stack, browser) = (Stack::start_with(direct()).await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(texts::title(ProblemCode::AssignmentMissing.code())).await;

    let (stack, browser) =
        (Stack::start_with(direct().assigning("alice@fabrikam.example")).await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
}

#[tokio::test]
async fn the_exchange_service_relays_keys_that_lack_cors() {
    let without_cors = Faults { keys_without_cors: true, ..Faults::default() };
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    stack.emulator.set_faults(without_cors);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(texts::title("keys_unavailable")).await;

    let stack = Stack::start_with(Setup { relayed_keys: true, ..Setup::multitenant() }).await;
    let browser = Browser::start().await;
    stack.emulator.set_faults(without_cors);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
}

#[tokio::test]
async fn a_reload_ends_the_sign_in() {
    // SEC-026
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.open(&stack.page).await;
    browser.wait_for_text(SIGN_IN).await;
    assert!(!browser.text().await.contains("Alice"));
}

#[tokio::test]
async fn sign_out_ends_the_session_here_and_at_entra() {
    // SEC-024
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    sign_out(&browser).await;
    assert_eq!(browser.address().await, stack.page);
    assert!(!readable_by_scripts(&browser).await.contains("Alice"));
    browser.click(SIGN_IN).await;
    browser.wait_for_text("Pick an account").await;
}

#[tokio::test]
async fn rep_12_entra_does_not_ask_which_account_is_signed_out() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    let asks = Faults { end_session: Some(EndSessionFault::AsksWhichAccount), ..Faults::NONE };
    stack.emulator.set_faults(asks);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    sign_out(&browser).await;
    // The `state` in the query of the return is not reported as a response.
    assert_eq!(browser.address().await, stack.page);
    assert!(!browser.text().await.contains(texts::title("response_unsolicited")));
    browser.click(SIGN_IN).await;
    browser.wait_for_text("Pick an account").await;
}

#[tokio::test]
async fn rep_06_a_response_in_the_query_is_scrubbed_and_explained() {
    const MALFORMED: &str = texts::title("response_malformed");
    const UNSOLICITED: &str = texts::title("response_unsolicited");
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for query in ["code=stolen", "code=stolen&state=guessed", "error=access_denied&state=guessed", "id_token=stolen"] {
        browser.open("about:blank").await;
        browser.open(&format!("{}?{query}", stack.page)).await;
        browser.wait_for_text(UNSOLICITED).await;
        assert_eq!(browser.address().await, stack.page, "{query}");
    }
    // A response in the fragment does not protect one in the query.
    browser.open("about:blank").await;
    browser.open(&format!("{}?code=stolen#error=access_denied&state=guessed", stack.page)).await;
    browser.wait_for_text(UNSOLICITED).await;
    assert_eq!(browser.address().await, stack.page);
    // With the right `state`.
    for (response, sentence) in [("code=c", MALFORMED), ("error=access_denied", texts::title("sign_in_declined"))] {
        browser.open(&stack.page).await;
        browser.click(SIGN_IN).await;
        browser.wait_for_text("alice@fabrikam.example").await;
        let sent = browser.address().await;
        let state = sent.split("&state=").nth(1).and_then(|rest| rest.split('&').next()).unwrap().to_owned();
        browser.open(&format!("{}?{response}&state={state}", stack.page)).await;
        browser.wait_for_text(sentence).await;
        assert_eq!(browser.address().await, stack.page);
        let transaction = browser.script("return sessionStorage.getItem('acs-sign-in.transaction')").await;
        assert!(transaction.is_null(), "a transaction is good for one return");
        // Used values of `state` are kept to recognize a repeated response only (REP-05).
        browser.script("sessionStorage.removeItem('acs-sign-in.spent')").await;
        assert!(!readable_by_scripts(&browser).await.contains(&state));
    }
    assert!(stack.emulator.token_requests().is_empty(), "a code that the host has seen is not redeemed");
    // Other parameters stay in the address.
    browser.open(&format!("{}?theme=dark", stack.page)).await;
    browser.wait_for_text(SIGN_IN).await;
    assert!(browser.address().await.ends_with("?theme=dark"));
}

#[tokio::test]
async fn sign_out_without_a_network_says_that_entra_was_not_reached() {
    // SEC-024; RP-38
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    browser.script("Object.defineProperty(navigator, 'onLine', { get: () => false })").await;
    browser.click(texts::text("signedIn.signOut")).await;
    browser.wait_for_text(texts::title(ProblemCode::SignOutOffline.code())).await;
    assert!(!readable_by_scripts(&browser).await.contains("Alice"));
    browser.click(texts::text("signedOut.signInAgain")).await;
    browser.wait_for_text("Pick an account").await;
}

#[tokio::test]
async fn signing_in_again_satisfies_a_claims_challenge() {
    // SEC-019
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("ivan@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(texts::title("mfa_needed")).await;
    browser.click(texts::text("signedOut.signInAgain")).await;
    browser.click("Sign in as ivan@fabrikam.example").await;
    browser.wait_for_text(SIGNED_IN).await;
}

#[tokio::test]
async fn a_response_that_is_too_long_is_malformed() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    // The first one loses its state if it is cut, and the second one is then a valid response with a part of its code.
    for order in ["code={code}&state={state}", "state={state}&code={code}"] {
        browser.open(&stack.page).await;
        browser.click(SIGN_IN).await;
        browser.wait_for_text("alice@fabrikam.example").await;
        let sent = browser.address().await;
        let state = sent.split("&state=").nth(1).and_then(|rest| rest.split('&').next()).unwrap().to_owned();
        let response = order.replace("{code}", &"a".repeat(16 * 1024)).replace("{state}", &state);
        browser.open(&format!("{}#{response}", stack.page)).await;
        browser.wait_for_text(texts::title("response_malformed")).await;
        assert_eq!(browser.address().await, stack.page);
    }
    assert!(stack.emulator.token_requests().is_empty(), "no part of the code is redeemed");
}

#[tokio::test]
async fn the_page_starts_with_foreign_values_in_its_storage() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    // Each is too long, needs six bytes for each character as JSON, or has a surrogate without its other half.
    for value in ["'a'.repeat(100_000)", "'\\u0001'.repeat(30_000)", "'\\u0001'.repeat(4096)", "'\\ud800'"] {
        browser.open(&stack.page).await;
        let store = format!(
            "['transaction', 'remembered'].forEach(key => sessionStorage.setItem('acs-sign-in.' + key, {value}))"
        );
        browser.script(&store).await;
        browser.open("about:blank").await;
        browser.open(&format!("{}#code=stolen&state=guessed", stack.page)).await;
        browser.wait_for_text(texts::title("response_unsolicited")).await;
    }
}

#[tokio::test]
async fn a_response_longer_than_a_message_to_the_vault_does_not_keep_the_page_from_starting() {
    // The vault ignores longer messages than `messages::ToVault::MAX_LENGTH`. Without the limit in `boot.js`, it would
    // never begin.
    const RESPONSE_LENGTH: usize = 200_000;
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&format!("{}#code={}", stack.page, "a".repeat(RESPONSE_LENGTH))).await;
    browser.wait_for_text(texts::title("response_unsolicited")).await;
    assert_eq!(browser.address().await, stack.page);
}

#[tokio::test]
async fn signs_in_after_consent() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("dave@fabrikam.example", &stack, &browser).await;
    browser.screenshot("emulator-consent").await;
    browser.click("Accept").await;
    browser.wait_for_text(SIGNED_IN).await;
}

#[tokio::test]
async fn shows_that_the_person_declined_consent() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    sign_in_as("dave@fabrikam.example", &stack, &browser).await;
    browser.click(texts::text("cancel")).await;
    browser.wait_for_text(texts::title("sign_in_declined")).await;
    assert!(stack.emulator.token_requests().is_empty());
}

#[tokio::test]
async fn shows_a_text_for_each_refusal() {
    for (username, sentence) in [
        ("frank@fabrikam.example", texts::title("not_assigned")),
        ("grace@fabrikam.example", texts::title("service_principal_missing")),
        ("heidi@fabrikam.example", texts::title("entra_token_refused")),
        ("ivan@fabrikam.example", texts::title("mfa_needed")),
    ] {
        let (stack, browser) = (Stack::start().await, Browser::start().await);
        sign_in_as(username, &stack, &browser).await;
        browser.wait_for_text(sentence).await;
        browser.screenshot(&format!("refused-{}", username.split('@').next().unwrap())).await;
        assert!(!browser.text().await.contains(SIGNED_IN), "{username}");
    }
}

// SEC-004: an unsolicited response causes no request.
#[tokio::test]
async fn refuses_an_unsolicited_response() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    for response in ["code=stolen&state=guessed", "error=access_denied&state=guessed", "code=stolen"] {
        browser.open("about:blank").await;
        browser.open(&format!("{}#{response}", stack.page)).await;
        browser.wait_for_text(texts::title("response_unsolicited")).await;
        assert_eq!(browser.address().await, stack.page);
    }
    assert!(stack.emulator.token_requests().is_empty());
}

// SEC-003: `state` is compared before anything else is read.
#[tokio::test]
async fn refuses_a_response_with_another_state() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.click(SIGN_IN).await;
    browser.wait_for_text("alice@fabrikam.example").await;
    browser.open(&format!("{}#code=stolen&state=guessed", stack.page)).await;
    browser.wait_for_text(texts::title("response_wrong_state")).await;
    assert!(stack.emulator.token_requests().is_empty());
}
