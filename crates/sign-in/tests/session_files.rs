//! The files of `session` depend on each other in one direction, in the order of the table in `session/mod.rs`.

#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

use std::{fs, path::PathBuf};

/// The code of one file of `session`, without its tests.
fn source(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/session").join(file);
    fs::read_to_string(path).unwrap().split("#[cfg(test)]").next().unwrap().to_owned()
}

/// The names of the files in the table, top to bottom.
fn order() -> Vec<String> {
    let rows = source("mod.rs");
    let first_cells = rows.lines().filter_map(|line| line.strip_prefix("//! | ")?.split(" | ").next());
    first_cells.flat_map(|cell| cell.split('`')).filter(|name| name.ends_with(".rs")).map(str::to_owned).collect()
}

/// The names directly after `super::` in the imports of a text: `a` and `b` of `use super::{a::X, b::{Y, Z}};`.
fn imports(text: &str) -> Vec<String> {
    let Some((_, rest)) = text.split_once("use super::") else { return vec![] };
    let (list, _) = rest.split_once(';').unwrap();
    let (mut names, mut depth) = (vec![String::new()], 0);
    for c in list.strip_prefix('{').and_then(|list| list.strip_suffix('}')).unwrap_or(list).chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            c if depth == 0 && !c.is_whitespace() => names.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    let roots = names.iter().filter_map(|name| name.split("::").next()).filter(|name| !name.is_empty());
    roots.map(|name| format!("{name}.rs")).collect()
}

#[test]
fn reads_the_first_level_of_imports() {
    assert_eq!(imports("use super::{\n    a::{X, Y},\n    b,\n    c::Z,\n};"), ["a.rs", "b.rs", "c.rs"]);
    assert_eq!(imports("use super::a::{X, Y};"), ["a.rs"]);
}

#[test]
fn each_file_of_the_session_imports_only_files_below_it() {
    let order = order();
    let mut files: Vec<String> = fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/session"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".rs"))
        .collect();
    files.sort();
    let mut listed = order.clone();
    listed.sort();
    assert_eq!(files, listed, "the table in session/mod.rs lists every file");
    for (place, file) in order.iter().enumerate() {
        let text = source(file);
        assert!(!text.contains("super::super::"), "{file}: one import");
        assert!(text.matches("use super::").count() <= 1, "{file}: one import");
        for import in imports(&text) {
            let below = order.iter().position(|name| *name == import);
            assert!(below.is_some_and(|below| below > place), "{file} imports {import}, which is not below it");
        }
    }
}
