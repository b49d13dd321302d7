//! The harness itself: a test that finds nothing proves something only where the harness would have found it.

use cross_tests::{Browser, Host, Origins, Site};
use tokio::net::TcpListener;

/// Serves these files under the page's own headers and returns the address.
async fn serve(files: &[(&str, &str)]) -> (tempfile::TempDir, Site, String) {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
    let nowhere = || "http://localhost:9".to_owned();
    let nowhere = Origins { authority: nowhere(), exchange: nowhere(), portals: Vec::new() };
    let site = Site::new(directory.path(), None, nowhere, Host::Proper);
    let router = site.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (directory, site, address)
}

#[tokio::test]
async fn a_page_that_obeys_the_policy_leaves_the_console_quiet() {
    let (_files, site, address) = serve(&[
        ("index.html", "<!doctype html><link rel=icon href=icon.svg><script type=module src=boot.js></script><body>"),
        ("boot.js", "document.body.append('the script ran')"),
        ("icon.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ])
    .await;
    let browser = Browser::start().await;
    browser.open(&address).await;
    browser.wait_for_text("the script ran").await;
    browser.expect_a_quiet_console().await;
    assert!(site.requests().contains(&"GET /boot.js".to_owned()));
}

// security section 4
#[tokio::test]
async fn an_inline_script_does_not_run_and_is_reported() {
    let (_files, _site, address) = serve(&[(
        "index.html",
        "<!doctype html><link rel=icon href=data:><body><p>quiet</p><script>document.body.append('it ran')</script>",
    )])
    .await;
    let browser = Browser::start().await;
    browser.open(&address).await;
    browser.wait_for_text("quiet").await;
    assert!(!browser.text().await.contains("it ran"));
    let console = browser.console().await.join("\n");
    assert!(console.contains("Content Security Policy"), "{console}");
}

// security section 4
#[tokio::test]
async fn the_document_cannot_reach_another_origin_and_no_markup_is_made_of_strings() {
    let script = "
        const outcome = async (name, attempt) => {
            try { await attempt(); document.body.append(` ${name} succeeded.`) } catch { document.body.append(` ${name} refused.`) }
        };
        await outcome('fetch', () => fetch('http://localhost:9/'));
        await outcome('innerHTML', () => { document.createElement('p').innerHTML = '<b>x</b>' });
        document.body.append(' done.');";
    let (_files, _site, address) =
        serve(&[("index.html", "<!doctype html><script type=module src=boot.js></script><body>"), ("boot.js", script)])
            .await;
    let browser = Browser::start().await;
    browser.open(&address).await;
    browser.wait_for_text("done.").await;
    let text = browser.text().await;
    assert!(text.contains("fetch refused.") && text.contains("innerHTML refused."), "{text}");
    let console = browser.console().await.join("\n");
    assert!(console.contains("connect-src") && console.contains("TrustedHTML"), "{console}");
}

#[tokio::test]
async fn colours_and_room_are_those_asked_for() {
    let (_files, _site, address) = serve(&[("index.html", "<!doctype html><body>here")]).await;
    let browser = Browser::start().await;
    browser.resize(360, 740).await;
    browser.prefer_colours("dark").await;
    browser.open(&address).await;
    browser.wait_for_text("here").await;
    assert_eq!(browser.script("return innerWidth").await, 360);
    assert_eq!(browser.script("return matchMedia('(prefers-color-scheme: dark)').matches").await, true);
    let picture = browser.screenshot("harness").await;
    assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"));
}
