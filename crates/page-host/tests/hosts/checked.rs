use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::folder::Folder;

/// The result of `check`.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) status: Option<i32>,
    pub(crate) responses: u64,
    /// Each finding: its name, where, and the expected and actual values.
    pub(crate) findings: Vec<String>,
}

/// Runs `check` on a page.
pub(crate) fn check(url: &str, arguments: &[&Path]) -> Checked {
    let output =
        Command::new(env!("CARGO_BIN_EXE_page-host")).args(["check", url, "--json"]).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let json: Value =
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text} {}", String::from_utf8_lossy(&output.stderr)));
    let findings = json["findings"].as_array().unwrap().iter().map(|finding| {
        let text = |key: &str| finding[key].as_str().unwrap_or("-").to_owned();
        let [name, subject, message, expected, actual] = ["name", "subject", "message", "expected", "actual"].map(text);
        format!("{name}: {subject}: {message}: {expected} / {actual}")
    });
    Checked {
        status: output.status.code(),
        responses: json["responses"].as_u64().unwrap(),
        findings: findings.collect(),
    }
}

/// Checks a page with its configuration and its files, and expects no finding.
pub(crate) fn is_faultless(url: &str, config: &Path, site: &Path) {
    has_only(&[], url, config, site);
}

/// Checks a page with its configuration and its files, and expects these warnings, each by name and request.
pub(crate) fn has_only(expected: &[&str], url: &str, config: &Path, site: &Path) {
    let checked = check(url, &[Path::new("--config"), config, Path::new("--site"), site]);
    let found: Vec<_> = checked
        .findings
        .iter()
        .map(|finding| {
            let mut parts = finding.split(": ");
            format!("{}: {}", parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        })
        .collect();
    assert_eq!(found, expected, "{:#?}", checked.findings);
    assert_eq!(checked.status, Some(0));
    // 20 files and the address of the page, each by four requests.
    assert!(checked.responses > 21 * 4, "{}", checked.responses);
}

/// Adds the loader of another build to a served folder, and expects that no browser stores it.
pub(crate) fn loader_of_another_build_is_not_stored(folder: &Folder) {
    let path = "vault/loader-fedcba9876543210.js";
    let expected = folder.path().join("expected");
    fs::create_dir_all(expected.join("vault")).unwrap();
    for site in [folder.site(), expected.clone()] {
        fs::write(site.join(path), "another build").unwrap();
    }
    let checked = check(&folder.origin(), &[Path::new("--site"), &expected]);
    // Its other headers are those of the vault.
    assert_eq!(checked.findings.iter().filter(|finding| finding.contains(path)).count(), 4, "{checked:?}");
    for finding in checked.findings.iter().filter(|finding| finding.contains(path)) {
        assert!(finding.contains(": cache-control has another value: "), "{finding}");
        assert!(finding.ends_with(" / no-store"), "{finding}");
    }
}
