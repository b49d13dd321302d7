use std::env;

use super::{chromium, firefox, running::Running, webkit};

/// What draws pages and runs scripts: three independent implementations of the web.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Blink: Chromium, Chrome, Edge; as Debian ships it, which blocks third-party cookies.
    Chromium,
    /// The same as its makers ship it, which blocks none.
    ChromiumUpstream,
    /// Gecko: Firefox.
    Firefox,
    /// WebKit, as WebKitGTK; Safari is its relative.
    WebKit,
}

impl Engine {
    /// The one that `ENGINE` names; Chromium where it is not set.
    pub fn chosen() -> Self {
        match env::var("ENGINE").as_deref() {
            Err(_) | Ok("chromium") => Self::Chromium,
            Ok("chromium-upstream") => Self::ChromiumUpstream,
            Ok("firefox") => Self::Firefox,
            Ok("webkit") => Self::WebKit,
            Ok(other) => panic!("ENGINE is {other}: it can be chromium, chromium-upstream, firefox or webkit"),
        }
    }

    /// As `ENGINE` calls it.
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
