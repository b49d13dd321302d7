//! What a build needs beside cargo, in exactly the versions that work together. A tool on PATH is taken if it is of
//! that version; otherwise it goes into a per-user cache that all checkouts share.

mod binaryen;
mod cache;
mod cargo_install;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::program;
use crate::report::{note, step};
use crate::workspace::Workspace;

use self::cache::Cache;

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

    /// Says what has to be on PATH for Trunk to be used by itself.
    pub(crate) fn announce(&self) {
        if !self.directories.is_empty() {
            println!("\nTo use Trunk by itself, put these on PATH:");
            for directory in &self.directories {
                note(&directory.display().to_string());
            }
        }
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
        let wasm_bindgen = workspace.locked_version("wasm-bindgen")?;
        for tool in [
            cargo_install::Tool { package: "trunk", program: "trunk", version: TRUNK.to_owned() },
            cargo_install::Tool { package: "wasm-bindgen-cli", program: "wasm-bindgen", version: wasm_bindgen },
        ] {
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
    let tool = cargo_install::Tool { package: "geckodriver", program: "geckodriver", version: GECKODRIVER.to_owned() };
    let directory = tool.ensure(&Cache::locate()?)?.unwrap_or_default();
    Ok(directory.join(program::executable("geckodriver")))
}

/// What compares the dependencies with `deny.toml`, as a program to start.
pub(crate) fn cargo_deny() -> Result<PathBuf, Failure> {
    let tool = cargo_install::Tool { package: "cargo-deny", program: "cargo-deny", version: CARGO_DENY.to_owned() };
    let directory = tool.ensure(&Cache::locate()?)?.unwrap_or_default();
    Ok(directory.join(program::executable("cargo-deny")))
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
