//! Chromium with ChromeDriver, and methods that only Chromium supports.

use std::{env, fs, io, path::Path};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

use super::{
    Browser,
    debugger::Debugger,
    running::{Running, Sharing},
    temporary_profile,
    wire::request,
};
use crate::{program::Program, stack::root};

/// Starts the ChromeDriver of `CHROMEDRIVER` or PATH, which starts the Chromium of `CHROMIUM` or its default. With
/// `defaults_of_upstream`, third-party cookies are not blocked. Debian's Chromium blocks them.
pub(super) async fn start(defaults_of_upstream: bool) -> Running {
    let profile = temporary_profile();
    let (driver, port) = driver(profile.path()).await;
    let url = format!("http://127.0.0.1:{port}");
    let address = start_browser(&url, profile.path(), defaults_of_upstream)
        .await
        .unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
    let host = address.split_once('/').map_or(&*address, |(host, _)| host);
    // The driver treats all windows of that browser as windows of the session.
    let capabilities = json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "debuggerAddress": host },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    Running::new(vec![driver], url, capabilities, Sharing::Contexts(address), profile)
}

/// Starts a browser without a window, with a session that is not used. Returns the address of its debugger.
async fn start_browser(driver: &str, home: &Path, defaults_of_upstream: bool) -> Result<String, String> {
    let mut options = json!({
        "args": [
            "--headless=new",
            // Containers run tests as root, where the sandbox does not start. Nothing but our own pages is loaded.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            // The last window of a test is closed before there is one for the next.
            "--keep-alive-for-test",
            // These features add two renderers for each window, and a process for models.
            "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,OnDeviceModelService",
            format!("--user-data-dir={}", home.join("chromium").display()),
        ],
        // The browser must block windows that open without a click, as it does for people.
        "excludeSwitches": ["disable-popup-blocking"],
    });
    if defaults_of_upstream {
        options["prefs"] = json!({ "profile.cookie_controls_mode": 0, "profile.block_third_party_cookies": false });
    }
    if let Some(browser) = env::var_os("CHROMIUM") {
        options["binary"] = browser.to_string_lossy().into();
    }
    // A benchmark adds arguments that no test needs.
    let more = env::var("CHROMIUM_ARGUMENTS").unwrap_or_default();
    let arguments = options["args"].as_array_mut().expect("the arguments are an array");
    arguments.extend(more.split_whitespace().map(Value::from));
    let capabilities = json!({ "browserName": "chrome", "goog:chromeOptions": options });
    let session = json!({ "capabilities": { "alwaysMatch": capabilities } });
    let session = request(Method::POST, &format!("{driver}/session"), Some(&session)).await?;
    let host = session["value"]["capabilities"]["goog:chromeOptions"]["debuggerAddress"].as_str();
    let host = host.ok_or_else(|| format!("the session has no debugger: {session}"))?;
    let version = request(Method::GET, &format!("http://{host}/json/version"), None).await?;
    let address = version["webSocketDebuggerUrl"].as_str().and_then(|address| address.strip_prefix("ws://"));
    let address = address.ok_or_else(|| format!("the debugger has no address: {version}"))?;
    close_windows(address).await.map_err(|error| error.to_string())?;
    Ok(address.to_owned())
}

async fn close_windows(address: &str) -> io::Result<()> {
    let mut debugger = Debugger::connect(address).await?;
    for page in debugger.pages().await? {
        debugger.call("Target.closeTarget", json!({ "targetId": page })).await?;
    }
    Ok(())
}

/// The driver, and the port that it listens on.
async fn driver(home: &Path) -> (Program, u16) {
    // The driver chooses a free port of 127.0.0.1, and then the same port of ::1. It ends if that one is in use.
    for _ in 0..3 {
        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut driver = Program::start(program, home, |command| {
            command.arg("--port=0");
        });
        // `ChromeDriver was started successfully on port 41235.`
        let port = |line: &str| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok();
        if let Some(port) = driver.announced_unless_ended(port).await {
            return (driver, port);
        }
    }
    panic!("chromedriver found no port in three attempts, or cannot start")
}

/// These methods panic in another engine. Tests that use them are in the module `chromium`, which other engines leave
/// out.
impl Browser {
    /// The console messages since the last call: policy violations, uncaught errors, failed loads.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.must("reading the console", self.driver.browser_log()).await;
        entries.into_iter().map(|entry| format!("{} {}", entry.level, entry.message)).collect()
    }

    /// Fails if the console has a warning or an error.
    pub async fn expect_a_quiet_console(&self) {
        let loud: Vec<_> = self
            .console()
            .await
            .into_iter()
            .filter(|line| line.starts_with("SEVERE") || line.starts_with("WARNING"))
            .collect();
        assert!(loud.is_empty(), "the console is not quiet: {loud:#?}");
    }

    /// Emulates a system that prefers `light` or `dark` colors.
    pub async fn prefer_colors(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.must("choosing colors", self.driver.cdp().send_raw("Emulation.setEmulatedMedia", features)).await;
    }

    /// All texts of a heap snapshot of the page at this address, without its workers. A snapshot has about the first
    /// thousand characters of each.
    pub async fn heap(&self, address: &str) -> Vec<String> {
        let file = self.profile().join("heap.json");
        let handle = self.driver.handle();
        let options =
            handle.capabilities().get("goog:chromeOptions").and_then(|options| options["debuggerAddress"].as_str());
        let mut node = Command::new("node");
        node.args(["--experimental-websocket", "heap.js", options.expect("Chromium has a debugger"), address])
            .arg(&file);
        node.current_dir(root().join("tests").join("peers"));
        let status = node.status().await.unwrap_or_else(|error| panic!("node: {error}"));
        assert!(status.success(), "no heap snapshot: {status}");
        let snapshot = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut snapshot: Value = serde_json::from_slice(&snapshot).unwrap_or_else(|error| panic!("the heap: {error}"));
        serde_json::from_value(snapshot["strings"].take()).unwrap_or_else(|error| panic!("the heap's texts: {error}"))
    }

    /// Sets the size of the viewport, in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.must("resizing", self.driver.cdp().send_raw("Emulation.setDeviceMetricsOverride", metrics)).await;
    }
}
