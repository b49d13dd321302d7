//! A browser that a test drives as a person would, in any engine.

mod chromium;
mod engine;
mod firefox;
mod webkit;

use std::fmt::Debug;
use std::fs;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{By, Capabilities, WebDriver, WebElement, WindowHandle};
use tokio::time::{sleep, timeout};

pub use self::engine::Engine;
use self::engine::Start;
use crate::program::Program;
use crate::stack::root;

const LIMIT: Duration = Duration::from_secs(60);
/// How long a driver may take for one answer, before it is asked again: WebKit's sometimes waits for the end of a load that
/// has ended already.
const ANSWER: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(50);

/// A browser with a fresh profile, which shows nothing to anybody. It ends when it is dropped.
pub struct Browser {
    // The order is that of the end: the driver takes the browser with it, and only then may the profile go.
    _programs: Vec<Program>,
    /// For what the methods here do not cover.
    pub driver: WebDriver,
    /// Which implementation of the web it is.
    pub engine: Engine,
    /// What the browser keeps on disk.
    pub profile: TempDir,
}

impl Browser {
    /// Starts a browser of the engine that `ENGINE` names: `chromium`, which is the default, `chromium-upstream`, `firefox` or
    /// `webkit`.
    pub async fn start() -> Self {
        Self::with(json!({})).await
    }

    /// Starts one that takes any certificate, such as that of [`Entra`](crate::Entra).
    pub async fn start_trusting() -> Self {
        Self::with(json!({ "acceptInsecureCerts": true })).await
    }

    async fn with(more: Value) -> Self {
        let engine = Engine::chosen();
        let profile = tempfile::tempdir().unwrap_or_else(|error| panic!("no directory for a profile: {error}"));
        let Start { programs, url, capabilities } = engine.start(profile.path()).await;
        let object = |value: Value| value.as_object().cloned().expect("capabilities are a JSON object");
        let mut capabilities = object(capabilities);
        capabilities.extend(object(more));
        let driver = WebDriver::new(&url, Capabilities::from(capabilities))
            .await
            .unwrap_or_else(|error| panic!("no browser session: {error}"));
        Self { _programs: programs, driver, engine, profile }
    }

    /// What the driver says of the browser's version.
    pub fn version(&self) -> String {
        let version = self.driver.handle().capabilities().get("browserVersion").and_then(Value::as_str);
        version.unwrap_or("unknown").to_owned()
    }

    /// Loads an address and waits until the document is there.
    pub async fn open(&self, address: &str) {
        self.must("opening the address", self.driver.goto(address)).await;
    }

    /// Waits for the first element that a CSS selector matches.
    pub async fn wait_for(&self, css: &str) -> WebElement {
        self.until(&format!("an element {css}"), async || self.driver.find(By::Css(css)).await.ok()).await
    }

    /// Waits until this text can be read on the page.
    pub async fn wait_for_text(&self, text: &str) {
        self.until(&format!("the text {text:?}"), async || self.text().await.contains(text).then_some(())).await;
    }

    /// Waits until the address of the page satisfies a condition, and returns it.
    pub async fn wait_for_address(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        self.until(what, async || Some(self.address().await).filter(|address| condition(address))).await
    }

    /// Waits for a button or link of exactly this name, as a person would read it, and clicks it.
    pub async fn click(&self, name: &str) {
        let named = format!("normalize-space()={0} or @aria-label={0} or @value={0}", xpath_string(name));
        let xpath = format!("//*[self::button or self::a or self::summary or self::input[@type='submit']][{named}]");
        self.until(&format!("something to click named {name:?}"), async || {
            let element = self.driver.find(By::XPath(&*xpath)).await.ok()?;
            // Not yet there, covered, or replaced by a rendering just now: then it is tried again.
            element.click().await.ok()
        })
        .await;
    }

    /// Waits for a frame that a CSS selector matches and goes into it, until [`leave_frames`](Self::leave_frames): what
    /// follows, all but the address, is about the document in it.
    pub async fn enter_frame(&self, css: &str) {
        self.until(&format!("a frame {css}"), async || {
            self.driver.find(By::Css(css)).await.ok()?.enter_frame().await.ok()
        })
        .await;
    }

