use std::process::Command;

use crate::{failure::Failure, program, tools, workspace::Workspace};

/// Compares licenses, banned crates and sources of all dependencies with `deny.toml`. It does not check advisories:
/// their database is another repository, which is not reachable everywhere, and changes without a change here.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let mut deny = Command::new(tools::cargo_deny()?);
    deny.current_dir(workspace.root());
    // Without `--workspace` it checks the page alone, which is the root package.
    program::run(deny.args(["--workspace", "--locked", "check", "licenses", "bans", "sources"]))
}
