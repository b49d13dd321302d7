//! Names, comments and guides use plain language: none of the words below. CONTRIBUTING.md has the rules.

mod tracked;

/// Words and phrases, and what to write instead. They are found in any case, inside of identifiers too.
const WORDS: &[(&str, &str)] = &[
    ("anybody", "name the caller, the person or the process"),
    ("beside", "next to, with, in addition to"),
    ("by hand", "manually"),
    ("door", "sign-in method, profile, gate"),
    ("doors", "sign-in methods, profiles, gates"),
    ("goes on", "continues"),
    ("has to have", "must have"),
    ("is none", "is not one, is absent"),
    ("is of use", "helps, is needed"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("mends", "fixes"),
    ("nobody", "no caller, no account, never"),
    ("somebody", "name the caller, the person or the process"),
    ("stands in", "is in"),
    ("told", "sent, reported, notified"),
    ("under way", "in flight"),
    ("way in", "sign-in method"),
    ("whoever", "name the caller, the person or the process"),
];

/// Former names of types. They are found as whole identifiers, in this case.
const NAMES: &[&str] = &[
    "AcsRoad",
    "AskPortal",
    "Desk",
    "Errand",
    "ExchangeAnswer",
    "GuestAnswer",
    "Halfway",
    "Held",
    "IdentifiedAnswer",
    "OpenDecision",
    "Picture",
    "RawAnswer",
    "Tampering",
    "Visit",
    "gets_along_with",
    "sober",
];

/// Identifiers of Rust that look like a banned phrase.
const CODE: &[&str] = &["is_none", "is None"];

/// Beginnings of paths that are not searched.
const SKIPPED: &[(&str, &str)] = &[
    ("LICENSE-", "the text of a license"),
    ("Cargo.lock", "generated"),
    ("fuzz/corpus/", "input of a fuzzer"),
    ("xtask/tests/language.rs", "this list"),
];

/// A word can stay on a line of a file whose path begins so, if the line contains this text. Each with the reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("", "Front Door", "a product of Microsoft"),
    ("crates/messages/src/peer_text/", "front_door", "a product of Microsoft"),
    ("CHANGELOG.md", " is now `", "names a former key"),
    // Another issue changes the sentences that people read, and removes these exceptions.
    ("boot.js", "its sandbox has to have allow-same-origin.", "a sentence of the page"),
    ("public/window.js", "tell whoever runs the page.", "a sentence of the page"),
    ("public/window.js", "'Whoever runs the site that you came from", "a sentence of the page"),
];

struct Word<'a> {
    text: &'a str,
    start: usize,
}

impl Word<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The runs of ASCII letters. An identifier is several words: `IsTold`, `is_told`.
fn words(text: &str) -> Vec<Word<'_>> {
    let bytes = text.as_bytes();
    let begins = |at: usize| at == 0 || !bytes[at - 1].is_ascii_alphabetic() || is_case_boundary(bytes, at);
    let ends = |at: usize| at == bytes.len() || !bytes[at].is_ascii_alphabetic() || is_case_boundary(bytes, at);
    (0..bytes.len())
        .filter(|at| bytes[*at].is_ascii_alphabetic() && begins(*at))
        .map(|start| {
            let end = (start + 1..).find(|at| ends(*at)).expect("a word ends with the text at the latest");
            Word { text: &text[start..end], start }
        })
        .collect()
}

fn is_case_boundary(bytes: &[u8], at: usize) -> bool {
    bytes[at - 1].is_ascii_lowercase() && bytes[at].is_ascii_uppercase()
}

/// Whether two words can belong to one phrase: in an identifier, on one line, or on two lines of a comment.
fn is_gap(between: &str) -> bool {
    let is_comment = |c: char| c.is_whitespace() || "/!*#|>".contains(c);
    between.is_empty() || between == "_" || between.trim().is_empty() || {
        between.contains('\n') && between.chars().all(is_comment)
    }
}

/// What is banned in a text: line number and word.
fn findings(text: &str) -> Vec<(usize, &'static str)> {
    let words = words(text);
    let mut found = Vec::new();
    for (at, first) in words.iter().enumerate() {
        for (phrase, _) in WORDS {
            if !phrase.as_bytes()[0].eq_ignore_ascii_case(&first.text.as_bytes()[0]) {
                continue;
            }
            let length = phrase.split(' ').count();
            let Some(candidate) = words.get(at..at + length) else { continue };
            let is_phrase =
                candidate.iter().zip(phrase.split(' ')).all(|(word, of)| word.text.eq_ignore_ascii_case(of))
                    && candidate.windows(2).all(|pair| is_gap(&text[pair[0].end()..pair[1].start]));
            let end = candidate[length - 1].end();
            if is_phrase && !CODE.contains(&&text[first.start..end]) {
                found.push((first.start, *phrase));
            }
        }
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for name in NAMES {
        let whole = text
            .match_indices(name)
            .filter(|(at, _)| !text[..*at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part));
        found.extend(whole.map(|(at, _)| (at, *name)));
    }
    found.into_iter().map(|(at, word)| (text[..at].matches('\n').count() + 1, word)).collect()
}

/// The index of the exception that allows the words of this line.
fn exception(path: &str, line: &str) -> Option<usize> {
    EXCEPTIONS.iter().position(|(beginning, text, _)| path.starts_with(beginning) && line.contains(text))
}

fn is_in(path: &str, beginnings: impl IntoIterator<Item = &'static str>) -> bool {
    beginnings.into_iter().any(|beginning| path.starts_with(beginning))
}

#[test]
fn finds_words_in_comments_across_lines_and_in_identifiers() {
    let text = "// It goes\n// on. Recommended.\nfn is_told() {}\nstruct WayIn;\nx.is_none() // Nobody\n";
    let expected = [(1, "goes on"), (3, "told"), (4, "way in"), (5, "nobody")];
    assert_eq!(findings(text), expected);
    assert_eq!(findings("struct Held;\nlet held = Withheld;\n// If it goes. On its way."), [(1, "Held")]);
}

#[test]
fn names_comments_and_guides_use_plain_language() {
    let skipped = |path: &str| {
        is_in(path, SKIPPED.iter().map(|(beginning, _)| *beginning)) || path.ends_with("package-lock.json")
    };
    let mut found = String::new();
    for (path, text) in tracked::texts().filter(|(path, _)| !skipped(path)) {
        let lines: Vec<&str> = text.lines().collect();
        for (line, word) in findings(&format!("{path}\n{text}")) {
            let content = if line == 1 { &path } else { lines[line - 2] };
            if exception(&path, content).is_none() {
                found += &format!("{path}:{}: {word}\n", line - 1);
            }
        }
    }
    let hints: Vec<String> = WORDS.iter().map(|(word, instead)| format!("{word}: {instead}")).collect();
    assert!(found.is_empty(), "words to replace:\n{found}\nWrite instead:\n{}", hints.join("\n"));
}

#[test]
fn every_exception_is_used_and_has_a_reason() {
    let mut used = vec![false; EXCEPTIONS.len()];
    for (path, text) in tracked::texts() {
        let lines: Vec<&str> = text.lines().collect();
        for (line, _) in findings(&text) {
            if let Some(exception) = exception(&path, lines[line - 1]) {
                used[exception] = true;
            }
        }
    }
    for ((path, text, reason), is_used) in EXCEPTIONS.iter().zip(used) {
        assert!(is_used, "{path}: no line with {text:?} needs the exception");
        assert!(!reason.is_empty(), "{path}: the exception of {text:?} has no reason");
    }
}
