//! What the page's headers make of a browser. A policy that an engine does not enforce protects nobody who uses it.

use cross_tests::{Browser, Host, Origins, Site};
use tokio::net::TcpListener;

/// Serves these files under the page's own headers and returns the address.
pub(crate) async fn serve(files: &[(&str, &str)]) -> (tempfile::TempDir, Site, String) {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
    let nowhere = || "http://localhost:9".to_owned();
    let nowhere = Origins { authority: nowhere(), exchanges: vec![nowhere()], mailbox: None, portals: Vec::new() };
    let site = Site::new(directory.path(), None, nowhere, Host::Proper);
    let router = site.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (directory, site, address)
}

/// What the page would see of a protection: what it tries, and what comes of it.
pub(crate) const ATTEMPTS: &str = "
    const outcome = async (name, attempt) => {
        try { await attempt(); document.body.append(` ${name} succeeded.`) } catch { document.body.append(` ${name} refused.`) }
    };
    await outcome('self', () => fetch(location));
    await outcome('fetch', () => fetch('http://localhost:9/'));
    await outcome('innerHTML', () => { document.createElement('p').innerHTML = '<b>x</b>' });
    await outcome('eval', () => (0, eval)('1'));
    document.body.append(' done.');";

#[tokio::test]
async fn a_script_of_the_page_runs_and_an_inline_one_does_not() {
    // security 57
    let (_files, site, address) = serve(&[
        (
            "index.html",
            "<!doctype html><script type=module src=boot.js></script><body><script>document.body.append('inline ran')</script>",
        ),
        ("boot.js", "document.body.append('the script ran')"),
    ])
    .await;
    let browser = Browser::start().await;
    browser.open(&address).await;
    browser.wait_for_text("the script ran").await;
    assert!(!browser.text().await.contains("inline ran"));
    assert!(site.requests().contains(&"GET /boot.js".to_owned()));
}

#[tokio::test]
async fn the_document_cannot_reach_another_origin_and_no_markup_is_made_of_strings() {
    // security 57, 58
    let document = "<!doctype html><script type=module src=boot.js></script><body>";
    let (_files, _site, address) = serve(&[("index.html", document), ("boot.js", ATTEMPTS)]).await;
    let browser = Browser::start().await;
    browser.open(&address).await;
    browser.wait_for_text("done.").await;
    let text = browser.text().await;
    for outcome in ["self succeeded.", "fetch refused.", "innerHTML refused.", "eval refused."] {
        assert!(text.contains(outcome), "{text}");
    }
}
