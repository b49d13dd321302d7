//! A page whose clocks a test puts forward. To it that is the same as a computer that slept.

use cross_tests::Browser;

use super::tampered::page_with;

/// What comes before the scripts of page and vault.
const CLOCK: &str = "const now = Date.now; let ahead = 0; Date.now = () => now() + ahead;
    const clock = new BroadcastChannel('clock'); clock.onmessage = ({ data }) => { ahead = data };";

/// A copy of the page as it is deployed, with such clocks.
pub(crate) fn page() -> tempfile::TempDir {
    page_with(CLOCK, &["boot.js", "vault_loader.js"])
}

/// Puts them forward by this much, from what the computer's clock says. To be called where the page's own scripts run.
pub(crate) async fn put_forward(browser: &Browser, seconds: u64) {
    browser.script(&format!("new BroadcastChannel('clock').postMessage({seconds}000)")).await;
}
