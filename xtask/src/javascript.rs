//! Checks of JavaScript: what `cargo fmt` and `cargo clippy` are for Rust.

use std::process::Command;

use clap::Args;

use crate::{failure::Failure, program, tools::Node, workspace::Workspace};

/// The path of npm's programs, relative to the directory of the lock file.
const BIOME: &str = "node_modules/@biomejs/biome/bin/biome";
const TSC: &str = "node_modules/typescript/bin/tsc";

/// How to check.
#[derive(Args)]
pub(crate) struct Options {
    /// Format the files and apply the safe fixes of the linter, instead of reporting differences.
    #[arg(long)]
    fix: bool,
}

/// Checks the format, the lints and the types of every script in the repository.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let node = Node::ensure()?;
    node.npm_ci(&workspace.root().join("xtask").join("javascript"))?;
    let mode = if options.fix { ["check", "--write"].as_slice() } else { ["ci"].as_slice() };
    program::run(tool(workspace, &node, BIOME).args(mode).args(["--error-on-warnings", "."]))?;
    program::run(tool(workspace, &node, TSC).args(["--project", "."]))?;
    program::run(tool(workspace, &node, TSC).args(["--project", "xtask/javascript"]))
}

/// A program that npm installed, in the root of the workspace, where its configuration is.
fn tool(workspace: &Workspace, node: &Node, path: &str) -> Command {
    let mut tool = node.command();
    tool.arg(workspace.root().join("xtask").join("javascript").join(path)).current_dir(workspace.root());
    tool
}
