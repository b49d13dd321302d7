//! The harness with several sites on one machine: how browsers separate them, and how tests reach them.

use cross_tests::{Browser, Engine, Portal, Setup, Stack};

/// A directory with a document that shows whether it is in a frame and in a secure context.
fn framed() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let script = "document.body.append(`framed in a ${isSecureContext ? 'secure' : 'poor'} context`)";
    let document = "<!doctype html><script type=module src=boot.js></script><body>";
    std::fs::write(directory.path().join("index.html"), document).unwrap();
    std::fs::write(directory.path().join("boot.js"), script).unwrap();
    directory
}

#[tokio::test]
async fn names_below_localhost_are_secure_and_cross_site() {
    let (portal, app, browser) = (Portal::start().await, Portal::named("app").await, Browser::start().await);
    let address = app.put("/", "<!doctype html><p>the app</p>");
    let bare = app.origin.replace("app.localhost", "localhost");
    browser
        .open(&portal.put("/", format!("<!doctype html><iframe src='{address}'></iframe><img src='{bare}/bare'>")))
        .await;
    assert_eq!(browser.script("return isSecureContext && 'subtle' in crypto").await, true);
    browser.enter_frame("iframe").await;
    browser.wait_for_text("the app").await;
    assert_eq!(browser.script("return isSecureContext && 'subtle' in crypto").await, true);
    let seen = async |request: &str| app.requests().contains(&request.to_owned()).then_some(());
    browser.until("a foreign frame", async || seen("GET / cross-site").await).await;
    browser.until("a foreign picture", async || seen("GET /bare cross-site").await).await;
    // The control: a request to the own origin is not cross-site.
    browser.leave_frames().await;
    browser.script("fetch('/own')").await;
    browser
        .until("an own request", async || portal.requests().contains(&"GET /own same-origin".to_owned()).then_some(()))
        .await;
}

#[tokio::test]
async fn frame_ancestors_allow_only_configured_portals() {
    // SEC-049
    let (portal, stranger, page) = (Portal::start().await, Portal::named("stranger").await, framed());
    let setup = Setup { portals: vec![portal.origin.clone()], ..Setup::default() };
    let stack = Stack::serving_folder(page.path(), setup).await;
    stack.record.allow_violations();
    let browser = Browser::start().await;
    let document = format!("<!doctype html><p>around it</p><iframe src='{}'></iframe>", stack.page);
    browser.open(&portal.put("/", &*document)).await;
    browser.enter_frame("iframe").await;
    browser.wait_for_text("framed in a secure context").await;

    let requests = stack.site.requests().len();
    browser.open(&stranger.put("/", document)).await;
    browser.wait_for_text("around it").await;
    browser.until("the document", async || (stack.site.requests().len() > requests).then_some(())).await;
    browser.enter_frame("iframe").await;
    assert!(!browser.text().await.contains("framed"));
    assert_eq!(stack.site.requests().len(), requests + 1, "its script is not requested");
}

#[tokio::test]
async fn storage_is_partitioned_except_in_upstream_chromium() {
    let (portal, app, browser) = (Portal::start().await, Portal::named("app").await, Browser::start().await);
    let script = "<script>document.hasStorageAccess().then((has) => document.body.append(has ? 'all of it' : 'a part'))</script>";
    let frame = app.put("/", format!("<!doctype html><body>{script}"));
    browser.open(&portal.put("/", format!("<!doctype html><iframe src='{frame}'></iframe>"))).await;
    browser.enter_frame("iframe").await;
    let expected = if browser.engine == Engine::ChromiumUpstream { "all of it" } else { "a part" };
    browser.wait_for_text(expected).await;
}

#[tokio::test]
async fn enters_and_leaves_windows_and_frames() {
    let (portal, other, browser) = (Portal::start().await, Portal::named("other").await, Browser::start().await);
    let address = other.put("/", "<!doctype html><p>the other site</p><button onclick='window.close()'>Close</button>");
    let script = format!("window.open('{address}')");
    let frame = other.put("/frame", format!("<!doctype html><button onclick=\"{script}\">Open</button>"));
    browser
        .open(&portal.put("/", format!("<!doctype html><p>the portal</p><iframe id=it src='{frame}'></iframe>")))
        .await;
    browser.enter_frame("#it").await;
    browser.click("Open").await;
    let first = browser.enter_other_window().await;
    browser.wait_for_text("the other site").await;
    browser.click("Close").await;
    browser.enter_window(&first).await;
    browser.wait_for_text("the portal").await;
    browser.until("the window's end", async || (browser.windows().await.len() == 1).then_some(())).await;
}

#[tokio::test]
async fn blocks_a_window_without_a_click() {
    let (portal, browser) = (Portal::start().await, Browser::start().await);
    let script = "<script>document.body.append(open('/other') ? 'it opened' : 'it was blocked')</script>";
    browser.open(&portal.put("/", format!("<!doctype html><body>{script}"))).await;
    browser.wait_for_text("it was blocked").await;
    assert_eq!(browser.windows().await.len(), 1);
}
