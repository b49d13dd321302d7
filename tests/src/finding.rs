use std::fs;

use serde_json::json;

use crate::{Browser, stack::root};

/// Writes down what came of a scenario in this engine, for the table of docs/embed.md: `cargo xtask embed-table` makes it from
/// `target/embed-results/<engine>/<scenario>.json`.
pub fn found(browser: &Browser, scenario: &str, outcome: &str) {
    let directory = root().join("target").join("embed-results").join(browser.engine.name());
    let finding = json!({ "version": browser.version(), "outcome": outcome }).to_string();
    fs::create_dir_all(&directory)
        .and_then(|()| fs::write(directory.join(format!("{scenario}.json")), finding))
        .unwrap_or_else(|error| panic!("writing down what came of {scenario}: {error}"));
}
