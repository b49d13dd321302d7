//! Writes docs/entra-errors.md, which an example of the crate `sign-in` prints from its table.

use std::fs;

use crate::{failure::Failure, workspace::Workspace};

const DOCUMENT: &str = "docs/entra-errors.md";

/// Writes the document.
pub(crate) fn write(workspace: &Workspace) -> Result<(), Failure> {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--locked", "-p", "sign-in", "--example", "entra-errors"]);
    let output = cargo.output().map_err(Failure::io("running the example entra-errors"))?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        return Err(Failure::Failed { program: "cargo run --example entra-errors".to_owned(), status: output.status });
    }
    fs::write(workspace.root().join(DOCUMENT), output.stdout).map_err(Failure::io(format!("writing {DOCUMENT}")))
}
