//! MiniBrowser of WebKitGTK with WebKitWebDriver, on a virtual display, because it has no headless mode.

use std::env;

use serde_json::json;
use tokio::net::TcpListener;

use super::{
    running::{Running, Sharing},
    temporary_profile,
};
use crate::program::Program;

/// Starts the WebKitWebDriver of `WEBKITWEBDRIVER` or PATH, and the Xvfb of `XVFB` or PATH. The driver knows its
/// MiniBrowser.
pub(super) async fn start() -> Running {
    let profile = temporary_profile();
    let home = profile.path();
    let xvfb = env::var_os("XVFB").unwrap_or_else(|| "Xvfb".into());
    let mut display = Program::start(xvfb, home, |command| {
        command.args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]);
    });
    let number: u32 = display.announced(|line| line.trim().parse().ok()).await;
    let program = || env::var_os("WEBKITWEBDRIVER").unwrap_or_else(|| "WebKitWebDriver".into());
    let (driver, port) = loop {
        // It cannot report a port that the system chooses, so it gets one that was free a moment ago.
        let port = free_port().await;
        let mut driver = Program::start(program(), home, |command| {
            command.arg(format!("--port={port}")).env("DISPLAY", format!(":{number}"));
            // Not the desktop of the person who runs the tests.
            command.env_remove("WAYLAND_DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS").env("NO_AT_BRIDGE", "1");
            // No media plugins: each new profile would make GStreamer search for them, which takes seconds.
            command.env("GST_PLUGIN_SYSTEM_PATH_1_0", "");
        });
        // If the driver ends, another program took the port first.
        if driver.listens(port).await {
            break (driver, port);
        }
    };
    let url = format!("http://127.0.0.1:{port}");
    // A script that runs during a navigation never returns here. The default timeout of 30 seconds is long.
    let capabilities = json!({ "browserName": "MiniBrowser", "timeouts": { "script": 10_000 } });
    // The driver ends before the display, so that the browser does not lose its display first.
    Running::new(vec![driver, display], url, capabilities, Sharing::Nothing, profile)
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.and_then(|listener| listener.local_addr());
    listener.unwrap_or_else(|error| panic!("no port for the driver: {error}")).port()
}
