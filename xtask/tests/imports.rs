//! Each block of imports has one `use` per root: `std`, `super`, `crate`, and each dependency. Stable rustfmt cannot
//! decide this (`imports_granularity` is unstable).

mod tracked;

use std::collections::BTreeSet;

/// The root of an import, with its visibility and its attributes: `#[cfg(test)] use std::fs;` does not merge with
/// `use std::fmt;`, and `pub use` does not merge with `use`.
fn root(attributes: &str, item: &str) -> Option<String> {
    let (visibility, path) = item.split_at(item.find("use ")?);
    let is_import = visibility.is_empty() || visibility.starts_with("pub");
    let end = path.find([':', ';']).filter(|_| is_import)?;
    Some(format!("{attributes}{visibility}{}", &path[..end]))
}

/// The lines that import from a root for the second time in one block. A block ends with the first other item.
fn repeated_roots(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut roots = BTreeSet::new();
    let mut attributes = String::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let line = line.trim();
        if line.starts_with("#[") {
            attributes.push_str(line);
        } else if let Some(root) = root(&attributes, line) {
            if !roots.insert(root) {
                found.push(at + 1);
            }
            attributes.clear();
            if !line.ends_with(';') {
                lines.find(|(_, line)| line.ends_with(';'));
            }
        } else if !line.is_empty() {
            roots.clear();
            attributes.clear();
        }
    }
    found
}

#[test]
fn finds_a_root_that_is_imported_twice_in_one_block() {
    assert_eq!(repeated_roots("use std::{\n    fmt,\n};\nuse serde::Serialize;\n\nuse std::fs;\n"), [6]);
    assert_eq!(repeated_roots("use std::fmt;\npub use std::fs;\n#[cfg(test)]\nuse std::env;\n"), []);
    assert_eq!(repeated_roots("use std::fmt;\nfn f() {\n    use std::fs;\n}\n"), []);
}

#[test]
fn each_block_of_imports_has_one_use_per_root() {
    let found: Vec<String> = tracked::texts()
        .filter(|(path, _)| path.ends_with(".rs"))
        .flat_map(|(path, text)| repeated_roots(&text).into_iter().map(move |line| format!("{path}:{line}")))
        .collect();
    assert!(found.is_empty(), "imports from a root for the second time:\n{}", found.join("\n"));
}
