//! Python, and what comes from its package index.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{debian, failure::Failure, program};

/// The Python of this machine.
pub(crate) fn python() -> Result<PathBuf, Failure> {
    let remedy = "install Python 3.10 or later: https://www.python.org";
    program::find(&["python3", "python"]).ok_or(Failure::Missing { programs: vec!["python3"], remedy })
}

/// A virtual environment: packages that no other project sees.
pub(crate) struct Environment {
    programs: PathBuf,
}

impl Environment {
    /// Makes one in a directory, unless it has one.
    pub(crate) fn ensure(directory: &Path) -> Result<Self, Failure> {
        let programs = directory.join(if cfg!(windows) { "Scripts" } else { "bin" });
        let environment = Self { programs };
        if !environment.program("pip").exists() {
            let create = || program::run(Command::new(python()?).args(["-m", "venv", "--clear"]).arg(directory));
            // Debian's Python is there without what makes environments.
            create().or_else(|_| debian::install(&["python3", "python3-venv"]).and_then(|()| create()))?;
        }
        Ok(environment)
    }

    /// One of its programs, whether it is installed or not.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(program::executable(name))
    }

    /// Installs what a file of requirements names.
    pub(crate) fn install(&self, requirements: &Path, arguments: &[&str]) -> Result<(), Failure> {
        let mut pip = Command::new(self.program("pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        program::run(pip.arg(requirements).args(arguments))
    }
}
