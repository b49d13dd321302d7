use std::{path::Path, process::Command};

use crate::{failure::Failure, program, report::note};

/// Installs packages as root on Debian and its derivatives, where that needs no confirmation. Elsewhere it does
/// nothing: the caller then reports the missing programs.
pub(crate) fn install(packages: &[&str]) -> Result<(), Failure> {
    if !Path::new("/usr/bin/apt-get").exists() || !is_root() {
        return Ok(());
    }
    note(&format!("installing {} with apt-get", packages.join(" and ")));
    let apt = |arguments: &[&str]| {
        program::run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update", "-q"])?;
    apt(&[&["install", "-y", "-q", "--no-install-recommends"], packages].concat())
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
