//! The example portal: built by npm, served by Node.js.

use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::program;
use crate::workspace::Workspace;

/// Builds the portal into its dist/. What npm says is shown.
pub(crate) fn build(workspace: &Workspace) -> Result<(), Failure> {
    if program::version(&mut program::npm()).is_none() || program::version(&mut Command::new("node")).is_none() {
        let remedy = "install Node.js 22 or later, which brings npm: https://nodejs.org";
        return Err(Failure::Missing { programs: vec!["node", "npm"], remedy });
    }
    let npm = || {
        let mut npm = program::npm();
        npm.current_dir(directory(workspace));
        npm
    };
    // No package's own script runs.
    program::run(npm().args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]))?;
    program::run(npm().args(["run", "--silent", "build"]))
}

/// Builds it, and tests what needs no browser: the embed SDK, and whether its types fit Azure's.
pub(crate) fn test(workspace: &Workspace) -> Result<(), Failure> {
    build(workspace)?;
    program::run(program::npm().args(["run", "--silent", "check"]).current_dir(directory(workspace)))?;
    program::run(program::npm().args(["test", "--silent"]).current_dir(workspace.root().join("embed-sdk")))
}

/// What serves the built portal at a port, around the sign-in page at another.
pub(crate) fn serve(workspace: &Workspace, port: u16, page: u16) -> Command {
    let mut node = Command::new("node");
    node.arg(directory(workspace).join("serve.js"));
    node.args(["--port", &port.to_string(), "--sign-in", &format!("http://localhost:{page}/")]);
    node
}

fn directory(workspace: &Workspace) -> PathBuf {
    workspace.root().join("examples").join("portal")
}
