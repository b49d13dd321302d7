//! The messages that a portal receives, and when it receives them.

use cross_tests::texts;

use super::*;

#[tokio::test]
async fn a_portal_gets_the_token_after_a_sign_in() {
    // SEC-038, SEC-048
    let it = Embedded::start().await;
    it.wait_for_status("signedOut").await;
    assert_eq!(it.evaluate("session.getToken()").await, json!({ "code": "not_signed_in" }));
    it.browser.screenshot("embedded-signed-out").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    it.browser.wait_for_text("Alice Arden").await;
    let life = "session.getToken().then(({ token, expiresOnTimestamp }) => [token.split('.').length, expiresOnTimestamp > Date.now() + 660_000])";
    assert_eq!(it.evaluate(life).await, json!({ "value": [3, true] }));
    it.browser.screenshot("embedded-signed-in").await;
    // The frame has the height of its content.
    let fits = "const { height } = document.querySelector('iframe').getBoundingClientRect(); return height > 150 && height < 700";
    assert_eq!(it.browser.script(fits).await, true);
    assert_eq!(it.browser.windows().await.len(), 1);
}

#[tokio::test]
async fn the_window_returns_its_response_with_and_without_coop_at_entra() {
    for coop in [true, false] {
        let it = Embedded::with(|setup| setup.coop = coop, json!({})).await;
        it.wait_for_status("signedOut").await;
        it.sign_in().await;
        it.wait_for_status("signedIn").await;
        found(&it.browser, if coop { "sign-in-coop" } else { "sign-in" }, "works");
    }
}

#[tokio::test]
async fn renews_an_expiring_token_before_the_portal_gets_it() {
    let page = clocks::page();
    let it = Embedded::serving(page.path(), Host::Proper, |_| {}, json!({})).await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    let life = "session.getToken().then(({ expiresOnTimestamp }) => expiresOnTimestamp - Date.now())";
    let seconds = it.evaluate(life).await["value"].as_u64().unwrap() / 1000;
    // Five minutes are left, by all clocks.
    it.put_clocks_forward(seconds - 300).await;
    let seconds = it.evaluate(life).await["value"].as_u64().unwrap() / 1000;
    assert!(seconds > 3000, "{seconds}");
    assert_eq!(it.browser.windows().await.len(), 1, "no window for interaction");
    found(&it.browser, "renewal", "works");
}

#[tokio::test]
async fn a_portal_without_the_token_learns_only_that_a_person_signed_in() {
    // SEC-048
    let withhold = |setup: &mut Setup| setup.more = json!({ "portals": [{ "origin": setup.portals[0] }] });
    let it = Embedded::with(withhold, json!({})).await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    assert_eq!(it.evaluate("session.getToken()").await, json!({ "code": "token_withheld" }));
    assert_eq!(it.evaluate("session.account").await, json!({ "value": null }));
    assert!(!it.browser.text().await.contains("Alice"), "{}", it.browser.text().await);
}

#[tokio::test]
async fn the_page_names_the_portal_that_receives_the_token_before_the_sign_in() {
    // SEC-054
    let it = Embedded::start().await;
    it.wait_for_status("signedOut").await;
    it.browser.enter_frame("iframe").await;
    let sentence = it.browser.wait_for(".recipient").await.text().await.unwrap();
    let host = it.portal.origin.trim_start_matches("http://");
    assert_eq!(sentence, texts::text("recipient").replace("{portal}", host));

    // The control: a portal that receives no token is not named.
    let withhold = |setup: &mut Setup| setup.more = json!({ "portals": [{ "origin": setup.portals[0] }] });
    let it = Embedded::with(withhold, json!({})).await;
    it.wait_for_status("signedOut").await;
    it.browser.enter_frame("iframe").await;
    it.browser.wait_for_text(SIGN_IN).await;
    let text = it.browser.text().await;
    assert!(!text.contains(&it.portal.origin), "{text}");
}

#[tokio::test]
async fn a_portal_signs_the_person_out() {
    let it = Embedded::start().await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    assert_eq!(it.evaluate("session.signOut()").await, json!({}));
    it.wait_for_status("signedOut").await;
    assert_eq!(it.evaluate("session.getToken()").await, json!({ "code": "not_signed_in" }));
    found(&it.browser, "sign-out", "works");
}

