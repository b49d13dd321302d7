//! Finds values in the text of a file.

use std::{fs, path::Path};

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate is a directory of the workspace")
}

/// The text of a file of this repository.
pub(crate) fn text_of(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The value of a constant in JavaScript or Rust, as JSON where it is made of texts.
pub(crate) fn constant(path: &str, name: &str) -> String {
    let (text, start) = (text_of(path), format!("const {name}"));
    let mut found = text.split(&start).skip(1).filter(|rest| rest.starts_with([' ', ':']));
    let rest = found.next().unwrap_or_else(|| panic!("{path} has no {name}"));
    assert!(found.next().is_none(), "{path} has several {name}");
    between(rest, "=", ";").trim().replace('\'', "\"")
}

/// The value of a constant that is a product of numbers. Of a duration, its seconds.
pub(crate) fn number(path: &str, name: &str) -> u64 {
    let value = constant(path, name);
    let value = value.trim_start_matches("Duration::from_secs(").trim_end_matches(')').trim_end_matches(".0");
    let factors = value.split('*').map(|factor| factor.trim().replace('_', "").parse::<u64>());
    factors.product::<Result<_, _>>().unwrap_or_else(|error| panic!("{path}: {name} is {value}: {error}"))
}

/// The text after the first `start`, before the next `end`.
pub(crate) fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    between_all(text, start, end).next().unwrap_or_else(|| panic!("there is no {start:?} before a {end:?}"))
}

/// Each text after a `start`, before the next `end`.
pub(crate) fn between_all<'a>(text: &'a str, start: &str, end: &str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(move |rest| Some(rest.split_once(end)?.0))
}

/// The first word of a text.
pub(crate) fn word(text: &str) -> &str {
    &text[..text.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(text.len())]
}
