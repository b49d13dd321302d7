use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use crate::{failure::Failure, interrupt};

const POLL: Duration = Duration::from_millis(50);

/// Runs a program and waits until it ends. Its output goes to the terminal.
///
/// # Errors
///
/// [`Failure::Failed`] if it ends with an error, [`Failure::Interrupted`] after Ctrl-C.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let program = readable(command);
    let mut child = command.stdin(Stdio::null()).spawn().map_err(Failure::io(format!("starting {program}")))?;
    let status = loop {
        if interrupt::requested() {
            // Fails if the program has ended: Ctrl-C reaches it, too.
            let _ = child.kill();
            let _ = child.wait();
            return Err(Failure::Interrupted);
        }
        match child.try_wait().map_err(Failure::io(format!("watching {program}")))? {
            Some(status) => break status,
            None => thread::sleep(POLL),
        }
    };
    if status.success() { Ok(()) } else { Err(Failure::Failed { program, status }) }
}

/// The cargo that runs this command, so that nested builds use the same toolchain.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The file name of a program on this platform.
pub(crate) fn executable(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

/// The output of a program's `--version`. `None` if it is missing or fails.
pub(crate) fn version(command: &mut Command) -> Option<String> {
    output(command.arg("--version"))
}

/// The output of a program. `None` if it is missing or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The first of these programs that is on PATH.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names.iter().find_map(|name| {
        let file = executable(name);
        env::split_paths(&path).map(|directory| directory.join(&file)).find(|candidate| candidate.is_file())
    })
}

/// The value of PATH, with these directories at the beginning.
pub(crate) fn path_with<'a>(directories: impl IntoIterator<Item = &'a Path>) -> OsString {
    let rest = env::var_os("PATH").unwrap_or_default();
    let all = directories.into_iter().map(Path::to_owned).chain(env::split_paths(&rest));
    // Fails for a directory with a colon in its name. The tool is then reported as missing.
    env::join_paths(all).unwrap_or(rest.clone())
}

/// A command as a person types it, without the path of the program.
fn readable(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_without_the_path_of_its_program() {
        let mut command = Command::new("/opt/bin/cargo");
        command.args(["build", "--locked"]);
        assert_eq!(readable(&command), "cargo build --locked");
    }

    #[test]
    fn a_missing_program_has_no_version() {
        assert_eq!(version(&mut Command::new("no-such-program-anywhere")), None);
        assert_eq!(find(&["no-such-program-anywhere"]), None);
    }

    #[test]
    fn given_directories_come_first_on_the_path() {
        let path = path_with([Path::new("first"), Path::new("second")]);
        let directories: Vec<_> = env::split_paths(&path).take(2).collect();
        assert_eq!(directories, [Path::new("first"), Path::new("second")]);
    }
}
