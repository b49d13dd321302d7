//! One visit of one page in a browser without stored data: open it, sign in, and wait for the ACS token.

use cross_tests::Browser;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::servers::{Arrival, Servers, Site};

/// Notes times in the browser, and clicks.
const OBSERVER: &str = include_str!("observer.js");

/// What a visit measures. Times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    Paint,
    Button,
    ClickToEntra,
    OpenToEntra,
    BackToTokenRequest,
    BackToToken,
    BlockedBefore,
    BlockedAfter,
    /// In MB.
    Heap,
}

impl Figure {
    pub(crate) const ALL: [Self; 9] = [
        Self::Paint,
        Self::Button,
        Self::ClickToEntra,
        Self::OpenToEntra,
        Self::BackToTokenRequest,
        Self::BackToToken,
        Self::BlockedBefore,
        Self::BlockedAfter,
        Self::Heap,
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Paint => "first contentful paint",
            Self::Button => "button accepts a click",
            Self::ClickToEntra => "click → request at Entra",
            Self::OpenToEntra => "open → request at Entra",
            Self::BackToTokenRequest => "back → token request at Entra",
            Self::BackToToken => "back → ACS token on screen",
            Self::BlockedBefore => "main thread blocked, first visit",
            Self::BlockedAfter => "main thread blocked, way back",
            Self::Heap => "JavaScript heap of the page (MB)",
        }
    }
}

/// The figures of a visit, in the order of [`Figure::ALL`].
pub(crate) type Figures = [f64; Figure::ALL.len()];

/// What the observer noted in a document, in milliseconds since 1970.
#[derive(Debug, Deserialize)]
pub(crate) struct Note {
    origin: f64,
    blocked: f64,
    #[serde(default)]
    paint: f64,
    #[serde(default)]
    button: f64,
    #[serde(default)]
    click: f64,
    #[serde(default)]
    back: f64,
    #[serde(default)]
    token: f64,
}

/// Visits a page, and clicks its button as soon as it can be seen. With `trace`, prints the requests.
pub(crate) async fn visit(servers: &Servers, site: &Site, trace: bool) -> Result<Figures, String> {
    let browser = Browser::start().await;
    servers.arrivals.take();
    begin(&browser, servers, site, true).await?;
    let (first, back) = end(&browser).await?;
    let arrivals = servers.arrivals.take();
    if trace {
        print(&arrivals, first.origin, back.back);
    }
    let arrived = |what: &str| {
        let found = arrivals.iter().find(|arrival| arrival.path.ends_with(what)).map(|arrival| arrival.at);
        found.ok_or_else(|| format!("no request {what}: {arrivals:?}"))
    };
    let (authorize, token) = (arrived("/oauth2/v2.0/authorize")?, arrived("/oauth2/v2.0/token")?);
    let heap = heap(&browser).await?;
    Ok(Figure::ALL.map(|figure| match figure {
        Figure::Paint => first.paint - first.origin,
        Figure::Button => first.button - first.origin,
        Figure::ClickToEntra => authorize - first.click,
        Figure::OpenToEntra => authorize - first.origin,
        Figure::BackToTokenRequest => token - back.back,
        Figure::BackToToken => back.token - back.back,
        Figure::BlockedBefore => first.blocked,
        Figure::BlockedAfter => back.blocked,
        Figure::Heap => heap / 1e6,
    }))
}

/// Prints the requests with their times since the navigation, and since the request for the page on the way back.
fn print(arrivals: &[Arrival], open: f64, back: f64) {
    for Arrival { at, path } in arrivals {
        let (from, since) = if *at < back { ("open", open) } else { ("back", back) };
        eprintln!("{from} {:>6.0} {path}", at - since);
    }
}

/// The bytes of the page's JavaScript heap after garbage collection. A Worker has a heap of its own.
async fn heap(browser: &Browser) -> Result<f64, String> {
    call(browser, "HeapProfiler.collectGarbage", json!({})).await?;
    let usage = call(browser, "Runtime.getHeapUsage", json!({})).await?;
    usage["usedSize"].as_f64().ok_or_else(|| format!("no size: {usage}"))
}

/// Opens the page. Unless it `clicks`, the observer leaves the button to the caller.
pub(crate) async fn begin(browser: &Browser, servers: &Servers, site: &Site, clicks: bool) -> Result<(), String> {
    let source = OBSERVER.replace("ENTRA", &servers.entra).replace("CLICKS", &clicks.to_string());
    call(browser, "Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await?;
    call(browser, "Page.navigate", json!({ "url": site.address })).await.map(drop)
}

/// Waits for the token. Returns the notes of the first document and of the one after the sign-in.
pub(crate) async fn end(browser: &Browser) -> Result<(Note, Note), String> {
    let script =
        "return globalThis.benchNote?.token ? [sessionStorage.getItem('bench'), JSON.stringify(benchNote)] : null";
    let notes = browser
        .until("the ACS token", async || match browser.script(script).await {
            Value::Array(notes) => Some(notes),
            _ => None,
        })
        .await;
    let note = |at: usize| {
        let text = notes.get(at).and_then(Value::as_str).unwrap_or_default();
        serde_json::from_str(text).map_err(|error| format!("a note of the observer: {error}: {text}"))
    };
    Ok((note(0)?, note(1)?))
}

/// Calls a method of the Chrome DevTools Protocol.
pub(crate) async fn call(browser: &Browser, method: &str, parameters: Value) -> Result<Value, String> {
    browser.driver.cdp().send_raw(method, parameters).await.map_err(|error| format!("{method}: {error}"))
}
