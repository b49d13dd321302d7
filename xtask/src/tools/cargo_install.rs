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
    /// The features for `cargo install`.
    pub(crate) features: Features,
    /// The packages to optimize. The others are compiled without optimization, which is faster.
    pub(crate) optimized: &'static [&'static str],
}

/// The features of a tool's package.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Features {
    Default,
    /// No features: the default ones are not needed here.
    None,
}

impl Tool {
    /// Installs the tool. Returns its directory, or `None` if PATH has the program in exactly this version.
    pub(crate) fn ensure(&self, cache: &Cache) -> Result<Option<PathBuf>, Failure> {
        let Self { package, program, version, .. } = self;
        let output = program::version(&mut Command::new(program));
        // The output of `geckodriver --version` continues with its license.
        let first_line = output.as_deref().and_then(|output| output.lines().next());
        if first_line == Some(&format!("{program} {version}")) {
            return Ok(None);
        }
        let root = cache.install_once(&format!("{package}-{version}"), |root| {
            if has_binstall() {
                note(&format!("downloading {package} {version} with cargo binstall: once"));
                match program::run(&mut self.binstall(root)) {
                    Err(Failure::Interrupted) => return Err(Failure::Interrupted),
                    // There is no binary for this machine, or its host cannot be reached.
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
        // One directory for all tools, so that shared dependencies are compiled once.
        install.arg("--target-dir").arg(cache.build());
        // The build time matters more than the tool's speed. Linking with its own release profile takes five minutes.
        install
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
        install
    }
}

fn has_binstall() -> bool {
    // Not `--version`, which is its option for the version of a package.
    program::output(program::cargo().args(["binstall", "-V"])).is_some()
}
