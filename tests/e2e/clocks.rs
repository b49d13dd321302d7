//! A page whose clocks a test puts forward. To it that is the same as a computer that slept.

use cross_tests::{Browser, dist};
use std::fs;

/// What comes before the scripts of page and vault.
const CLOCK: &str = "const now = Date.now; let ahead = 0; Date.now = () => now() + ahead;
    const clock = new BroadcastChannel('clock'); clock.onmessage = ({ data }) => { ahead = data };";

/// A copy of the page as it is deployed, with such clocks.
pub(crate) fn page() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(dist()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    for name in ["boot.js", "vault_loader.js"] {
        let file = directory.path().join(name);
        let script = fs::read_to_string(&file).unwrap();
        fs::write(file, format!("{CLOCK}\n{script}")).unwrap();
    }
    directory
}

/// Puts them forward by this much, from what the computer's clock says. To be called where the page's own scripts run.
pub(crate) async fn put_forward(browser: &Browser, seconds: u64) {
    browser.script(&format!("new BroadcastChannel('clock').postMessage({seconds}000)")).await;
}
