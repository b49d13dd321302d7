//! Writes the documents that examples print from the code: docs/problems.md and docs/entra-errors.md.

use std::fs;

use crate::{failure::Failure, workspace::Workspace};

/// Package, example, document.
const DOCUMENTS: [(&str, &str, &str); 2] =
    [("messages", "problems", "docs/problems.md"), ("sign-in", "entra-errors", "docs/entra-errors.md")];

/// Writes the documents.
pub(crate) fn write(workspace: &Workspace) -> Result<(), Failure> {
    for (package, example, document) in DOCUMENTS {
        let mut cargo = workspace.cargo();
        cargo.args(["run", "--quiet", "--locked", "-p", package, "--example", example]);
        let output = cargo.output().map_err(Failure::io(format!("running the example {example}")))?;
        if !output.status.success() {
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
            let program = format!("cargo run --example {example}");
            return Err(Failure::Failed { program, status: output.status });
        }
        fs::write(workspace.root().join(document), output.stdout)
            .map_err(Failure::io(format!("writing {document}")))?;
    }
    Ok(())
}