    /// Goes back to the window's own document.
    pub async fn leave_frames(&self) {
        self.must("leaving the frames", self.driver.enter_default_frame()).await;
    }

    /// The window that everything is about.
    pub async fn window(&self) -> WindowHandle {
        self.must("asking for the window", self.driver.window()).await
    }

    /// Every window that is open.
    pub async fn windows(&self) -> Vec<WindowHandle> {
        self.must("asking for the windows", self.driver.windows()).await
    }

    /// Goes to a window.
    pub async fn enter_window(&self, window: &WindowHandle) {
        self.must("entering the window", self.driver.switch_to_window(window.clone())).await;
    }

    /// Waits until there is a second window and goes to it. Returns the one that it left, to come back to.
    pub async fn enter_other_window(&self) -> WindowHandle {
        let this = self.window().await;
        let other = self
            .until("another window", async || {
                let windows = self.driver.windows().await.ok()?;
                windows.into_iter().find(|window| *window != this)
            })
            .await;
        self.enter_window(&other).await;
        this
    }

    /// What a person can read on the page.
    pub async fn text(&self) -> String {
        let text = self.script("return document.body ? document.body.innerText : ''").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// The address of the page.
    pub async fn address(&self) -> String {
        self.until("the address", async || self.present_address().await).await
    }

    async fn present_address(&self) -> Option<String> {
        self.driver.current_url().await.ok().map(|address| address.to_string())
    }

    /// Runs a function body in the page and returns what it returns.
    pub async fn script(&self, body: &str) -> Value {
        // Between two documents there is none to run in.
        match timeout(ANSWER, self.driver.execute(body, Vec::new())).await {
            Ok(Ok(value)) => value.json().clone(),
            Ok(Err(_)) | Err(_) => Value::Null,
        }
    }

    /// Writes what can be seen to `target/screenshots/<name>.png`.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let directory = root().join("target").join("screenshots");
        fs::create_dir_all(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        let file = directory.join(format!("{name}.png"));
        self.must("taking a screenshot", self.driver.screenshot(&file)).await;
        file
    }

    /// Asks again and again until there is something, for a minute at most.
    pub async fn until<T>(&self, what: &str, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
        let found = timeout(LIMIT, async {
            loop {
                match timeout(ANSWER, attempt()).await {
                    Ok(Some(found)) => return found,
                    Ok(None) | Err(_) => sleep(POLL).await,
                }
            }
        });
        match found.await {
            Ok(found) => found,
            Err(_) => self.give_up(what).await,
        }
    }

    async fn must<T, E: Debug>(&self, doing: &str, work: impl Future<Output = Result<T, E>>) -> T {
        match timeout(LIMIT, work).await {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => panic!("{doing}: {error:?}"),
            Err(_) => panic!("{doing} took longer than {LIMIT:?}"),
        }
    }

    /// Says what could be seen instead.
    async fn give_up(&self, what: &str) -> ! {
        let address = timeout(ANSWER, self.present_address()).await.ok().flatten();
        let address = address.unwrap_or_else(|| "the driver does not say".to_owned());
        self.script("document.querySelectorAll('details').forEach(details => { details.open = true })").await;
        let text = self.text().await;
        let console = if self.engine.is_chromium() { self.console().await } else { Vec::new() };
        let picture = self.screenshot("failure").await;
        panic!(
            "waited {LIMIT:?} for {what}\naddress: {address}\ntext: {text}\nconsole: {console:#?}\npicture: {}",
            picture.display()
        );
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The session ends with its process. Asking for its end would block the test's only thread, the one that
        // would have to carry the answer.
        let _ = self.driver.clone().leak();
    }
}

/// XPath has no escapes in strings: where both quotes occur, pieces are put together.
fn xpath_string(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let pieces: Vec<_> = text.split('\'').map(|piece| format!("'{piece}'")).collect();
    format!("concat({})", pieces.join(", \"'\", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_an_apostrophe_is_one_string_to_xpath() {
        assert_eq!(xpath_string("Sign in"), "'Sign in'");
        assert_eq!(xpath_string("Who's \"there\"?"), "concat('Who', \"'\", 's \"there\"?')");
    }
}
