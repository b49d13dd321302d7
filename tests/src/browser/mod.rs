//! A browser that a test operates as a person does, in any engine.

mod chromium;
mod debugger;
mod engine;
mod firefox;
mod kept_session;
mod running;
mod webkit;
mod wire;

use std::{
    fmt::Debug,
    fs,
    future::Future,
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::{
    By, Capabilities, WebDriver, WebElement, WindowHandle,
    error::{WebDriverError, WebDriverErrorInner},
};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

pub use self::engine::Engine;
use self::{
    debugger::BrowserContext,
    kept_session::KeptSession,
    running::{Running, Sharing},
    wire::request,
};
use crate::stack::root;

const WAIT_TIMEOUT: Duration = Duration::from_secs(60);
/// The timeout for one response of a driver, after which the command is sent again: WebKit's driver sometimes waits for
/// a load that has ended already.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(15);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A browser with a fresh profile and without a visible window. Consecutive tests can share a process, and see no data
/// of each other.
pub struct Browser {
    /// The WebDriver session, for commands that have no method here.
    pub driver: WebDriver,
    /// The engine of the browser.
    pub engine: Engine,
    /// The browser context, which only Chromium has. The data of the test ends with it.
    context: Option<Mutex<BrowserContext>>,
    /// `Some` until this is dropped.
    running: Option<Running>,
}

impl Browser {
    /// Starts a browser of the engine that `ENGINE` names: `chromium`, which is the default, `chromium-upstream`,
    /// `firefox` or `webkit`.
    pub async fn start() -> Self {
        Self::with(false).await
    }

    /// Starts a browser that accepts any certificate, such as that of [`Entra`](crate::Entra).
    pub async fn start_trusting() -> Self {
        Self::with(true).await
    }

    async fn with(trusting: bool) -> Self {
        while let Some(running) = Running::idle(trusting) {
            // A browser that broke in another test must not fail this one.
            if let Ok(browser) = Self::of(running, trusting).await {
                return browser;
            }
        }
        let running = Engine::chosen().start(trusting).await;
        Self::of(running, trusting).await.unwrap_or_else(|error| panic!("no browser session: {error}"))
    }

    async fn of(mut running: Running, trusting: bool) -> Result<Self, String> {
        let ready = timeout(WAIT_TIMEOUT, Self::session(&mut running, trusting)).await;
        let (driver, context) = ready.unwrap_or_else(|_| Err(format!("not ready in {WAIT_TIMEOUT:?}")))?;
        Ok(Self { driver, engine: Engine::chosen(), context, running: Some(running) })
    }

    /// Starts a session without data of another test.
    async fn session(
        running: &mut Running,
        trusting: bool,
    ) -> Result<(WebDriver, Option<Mutex<BrowserContext>>), String> {
        let mut context = None;
        let mut capabilities = running.capabilities.as_object().cloned().expect("capabilities are a JSON object");
        if trusting {
            capabilities.insert("acceptInsecureCerts".to_owned(), true.into());
        }
        let mut builder = WebDriver::builder(&running.driver, Capabilities::from(capabilities));
        match &running.sharing {
            Sharing::Nothing => {}
            Sharing::Contexts(debugger) => {
                if let Some(last) = running.session.take() {
                    request(Method::DELETE, &format!("{}/session/{last}", running.driver), None).await?;
                }
                let created = BrowserContext::create(debugger).await.map_err(|error| error.to_string())?;
                context = Some(Mutex::new(created));
            }
            Sharing::Session(session) => {
                firefox::clear(&running.driver, session).await?;
                builder = builder.client(KeptSession::new(session.to_string()));
            }
        }
        let driver = builder.await.map_err(|error| error.to_string())?;
        Ok((driver, context))
    }

    /// The version of the browser.
    pub fn version(&self) -> String {
        let version = self.driver.handle().capabilities().get("browserVersion").and_then(Value::as_str);
        version.unwrap_or("unknown").to_owned()
    }

    /// Loads an address and waits for the document.
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

    /// Waits for a button or link of exactly this name, as a person would read it, and clicks it once. It is never the
    /// button of `index.html`, which does less than that of the interface and is there for a moment only.
    pub async fn click(&self, name: &str) {
        let named = format!("normalize-space()={0} or @aria-label={0} or @value={0}", xpath_string(name));
        let here = "not(ancestor::*[@id='boot-sign-in'])";
        let xpath =
            format!("//*[self::button or self::a or self::summary or self::input[@type='submit']][{named}][{here}]");
        let what = format!("something to click named {name:?}");
        let clicked = timeout(WAIT_TIMEOUT, async {
            loop {
                let element = self.until(&what, async || self.driver.find(By::XPath(&*xpath)).await.ok()).await;
                // A driver may respond only when the next document is loaded. A click that is abandoned and repeated
                // would press the same button of the next screen, or wait for a button that is gone.
                match element.click().await {
                    Err(error) if self.is_before_click(&error) => sleep(POLL_INTERVAL).await,
                    Ok(()) | Err(_) => return,
                }
            }
        });
        if clicked.await.is_err() {
            self.give_up(&what).await;
        }
    }

    /// Whether the driver reports that it did not click: the element is missing, covered, or being replaced. Other
    /// errors, for example that the window has closed, can follow a click.
    fn is_before_click(&self, error: &WebDriverError) -> bool {
        match error.as_inner() {
            WebDriverErrorInner::ElementClickIntercepted(_)
            | WebDriverErrorInner::ElementNotInteractable(_)
            | WebDriverErrorInner::MoveTargetOutOfBounds(_)
            | WebDriverErrorInner::NoSuchElement(_)
            | WebDriverErrorInner::StaleElementReference(_) => true,
            // ChromeDriver has no code of its own for an element whose document is gone.
            WebDriverErrorInner::UnknownError(_) => self.engine.is_chromium(),
            _ => false,
        }
    }

    /// Waits for a frame that a CSS selector matches and enters it, until [`leave_frames`](Self::leave_frames). All
    /// methods except [`address`](Self::address) then refer to the document in the frame.
    pub async fn enter_frame(&self, css: &str) {
        self.until(&format!("a frame {css}"), async || {
            self.driver.find(By::Css(css)).await.ok()?.enter_frame().await.ok()
        })
        .await;
    }

    /// Returns to the window's top document.
    pub async fn leave_frames(&self) {
        self.must("leaving the frames", self.driver.enter_default_frame()).await;
    }

    /// The current window.
    pub async fn window(&self) -> WindowHandle {
        self.must("getting the window", self.driver.window()).await
    }

    /// All open windows.
    pub async fn windows(&self) -> Vec<WindowHandle> {
        self.must("getting the windows", self.driver.windows()).await
    }

    /// Opens an empty tab, without entering it.
    pub async fn new_tab(&self) -> WindowHandle {
        let Some(context) = &self.context else { return self.must("opening a tab", self.driver.new_tab()).await };
        let before = self.windows().await;
        self.must("opening a tab", async { context.lock().await.open_tab().await }).await;
        let opened = async || self.windows().await.into_iter().find(|window| !before.contains(window));
        self.until("the new tab", opened).await
    }

    /// Enters a window.
    pub async fn enter_window(&self, window: &WindowHandle) {
        self.must("entering the window", self.driver.switch_to_window(window.clone())).await;
    }

    /// Waits for a second window and enters it. Returns the window that it left.
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

    /// The visible text of the page. Empty while the page shows the button of `index.html`, so that a test that waits
    /// for a text continues with the interface.
    pub async fn text(&self) -> String {
        let text = self
            .script(
                "return document.body && !document.querySelector('#boot-sign-in:not([hidden])') ? document.body.innerText : ''",
            )
            .await;
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
        // Between two documents, no script can run.
        match timeout(RESPONSE_TIMEOUT, self.driver.execute(body, Vec::new())).await {
            Ok(Ok(value)) => value.json().clone(),
            Ok(Err(_)) | Err(_) => Value::Null,
        }
    }

    /// Writes a screenshot to `target/screenshots/<name>.png`. Returns its path.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let directory = root().join("target").join("screenshots");
        fs::create_dir_all(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        let file = directory.join(format!("{name}.png"));
        self.must("taking a screenshot", self.driver.screenshot(&file)).await;
        file
    }

    /// Repeats an attempt until it returns something, for a minute at most.
    pub async fn until<T>(&self, what: &str, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
        let found = timeout(WAIT_TIMEOUT, async {
            loop {
                match timeout(RESPONSE_TIMEOUT, attempt()).await {
                    Ok(Some(found)) => return found,
                    Ok(None) | Err(_) => sleep(POLL_INTERVAL).await,
                }
            }
        });
        match found.await {
            Ok(found) => found,
            Err(_) => self.give_up(what).await,
        }
    }

    /// A directory that is removed with the browser.
    fn profile(&self) -> &Path {
        self.running.as_ref().expect("the browser runs until the end").profile.path()
    }

    async fn must<T, E: Debug>(&self, doing: &str, work: impl Future<Output = Result<T, E>>) -> T {
        match timeout(WAIT_TIMEOUT, work).await {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => panic!("{doing}: {error:?}"),
            Err(_) => panic!("{doing} took longer than {WAIT_TIMEOUT:?}"),
        }
    }

    /// Panics with the address, text and console of the page, and takes a screenshot.
    async fn give_up(&self, what: &str) -> ! {
        let address = timeout(RESPONSE_TIMEOUT, self.present_address()).await.ok().flatten();
        let address = address.unwrap_or_else(|| "the driver does not say".to_owned());
        self.script("document.querySelectorAll('details').forEach(details => { details.open = true })").await;
        let text = self.text().await;
        let console = if self.engine.is_chromium() { self.console().await } else { Vec::new() };
        let picture = self.screenshot("failure").await;
        panic!(
            "waited {WAIT_TIMEOUT:?} for {what}\naddress: {address}\ntext: {text}\nconsole: {console:#?}\npicture: {}",
            picture.display()
        );
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ending the session here would block the only thread of the test, which has to receive the response. The next
        // test ends it, or it ends with its process.
        let session = self.driver.session_id().to_string();
        let _ = self.driver.clone().leak();
        // After a failure, the state of the browser is unknown.
        if let Some(running) = self.running.take()
            && !std::thread::panicking()
        {
            running.give_back(session);
        }
    }
}

fn temporary_profile() -> TempDir {
    tempfile::tempdir().unwrap_or_else(|error| panic!("no directory for a profile: {error}"))
}

/// A string in XPath, which has no escapes: a text with single quotes is concatenated from pieces.
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
    fn quotes_apostrophes_for_xpath() {
        assert_eq!(xpath_string("Sign in"), "'Sign in'");
        assert_eq!(xpath_string("Who's \"there\"?"), "concat('Who', \"'\", 's \"there\"?')");
    }
}
