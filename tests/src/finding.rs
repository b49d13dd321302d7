use std::fs;

use serde_json::json;

use crate::{Browser, stack::root};

/// Records the outcome of a scenario in this engine in `target/embed-results/<engine>/<scenario>.json`, from which
/// `cargo xtask embed-table` makes the table of docs/embed.md.
pub fn found(browser: &Browser, scenario: &str, outcome: &str) {
    let directory = root().join("target").join("embed-results").join(browser.engine.name());
    let finding = json!({ "version": browser.version(), "outcome": outcome }).to_string();
    fs::create_dir_all(&directory)
        .and_then(|()| fs::write(directory.join(format!("{scenario}.json")), finding))
        .unwrap_or_else(|error| panic!("recording the outcome of {scenario}: {error}"));
}
