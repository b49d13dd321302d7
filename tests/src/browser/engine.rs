use std::env;
use std::path::Path;

use serde_json::Value;

use super::{chromium, firefox, webkit};
use crate::program::Program;

/// What draws pages and runs scripts: three independent implementations of the web.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Blink: Chromium, Chrome, Edge.
    Chromium,
    /// Gecko: Firefox.
    Firefox,
    /// WebKit, as WebKitGTK; Safari is its relative.
    WebKit,
}

/// A driver that is ready for a session.
pub(super) struct Start {
    pub(super) programs: Vec<Program>,
    pub(super) url: String,
    pub(super) capabilities: Value,
}

impl Engine {
    /// The one that `ENGINE` names; Chromium where it is not set.
    pub fn chosen() -> Self {
        match env::var("ENGINE").as_deref() {
            Err(_) | Ok("chromium") => Self::Chromium,
            Ok("firefox") => Self::Firefox,
            Ok("webkit") => Self::WebKit,
            Ok(other) => panic!("ENGINE is {other}, which is neither chromium nor firefox nor webkit"),
        }
    }

    pub(super) async fn start(self, home: &Path) -> Start {
        match self {
            Self::Chromium => chromium::start(home).await,
            Self::Firefox => firefox::start(home).await,
            Self::WebKit => webkit::start(home).await,
        }
    }
}
