//! Checks the texts in `public/languages/`: that all languages have the same ones, and the style of the English ones.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value;

use super::text::{between_all, root, text_of};

const FOLDER: &str = "public/languages";

/// Words that no English text has, and what it has instead.
const WORDS: &[(&str, &str)] = &[
    ("answer", "response, or nothing"),
    ("kindly", "nothing"),
    ("licence", "license"),
    ("oops", "what happened"),
    ("please", "nothing"),
    ("sorry", "what happened"),
];

/// Further words that no text for the person has: protocols, internal names, and forms without contraction.
const WORDS_FOR_EXPERTS: &[&str] = &[
    "are not",
    "authority",
    "authorization",
    "azure communication services",
    "cannot",
    "claim",
    "claims",
    "config",
    "did not",
    "do not",
    "does not",
    "entra",
    "exchange",
    "is not",
    "portal",
    "redirect",
    "scope",
    "tenant",
    "token",
    "vault",
];

/// Texts that only a developer or an administrator reads.
const FOR_EXPERTS: &[&str] = &[
    "administrator.",
    "developers.",
    "problem.forOwner",
    "signedIn.copied",
    "signedIn.copyFailed",
    "signedIn.copyToken",
];

/// A language file by its path: `texts.<key>` or `problems.<code>.<member>`, and the text.
fn texts(language: &Value) -> BTreeMap<String, &str> {
    let mut texts = BTreeMap::new();
    for (key, text) in language["texts"].as_object().expect("texts is an object") {
        texts.insert(format!("texts.{key}"), text.as_str().unwrap_or_else(|| panic!("{key} is a text")));
    }
    for (code, problem) in language["problems"].as_object().expect("problems is an object") {
        for (member, text) in problem.as_object().unwrap_or_else(|| panic!("{code} is an object")) {
            let text = text.as_str().unwrap_or_else(|| panic!("{code}.{member} is a text"));
            texts.insert(format!("problems.{code}.{member}"), text);
        }
    }
    texts
}

fn language(code: &str) -> Value {
    let path = format!("{FOLDER}/{code}.json");
    serde_json::from_str(&text_of(&path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Each language by its code, with English among them.
fn languages() -> BTreeMap<String, Value> {
    let files = fs::read_dir(root().join(FOLDER)).unwrap_or_else(|error| panic!("{FOLDER}: {error}"));
    let files =
        files.map(|file| file.expect("the folder is readable").file_name().into_string().expect("a name is UTF-8"));
    let languages: BTreeMap<_, _> = files
        .map(|file| {
            let code = file.strip_suffix(".json").unwrap_or_else(|| panic!("{file} is no language file")).to_owned();
            let language = language(&code);
            (code, language)
        })
        .collect();
    for expected in ["ar", "de", "en", "es", "ja"] {
        assert!(languages.contains_key(expected), "{expected}");
    }
    languages
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    between_all(text, "{", "}").collect()
}

/// Whether the text has the phrase as whole words, in any case.
fn has_phrase(text: &str, phrase: &str) -> bool {
    let text = text.to_lowercase();
    text.match_indices(phrase).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + phrase.len()..].chars().next();
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    })
}

/// How many sentences a text has, which ends with one.
fn sentences(text: &str) -> usize {
    text.split(['.', '?', '!']).filter(|rest| rest.starts_with(' ')).count() + 1
}

#[test]
fn every_language_has_the_texts_of_english() {
    let english = language("en");
    let english = texts(&english);
    assert!(!english.is_empty());
    for (code, language) in languages() {
        let members: Vec<_> = language.as_object().unwrap().keys().map(String::as_str).collect();
        let members = BTreeSet::from_iter(members);
        assert_eq!(members, BTreeSet::from(["direction", "language", "problems", "reviewedBy", "texts"]), "{code}");
        assert!(["ltr", "rtl"].map(Value::from).contains(&language["direction"]), "{code}");
        for member in ["language", "reviewedBy"] {
            assert!(language[member].as_str().is_some_and(|text| !text.is_empty()), "{code}: {member}");
        }

        let texts = texts(&language);
        assert_eq!(texts.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>(), "{code}");
        for (key, text) in texts {
            assert!(!text.is_empty(), "{code}: {key}");
            assert_eq!(text.trim(), text, "{code}: {key}");
            assert_eq!(placeholders(text), placeholders(english[&key]), "{code}: {key}");
            let braces = text.matches(['{', '}']).count();
            assert_eq!(braces, 2 * placeholders(text).len(), "{code}: {key} has a brace that is no placeholder's");
        }
    }
}

