//! Compares `docs/threat-model.md` with the repository: the register has every cited id, every id is cited or excused,
//! and the named tests and files exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::text::{root, text_of};

const REGISTER: &str = "docs/threat-model.md";
const THIS_FILE: &str = "tests/documents/threat_model.rs";
/// Each kind of id, how many digits its number has, and its last number.
const KINDS: &[(&str, usize, u32)] = &[("SEC", 3, 146), ("RP", 2, 39), ("AT", 2, 58), ("REV", 2, 13), ("REP", 2, 27)];
/// The extensions of files that can cite ids. Files below `.ci` have none.
const EXTENSIONS: &[&str] = &[
    "bicep", "conf", "css", "html", "js", "json", "lua", "md", "mjs", "py", "rs", "service", "sh", "toml", "ts", "yaml",
];
/// The directories of the files that the register names.
const DIRECTORIES: &[&str] =
    &["crates/", "deploy/", "docs/", "embed-sdk/", "examples/", "fuzz/", "public/", "src/", "tests/", "xtask/"];
/// The beginnings of the last cell of a row without a test. A reason follows.
const EXCUSES: &[&str] = &["not applicable: ", "not met: "];
const UNTESTED: &str = "no test: ";
/// A section whose rows all have the same tests names them once.
const COMMON_TESTS: &str = "Tests of each row: ";

/// The last cell of each row, by id.
fn register() -> BTreeMap<String, String> {
    let mut register = BTreeMap::new();
    let mut common = None;
    for line in text_of(REGISTER).lines() {
        if line.starts_with('#') {
            common = None;
        }
        if let Some(tests) = line.strip_prefix(COMMON_TESTS) {
            common = Some(tests.to_owned());
        }
        let Some(row) = line.strip_prefix('|').and_then(|row| row.trim_end().strip_suffix('|')) else { continue };
        let cells: Vec<_> = row.split(" | ").map(str::trim).collect();
        let id = cells[0];
        if ids(id).contains(id) {
            let tests = common.clone().unwrap_or_else(|| cells[cells.len() - 1].to_owned());
            assert!(register.insert(id.to_owned(), tests).is_none(), "{id} has two rows");
        }
    }
    register
}

