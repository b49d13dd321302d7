//! The example portal: built by npm, served by Node.js.

use std::{path::PathBuf, process::Command};

use crate::{failure::Failure, program, tools::Node, workspace::Workspace};

/// The object id of the account that the portal has signed in: the emulator's Alice.
const ALICE: &str = "a11ce000-0000-4000-8000-000000000001";

/// Builds the portal into its dist/, and shows npm's output.
pub(crate) fn build(workspace: &Workspace, node: &Node) -> Result<(), Failure> {
    let portal = directory(workspace);
    node.npm_ci(&portal)?;
    program::run(node.npm(&portal).args(["run", "--silent", "build"]))
}

/// Builds the portal, and runs the tests that need no browser: its server, the embed SDK, whether its types fit
/// Azure's, and its package.
pub(crate) fn test(workspace: &Workspace, node: &Node) -> Result<(), Failure> {
    build(workspace, node)?;
    program::run(node.npm(&directory(workspace)).args(["run", "--silent", "check"]))?;
    program::run(node.npm(&directory(workspace)).args(["test", "--silent"]))?;
    let sdk = workspace.root().join("embed-sdk");
    program::run(node.npm(&sdk).args(["test", "--silent"]))?;
    // They use the packed SDK, and bundle the portals with React for the end-to-end tests.
    let consumers = sdk.join("consumers");
    node.npm_ci(&consumers)?;
    node.npm_ci(&consumers.join("react-18"))?;
    program::run(node.npm(&consumers).args(["test", "--silent"]))
}

/// A command that serves the built portal at a port. The portal embeds the page at another port.
pub(crate) fn serve(workspace: &Workspace, node: &Node, port: u16, page: u16) -> Command {
    let mut node = node.command();
    node.arg(directory(workspace).join("serve.js"));
    node.args(["--port", &port.to_string(), "--sign-in", &format!("http://localhost:{page}/"), "--employee", ALICE]);
    node
}

fn directory(workspace: &Workspace) -> PathBuf {
    workspace.root().join("examples").join("portal")
}
