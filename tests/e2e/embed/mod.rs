//! The page in the frame of a portal, with the embed SDK.

mod activity;
mod azure_sdk;
mod caller;
mod chromium;
mod element;
mod hostile;
mod msal;
mod portals;
mod recorded;
mod remount;
mod token;

use cross_tests::{Browser, Host, Portal, Setup, Stack, WebServer, dist, found, texts};
use serde_json::{Value, json};
use std::{fs, path::Path};

use crate::clocks;

const SDK: &str = include_str!("../../../embed-sdk/acs-sign-in.js");
/// The document of a portal, with a place for the frame and one for the status.
const DOCUMENT: &str =
    "<!doctype html><p>the portal</p><div id=place></div><p id=said></p><script type=module src=/portal.js></script>";
const SIGN_IN: &str = texts::text("signedOut.signIn");
const ALICE: &str = "Sign in as alice@fabrikam.example";

/// A portal that shows the page in a frame, and a browser.
struct Embedded {
    portal: Portal,
    stack: Stack,
    browser: Browser,
}

impl Embedded {
    /// A portal that is configured to receive the token.
    async fn start() -> Self {
        Self::with(|_| {}, json!({})).await
    }

    /// Opens a portal. `options` are options of `connect`, in addition to container and origin.
    async fn with(change: impl FnOnce(&mut Setup), options: Value) -> Self {
        Self::serving(&dist(), Host::Proper, change, options).await
    }

    async fn serving(dist: &Path, host: Host, change: impl FnOnce(&mut Setup), options: Value) -> Self {
        Self::prepared(dist, host, |setup, _| change(setup), options).await
    }

    /// Opens a portal. `prepare` can also add files to it before the browser opens it.
    async fn prepared(dist: &Path, host: Host, prepare: impl FnOnce(&mut Setup, &Portal), options: Value) -> Self {
        let portal = Portal::start().await;
        let mut setup = Setup { portals: vec![portal.origin.clone()], ..Setup::default() };
        prepare(&mut setup, &portal);
        let stack = Stack::serving(dist, host, setup).await;
        Self::open(portal, stack, options).await
    }

    /// Opens a portal whose page a web server of operators serves.
    async fn served_by(web_server: WebServer) -> Self {
        let portal = Portal::start().await;
        let setup = Setup { portals: vec![portal.origin.clone()], ..Setup::default() };
        let stack = Stack::served_by(web_server, setup).await;
        Self::open(portal, stack, json!({})).await
    }

    async fn open(portal: Portal, stack: Stack, options: Value) -> Self {
        let browser = Browser::start().await;
        portal.put("/acs-sign-in.js", SDK);
        portal.put("/", DOCUMENT);
        portal.put("/portal.js", connecting(&stack.page, &options));
        browser.open(&portal.origin).await;
        Self { portal, stack, browser }
    }

    /// Signs Alice in: one click in the frame, and one at Entra.
    async fn sign_in(&self) {
        let browser = &self.browser;
        browser.enter_frame("iframe").await;
        browser.click(SIGN_IN).await;
        let portal = browser.enter_other_window().await;
        browser.click(ALICE).await;
        browser.enter_window(&portal).await;
        browser.leave_frames().await;
    }

    /// Moves the clocks of emulator, portal and page forward. The page must be a copy that `clocks::page` made.
    async fn put_clocks_forward(&self, seconds: u64) {
        self.stack.emulator.advance(seconds);
        self.run(&format!("const now = Date.now; Date.now = () => now() + {seconds}000")).await;
        self.browser.enter_frame("iframe").await;
        clocks::put_forward(&self.browser, seconds).await;
        self.browser.leave_frames().await;
    }

    /// Waits until the portal has received this status.
    async fn wait_for_status(&self, status: &str) {
        self.browser.wait_for_text(&format!("\"status\":\"{status}\"")).await;
    }

    /// The value of an expression in the portal, or the code of the problem that it throws.
    async fn evaluate(&self, expression: &str) -> Value {
        self.run(&format!(
            "delete document.body.dataset.result;
             const settle = (result) => {{ document.body.dataset.result = JSON.stringify(result) }};
             (async () => {expression})().then((value) => settle({{ value }}), (error) => settle({{ code: error.code ?? error.name }}));"
        ))
        .await;
        let script = "return document.body.dataset.result ?? null";
        let result = self
            .browser
            .until(expression, async || self.browser.script(script).await.as_str().map(str::to_owned))
            .await;
        serde_json::from_str(&result).unwrap()
    }

    /// Runs a script as an element of the document, because scripts of a driver have their own globals in some engines.
    async fn run(&self, script: &str) {
        let element = "const script = document.createElement('script'); script.type = 'module'; script.textContent = ";
        self.browser.script(&format!("{element}{}; document.body.append(script)", json!(script))).await;
    }
}

/// The script of a portal, which connects and shows the status.
fn connecting(page: &str, options: &Value) -> String {
    format!(
        "import {{ connect }} from './acs-sign-in.js';
         const options = {options};
         if (options.callerToken) options.callerToken = async () => (await fetch('/token')).text();
         globalThis.session = connect({{ container: place, origin: {page:?}, ...options }});
         session.addEventListener('status', ({{ detail }}) => {{ said.textContent = JSON.stringify(detail) }});"
    )
}
