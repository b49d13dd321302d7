//! Compares the page's texts with the code that shows them, and with `index.html`.

use std::{collections::BTreeSet, fs, path::Path};

use messages::ProblemCode;
use serde_json::Value;

use crate::text::{between, between_all, root, text_of};

fn english() -> Value {
    serde_json::from_str(&text_of("public/languages/en.json")).expect("the language file is JSON")
}

/// The sources of the page.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).expect("the folder exists") {
        let path = entry.expect("the folder is readable").path();
        if path.is_dir() {
            all += &sources(&path);
        } else {
            all += &fs::read_to_string(path).expect("a source is UTF-8");
        }
    }
    all
}

/// Whether a text in the code looks like a key: `signedOut.title`.
fn is_key(text: &str) -> bool {
    let is_word = |word: &str| word.starts_with(char::is_lowercase) && word.chars().all(char::is_alphabetic);
    text.split_once('.').is_some_and(|(screen, element)| is_word(screen) && is_word(element))
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    between_all(text, "{", "}").collect()
}

#[test]
fn the_page_has_each_text_that_it_shows_and_no_other() {
    let (sources, document) = (sources(&root().join("src")), text_of("index.html"));
    let quoted: BTreeSet<_> = sources.split('"').collect();
    let mut shown: BTreeSet<_> = quoted
        .iter()
        .copied()
        .filter(|text| is_key(text))
        .chain(between_all(&document, "data-text=\"", "\""))
        .collect();
    shown.extend(between_all(&sources, "text(\"", "\""));
    shown.extend(between_all(&sources, "filled(\"", "\""));
    // Not a key, but the document of the sign-in window.
    shown.remove("window.html");
    let english = english();
    let keys: BTreeSet<_> = english["texts"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(shown.difference(&keys).collect::<Vec<_>>(), [] as [&&str; 0], "texts that are missing");
    assert_eq!(keys.difference(&shown).collect::<Vec<_>>(), [] as [&&str; 0], "texts that are never shown");
    for (at, _) in sources.match_indices("filled(\"") {
        let mut arguments = sources[at..].split('"').skip(1).step_by(2);
        let (key, name) = (arguments.next().unwrap(), arguments.next().unwrap());
        assert_eq!(placeholders(english["texts"][key].as_str().unwrap()), BTreeSet::from([name]), "{key}");
    }
}

#[test]
fn the_page_has_a_text_for_each_problem_and_no_other() {
    let expected: BTreeSet<_> = ProblemCode::ALL.iter().map(|problem| problem.code()).collect();
    let problems = english();
    let problems = problems["problems"].as_object().unwrap();
    assert_eq!(problems.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected);
}

#[test]
fn the_action_of_an_unreachable_exchange_service_names_the_proxy_that_refuses_long_tokens() {
    // REP-19
    let problem = &english()["problems"]["exchange_unreachable"];
    let texts = ["action", "details"].map(|name| problem[name].as_str().unwrap_or_default());
    assert!(texts.concat().contains("proxy"), "{texts:?}");
}

#[test]
fn the_document_names_each_language_and_has_its_texts_in_english() {
    let document = text_of("index.html");
    let files = fs::read_dir(root().join("public/languages")).unwrap().map(|entry| entry.unwrap().path());
    let expected: BTreeSet<_> = files
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .map(|name| format!("{name}\" href=\"languages/{name}.json"))
        .collect();
    let linked = between_all(&document, "<link data-language=\"", "\">").map(str::to_owned);
    assert_eq!(linked.collect::<BTreeSet<_>>(), expected);
    let english = english();
    for element in between_all(&document, "data-text=\"", "</") {
        let (key, text) = element.split_once("\">").unwrap();
        let text: Vec<_> = text.split_whitespace().collect();
        assert_eq!(text.join(" "), english["texts"][key], "{key}");
    }
    assert_eq!(between(&document, "<html lang=\"", "\""), "en");
}
