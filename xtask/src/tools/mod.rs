//! What a build needs beside cargo, in exactly the versions that work together. A tool on PATH is taken if it is of
//! that version; otherwise it goes into a per-user cache that all checkouts share.

mod binaryen;
mod cache;
mod cargo_install;
mod node;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    failure::Failure,
    program,
    report::{note, step},
    workspace::Workspace,
};

pub(crate) use self::node::Node;
use self::{
    cache::Cache,
    cargo_install::{Features, Tool},
};

/// 0.22 needs a newer Rust than rust-toolchain.toml names.
const TRUNK: &str = "0.21.14";
/// Debian has no package of it.
const GECKODRIVER: &str = "0.37.1";
/// Reads `deny.toml`; its format changes with versions.
const CARGO_DENY: &str = "0.20.2";
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The tools, as directories that go before all others on PATH.
#[derive(Default)]
pub(crate) struct Tools {
    directories: Vec<PathBuf>,
    optimizer: bool,
}

impl Tools {
    /// A Trunk that works in `root` and finds the other tools.
    pub(crate) fn trunk(&self, root: &Path) -> Command {
        let path = program::path_with(self.directories.iter().map(PathBuf::as_path));
        // Where `Command` looks for a program depends on the platform, so Trunk is named by its whole path if possible.
        let file = program::executable("trunk");
        let trunk = self.directories.iter().map(|directory| directory.join(&file)).find(|file| file.is_file());
        let mut command = Command::new(trunk.unwrap_or_else(|| "trunk".into()));
        command.current_dir(root).env("PATH", path).env("TRUNK_SKIP_VERSION_CHECK", "true");
        // Trunk takes NO_COLOR for a boolean and stops at the usual NO_COLOR=1.
        command.env_remove("NO_COLOR");
        command
    }

    /// Says the one line after which Trunk can be used by itself.
    pub(crate) fn announce(&self) {
        println!("\nTo use Trunk by itself in this terminal, for example as `trunk serve`:\n{}", self.on_path());
    }

    fn on_path(&self) -> String {
        let directories = self.directories.iter().map(|directory| directory.display().to_string());
        if cfg!(windows) {
            let directories: String = directories.map(|directory| format!("{directory};")).collect();
            return format!("$env:Path = \"{directories}$env:Path\"");
        }
        let directories: String = directories.map(|directory| format!("{directory}:")).collect();
        format!("export PATH=\"{directories}$PATH\"")
    }

    /// Whether there is a wasm-opt that is known to produce modules which run.
    pub(crate) fn has_optimizer(&self) -> bool {
        self.optimizer
    }
}

/// What a development build needs.
pub(crate) fn for_development(workspace: &Workspace) -> Result<Tools, Failure> {
    let cache = Cache::locate()?;
    let mut tools = Tools::default();
    step("looking for the wasm target, Trunk and wasm-bindgen", || {
        wasm_target(workspace)?;
        // Trunk without TLS and without looking for updates: it finds here whatever it would fetch.
        let trunk = Tool {
            package: "trunk",
            program: "trunk",
            version: TRUNK.to_owned(),
            features: Features::None,
            optimized: &[],
        };
        let wasm_bindgen = Tool {
            package: "wasm-bindgen-cli",
            program: "wasm-bindgen",
            version: workspace.locked_version("wasm-bindgen")?,
            features: Features::Default,
            // It runs at each rebuild of the page.
            optimized: &["walrus", "wasmparser", "wasm-encoder", "wasm-bindgen-cli-support"],
        };
        for tool in [trunk, wasm_bindgen] {
            tools.directories.extend(tool.ensure(&cache)?);
        }
        Ok(())
    })?;
    Ok(tools)
}

/// What a release build needs: the same and wasm-opt.
pub(crate) fn all(workspace: &Workspace) -> Result<Tools, Failure> {
    let mut tools = for_development(workspace)?;
    step("looking for wasm-opt", || {
        match binaryen::ensure(&Cache::locate()?)? {
            binaryen::Found::OnPath => tools.optimizer = true,
            binaryen::Found::In(directory) => {
                tools.optimizer = true;
                tools.directories.push(directory);
            }
            binaryen::Found::Nowhere => {
                note("npm is not installed, so release builds leave out wasm-opt: larger, equal otherwise")
            }
        }
        Ok(())
    })?;
    Ok(tools)
}

/// What drives Firefox, as a program to start.
pub(crate) fn geckodriver() -> Result<PathBuf, Failure> {
    by_default_features("geckodriver", GECKODRIVER)
}

/// What compares the dependencies with `deny.toml`, as a program to start.
pub(crate) fn cargo_deny() -> Result<PathBuf, Failure> {
    by_default_features("cargo-deny", CARGO_DENY)
}

/// A tool whose program has its package's name.
fn by_default_features(package: &'static str, version: &str) -> Result<PathBuf, Failure> {
    let tool =
        Tool { package, program: package, version: version.to_owned(), features: Features::Default, optimized: &[] };
    let directory = tool.ensure(&Cache::locate()?)?.unwrap_or_default();
    Ok(directory.join(program::executable(package)))
}

/// rustup installs the target that rust-toolchain.toml names by itself; a toolchain without rustup may lack it.
fn wasm_target(workspace: &Workspace) -> Result<(), Failure> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .current_dir(workspace.root())
        .output()
        .map_err(Failure::io("starting rustc"))?;
    if Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir() {
        return Ok(());
    }
    note(&format!("installing the target {WASM_TARGET}"));
    program::run(Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(workspace.root()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn one_line_puts_the_tools_before_what_path_has() {
        let tools = Tools { directories: vec!["/a tool/bin".into(), "/b".into()], optimizer: true };
        let line = format!("PATH=/usr/bin:/bin; {}; echo \"$PATH\"", tools.on_path());
        let output = Command::new("sh").args(["-c", &line]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "/a tool/bin:/b:/usr/bin:/bin");
    }
}
