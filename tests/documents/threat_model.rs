//! `docs/threat-model.md` against the code: every id that the code cites is in the register, and every row of the
//! register names tests that exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const REGISTER: &str = "docs/threat-model.md";
/// Where ids are cited. Documents cite them, too, but prove nothing.
const SOURCES: &[&str] =
    &["boot.js", "crates", "deploy", "embed-sdk", "examples", "fuzz", "public", "src", "tests", "xtask"];
const EXTENSIONS: &[&str] = &["bicep", "html", "js", "mjs", "rs", "sh", "toml", "ts"];

/// The last cell of each row, by the id in its first.
fn register() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join(REGISTER)).expect("the register is a text file");
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<_> = line.strip_prefix('|')?.trim_end().strip_suffix('|')?.split(" | ").map(str::trim).collect();
        let (id, tests) = (*cells.first()?, *cells.last()?);
        ids(id).contains(id).then(|| (id.to_owned(), tests.to_owned()))
    });
    let mut register = BTreeMap::new();
    for (id, tests) in rows {
        assert!(register.insert(id.clone(), tests).is_none(), "{id} has two rows");
    }
    register
}

#[test]
fn the_register_has_every_finding_and_report() {
    let numbered = |kind: &str, last: u32| (1..=last).map(|n| format!("{kind}-{n:02}")).collect::<Vec<_>>();
    let expected: BTreeSet<_> = [numbered("REV", 13), numbered("REP", 27)].concat().into_iter().collect();
    assert_eq!(register().into_keys().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn every_cited_id_is_in_the_register() {
    let register = register();
    for (file, text) in sources() {
        for id in ids(&text) {
            assert!(register.contains_key(&id), "{} cites {id}, which {REGISTER} does not have", file.display());
        }
    }
}

#[test]
fn every_row_names_tests_that_exist_or_says_why_there_is_none() {
    let cited: BTreeSet<_> = sources().into_iter().flat_map(|(_, text)| ids(&text)).collect();
    for (id, tests) in register() {
        if ["not applicable: ", "not met: "].iter().any(|reason| tests.starts_with(reason)) {
            continue;
        }
        let named: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{id} names no test");
        for test in named {
            let (path, name) = test.split_once("::").unwrap_or_else(|| panic!("{id}: {test} is not path::name"));
            let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{id}: {path}: {error}"));
            assert!(text.contains(name), "{id}: {path} has no {name}");
        }
        assert!(cited.contains(&id), "{id} is in {REGISTER}, and no code cites it");
    }
}

/// `REV-` and `REP-` with two digits.
fn ids(text: &str) -> BTreeSet<String> {
    let is_id = |id: &&str| id.as_bytes()[4..].iter().all(u8::is_ascii_digit);
    ["REV-", "REP-"]
        .iter()
        .flat_map(|kind| text.match_indices(kind))
        .filter_map(|(at, _)| text.get(at..at + 6))
        .filter(is_id)
        .map(str::to_owned)
        .collect()
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut left: Vec<_> = SOURCES.iter().map(|name| root().join(name)).collect();
    while let Some(path) = left.pop() {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !matches!(name, "node_modules" | "target" | "dist") {
                let entries = fs::read_dir(&path).expect("a directory of this repository can be read");
                left.extend(entries.flatten().map(|entry| entry.path()));
            }
        } else if path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| *known == extension)) {
            let text = fs::read(&path).expect("a file of this repository can be read");
            let text = String::from_utf8_lossy(&text).into_owned();
            found.push((path, text));
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
