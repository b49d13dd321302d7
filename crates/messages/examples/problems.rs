//! Prints `docs/problems.md`, the index of all problems. `cargo xtask entra-errors` writes it; a test here holds the
//! committed copy to it.

use std::fmt::Write;

use messages::{ProblemCode, Who};
use serde_json::Value;

const TEXTS: &str = include_str!("../../../public/languages/en.json");

const INTRODUCTION: &str = "\
# Problems

<!-- made by `cargo xtask entra-errors` from crates/messages/src/problem.rs and public/languages/en.json; do not edit -->

Each problem that the page can show, by its code. The code is under *Technical details* on the page, and in the messages
to a portal ([embed.md](embed.md)). It is the same in every language.

* **Bold** is the title, and the sentence behind it is what the page asks the person to do.
* The paragraph below is for the site owner or an administrator.
* *Who can help* is `who` in a message to a portal. *Passes by itself* is `retryable`: a later request for a token can
  succeed although the person does nothing.

[entra-errors.md](entra-errors.md) says which of Entra's numbers leads to which problem.
";

fn main() {
    print!("{}", document());
}

fn document() -> String {
    let texts: Value = serde_json::from_str(TEXTS).expect("the language file is JSON");
    let mut problems = ProblemCode::ALL.to_vec();
    problems.sort_unstable_by_key(|problem| problem.code());
    let mut document = INTRODUCTION.to_owned();
    for problem in problems {
        let code = problem.code();
        let [title, action, details] =
            ["title", "action", "details"].map(|name| texts["problems"][code][name].as_str().unwrap_or_default());
        let retry = if problem.is_retryable() { " Passes by itself." } else { "" };
        // Writing to a `String` does not fail.
        let _ = write!(document, "\n## {code}\n\n**{title}** {action}\n");
        if !details.is_empty() {
            let _ = write!(document, "\n{details}\n");
        }
        let _ = write!(document, "\n*Who can help: {}.{retry}*\n", who(problem.who()));
    }
    document
}

const fn who(who: Who) -> &'static str {
    match who {
        Who::Administrator => "an administrator",
        Who::Developer => "the site owner",
        Who::You => "the person",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    #[test]
    fn the_committed_document_is_the_generated_one() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/problems.md");
        let committed = fs::read_to_string(file).unwrap_or_default().replace("\r\n", "\n");
        assert!(committed == super::document(), "run `cargo xtask entra-errors`");
    }
}
