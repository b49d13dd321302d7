//! Tests the exchange service against its own openapi.json.

use std::{path::PathBuf, process::Command};

use crate::{
    failure::Failure,
    program,
    python::{Environment, python},
    workspace::Workspace,
};

/// Runs schemathesis, which sends requests that match the OpenAPI document, and some that do not.
pub(crate) fn test(workspace: &Workspace) -> Result<(), Failure> {
    let schemathesis = schemathesis(workspace)?;
    let built = workspace.build_tests()?;
    let mut run = Command::new(python()?);
    run.arg(directory(workspace).join("run.py"));
    run.env("SCHEMATHESIS", schemathesis);
    run.env("AZURE_EMULATOR", built.join(program::executable("azure-emulator")));
    run.env("EXCHANGE_SERVICE", built.join(program::executable("exchange-service")));
    program::run(&mut run)
}

/// Installs schemathesis into a separate environment, in the versions of `requirements.txt`.
fn schemathesis(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let environment = Environment::ensure(&workspace.target()?.join("contract"))?;
    environment.install(&directory(workspace).join("requirements.txt"), &[])?;
    Ok(environment.program("schemathesis"))
}

fn directory(workspace: &Workspace) -> PathBuf {
    workspace.root().join("tests").join("contract")
}
