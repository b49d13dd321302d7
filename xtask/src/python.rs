//! Python and its virtual environments.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{debian, failure::Failure, program};

/// The Python on PATH.
pub(crate) fn python() -> Result<PathBuf, Failure> {
    let remedy = "install Python 3.10 or later: https://www.python.org";
    program::find(&["python3", "python"]).ok_or(Failure::Missing { programs: vec!["python3"], remedy })
}

/// A virtual environment, with packages for this project only.
pub(crate) struct Environment {
    programs: PathBuf,
}

impl Environment {
    /// Creates an environment in a directory, unless it exists.
    pub(crate) fn ensure(directory: &Path) -> Result<Self, Failure> {
        let programs = directory.join(if cfg!(windows) { "Scripts" } else { "bin" });
        let environment = Self { programs };
        if !environment.program("pip").exists() {
            let create = || program::run(Command::new(python()?).args(["-m", "venv", "--clear"]).arg(directory));
            // Debian packages the module `venv` separately.
            create().or_else(|_| debian::install(&["python3", "python3-venv"]).and_then(|()| create()))?;
        }
        Ok(environment)
    }

    /// The path of a program in the environment, installed or not.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(program::executable(name))
    }

    /// Installs the packages of a requirements file.
    pub(crate) fn install(&self, requirements: &Path, arguments: &[&str]) -> Result<(), Failure> {
        let mut pip = Command::new(self.program("pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        program::run(pip.arg(requirements).args(arguments))
    }
}
