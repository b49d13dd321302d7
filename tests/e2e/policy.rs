//! The page's Content Security Policy in a browser: a policy protects people only if their engine enforces it.

use cross_tests::{Browser, Host, Site, Stack, listen};
use page_host::Addresses;
use serde_json::Value;

use crate::sign_in::SIGN_IN;

/// Serves these files with the headers of the page. Returns the address.
pub(crate) async fn serve(files: &[(&str, &str)]) -> (tempfile::TempDir, Site, String) {
    serve_by(Host::Proper, files).await
}

/// The same, with another header profile. The vault can connect to a port that no server listens on.
pub(crate) async fn serve_by(host: Host, files: &[(&str, &str)]) -> (tempfile::TempDir, Site, String) {
    let nowhere = Addresses { exchanges: vec!["http://localhost:9".to_owned()], ..Addresses::default() };
    serve_with(nowhere, host, files).await
}

/// The same, with other addresses in the headers.
pub(crate) async fn serve_with(
    addresses: Addresses,
    host: Host,
    files: &[(&str, &str)],
) -> (tempfile::TempDir, Site, String) {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = directory.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let listener = listen().await;
    let address = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
    let site = Site::of_folder(directory.path(), addresses, host);
    let router = site.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (directory, site, address)
}

/// A script that attempts what the policy forbids, and shows the outcomes.
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
async fn scripts_of_the_page_run_and_inline_scripts_do_not() {
    // SEC-057
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
async fn the_document_cannot_fetch_other_origins_or_use_markup_from_strings() {
    // SEC-057, SEC-058, SEC-061
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

/// A script that tries to replace the vault, and to change the page's requests and documents.
const TAKEOVERS: &str = "
    const outcome = async (name, attempt) => {
        try { await attempt(); document.body.append(` ${name} succeeded.`) } catch { document.body.append(` ${name} refused.`) }
    };
    const code = 'globalThis.postMessage?.(1)';
    const blob = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
    const started = (make) => new Promise((resolve, reject) => {
        const worker = make();
        worker.onerror = reject;
        worker.onmessage = resolve;
        setTimeout(reject, 5_000);
    });
    if (globalThis.trustedTypes) await outcome('worker-by-string', () => started(() => new Worker('/boot.js')));
    const policy = globalThis.trustedTypes?.createPolicy('default', { createScriptURL: (url) => url });
    const trusted = (url) => policy ? policy.createScriptURL(url) : url;
    if (policy) {
        await outcome('second-policy', () => trustedTypes.createPolicy('vault', {}));
        await outcome('default-policy', () => trustedTypes.createPolicy('default', {}));
    }
    for (const [name, url] of [['data', `data:text/javascript,${code}`], ['blob', blob]]) {
        await outcome(`worker-of-${name}`, () => started(() => new Worker(trusted(url))));
        await outcome(`service-worker-of-${name}`, () => navigator.serviceWorker.register(trusted(url)));
        await outcome(`import-of-${name}`, () => import(url));
    }
    await outcome('frame', () => new Promise((resolve, reject) => {
        const frame = document.createElement('iframe');
        frame.src = '/icon.svg';
        document.addEventListener('securitypolicyviolation', reject, { once: true });
        frame.onload = () => setTimeout(resolve, 1_000);
        document.body.append(frame);
    }));
    // If one of these attempts succeeded, it would end the document. So the control leaves them out.
    if (location.search === '') await outcome('form', () => new Promise((resolve, reject) => {
        const form = document.createElement('form');
        form.action = 'http://localhost:9/';
        document.addEventListener('securitypolicyviolation', reject, { once: true });
        document.body.append(form);
        form.submit();
        setTimeout(resolve, 1_000);
    }));
    if (location.search === '') await outcome('base', () => new Promise((resolve, reject) => {
        const base = document.createElement('base');
        base.href = 'http://localhost:9/';
        document.addEventListener('securitypolicyviolation', reject, { once: true });
        document.head.append(base);
        setTimeout(resolve, 1_000);
    }));
    document.body.append(' done.');";

#[tokio::test]
async fn script_in_the_page_cannot_start_a_worker_with_its_own_code() {
    // SEC-064
    let document = "<!doctype html><script type=module src=boot.js></script><body>";
    let files =
        [("index.html", document), ("boot.js", TAKEOVERS), ("icon.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")];
    let browser = Browser::start().await;
    let (_files, site, address) = serve(&files).await;
    browser.open(&address).await;
    browser.wait_for_text("done.").await;
    let text = browser.text().await;
    assert!(!text.contains("succeeded"), "{text}");
    for name in
        ["worker-of-data", "worker-of-blob", "service-worker-of-blob", "import-of-blob", "frame", "form", "base"]
    {
        assert!(text.contains(&format!("{name} refused")), "{name}: {text}");
    }
    assert!(!site.requests().contains(&"GET /icon.svg".to_owned()));

    // The control: without the policy, these attempts succeed.
    let (_files, _site, address) = serve_by(Host::WithoutDocumentPolicy, &files).await;
    browser.open(&format!("{address}?control")).await;
    browser.wait_for_text("done.").await;
    let text = browser.text().await;
    for name in ["worker-of-data", "worker-of-blob", "import-of-data", "import-of-blob", "frame"] {
        assert!(text.contains(&format!("{name} succeeded")), "{name}: {text}");
    }
}

/// Attempts of a script that comes into the page after its start: by then the page has its only Trusted Types policy.
const LATE_TAKEOVERS: &str = "
    const vault = document.querySelector('script[data-js]').dataset.vault;
    const outcome = (name, attempt) => { try { attempt(); return `${name} succeeded` } catch { return `${name} refused` } };
    return [
        outcome('second vault', () => new Worker(vault, { type: 'module' })),
        outcome('worker', () => new Worker('boot.js', { type: 'module' })),
        outcome('default policy', () => trustedTypes.createPolicy('default', {})),
        outcome('other policy', () => trustedTypes.createPolicy('vault', {})),
        outcome('script address', () => { document.createElement('script').src = 'boot.js' }),
        outcome('markup', () => { document.createElement('p').innerHTML = '<b>x</b>' }),
        outcome('code', () => setTimeout('1')),
    ]";

#[tokio::test]
async fn script_in_the_started_page_can_start_no_second_vault() {
    // SEC-058, SEC-064
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.wait_for_text(SIGN_IN).await;
    stack.record.allow_violations();
    let outcomes = browser.script(LATE_TAKEOVERS).await;
    let outcomes: Vec<_> = outcomes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert_eq!(outcomes.len(), 7, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| outcome.ends_with(" refused")), "{outcomes:?}");
}
