//! The tools of a build, in exactly the versions that work together. A tool on PATH is used if it has that version.
//! Otherwise it is installed into a per-user cache that all checkouts share.

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
/// The driver of Firefox, for which Debian has no package.
const GECKODRIVER: &str = "0.37.1";
/// The program that reads `deny.toml`, whose format changes with its versions.
const CARGO_DENY: &str = "0.20.2";
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The tools, as directories for the beginning of PATH.
#[derive(Default)]
pub(crate) struct Tools {
    directories: Vec<PathBuf>,
    optimizer: bool,
}

impl Tools {
    /// A command of Trunk that runs in `root` and finds the other tools.
    pub(crate) fn trunk(&self, root: &Path) -> Command {
        let path = program::path_with(self.directories.iter().map(PathBuf::as_path));
        // Where `Command` searches for a program depends on the platform, so Trunk gets its full path if possible.
        let file = program::executable("trunk");
        let trunk = self.directories.iter().map(|directory| directory.join(&file)).find(|file| file.is_file());
        let mut command = Command::new(trunk.unwrap_or_else(|| "trunk".into()));
        command.current_dir(root).env("PATH", path).env("TRUNK_SKIP_VERSION_CHECK", "true");
        // Trunk reads NO_COLOR as a boolean, and fails with the common NO_COLOR=1.
        command.env_remove("NO_COLOR");
        command
    }

    /// Prints the line that puts the tools on PATH, for using Trunk in a shell.
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

    /// Whether there is a wasm-opt of the supported version.
    pub(crate) fn has_optimizer(&self) -> bool {
        self.optimizer
    }
}

/// Installs the tools of a development build.
pub(crate) fn for_development(workspace: &Workspace) -> Result<Tools, Failure> {
    let cache = Cache::locate()?;
    let mut tools = Tools::default();
    step("looking for the wasm target, Trunk and wasm-bindgen", || {
        wasm_target(workspace)?;
        // Trunk without TLS and without its check for updates: it finds all tools here, so it downloads nothing.
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
            // This program runs at each rebuild of the page.
            optimized: &["walrus", "wasmparser", "wasm-encoder", "wasm-bindgen-cli-support"],
        };
        for tool in [trunk, wasm_bindgen] {
            tools.directories.extend(tool.ensure(&cache)?);
        }
        Ok(())
    })?;
    Ok(tools)
}

/// Installs the tools of a release build: the same, and wasm-opt.
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

/// Installs geckodriver, and returns its path.
pub(crate) fn geckodriver() -> Result<PathBuf, Failure> {
    by_default_features("geckodriver", GECKODRIVER)
}

/// Installs cargo-deny, and returns its path.
pub(crate) fn cargo_deny() -> Result<PathBuf, Failure> {
    by_default_features("cargo-deny", CARGO_DENY)
}

/// Installs a tool with its default features, whose program has the name of its package.
fn by_default_features(package: &'static str, version: &str) -> Result<PathBuf, Failure> {
    let tool =
        Tool { package, program: package, version: version.to_owned(), features: Features::Default, optimized: &[] };
    let directory = tool.ensure(&Cache::locate()?)?.unwrap_or_default();
    Ok(directory.join(program::executable(package)))
}

/// Installs the wasm target. rustup does this by itself, by rust-toolchain.toml; a toolchain without rustup can lack
/// it.
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
    fn one_line_puts_the_tools_first_on_path() {
        let tools = Tools { directories: vec!["/a tool/bin".into(), "/b".into()], optimizer: true };
        let line = format!("PATH=/usr/bin:/bin; {}; echo \"$PATH\"", tools.on_path());
        let output = Command::new("sh").args(["-c", &line]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "/a tool/bin:/b:/usr/bin:/bin");
    }
}
