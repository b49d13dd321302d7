//! Tests the files of `deploy/` for operators, and the workflows of `.github/`.

use std::process::Command;

use crate::{debian, failure::Failure, program, python::Environment, workspace::Workspace};

/// Runs the alert rules, the queries of the dashboard, and the checks of manifests and workflows.
pub(crate) fn test(workspace: &Workspace) -> Result<(), Failure> {
    let missing = || ["prometheus", "promtool"].into_iter().filter(|name| program::find(&[*name]).is_none());
    if missing().next().is_some() {
        debian::install(&["prometheus"])?;
    }
    let programs: Vec<_> = missing().collect();
    if !programs.is_empty() {
        let remedy = "alert rules and dashboard are tested with them: on Debian as root `apt-get install prometheus`";
        return Err(Failure::Missing { programs, remedy });
    }
    let directory = workspace.root().join("tests").join("operations");
    let environment = Environment::ensure(&workspace.target()?.join("operations"))?;
    environment.install(&directory.join("requirements.txt"), &[])?;
    let built = workspace.build_tests()?;
    let mut run = Command::new(environment.program("python"));
    run.arg(directory.join("run.py"));
    run.env("AZURE_EMULATOR", built.join(program::executable("azure-emulator")));
    run.env("EXCHANGE_SERVICE", built.join(program::executable("exchange-service")));
    run.env("ACTIONLINT", environment.program("actionlint"));
    run.env("YAMLLINT", environment.program("yamllint")).env("ZIZMOR", environment.program("zizmor"));
    program::run(&mut run)
}
