//! The page's English texts, which tests look for by key.

const ENGLISH: &str = include_str!("../../public/languages/en.json");

/// The text of a screen.
pub const fn text(key: &str) -> &'static str {
    value(ENGLISH, key).expect("a key of the texts")
}

/// What the page shows about a problem: what happened.
pub const fn title(code: &str) -> &'static str {
    value(problem(code), "title").expect("a problem has a title")
}

/// What the page shows about a problem: what the person can do.
pub const fn action(code: &str) -> &'static str {
    value(problem(code), "action").expect("a problem has an action")
}

/// What the page shows about a problem in its details, if it has any.
pub const fn details(code: &str) -> Option<&'static str> {
    value(problem(code), "details")
}

/// The members of a problem.
const fn problem(code: &str) -> &'static str {
    until(after(ENGLISH, code, "\": {").expect("a code of a problem"), b'}')
}

/// The value of the first member of this name.
const fn value<'t>(json: &'t str, name: &str) -> Option<&'t str> {
    match after(json, name, "\": \"") {
        Some(value) => Some(until(value, b'"')),
        None => None,
    }
}

/// The beginning of a text, which must have no escape before the end.
const fn until(text: &str, end: u8) -> &str {
    let mut at = 0;
    while text.as_bytes()[at] != end {
        assert!(text.as_bytes()[at] != b'\\', "the text has an escape");
        at += 1;
    }
    text.split_at(at).0
}

/// The rest of a text after a name in quotes, of which the second is the first character of `end`.
const fn after<'t>(text: &'t str, name: &str, end: &str) -> Option<&'t str> {
    let mut at = 1;
    while at < text.len() {
        if text.as_bytes()[at - 1] == b'"' && has(text, at, name) && has(text, at + name.len(), end) {
            return Some(text.split_at(at + name.len() + end.len()).1);
        }
        at += 1;
    }
    None
}

/// Whether a text has a part at this place.
const fn has(text: &str, at: usize, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let mut matched = 0;
    while matched < part.len() && at + matched < text.len() && text[at + matched] == part[matched] {
        matched += 1;
    }
    matched == part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_texts_of_a_screen_and_of_a_problem() {
        const TITLE: &str = text("signedIn.title");
        assert_eq!(TITLE, "You're signed in");
        let english: serde_json::Value = serde_json::from_str(ENGLISH).unwrap();
        for code in ["access_blocked", "wrong_address"] {
            let problem = &english["problems"][code];
            assert_eq!((&problem["title"], &problem["action"]), (&title(code).into(), &action(code).into()));
            assert_eq!(problem["details"].as_str(), details(code));
        }
    }
}
