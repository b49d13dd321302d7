//! Changed and missing files of the page, and the content of the build.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use cross_tests::{Browser, Host, Replacement, Setup, Stack, dist};

/// A copy of the page with a change in the file with this ending, and that file's name.
fn changed(ending: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let mut found = vec![];
    for entry in fs::read_dir(dist()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut bytes = fs::read(&path).unwrap();
        if name.starts_with("acs-sign-in-") && name.ends_with(ending) {
            change(&mut bytes, Path::new(&name));
            found.push(name.clone());
        }
        fs::write(directory.path().join(name), bytes).unwrap();
    }
    let [name] = &found[..] else { panic!("one file ends with {ending}, and not {found:?}") };
    (directory, name.clone())
}

/// A change that has no effect on the behavior of the file: only its hash is wrong.
fn change(bytes: &mut Vec<u8>, name: &Path) {
    if name.extension().is_some_and(|extension| extension == "wasm") {
        // A custom section at the end: id 0, length 1, an empty name.
        bytes.extend([0, 1, 0]);
    } else {
        bytes.push(b'\n');
    }
}

#[tokio::test]
async fn a_page_with_a_changed_file_does_not_start() {
    // SEC-059, REP-10
    for ending in ["_bg.wasm", ".js"] {
        let (page, name) = changed(ending);
        let stack = Stack::serving(page.path(), Host::Proper, Setup::default()).await;
        let browser = Browser::start().await;
        browser.open(&stack.page).await;
        // REP-10
        browser.wait_for_text("This page's files were changed on their way to you").await;
        let text = browser.text().await;
        assert!(text.contains(&name), "{name} is not named in {text}");
        browser.screenshot("changed-on-the-way").await;
    }
}

/// REP-10: a missing file is not reported as changed.
#[tokio::test]
async fn a_page_with_a_missing_file_names_it() {
    let (stack, browser) = (Stack::start().await, Browser::start().await);
    browser.open(&stack.page).await;
    browser.wait_for("button").await;
    let script = browser.script("return document.querySelector('script[data-js]').dataset.js").await;
    let name = script.as_str().unwrap().rsplit('/').next().unwrap();
    let gone = Replacement { status: 404, content_type: "text/plain", body: Vec::new() };
    stack.site.replace(&format!("/{name}"), gone);
    // A fresh profile, because the file can be cached for a year.
    let browser = Browser::start().await;
    browser.open(&stack.page).await;
    browser.wait_for_text(&format!("{name} is missing (HTTP status 404)")).await;
}

/// The names of a module's custom sections (WebAssembly core specification, section 5.5).
fn custom_sections(module: &[u8]) -> Vec<String> {
    let mut rest = module.strip_prefix(b"\0asm\x01\0\0\0").expect("a module of version 1");
    let mut names = vec![];
    while let Some((id, after)) = rest.split_first() {
        let (length, after) = leb128(after);
        let (section, after) = after.split_at(length);
        if *id == 0 {
            let (length, name) = leb128(section);
            names.push(String::from_utf8(name[..length].to_vec()).unwrap());
        }
        rest = after;
    }
    names
}

/// Reads an unsigned LEB128 number, and returns it with the bytes that follow.
fn leb128(bytes: &[u8]) -> (usize, &[u8]) {
    let length = 1 + bytes.iter().position(|byte| byte & 0x80 == 0).expect("the number ends");
    let number = bytes[..length].iter().rev().fold(0, |number, byte| number << 7 | usize::from(byte & 0x7f));
    (number, &bytes[length..])
}

fn files_below(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
}

#[test]
fn custom_sections_are_found() {
    let module = b"\0asm\x01\0\0\0\x01\x01\0\0\x06\x04nameX\0\x81\x00\0";
    assert_eq!(custom_sections(module), ["name", ""]);
}

#[test]
fn the_build_has_no_source_map_no_symbol_names_and_no_path_of_the_machine() {
    // SEC-068
    let mut files = vec![];
    files_below(&dist(), &mut files);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
    let home = env::home_dir().filter(|home| home.components().count() > 1);
    let machine = [Some(root), env::var_os("CARGO_HOME").map(PathBuf::from), home.map(|home| home.join(".cargo"))];
    let mut modules = 0;
    for file in files {
        let name = file.display();
        assert_ne!(file.extension().and_then(|extension| extension.to_str()), Some("map"), "{name}");
        let bytes = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("sourceMappingURL="), "{name}");
        for path in machine.iter().flatten() {
            assert!(!text.contains(&*path.to_string_lossy()), "{name} names {}", path.display());
        }
        if file.extension().is_some_and(|extension| extension == "wasm") {
            modules += 1;
            for section in custom_sections(&bytes) {
                assert_ne!(section, "name", "{name} has a section {section}");
                assert!(!section.starts_with(".debug"), "{name} has a section {section}");
            }
        }
    }
    assert_eq!(modules, 2, "the page and the vault");
}
