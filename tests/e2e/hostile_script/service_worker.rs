//! Tries each script of the page's origin as a service worker, because the policy allows these scripts as workers. A
//! service worker could replace `config.json`, and with it the authority and the exchange service.

use cross_tests::{Browser, Host, Setup, Stack};
use serde_json::Value;

use super::{SIGNED_IN, page_with, sign_in_as};
use crate::sign_in::SIGN_IN;

/// A script that registers the script in the query as a service worker of the whole origin, and notes whether it runs.
const REGISTER: &str = "
    const attack = new URLSearchParams(location.search).get('attack');
    if (attack) {
        const policy = globalThis.trustedTypes?.createPolicy('default', { createScriptURL: (url) => url });
        const register = async () => {
            const options = { scope: '/', type: 'module' };
            const { installing } = await navigator.serviceWorker.register(policy?.createScriptURL(attack) ?? attack, options);
            return new Promise((resolve) => {
                installing.onstatechange = () => {
                    if (['activated', 'redundant'].includes(installing.state)) resolve(installing.state === 'activated');
                };
            });
        };
        document.documentElement.dataset.runs = await register().catch(() => false);
    }";

const UNREGISTER: &str = "return (async () => {
    for (const it of await navigator.serviceWorker?.getRegistrations() ?? []) await it.unregister();
})()";

#[tokio::test]
async fn no_script_of_the_build_intercepts_requests_as_a_service_worker() {
    // SEC-064
    let page = page_with(REGISTER, &["boot.js"]);
    let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
    let scripts: Vec<_> = stack.site.paths().into_iter().filter(|path| path.ends_with(".js")).collect();
    assert!(scripts.contains(&stack.site.path_of("vault/vault_loader.js")), "{scripts:?}");
    // The script makes the default policy, so boot.js cannot.
    stack.record.allow_violations();
    let browser = Browser::start().await;
    for script in scripts {
        browser.open(&format!("{}?attack={script}", stack.page)).await;
        let runs = "return document.documentElement.dataset.runs ?? null";
        let runs = browser.until(&script, async || browser.script(runs).await.as_str().map(str::to_owned)).await;
        let configs = || stack.site.requests().iter().filter(|line| *line == "GET /config.json").count();
        let before = configs();
        browser.open(&stack.page).await;
        browser.wait_for_text(SIGN_IN).await;
        // A running one gets each request first, and must not respond to it.
        let controller = browser.script("return navigator.serviceWorker?.controller?.scriptURL ?? null").await;
        assert_eq!(controller != Value::Null, runs == "true", "{script}: {controller}");
        assert!(configs() > before, "{script} intercepts the request for config.json");
        browser.script(UNREGISTER).await;
    }
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
}