#[test]
fn the_register_has_a_row_for_every_number() {
    let rows: BTreeSet<_> = register().into_keys().collect();
    let numbers = KINDS.iter().flat_map(|(kind, digits, last)| (1..=*last).map(move |n| id(kind, *digits, n)));
    let numbers: BTreeSet<_> = numbers.collect();
    assert_eq!(numbers.difference(&rows).collect::<Vec<_>>(), [""; 0], "have no row");
    assert_eq!(rows.difference(&numbers).collect::<Vec<_>>(), [""; 0], "are beyond the last number");
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
fn every_id_is_cited_or_excused() {
    let is_code = |(file, _): &(PathBuf, String)| file.extension().is_none_or(|extension| extension != "md");
    let cited: BTreeSet<_> = sources().into_iter().filter(is_code).flat_map(|(_, text)| ids(&text)).collect();
    for (id, tests) in register() {
        let is_excused = EXCUSES.iter().any(|excuse| tests.starts_with(excuse));
        assert!(
            is_excused || cited.contains(&id),
            "no code cites {id}: cite it, or begin its last cell in {REGISTER} with one of {EXCUSES:?} and a reason"
        );
    }
}

#[test]
fn no_citation_has_the_old_form() {
    for (file, text) in sources() {
        let found = citation_in_the_old_form(&text);
        assert_eq!(found, None, "{}: write SEC- and three digits", file.display());
    }
}

#[test]
fn citations_are_found_in_both_forms() {
    assert_eq!(
        ids("(SEC-009, RP-02 to RP-04; CORP-12) AT-7"),
        expected(&["AT-7", "RP-02", "RP-03", "RP-04", "SEC-009"])
    );
    let old = |separator: &str| format!("see security{separator}13 here");
    for separator in [" ", "\n    /// ", " section ", " #"] {
        assert!(citation_in_the_old_form(&old(separator)).is_some(), "{separator:?}");
    }
    assert_eq!(citation_in_the_old_form("for security; 13 tests, security defaults, security.md"), None);
}

fn expected(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn every_row_names_tests_that_exist_or_says_why_there_is_none() {
    for (id, tests) in register() {
        if let Some(reason) = EXCUSES.iter().chain([&UNTESTED]).find_map(|excuse| tests.strip_prefix(excuse)) {
            assert!(!reason.trim().is_empty(), "{id} gives no reason");
            continue;
        }
        let named: Vec<_> = in_backticks(&tests).collect();
        assert!(!named.is_empty(), "{id} names no test");
        for test in named {
            let (path, name) = test.split_once("::").unwrap_or_else(|| panic!("{id}: {test} is not path::name"));
            assert!(has_test(path, name), "{id}: {path} has no test {name}");
        }
    }
}

#[test]
fn every_named_file_exists() {
    let text = text_of(REGISTER);
    for named in text.lines().flat_map(in_backticks) {
        let path = named.split("::").next().unwrap_or_default();
        if DIRECTORIES.iter().any(|directory| path.starts_with(directory)) {
            assert!(root().join(path).exists(), "{REGISTER} names {path}, which does not exist");
        }
    }
}

fn in_backticks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Whether a Rust file has a test function with this name, or another file has this text.
fn has_test(path: &str, name: &str) -> bool {
    let text = text_of(path);
    if Path::new(path).extension().is_none_or(|extension| extension != "rs") {
        return text.contains(name);
    }
    let declaration = format!("fn {name}");
    text.match_indices(&declaration).any(|(at, _)| {
        let is_whole = name.ends_with('_') || text[at + declaration.len()..].starts_with(['(', '<']);
        let is_test = text[..at].lines().rev().take(8).any(|line| line.contains("test]") || line.contains("::test("));
        is_whole && is_test
    })
}

fn id(kind: &str, digits: usize, number: u32) -> String {
    format!("{kind}-{number:0digits$}")
}

/// All ids in a text, including those of a range such as `RP-02 to RP-11`.
fn ids(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (kind, digits, _) in KINDS {
        let mut last: Option<(usize, u32)> = None;
        for (at, _) in text.match_indices(&format!("{kind}-")) {
            let number = &text[at + kind.len() + 1..];
            let number = &number[..number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len())];
            let is_word = !text[..at].ends_with(char::is_alphanumeric);
            let (true, Ok(value)) = (is_word, number.parse::<u32>()) else { continue };
            if let Some((end, first)) = last
                && &text[end..at] == " to "
            {
                found.extend((first..value).map(|between| id(kind, *digits, between)));
            }
            last = Some((at + kind.len() + 1 + number.len(), value));
            found.insert(format!("{kind}-{number}"));
        }
    }
    found
}

/// A citation of the old form, a word and a number, also across two lines of a comment.
fn citation_in_the_old_form(text: &str) -> Option<String> {
    let is_marker = |word: &&str| !matches!(*word, "//" | "///" | "//!" | "section" | "checklist");
    let words: Vec<_> = text.split_whitespace().filter(is_marker).collect();
    let found = words.windows(2).find(|pair| {
        let word = pair[0].trim_start_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
        word == "security" && pair[1].trim_start_matches('#').starts_with(|c: char| c.is_ascii_digit())
    })?;
    Some(found.join(" "))
}

/// Every file that can cite, except the register and this file.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut left = vec![root().to_owned()];
    while let Some(path) = left.pop() {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            let is_hidden = name.starts_with('.') && name != ".ci" && path != root();
            if !is_hidden && !matches!(name, "node_modules" | "target" | "dist") {
                let entries = fs::read_dir(&path).expect("a directory of this repository can be read");
                left.extend(entries.flatten().map(|entry| entry.path()));
            }
            continue;
        }
        let is_known = path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| *known == extension));
        let is_ci = path.parent().is_some_and(|parent| parent == root().join(".ci"));
        if (is_known || is_ci) && ![REGISTER, THIS_FILE].iter().any(|excluded| path == root().join(excluded)) {
            let text = fs::read(&path).expect("a file of this repository can be read");
            let text = String::from_utf8_lossy(&text).into_owned();
            found.push((path, text));
        }
    }
    found
}
