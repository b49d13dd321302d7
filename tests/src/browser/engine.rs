use std::env;

use super::{chromium, firefox, running::Running, webkit};

/// A browser engine: three independent implementations of the web, one of them with two configurations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Blink: Chromium, Chrome, Edge. As Debian ships Chromium, with third-party cookies blocked.
    Chromium,
    /// Blink with the defaults of upstream, which blocks no third-party cookies.
    ChromiumUpstream,
    /// Gecko: Firefox.
    Firefox,
    /// WebKit, as WebKitGTK. Safari uses the same engine.
    WebKit,
}

impl Engine {
    /// The engine that `ENGINE` names, or Chromium.
    pub fn chosen() -> Self {
        match env::var("ENGINE").as_deref() {
            Err(_) | Ok("chromium") => Self::Chromium,
            Ok("chromium-upstream") => Self::ChromiumUpstream,
            Ok("firefox") => Self::Firefox,
            Ok("webkit") => Self::WebKit,
            Ok(other) => panic!("ENGINE is {other}: it can be chromium, chromium-upstream, firefox or webkit"),
        }
    }

    /// The name of the engine in `ENGINE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::ChromiumUpstream => "chromium-upstream",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// Whether it is driven by ChromeDriver.
    pub fn is_chromium(self) -> bool {
        matches!(self, Self::Chromium | Self::ChromiumUpstream)
    }

    pub(super) async fn start(self, trusting: bool) -> Running {
        match self {
            Self::Chromium => chromium::start(false).await,
            Self::ChromiumUpstream => chromium::start(true).await,
            Self::Firefox => firefox::start(trusting).await,
            Self::WebKit => webkit::start().await,
        }
    }
}
