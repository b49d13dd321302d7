use std::{
    fmt, io,
    path::{Path, PathBuf},
    process::{ExitCode, ExitStatus},
    time::Duration,
};

use crate::stopwatch::readable;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another program uses a port.
    PortTaken { port: u16, option: &'static str },
    /// Two servers have the same port.
    PortTwice { port: u16, options: [&'static str; 2] },
    /// A program ended with an error.
    Failed { program: String, status: ExitStatus },
    /// A server ended while it was needed.
    Died { name: &'static str, status: ExitStatus, log: PathBuf },
    /// A server did not respond in time.
    Silent { name: &'static str, waited: Duration, log: PathBuf },
    /// Programs are missing that this command cannot install.
    Missing { programs: Vec<&'static str>, remedy: &'static str },
    /// A command for Trunk was called without the variable that Trunk sets.
    NoHook,
    /// Cargo.lock does not have the package.
    NotLocked { package: &'static str },
    /// Neither the environment nor the platform names a directory for caches.
    NoCache,
    /// Parts of the tests failed.
    Tests { failed: Vec<&'static str> },
    /// A guide lacks the marks around its table.
    NoTable { guide: &'static str },
    /// The table of a guide differs from the findings in an engine.
    TableDiffers { guide: &'static str, engine: &'static str, rows: Vec<String> },
    /// The folder to make exists.
    FolderExists { folder: PathBuf },
    /// Downloads of the page exceed the size budget. A sentence for each.
    TooLarge { excesses: Vec<String>, figures: &'static str },
    /// Two builds of the page differ in these files.
    NotReproducible { differing: Vec<PathBuf> },
    /// The person pressed Ctrl-C.
    Interrupted,
    /// A call of the operating system failed.
    Io { doing: String, source: io::Error },
}

impl Failure {
    /// Makes a failure of an I/O error. `doing` says what was being done: "reading Cargo.lock".
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// The exit code: that of the program that failed if there is one, and 130 after Ctrl-C, as in shells.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed { status, .. } | Self::Died { status, .. } => status
                .code()
                .and_then(|code| u8::try_from(code).ok())
                .filter(|&code| code != 0)
                .map_or(ExitCode::FAILURE, ExitCode::from),
            Self::Interrupted => ExitCode::from(130),
            _ => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortTaken { port, option } => {
                write!(f, "port {port} is taken by another program; end it, or choose another port with {option}")
            }
            Self::PortTwice { port, options: [one, other] } => {
                write!(f, "{one} and {other} are both {port}; each server needs a port of its own")
            }
            Self::Failed { program, status } => write!(f, "{program} failed ({status})"),
            Self::Died { name, status, log } => {
                write!(f, "{name} ended ({status})\n{}the whole log: {}", tail(log), log.display())
            }
            Self::Silent { name, waited, log } => {
                let waited = readable(*waited);
                write!(f, "{name} did not respond within {waited}\n{}the whole log: {}", tail(log), log.display())
            }
            Self::Missing { programs, remedy } => write!(f, "not found: {}\n{remedy}", programs.join(", ")),
            Self::NoHook => f.write_str("this is for Trunk, which names its directory in TRUNK_STAGING_DIR"),
            Self::NotLocked { package } => write!(f, "Cargo.lock has no package {package}"),
            Self::NoCache => write!(f, "no directory for caches is known; name one in ACS_SIGN_IN_CACHE"),
            Self::Tests { failed } => write!(f, "failed: {}", failed.join(", ")),
            Self::NoTable { guide } => write!(f, "{guide} has no marks around its table"),
            Self::TableDiffers { guide, engine, rows } => write!(
                f,
                "{guide} differs from what the tests found in {engine}: {}\nif the findings are right, update the guide with `cargo xtask embed-table`",
                rows.join("; ")
            ),
            Self::FolderExists { folder } => {
                write!(f, "{} exists already: name a new folder with --out", folder.display())
            }
            Self::TooLarge { excesses, figures } => write!(
                f,
                "{}\nif that is intended, update {figures} with `cargo xtask sizes --update`",
                excesses.join("\n")
            ),
            Self::NotReproducible { differing } => {
                let names: Vec<_> = differing.iter().map(|path| path.display().to_string()).collect();
                write!(f, "builds in two folders differ: {}", names.join(", "))
            }
            Self::Interrupted => write!(f, "interrupted"),
            Self::Io { doing, source } => write!(f, "{doing}: {source}"),
        }
    }
}

/// The last lines of a log, indented.
fn tail(log: &Path) -> String {
    const LINES: usize = 20;
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|line| format!("    {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_the_option_that_changes_it() {
        let message = Failure::PortTaken { port: 8402, option: "--acs-port" }.to_string();
        let expected = "port 8402 is taken by another program; end it, or choose another port with --acs-port";
        assert_eq!(message, expected);
    }

    #[test]
    fn the_tail_of_a_missing_log_is_empty() {
        assert_eq!(tail(Path::new("no-such.log")), "");
    }
}