#[test]
fn every_problem_has_title_action_and_possibly_details() {
    for (code, language) in languages() {
        let problems = language["problems"].as_object().unwrap();
        assert!(!problems.is_empty(), "{code}");
        for (problem, texts) in problems {
            let members: Vec<_> = texts.as_object().unwrap().keys().map(String::as_str).collect();
            let members = BTreeSet::from_iter(members);
            let required = BTreeSet::from(["action", "title"]);
            assert!(members.is_superset(&required), "{code}: {problem} has {members:?}");
            assert!(
                members.is_subset(&(&required | &BTreeSet::from(["details"]))),
                "{code}: {problem} has {members:?}"
            );
            let end = if code == "ja" { "。" } else { "." };
            for (member, text) in texts.as_object().unwrap() {
                assert!(text.as_str().unwrap().ends_with(end), "{code}: {problem}.{member} ends with {end}");
            }
        }
    }
}

/// The details name the part of the page that lists the permissions. It has another name in each language.
#[test]
fn details_name_the_part_for_administrators_as_the_page_does() {
    let english = language("en");
    let named = english["texts"]["administrator.title"].as_str().unwrap();
    let problems = english["problems"].as_object().unwrap();
    let naming: Vec<_> = problems
        .iter()
        .filter(|(_, texts)| texts["details"].as_str().is_some_and(|details| details.contains(named)))
        .map(|(problem, _)| problem)
        .collect();
    assert!(!naming.is_empty());
    for (code, language) in languages() {
        let named = language["texts"]["administrator.title"].as_str().unwrap();
        for problem in &naming {
            assert!(language["problems"][problem]["details"].as_str().unwrap().contains(named), "{code}: {problem}");
        }
    }
}

#[test]
fn english_problems_are_short_sentences() {
    for (code, problem) in language("en")["problems"].as_object().unwrap() {
        let (title, action) = (problem["title"].as_str().unwrap(), problem["action"].as_str().unwrap());
        assert!(title.len() <= 60, "{code}: a title has at most 60 characters");
        assert!(action.len() <= 140, "{code}: an action has at most 140 characters");
        for text in [title, action] {
            assert_eq!(sentences(text), 1, "{code}: {text}");
            assert!(text.starts_with(char::is_uppercase), "{code}: {text}");
        }
    }
}

/// A heading or a button ends without a period. A text of several sentences ends with one.
#[test]
fn english_texts_of_several_sentences_end_with_a_period() {
    for (key, text) in texts(&language("en")) {
        let name = key.rsplit('.').next().unwrap();
        if key.starts_with("texts.") && name.starts_with("title") {
            assert!(!text.ends_with('.'), "{key}: {text}");
        }
        if sentences(text) > 1 {
            assert!(text.ends_with('.'), "{key}: {text}");
        }
    }
}

#[test]
fn english_texts_have_only_words_that_their_reader_knows() {
    for (key, text) in texts(&language("en")) {
        for (word, instead) in WORDS {
            assert!(!has_phrase(text, word), "{key}: {text}\nwrite {instead} instead of {word:?}");
        }
        let for_experts = FOR_EXPERTS.iter().any(|known| key.starts_with(&format!("texts.{known}")));
        if for_experts || key.ends_with(".details") {
            continue;
        }
        let text = text.replace("{portal}", "example.com");
        for word in WORDS_FOR_EXPERTS {
            assert!(!has_phrase(&text, word), "{key}: {text}\n{word:?} is for details");
        }
    }
}
