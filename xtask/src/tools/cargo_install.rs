use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{failure::Failure, program, report::note};

use super::cache::Cache;

/// A tool that is written in Rust.
pub(crate) struct Tool {
    pub(crate) package: &'static str,
    pub(crate) program: &'static str,
    pub(crate) version: String,
    /// What `cargo install` builds it with.
    pub(crate) features: Features,
    /// The packages in it that do its work, which alone are compiled with optimization.
    pub(crate) optimized: &'static [&'static str],
}

/// The features of a tool's package.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Features {
    Default,
    /// Nothing that its work here does not need.
    None,
}

impl Tool {
    /// The directory that has the program, or nothing where PATH already leads to one of exactly this version.
    pub(crate) fn ensure(&self, cache: &Cache) -> Result<Option<PathBuf>, Failure> {
        let Self { package, program, version, .. } = self;
        let answer = program::version(&mut Command::new(program));
        // geckodriver goes on about its licence.
        let first_line = answer.as_deref().and_then(|answer| answer.lines().next());
        if first_line == Some(&format!("{program} {version}")) {
            return Ok(None);
        }
        let root = cache.install_once(&format!("{package}-{version}"), |root| {
            if has_binstall() {
                note(&format!("downloading {package} {version} with cargo binstall: once"));
                match program::run(&mut self.binstall(root)) {
                    Err(Failure::Interrupted) => return Err(Failure::Interrupted),
                    // There is none for this machine, or its host cannot be reached.
                    Err(_) => {}
                    Ok(()) => return Ok(()),
                }
            }
            note(&format!("compiling {package} {version}: once, some minutes"));
            program::run(&mut self.install(root, cache))
        })?;
        Ok(Some(root.join("bin")))
    }

    fn binstall(&self, root: &Path) -> Command {
        let mut binstall = program::cargo();
        binstall.args(["binstall", &format!("{}@{}", self.package, self.version), "--no-confirm", "--locked"]);
        binstall.args(["--disable-strategies", "compile", "--no-track", "--root"]).arg(root);
        binstall
    }

    fn install(&self, root: &Path, cache: &Cache) -> Command {
        let mut install = program::cargo();
        install.args(["install", self.package, "--version", &self.version, "--locked", "--quiet", "--root"]).arg(root);
        if self.features == Features::None {
            install.arg("--no-default-features");
        }
        for package in self.optimized {
            install.arg("--config").arg(format!("profile.release.package.{package}.opt-level=2"));
        }
        // One for all tools: what two of them depend on is compiled once.
        install.arg("--target-dir").arg(cache.build());
        // A quick build instead of a quick tool. Its own release profile would link for five minutes.
        install
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
        install
    }
}

fn has_binstall() -> bool {
    // It answers to `-V`; what follows `--version` it takes for the version of a package.
    program::answer(program::cargo().args(["binstall", "-V"])).is_some()
}
