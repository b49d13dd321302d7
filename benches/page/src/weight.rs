//! The bytes that a page's host sends, by kind: on a first visit that nothing interrupts, and on the way back.

use std::{collections::BTreeMap, time::Duration};

use cross_tests::Browser;
use tokio::time::sleep;

use crate::{
    files::Sent,
    servers::{Servers, Site},
    visit::{begin, end},
};

/// A page that requests nothing for this long has what it needs.
const QUIET: Duration = Duration::from_secs(2);

/// Bytes by kind, of both parts of a visit.
pub(crate) struct Weight {
    pub(crate) first: BTreeMap<&'static str, usize>,
    pub(crate) back: BTreeMap<&'static str, usize>,
}

/// Visits a page, and clicks when it has loaded everything.
pub(crate) async fn weigh(servers: &Servers, site: &Site) -> Result<Weight, String> {
    let browser = Browser::start().await;
    site.files.take_sent();
    begin(&browser, servers, site, false).await?;
    let ready = "return Boolean(globalThis.benchNote?.button)";
    browser.until("the button", async || (browser.script(ready).await == true).then_some(())).await;
    let first = when_quiet(site).await;
    browser.script("benchClick()").await;
    end(&browser).await?;
    let back = when_quiet(site).await;
    Ok(Weight { first: by_kind(&first), back: by_kind(&back) })
}

async fn when_quiet(site: &Site) -> Vec<Sent> {
    let mut all = Vec::new();
    loop {
        sleep(QUIET).await;
        let sent = site.files.take_sent();
        if sent.is_empty() {
            return all;
        }
        all.extend(sent);
    }
}

fn by_kind(sent: &[Sent]) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    for Sent { path, bytes } in sent {
        *kinds.entry(kind(path)).or_default() += bytes;
    }
    kinds
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("wasm") => "wasm",
        Some("js") => "scripts",
        _ => "documents, styles and others",
    }
}
