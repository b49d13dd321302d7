//! REP-07: each class of Entra's errors as the page shows it.

use azure_emulator::{AuthorizationError, Faults, PUBLISHED_ERRORS, PublishedError, TokenError};
use cross_tests::{Browser, Stack, texts};
use sign_in::entra_error::table::{ROWS, Row};

use super::sign_in::{SIGN_IN, SIGNED_IN, sign_in_as};

/// An error of this class, and the fault of the endpoint that returns it.
fn fault(row: &Row) -> (u32, Faults) {
    let of_the_class = |error: &&PublishedError| row.numbers.contains(&error.number);
    let PublishedError { number, authorization, .. } = PUBLISHED_ERRORS.iter().find(of_the_class).unwrap();
    let faults = match authorization {
        Some(_) => Faults { authorization_error: AuthorizationError::of(*number), ..Faults::NONE },
        None => Faults { token_error: TokenError::of(*number), ..Faults::NONE },
    };
    (*number, faults)
}

#[tokio::test]
async fn rep_07_each_class_of_entras_errors_shows_its_title_and_action() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    // This creates a session at Entra, so that later sign-ins need no account to be chosen.
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    for row in ROWS {
        let (number, faults) = fault(row);
        stack.emulator.set_faults(faults);
        browser.open(&stack.page).await;
        browser.click(SIGN_IN).await;
        let code = row.problem.code();
        let panel = browser.wait_for(&format!("[data-problem={code}]")).await;
        let shown = panel.text().await.unwrap();
        for text in [texts::title(code), texts::action(code)] {
            assert!(shown.contains(text), "{code}: {text:?} is not in {shown:?}");
        }
        // The description of Entra and the text for the site owner are in the folded details.
        let is_open = browser.script("return document.querySelector('[data-problem] details').open").await;
        assert_eq!(is_open, false, "{code}");
        let all = browser.script("return document.querySelector('[data-problem]').textContent").await;
        let all = all.as_str().unwrap();
        assert!(all.contains(&format!("AADSTS{number}: ")), "{code}: {all:?}");
        assert!(texts::details(code).is_none_or(|text| all.contains(text)), "{code}: {all:?}");
        assert_eq!(browser.address().await, stack.page, "{code}");
    }
}
