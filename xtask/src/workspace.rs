use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{failure::Failure, program};

/// The directories of this checkout.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the root, one directory above this package.
    pub(crate) fn locate() -> Self {
        let package =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        Self { root: package.parent().map_or_else(|| package.clone(), Path::to_owned) }
    }

    /// Another folder with the same files.
    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The directory of the build for deployment.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The directory of `cargo xtask dev`: logs, derived configuration, and a build of the page.
    pub(crate) fn dev(&self) -> PathBuf {
        self.root.join("target").join("dev")
    }

    /// Cargo's target directory. Its configuration and its environment can change it.
    pub(crate) fn target(&self) -> Result<PathBuf, Failure> {
        let doing = "getting the target directory from cargo";
        let output = self
            .cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .map_err(Failure::io(doing))?;
        let metadata: serde_json::Value =
            serde_json::from_slice(&output.stdout).map_err(|error| Failure::io(doing)(error.into()))?;
        Ok(metadata["target_directory"].as_str().map_or_else(|| self.root.join("target"), PathBuf::from))
    }

    /// Builds every test and every server, and returns the directory of the servers. All tests use the same selection
    /// of packages: with another one, shared crates would have other features and be built again.
    pub(crate) fn build_tests(&self) -> Result<PathBuf, Failure> {
        program::run(self.cargo().args(["test", "--workspace", "--locked", "--no-run", "--quiet"]))?;
        Ok(self.target()?.join("debug"))
    }

    /// A cargo command in the root directory.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = program::cargo();
        cargo.current_dir(&self.root);
        cargo
    }

    pub(crate) fn read(&self, file: impl AsRef<Path>) -> Result<String, Failure> {
        let file = file.as_ref();
        fs::read_to_string(self.root.join(file)).map_err(Failure::io(format!("reading {}", file.display())))
    }

    /// The version of a package in Cargo.lock.
    pub(crate) fn locked_version(&self, package: &'static str) -> Result<String, Failure> {
        locked_version(&self.read("Cargo.lock")?, package).ok_or(Failure::NotLocked { package })
    }
}

fn locked_version(lockfile: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let version = lockfile.lines().skip_while(|line| *line != name).nth(1)?;
    Some(version.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKFILE: &str = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.70\"\n\n\
                            [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.129\"\n";

    #[test]
    fn a_locked_version_is_that_of_the_package_of_exactly_this_name() {
        assert_eq!(locked_version(LOCKFILE, "wasm-bindgen").as_deref(), Some("0.2.129"));
        assert_eq!(locked_version(LOCKFILE, "wasm"), None);
        assert_eq!(locked_version("", "wasm-bindgen"), None);
    }

    #[test]
    fn the_lockfile_of_this_workspace_names_the_wasm_bindgen_to_install() {
        assert!(Workspace::locate().locked_version("wasm-bindgen").is_ok());
    }
}
