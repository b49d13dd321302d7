//! Prints `docs/entra-errors.md`, which is generated from the table of Entra's error codes. `cargo xtask entra-errors`
//! writes it; a test here holds the committed copy to it.

use std::fmt::Write;

use messages::{ProblemCode, Who};
use serde_json::Value;
use sign_in::entra_error::table::{NAMES, ROWS};

const TEXTS: &str = include_str!("../../../public/languages/en.json");

const INTRODUCTION: &str = "\
# Entra's error codes

<!-- made by `cargo xtask entra-errors` from crates/sign-in/src/entra_error/table.rs and public/languages/en.json; do
     not edit -->

What the page shows for each AADSTS number that Entra's authorization or token endpoint can return to a single-page app.

The AADSTS number decides, if this table has it: first the number at the beginning of `error_description`, then those in
`error_codes`. Numbers later in a description do not count. Of several numbers, the first with a specific reason
decides. The OAuth `error` decides if no number is known: `access_denied` is the person's own cancel only then, or with
AADSTS65004.

*Renewal* says what happens when a renewal fails with the error. **retried**: the page repeats it, after 30 seconds at
first, or after the time that Entra sends. **paused**: the same, after five minutes at least. **ends**: the token stays
until it expires, and *Sign in again* starts a new sign-in.

Microsoft changes numbers and texts at any time. Source: \"Microsoft Entra authentication and authorization error
codes\", and the texts that Entra sends for numbers that are not listed there. [cases.md](cases.md) says how to see a
problem on this machine.

## Problems

";

fn main() {
    print!("{}", document());
}

fn document() -> String {
    let mut document = INTRODUCTION.to_owned();
    document +=
        "| problem | title | action | for the site owner | who can help | renewal |\n|---|---|---|---|---|---|\n";
    let texts: Value = serde_json::from_str(TEXTS).expect("the language file is JSON");
    for row in ROWS {
        let problem = row.problem;
        let texts = &texts["problems"][problem.code()];
        let [title, action, owner] =
            ["title", "action", "details"].map(|name| texts[name].as_str().unwrap_or_default());
        let (who, renewal) = (who(problem.who()), renewal(problem));
        line(&mut document, &[&format!("`{}`", problem.code()), title, action, owner, who, renewal]);
    }
    document += "\n## Numbers\n\n| AADSTS | name | problem |\n|---|---|---|\n";
    let mut names = NAMES.to_vec();
    names.sort_unstable();
    for (number, name) in names {
        let row = ROWS.iter().find(|row| row.numbers.contains(&number));
        let problem = row.map_or("", |row| row.problem.code());
        line(&mut document, &[&number.to_string(), name, &format!("`{problem}`")]);
    }
    document
}

fn line(document: &mut String, cells: &[&str]) {
    // Writing to a `String` does not fail.
    let _ = writeln!(
        document,
        "|{}",
        cells.iter().map(|cell| format!(" {cell} |")).collect::<String>().replace("|  |", "| |")
    );
}

const fn who(who: Who) -> &'static str {
    match who {
        Who::Administrator => "administrator",
        Who::Developer => "site owner",
        Who::You => "person",
    }
}

fn renewal(problem: ProblemCode) -> &'static str {
    match problem {
        ProblemCode::EntraPause => "paused",
        problem if problem.is_retryable() => "retried",
        _ => "ends",
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    #[test]
    fn rep_07_the_committed_document_is_the_generated_one() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/entra-errors.md");
        let committed = fs::read_to_string(file).unwrap_or_default().replace("\r\n", "\n");
        assert!(committed == super::document(), "run `cargo xtask entra-errors`");
    }
}
