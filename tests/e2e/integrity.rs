//! One changed byte of what the page runs, and it does not run.

use std::{fs, path::Path};

use cross_tests::{Browser, Host, Replacement, Setup, Stack, dist};

/// A copy of the page in which one byte of the file with this ending is another one.
fn changed(ending: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let mut found = 0;
    for entry in fs::read_dir(dist()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut bytes = fs::read(&path).unwrap();
        if name.starts_with("acs-sign-in-") && name.ends_with(ending) {
            found += 1;
            change(&mut bytes, Path::new(&name));
        }
        fs::write(directory.path().join(name), bytes).unwrap();
    }
    assert_eq!(found, 1, "one file of the page ends with {ending}");
    directory
}

/// Harmless to what the file does, so that only its hash can be what is wrong with it.
fn change(bytes: &mut Vec<u8>, name: &Path) {
    if name.extension().is_some_and(|extension| extension == "wasm") {
        // An empty custom section at the end: id 0, length 1, a name of no characters.
        bytes.extend([0, 1, 0]);
    } else {
        bytes.push(b'\n');
    }
}

#[tokio::test]
async fn a_page_whose_program_was_changed_does_not_start() {
    // SEC-059, REP-10
    for ending in ["_bg.wasm", ".js"] {
        let page = changed(ending);
        let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
        let browser = Browser::start().await;
        browser.open(&stack.page).await;
        // REP-10
        browser.wait_for_text("This page's files were changed on their way to you").await;
        assert!(browser.text().await.contains(ending), "the changed file is named");
        browser.screenshot("changed-on-the-way").await;
    }
}

/// REP-10: a file that is missing is not called changed.
#[tokio::test]
async fn a_page_whose_program_is_missing_names_the_file() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.wait_for("button").await;
    let script = browser.script("return document.querySelector('script[data-js]').dataset.js").await;
    let name = script.as_str().unwrap().rsplit('/').next().unwrap();
    let gone = Replacement { status: 404, content_type: "text/plain", body: Vec::new() };
    stack.site.replace(&format!("/{name}"), gone);
    // A fresh profile, since the file may be cached for ever.
    let browser = Browser::start().await;
    browser.open(&stack.page).await;
    browser.wait_for_text(&format!("{name} is missing (HTTP status 404)")).await;
}
