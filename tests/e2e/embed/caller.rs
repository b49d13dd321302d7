//! The portal's own token authorizes the exchange (artifact B).

use super::*;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use cross_tests::PORTAL_AUDIENCE;

use crate::tampered::page_with;

const ALICE_ID: &str = "a11ce000-0000-4000-8000-000000000001";
const ERIN_ID: &str = "e2100000-0000-4000-8000-000000000004";

/// A portal that issues its own tokens. `/token` has one for the person with this object id.
async fn with_portal_token_for(object_id: &str, page: &Path) -> Embedded {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    // All files exist before the page starts, because the page can request the token at once.
    let add_portal_keys = |setup: &mut Setup, portal: &Portal| {
        // The exchange service cannot resolve names below `localhost`.
        let issuer = setup.portals[0].replace("portal.localhost", "localhost");
        setup.portal_keys = Some(format!("{issuer}/keys.json"));
        let now = setup.clock.now();
        let point = key.public_key().as_ref();
        let part = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let jwk =
            json!({ "kty": "EC", "crv": "P-256", "kid": "portal", "x": part(&point[1..33]), "y": part(&point[33..]) });
        portal.put("/keys.json", json!({ "keys": [jwk] }).to_string());
        let claims = json!({ "iss": issuer, "aud": PORTAL_AUDIENCE, "oid": object_id, "iat": now, "exp": now + 900 });
        let header = json!({ "alg": "ES256", "kid": "portal" });
        let signed = format!("{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()));
        let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        portal.put("/token", format!("{signed}.{}", part(signature.as_ref())));
    };
    Embedded::prepared(page, Host::Proper, add_portal_keys, json!({ "callerToken": true })).await
}

#[tokio::test]
async fn the_portals_token_reaches_only_the_exchange() {
    // SEC-040, SEC-047
    let it = with_portal_token_for(ALICE_ID, &dist()).await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    assert_eq!(
        it.evaluate("session.getToken().then(({ token }) => token.length > 100)").await,
        json!({ "value": true })
    );
    let requested = it.portal.requests().iter().filter(|line| line.starts_with("GET /token")).count();
    assert_eq!(requested, 1, "one token for one exchange");
    let token = it.evaluate("fetch('/token').then((response) => response.text())").await;
    let token = token["value"].as_str().unwrap();
    let recorded = it.stack.record.messages().join("\n");
    assert!(recorded.contains("callerPort"), "the record has the port's hand-over");
    assert!(!recorded.contains(token), "the page reads the portal's token");
    found(&it.browser, "caller-token", "works");
}

/// A script that runs in the page before all others. It takes the first greeting, and requests the token on its second
/// port, as the vault does. It leaves the next greeting to the page, so neither person nor portal notices anything.
const EAVESDROPPER: &str = "{
    let port = null;
    addEventListener('message', (event) => {
        if (port || !event.ports[1]) return;
        event.stopImmediatePropagation();
        port = event.ports[1];
        port.onmessage = ({ data }) => { document.documentElement.dataset.taken = data };
        port.postMessage(JSON.stringify({ callerToken: { id: 4711 } }));
    });
}";

#[tokio::test]
async fn script_in_the_page_can_read_the_portals_token() {
    // REV-09: the page receives both ports, so SECURITY.md cannot promise more. Without such a script the page does not
    // read the token, which the test above shows.
    let page = page_with(EAVESDROPPER, &["boot.js"]);
    let it = with_portal_token_for(ALICE_ID, page.path()).await;
    let token = it.evaluate("fetch('/token').then((response) => response.text())").await;
    let token = token["value"].as_str().unwrap();
    it.stack.record.allow(token);
    it.browser.enter_frame("iframe").await;
    let taken = async || {
        let taken = it.browser.script("return document.documentElement.dataset.taken ?? null").await;
        taken.as_str().map(str::to_owned)
    };
    let taken = it.browser.until("the portal's token", taken).await;
    assert_eq!(serde_json::from_str::<Value>(&taken).unwrap()["callerToken"]["token"], token);
    it.browser.leave_frames().await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
}

#[tokio::test]
async fn a_hint_that_changes_while_the_portal_fetches_its_token_does_not_end_the_sign_in() {
    // REP-13: a new greeting brings a new port, and responses on the old one are lost.
    let it = with_portal_token_for(ALICE_ID, &dist()).await;
    it.wait_for_status("signedOut").await;
    it.run(
        "globalThis.requested = 0;
         globalThis.slow = async () => {
             requested += 1;
             if (requested === 1) await new Promise(() => {});
             return (await fetch('/token')).text();
         };
         session.update({ callerToken: slow })",
    )
    .await;
    it.sign_in().await;
    let requested = async || (it.browser.script("return requested").await.as_u64()? > 0).then_some(());
    it.browser.until("the request for the token", requested).await;
    it.run("session.update({ callerToken: slow, theme: 'dark' })").await;
    it.wait_for_status("signedIn").await;
}

#[tokio::test]
async fn a_portal_with_a_token_for_another_person_gets_no_token() {
    let it = with_portal_token_for(ERIN_ID, &dist()).await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.browser.wait_for_text("\"code\":\"user_mismatch\"").await;
    assert_eq!(it.evaluate("session.getToken()").await, json!({ "code": "not_signed_in" }));
}

#[tokio::test]
async fn reports_portal_silent_when_the_portal_has_no_token() {
    let it = with_portal_token_for(ALICE_ID, &dist()).await;
    it.wait_for_status("signedOut").await;
    // For example because the person's session at the portal has ended. Such a text is not a valid header value.
    it.portal.put("/token", "<!doctype html>\n<title>Sign in to the portal</title>");
    it.sign_in().await;
    it.browser.wait_for_text("\"code\":\"portal_silent\"").await;
}
