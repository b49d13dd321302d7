use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::program;
use crate::report::note;

use super::cache::Cache;

/// Not a minimum: what distributions package as 108 builds without complaint and fails in the browser.
const MAJOR: &str = "132";
const PACKAGE: &str = "binaryen@132.0.0";

/// Where a wasm-opt of the right version is.
pub(crate) enum Found {
    OnPath,
    In(PathBuf),
    Nowhere,
}

pub(crate) fn ensure(cache: &Cache) -> Result<Found, Failure> {
    let on_path = program::version(&mut Command::new("wasm-opt"));
    if on_path.is_some_and(|answer| answer.split_whitespace().nth(2) == Some(MAJOR)) {
        return Ok(Found::OnPath);
    }
    if !program::has_npm() {
        return Ok(Found::Nowhere);
    }
    let root = cache.install_once(&format!("binaryen-{MAJOR}"), |root| {
        note(&format!("installing {PACKAGE} from npm: once"));
        let install = ["install", PACKAGE, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", "."];
        program::run(program::npm(root).args(install))
    })?;
    Ok(Found::In(root.join("node_modules").join(".bin")))
}
