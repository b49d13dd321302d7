//! Many frames of our page in one portal: their memory, and the time until all of them can sign in.

use cross_tests::{Browser, Portal};

use crate::{memory::memory, servers::Site};

/// What a number of frames needs.
pub(crate) struct Frames {
    pub(crate) count: u32,
    /// Milliseconds from the navigation to the portal until the last frame can sign in.
    pub(crate) time: f64,
    /// The memory of all processes of the browser, in MB. Pages that processes share count in parts (PSS).
    pub(crate) memory: f64,
    /// How much more that is than without frames.
    pub(crate) more: f64,
}

/// Opens a portal with this number of frames.
pub(crate) async fn measure(portal: &Portal, site: &Site, count: u32) -> Result<Frames, String> {
    let script = site.files.text("/embed/acs-sign-in.js").ok_or("the page has no embed SDK")?;
    portal.put("/acs-sign-in.js", script);
    portal.put(
        "/portal.js",
        format!(
            "import {{ connect }} from './acs-sign-in.js';
             let ready = 0;
             for (let at = 0; at < {count}; at++) {{
                 const container = document.body.appendChild(document.createElement('div'));
                 connect({{ container, origin: {:?} }}).addEventListener('status', ({{ detail }}) => {{
                     if (detail.status === 'signedOut' && ++ready === {count}) globalThis.took = performance.now();
                 }});
             }}",
            site.address
        ),
    );
    let browser = Browser::start().await;
    browser.open(&portal.put("/empty", "<!doctype html><p>the portal")).await;
    let before = memory()?;
    browser.open(&portal.put("/", "<!doctype html><p>the portal<script type=module src=/portal.js></script>")).await;
    let took = "return globalThis.took ?? null";
    let time = browser.until("all frames", async || browser.script(took).await.as_f64()).await;
    let memory = memory()?;
    Ok(Frames { count, time, memory, more: memory - before })
}
