//! Changed and missing files of the page, and the content of the build.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use cross_tests::{Browser, Replacement, Stack, content_type, dist};

use crate::sign_in::SIGN_IN;

/// What a person, Entra or a portal names. These files have no hash.
const TRUSTED_BY_NAME: [&str; 6] =
    ["/404.html", "/config.json", "/embed/acs-sign-in.js", "/index.html", "/return.html", "/window.html"];

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// The document that loads a file, and the sentence that it then shows.
fn shown_by(path: &str) -> (&'static str, &'static str) {
    let sentence = match file_name(path) {
        name if name.starts_with("boot-") => "were changed on their way to you, or haven't arrived yet",
        name if name.starts_with("window-") || name.starts_with("return-") => {
            "This window's files can't be found, or were changed on their way to you"
        }
        _ => "This page's files were changed on their way to you, so it doesn't start",
    };
    match file_name(path) {
        name if name.starts_with("return-") => ("return.html", sentence),
        name if name.starts_with("window-") => ("window.html", sentence),
        _ => ("", sentence),
    }
}

#[tokio::test]
async fn a_page_with_a_changed_file_does_not_start() {
    // SEC-059, REP-10
    let stack = Stack::start().await;
    let loader = stack.site.path_of("vault/vault_loader.js");
    let sdk = stack.site.path_of("embed/acs-sign-in.js");
    let english = stack.site.path_of("languages/en.json");
    let mut checked = 0;
    for path in stack.site.paths() {
        // Portals compare the SDK (docs/embed.md). No browser compares the first file of a worker. And the page loads the
        // texts of one language: here the English ones.
        let is_loaded = !path.starts_with("/languages/") || path == english;
        if TRUSTED_BY_NAME.contains(&&*path) || path == loader || path == sdk || !is_loaded {
            continue;
        }
        let mut body = stack.site.file(&path).unwrap();
        let middle = body.len() / 2;
        body[middle] ^= 1;
        stack.site.replace(&path, Replacement { status: 200, content_type: content_type(&path), body });
        // A fresh profile, because a browser keeps the right file for a year.
        let browser = Browser::start().await;
        let (document, sentence) = shown_by(&path);
        browser.open(&format!("{}{document}", stack.page)).await;
        browser.wait_for_text(sentence).await;
        let text = browser.text().await;
        assert!(text.contains(file_name(&path)), "{path} is not named in {text}");
        assert!(!text.contains(SIGN_IN), "{path}: {text}");
        browser.screenshot(&format!("changed-{}", file_name(&path))).await;
        stack.site.put_back(&path);
        checked += 1;
    }
    assert_eq!(checked, 11);
}

/// REP-10: a missing file is not reported as changed.
#[tokio::test]
async fn a_page_with_a_missing_file_names_it() {
    let stack = Stack::start().await;
    for name in
        ["acs-sign-in.js", "acs-sign-in_bg.wasm", "main.css", "vault/vault_loader.js", "vault.js", "vault_bg.wasm"]
    {
        let path = stack.site.path_of(name);
        stack.site.replace(&path, Replacement { status: 404, content_type: "text/plain", body: Vec::new() });
        // A fresh profile, because a browser keeps the file for a year.
        let browser = Browser::start().await;
        browser.open(&stack.page).await;
        browser.wait_for_text(&format!("{} is missing (HTTP status 404)", file_name(&path))).await;
        stack.site.put_back(&path);
    }
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
