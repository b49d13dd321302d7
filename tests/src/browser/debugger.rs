use std::{
    io::{self, Error},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::sleep};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

const POLL: Duration = Duration::from_millis(10);

/// A browser context of Chromium, with its own cookies, cache, storage, permissions and windows, as in Playwright. It
/// ends with the connection to the debugger when this is dropped.
pub(super) struct BrowserContext {
    debugger: Debugger,
    id: Value,
}

impl BrowserContext {
    /// Creates a context with an empty window. `address` is that of the debugger, such as
    /// `127.0.0.1:9222/devtools/browser/…`.
    pub(super) async fn create(address: &str) -> io::Result<Self> {
        let mut debugger = Debugger::connect(address).await?;
        // The windows of the last test are still closing. The driver would treat them as windows of this test.
        while !debugger.pages().await?.is_empty() {
            sleep(POLL).await;
        }
        let created = debugger.call("Target.createBrowserContext", json!({ "disposeOnDetach": true })).await?;
        let mut context = Self { debugger, id: created["browserContextId"].clone() };
        context.open(true).await?;
        Ok(context)
    }

    /// Opens an empty tab. WebDriver's own command would open it in the browser's first context.
    pub(super) async fn open_tab(&mut self) -> io::Result<()> {
        self.open(false).await
    }

    async fn open(&mut self, new_window: bool) -> io::Result<()> {
        let target = json!({ "url": "about:blank", "browserContextId": self.id, "newWindow": new_window });
        self.debugger.call("Target.createTarget", target).await.map(drop)
    }
}

/// A connection to the debugger: the Chrome DevTools Protocol.
pub(super) struct Debugger {
    socket: WebSocketStream<TcpStream>,
    calls: u64,
}

impl Debugger {
    pub(super) async fn connect(address: &str) -> io::Result<Self> {
        let (host, _) = address.split_once('/').ok_or_else(|| Error::other("the debugger's address has no path"))?;
        let stream = TcpStream::connect(host).await?;
        let (socket, _) = client_async(format!("ws://{address}"), stream).await.map_err(Error::other)?;
        Ok(Self { socket, calls: 0 })
    }

    /// Identifiers of all tabs.
    pub(super) async fn pages(&mut self) -> io::Result<Vec<Value>> {
        let mut targets = self.call("Target.getTargets", json!({})).await?;
        let targets = targets["targetInfos"].as_array_mut().map(std::mem::take).unwrap_or_default();
        let pages = targets.into_iter().filter(|target| target["type"] == "page");
        Ok(pages.map(|mut page| page["targetId"].take()).collect())
    }

    /// Calls a method and waits for its result.
    pub(super) async fn call(&mut self, method: &str, parameters: Value) -> io::Result<Value> {
        self.calls += 1;
        let call = json!({ "id": self.calls, "method": method, "params": parameters }).to_string();
        self.socket.send(Message::text(call)).await.map_err(Error::other)?;
        loop {
            let message = self.socket.next().await.ok_or_else(|| Error::other("the debugger has gone"))?;
            let message = message.and_then(Message::into_text).map_err(Error::other)?;
            let mut message: Value = serde_json::from_str(&message)?;
            // Messages without this id are events.
            if message["id"] == self.calls {
                let error = &message["error"];
                return if error.is_null() {
                    Ok(message["result"].take())
                } else {
                    Err(Error::other(format!("{method}: {error}")))
                };
            }
        }
    }
}
