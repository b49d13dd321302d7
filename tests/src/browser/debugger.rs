use std::io::{self, Error};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

const POLL: Duration = Duration::from_millis(10);

/// A browser context of Chromium: cookies, cache, storage, permissions and windows of its own, as in Playwright's tests.
/// All of that ends with the connection to the debugger, that is, when this is dropped.
pub(super) struct BrowserContext {
    debugger: Debugger,
    id: Value,
}

impl BrowserContext {
    /// Makes one with an empty window. `address` is the debugger's, such as `127.0.0.1:9222/devtools/browser/…`.
    pub(super) async fn create(address: &str) -> io::Result<Self> {
        let mut debugger = Debugger::connect(address).await?;
        // The last test's windows close by themselves, but the driver would take them for ours.
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

/// A connection to the debugger: the Chrome DevTools Protocol in a WebSocket, as little of RFC 6455 as that takes.
pub(super) struct Debugger {
    stream: TcpStream,
    calls: u64,
}

/// FIN, and the opcode of a text.
const TEXT: u8 = 0x81;
const MASKED: u8 = 0x80;
/// Lengths of this and more stand in two bytes of their own, from 2¹⁶ on in eight.
const TWO_BYTES: u8 = 126;
const EIGHT_BYTES: u8 = 127;

impl Debugger {
    pub(super) async fn connect(address: &str) -> io::Result<Self> {
        let (host, path) = address.split_once('/').ok_or_else(|| Error::other("the debugger's address has no path"))?;
        let mut stream = TcpStream::connect(host).await?;
        // The key and its answer are for caches in between, of which there is none.
        let request = format!(
            "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut response = Vec::new();
        while !response.ends_with(b"\r\n\r\n") {
            response.push(stream.read_u8().await?);
        }
        if !response.starts_with(b"HTTP/1.1 101 ") {
            return Err(Error::other(String::from_utf8_lossy(&response)));
        }
        Ok(Self { stream, calls: 0 })
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
        self.send(&json!({ "id": self.calls, "method": method, "params": parameters }).to_string()).await?;
        loop {
            let mut message: Value = serde_json::from_slice(&self.receive().await?)?;
            // Others are events.
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

    async fn send(&mut self, text: &str) -> io::Result<()> {
        let length = u16::try_from(text.len()).map_err(Error::other)?;
        let mut frame = vec![TEXT];
        match u8::try_from(length) {
            Ok(length) if length < TWO_BYTES => frame.push(MASKED | length),
            _ => {
                frame.push(MASKED | TWO_BYTES);
                frame.extend(length.to_be_bytes());
            }
        }
        // A mask of zeros leaves the text as it is.
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.stream.write_all(&frame).await
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let kind = self.stream.read_u8().await?;
        let length = match self.stream.read_u8().await? {
            TWO_BYTES => self.stream.read_u16().await?.into(),
            EIGHT_BYTES => self.stream.read_u64().await?,
            length => length.into(),
        };
        let mut text = vec![0; usize::try_from(length).map_err(Error::other)?];
        self.stream.read_exact(&mut text).await?;
        if kind == TEXT { Ok(text) } else { Err(Error::other(format!("unexpected frame of type {kind:#x}"))) }
    }
}
