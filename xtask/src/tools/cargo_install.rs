use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::program;
use crate::report::note;

use super::cache::Cache;

/// A tool that cargo installs from source.
pub(crate) struct Tool {
    pub(crate) package: &'static str,
    pub(crate) program: &'static str,
    pub(crate) version: String,
}

impl Tool {
    /// The directory that has the program, or nothing where PATH already leads to one of exactly this version.
    pub(crate) fn ensure(&self, cache: &Cache) -> Result<Option<PathBuf>, Failure> {
        let Self { package, program, version } = self;
        let answer = program::version(&mut Command::new(program));
        // geckodriver goes on about its licence.
        let first_line = answer.as_deref().and_then(|answer| answer.lines().next());
        if first_line == Some(&format!("{program} {version}")) {
            return Ok(None);
        }
        let root = cache.install_once(&format!("{package}-{version}"), |root| {
            note(&format!("installing {package} {version}: once, some minutes"));
            let mut install = program::cargo();
            install.args(["install", package, "--version", version, "--locked", "--quiet", "--root"]).arg(root);
            // A quick build instead of a quick tool: its own release profile links for five minutes.
            install
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
            program::run(&mut install)
        })?;
        Ok(Some(root.join("bin")))
    }
}
