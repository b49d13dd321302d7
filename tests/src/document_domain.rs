//! `document.domain` opens a document to every other port of its host and to every name below it, whatever its value is
//! (REV-01). Only one shipped file sets it: `window.js`, after it accepted the greeting of the page's own origin.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::stack::root;

/// The files that run on the origin of the page or of a portal.
const SHIPPED: [&str; 10] = [
    "boot.js",
    "crates/messages/src",
    "crates/contract/src",
    "crates/sign-in/src",
    "crates/vault/src",
    "embed-sdk",
    "examples/portal/src",
    "index.html",
    "public",
    "src",
];

fn files_below(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
        return;
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        if !path.ends_with("node_modules") {
            files_below(&path, files);
        }
    }
}

/// The lines of a text that set a domain: by name, by a key, or by the binding of `web_sys`.
fn lines_with_domain(text: &str) -> Vec<&str> {
    let sets = |line: &&str| {
        ["document.domain", "['domain']", "[\"domain\"]", "[`domain`]", "set_domain("]
            .iter()
            .any(|setter| line.contains(setter))
    };
    text.lines().filter(sets).map(str::trim).collect()
}

#[test]
fn document_domain_is_set_in_one_place_after_the_greeting_was_accepted() {
    let mut files = Vec::new();
    SHIPPED.iter().for_each(|path| files_below(&root().join(path), &mut files));
    let mut found = Vec::new();
    for file in &files {
        let text = fs::read(file).unwrap();
        let text = String::from_utf8_lossy(&text);
        found.extend(
            lines_with_domain(&text).into_iter().map(|line| (file.file_name().unwrap().to_owned(), line.to_owned())),
        );
    }
    assert_eq!(found, [("window.js".into(), "document.domain = document.domain;".to_owned())]);

    let window = fs::read_to_string(root().join("public/window.js")).unwrap();
    let place = |text: &str| {
        assert_eq!(window.matches(text).count(), 1, "{text}");
        window.find(text).unwrap()
    };
    let order = ["if (!found) {", "if (!isImplied(", "if (isSandboxed())", "location.replace("];
    assert!(order.map(place).is_sorted(), "the greeting, its check, the sandbox, the navigation to Entra");
}

#[test]
fn finds_every_form_of_setting_the_domain() {
    for line in ["document.domain = 'a';", "document['domain'] = 'a';", "document.set_domain(\"a\")"] {
        assert_eq!(lines_with_domain(line), [line]);
    }
}
