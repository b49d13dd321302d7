//! Consecutive tests share browsers. No data of one test must reach another.

use cross_tests::{Browser, Portal};
use serde_json::json;

const LEAVE: &str = "
    localStorage.left = sessionStorage.left = 'yes';
    document.cookie = 'left=yes; max-age=1000';
    return (async () => {
        await (await caches.open('left')).put('/left', new Response('yes'));
        await new Promise((resolve) => { indexedDB.open('left').onsuccess = resolve });
    })()";

const FIND: &str = "
    return (async () => [
        Object.keys(localStorage),
        Object.keys(sessionStorage),
        document.cookie,
        await caches.keys(),
        (await indexedDB.databases()).map(({ name }) => name),
    ])()";

#[tokio::test]
async fn a_browser_shows_no_storage_cookie_or_window_of_another_test() {
    let portal = Portal::start().await;
    let address = portal.put("/", "<!doctype html><button onclick=\"window.open('/')\">Open a window</button>");
    let first = Browser::start().await;
    first.open(&address).await;
    let history = first.script("return history.length").await;
    first.script(LEAVE).await;
    assert_eq!(first.script(FIND).await, json!([["left"], ["left"], "left=yes", ["left"], ["left"]]));
    first.click("Open a window").await;
    first.enter_other_window().await;
    drop(first);

    let second = Browser::start().await;
    assert_eq!(second.windows().await.len(), 1);
    assert_eq!(second.script("return location.href").await, "about:blank");
    second.open(&address).await;
    assert_eq!(second.script("return history.length").await, history);
    assert_eq!(second.script(FIND).await, json!([[], [], "", [], []]));
}
