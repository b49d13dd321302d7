//! The exchange service against its own openapi.json.

use std::path::PathBuf;
use std::process::Command;

use crate::failure::Failure;
use crate::workspace::Workspace;
use crate::{debian, program};

/// Asks the service what the document allows and what it does not.
pub(crate) fn test(workspace: &Workspace) -> Result<(), Failure> {
    let schemathesis = schemathesis(workspace)?;
    program::run(workspace.cargo().args(["build", "-p", "azure-emulator", "-p", "exchange-service", "--locked"]))?;
    let built = workspace.target()?.join("debug");
    let mut run = Command::new(python()?);
    run.arg(directory(workspace).join("run.py"));
    run.env("SCHEMATHESIS", schemathesis);
    run.env("AZURE_EMULATOR", built.join(program::executable("azure-emulator")));
    run.env("EXCHANGE_SERVICE", built.join(program::executable("exchange-service")));
    program::run(&mut run)
}

/// Installs it where nothing else is, at the versions that `requirements.txt` names.
fn schemathesis(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let environment = workspace.target()?.join("contract");
    let programs = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let pip = programs.join(program::executable("pip"));
    if !pip.exists() {
        let create = || program::run(Command::new(python()?).args(["-m", "venv", "--clear"]).arg(&environment));
        // Debian's Python is there without what makes environments.
        create().or_else(|_| debian::install(&["python3", "python3-venv"]).and_then(|()| create()))?;
    }
    let mut install = Command::new(pip);
    install.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    program::run(install.arg(directory(workspace).join("requirements.txt")))?;
    Ok(programs.join(program::executable("schemathesis")))
}

fn python() -> Result<PathBuf, Failure> {
    let remedy = "install Python 3.10 or later: https://www.python.org";
    program::find(&["python3", "python"]).ok_or(Failure::Missing { programs: vec!["python3"], remedy })
}

fn directory(workspace: &Workspace) -> PathBuf {
    workspace.root().join("tests").join("contract")
}
