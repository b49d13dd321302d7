//! Firefox by geckodriver.

use std::env;
use std::path::Path;

use serde_json::json;

use super::engine::Start;
use crate::program::Program;

/// Starts the geckodriver that `GECKODRIVER` names or PATH leads to, for the Firefox that `FIREFOX` names or the driver
/// finds by itself.
pub(super) async fn start(home: &Path) -> Start {
    let program = env::var_os("GECKODRIVER").unwrap_or_else(|| "geckodriver".into());
    let mut driver = Program::start(program, home, |command| {
        command.args(["--host", "127.0.0.1", "--port", "0"]);
    });
    // `1795264097762 geckodriver INFO Listening on 127.0.0.1:38241`
    let address = driver.announced(|line| Some(line.split_once("Listening on ")?.1.to_owned()));
    let url = format!("http://{}", address.await);
    let mut options = json!({
        "args": ["-headless"],
        // A window that opens without a click must be blocked here as it is for people; the driver would allow it.
        "prefs": { "dom.disable_open_during_load": true },
    });
    if let Some(browser) = env::var_os("FIREFOX") {
        options["binary"] = browser.to_string_lossy().into();
    }
    Start { programs: vec![driver], url, capabilities: json!({ "moz:firefoxOptions": options }) }
}
