//! Everything that page, vault, portal and windows say to each other in a sign-in, written down. Every test of an embedded
//! page looks for secrets in what it says; here is that there is something to look at.

use super::*;

#[tokio::test]
async fn both_ends_of_every_line_are_in_the_record() {
    // SEC-040, SEC-046
    let it = Embedded::start().await;
    it.wait_for_status("signedOut").await;
    it.sign_in().await;
    it.wait_for_status("signedIn").await;
    let token = it.ask("session.getToken().then(({ token }) => token)").await;
    it.ask("session.signOut()").await;

    // The vault's line, the portal's, and the windows'.
    for part in [
        "\"begin\"",
        "\"viewState\"",
        "\"connect\"",
        "\"welcome\"",
        "\"greeting\"",
        "\"answer\"",
        "\"getToken\"",
        "\"signOut\"",
        "code_challenge=",
        token["value"].as_str().unwrap(),
    ] {
        let recorded = async || it.stack.record.messages().join("\n").contains(part).then_some(());
        it.browser.until(&format!("{part} in the record"), recorded).await;
    }
}
