//! Firefox with geckodriver.

use std::env;

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    running::{Running, Sharing},
    temporary_profile,
    wire::request,
};
use crate::program::Program;

/// Starts the geckodriver of `GECKODRIVER` or PATH, which starts the Firefox of `FIREFOX` or its default. One session
/// serves all tests, unless it trusts any certificate.
pub(super) async fn start(trusting: bool) -> Running {
    let profile = temporary_profile();
    let program = env::var_os("GECKODRIVER").unwrap_or_else(|| "geckodriver".into());
    let mut driver = Program::start(program, profile.path(), |command| {
        // Clearing the browser's data needs this access.
        command.args(["--host", "127.0.0.1", "--port", "0", "--allow-system-access"]);
    });
    // `1795264097762 geckodriver INFO Listening on 127.0.0.1:38241`
    let address = driver.announced(|line| Some(line.split_once("Listening on ")?.1.to_owned()));
    let url = format!("http://{}", address.await);
    let mut options = json!({
        "args": ["-headless"],
        // The driver allows windows that open without a click. The browser must block them, as it does for people.
        "prefs": { "dom.disable_open_during_load": true },
    });
    if let Some(browser) = env::var_os("FIREFOX") {
        options["binary"] = browser.to_string_lossy().into();
    }
    let capabilities = json!({ "moz:firefoxOptions": options });
    let sharing = if trusting {
        Sharing::Nothing
    } else {
        let session = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let session = request(Method::POST, &format!("{url}/session"), Some(&session)).await;
        Sharing::Session(session.unwrap_or_else(|error| panic!("no session of Firefox: {error}")))
    };
    Running::new(vec![driver], url, capabilities, sharing, profile)
}

/// Clears all data of sites (nsIClearDataService): cookies, caches, storage, permissions, certificate exceptions and
/// more. All tabs of the last test must be closed first.
const CLEAR: &str = "
    const done = arguments[arguments.length - 1];
    if (!window.toolbar.visible) return done('not a usual window');
    Services.clearData.deleteData(Ci.nsIClearDataService.CLEAR_ALL, {
        onDataDeleted: (failed) => done(failed === 0 ? 'cleared' : `not cleared: ${failed}`),
    });";

/// Prepares the session for the next test: one empty tab, and no data of an earlier test.
pub(super) async fn clear(driver: &str, session: &Value) -> Result<(), String> {
    let id = session["value"]["sessionId"].as_str().ok_or_else(|| format!("not a session: {session}"))?;
    let command = async |method, path: &str, body: Option<Value>| {
        let mut response = request(method, &format!("{driver}/session/{id}/{path}"), body.as_ref()).await?;
        Ok::<Value, String>(response["value"].take())
    };
    let handles = command(Method::GET, "window/handles", None).await?;
    let handles: Vec<String> = serde_json::from_value(handles).map_err(|error| format!("no windows: {error}"))?;
    let first = handles.first().ok_or("all windows are closed")?;
    // The test may have closed its current tab.
    command(Method::POST, "window", Some(json!({ "handle": first }))).await?;
    let tab = command(Method::POST, "window/new", Some(json!({ "type": "tab" }))).await?["handle"].take();
    for handle in handles {
        command(Method::POST, "window", Some(json!({ "handle": handle }))).await?;
        command(Method::DELETE, "window", None).await?;
    }
    command(Method::POST, "window", Some(json!({ "handle": tab }))).await?;
    command(Method::POST, "moz/context", Some(json!({ "context": "chrome" }))).await?;
    let outcome = command(Method::POST, "execute/async", Some(json!({ "script": CLEAR, "args": [] }))).await?;
    command(Method::POST, "moz/context", Some(json!({ "context": "content" }))).await?;
    if outcome == "cleared" { Ok(()) } else { Err(outcome.to_string()) }
}
