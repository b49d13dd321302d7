//! The record of messages between page, vault, portal and windows. Every test with a `Stack` searches it for secrets.
//! This is the control: the record is complete.

use super::*;

#[tokio::test]
async fn the_record_has_messages_of_every_channel() {
    // SEC-040, SEC-046
    let it = Embedded::start().await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    let token = it.evaluate("session.getToken().then(({ token }) => token)").await;
    it.evaluate("session.signOut()").await;

    // Messages with the vault, the portal and the windows.
    for part in [
        "\"begin\"",
        "\"viewState\"",
        "\"connect\"",
        "\"welcome\"",
        "\"greeting\"",
        "\"response\"",
        "\"getToken\"",
        "\"signOut\"",
        "code_challenge=",
        token["value"].as_str().unwrap(),
    ] {
        let recorded = async || it.stack.record.messages().join("\n").contains(part).then_some(());
        it.browser.until(&format!("{part} in the record"), recorded).await;
    }
}