#[tokio::test]
async fn shows_texts_and_times_in_the_portals_language_and_changes_it_without_a_reload() {
    let it = Embedded::with(|_| {}, json!({ "locale": "ar-EG" })).await;
    it.wait_for_status("signedOut").await;
    it.browser.enter_frame("iframe").await;
    it.browser.wait_for(":root[lang=ar-EG][dir=rtl]").await;
    it.browser.wait_for(".primary").await.click().await.unwrap();
    let portal = it.browser.enter_other_window().await;
    it.browser.click(ALICE).await;
    it.browser.enter_window(&portal).await;
    it.browser.leave_frames().await;
    it.wait_for_status("signedIn").await;
    it.browser.enter_frame("iframe").await;
    let time = async || {
        it.browser.wait_for(".facts").await;
        let time = "return document.querySelector('.facts dd:last-of-type').textContent";
        it.browser.script(time).await.as_str().unwrap().to_owned()
    };
    let arabic = time().await;
    assert!(arabic.chars().any(|c| ('\u{660}'..='\u{669}').contains(&c)), "{arabic}");
    // Firefox makes no picture from within a frame of another origin.
    it.browser.leave_frames().await;
    it.browser.screenshot("embedded-arabic").await;
    // An invalid language tag is ignored: the languages of the browser decide.
    for (locale, root) in [("de-AT", ":root[lang=de-AT][dir=ltr]"), ("no_such-tag", ":root[lang|=en]")] {
        it.browser.leave_frames().await;
        it.run(&format!("session.update({{ locale: '{locale}' }})")).await;
        it.browser.enter_frame("iframe").await;
        it.browser.wait_for(root).await;
        let language: Value = serde_json::from_str(
            &std::fs::read_to_string(format!(
                "{}/../public/languages/{}.json",
                env!("CARGO_MANIFEST_DIR"),
                if locale == "de-AT" { "de" } else { "en" }
            ))
            .unwrap(),
        )
        .unwrap();
        it.browser.wait_for_text(language["texts"]["signedIn.title"].as_str().unwrap()).await;
        let time = time().await;
        assert!(time.chars().any(|c| c.is_ascii_digit()), "{time}");
    }
}

#[tokio::test]
async fn hints_set_the_account_and_the_theme() {
    let it = Embedded::with(|_| {}, json!({ "loginHint": "alice@fabrikam.example", "theme": "dark" })).await;
    it.wait_for_status("signedOut").await;
    it.browser.enter_frame("iframe").await;
    assert_eq!(it.browser.script("return document.documentElement.dataset.theme").await, "dark");
    it.browser.click(SIGN_IN).await;
    it.browser.enter_other_window().await;
    let address = it.browser.wait_for_address("Entra", |address| address.starts_with(&it.stack.entra)).await;
    let mut parameters = address.split(['?', '&']);
    assert!(parameters.any(|parameter| parameter == "login_hint=alice%40fabrikam.example"), "{address}");
}

#[tokio::test]
async fn a_portal_picks_a_profile_and_the_person_can_choose_another() {
    let all_profiles = |setup: &mut Setup| setup.all_profiles = true;
    let it = Embedded::with(all_profiles, json!({ "profile": "portal" })).await;
    it.wait_for_status("signedOut").await;
    it.browser.enter_frame("iframe").await;
    it.browser.wait_for_text(texts::text("signedOut.otherMethods")).await;
    assert!(!it.browser.text().await.contains("Teams telephone"), "other profiles are folded");
    it.browser.click(texts::text("signedOut.otherMethods")).await;
    it.browser.wait_for_text("Teams telephone").await;
    it.browser.click("Guest (development)").await;
    it.browser.leave_frames().await;
    it.wait_for_status("signedIn").await;
}

#[tokio::test]
async fn a_portal_that_connects_again_to_a_frame_gets_its_state() {
    let it = Embedded::start().await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    // As if a route of the portal changed and changed back: the frame stays, and the script that was connected to it is
    // gone.
    it.run(
        "document.querySelector('#said').textContent = ''; const frame = document.querySelector('iframe');
             import('./acs-sign-in.js').then(({ connect }) => {
                 globalThis.session = connect({ frame });
                 session.addEventListener('status', ({ detail }) => { said.textContent = JSON.stringify(detail) });
             })",
    )
    .await;
    it.wait_for_status("signedIn").await;
    assert_eq!(
        it.evaluate("session.getToken().then(({ token }) => token.length > 100)").await,
        json!({ "value": true })
    );
}

#[tokio::test]
async fn the_element_works_with_the_sdk_that_the_page_serves() {
    let it = Embedded::start().await;
    let script = format!("import '{}embed/acs-sign-in.js';", it.stack.page);
    it.portal.put("/element.js", format!("{script} document.querySelector('acs-sign-in').addEventListener('status', ({{ detail }}) => {{ said.textContent = JSON.stringify(detail) }})"));
    let page = it.portal.put("/element", format!(
        "<!doctype html><acs-sign-in origin='{}' theme=light></acs-sign-in><p id=said></p><script type=module src=/element.js></script>",
        it.stack.page
    ));
    it.browser.open(&page).await;
    it.wait_for_status("signedOut").await;
}
