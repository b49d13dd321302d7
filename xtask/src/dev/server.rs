use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use crate::{failure::Failure, interrupt::Interrupt};

const POLL: Duration = Duration::from_millis(100);
/// How long a server can take to end after SIGTERM, before it is killed.
const GRACE: u32 = 30;

/// A child process that runs until it is dropped. It leads its own process group, and dropping it ends the group,
/// with the processes that the child has started, such as Trunk's cargo.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) log: PathBuf,
    child: Child,
}

impl Server {
    /// Starts a server. Its output goes to `<logs>/<name>.log`.
    pub(crate) fn start(name: &'static str, mut command: Command, logs: &Path) -> Result<Self, Failure> {
        let log = logs.join(format!("{name}.log"));
        let file = File::create(&log).map_err(Failure::io(format!("writing {}", log.display())))?;
        let again = file.try_clone().map_err(Failure::io(format!("writing {}", log.display())))?;
        command.stdin(Stdio::null()).stdout(file).stderr(again);
        own_group(&mut command);
        let child = command.spawn().map_err(Failure::io(format!("starting {name}")))?;
        Ok(Self { name, log, child })
    }

    /// The process id.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Checks that the server runs.
    ///
    /// # Errors
    ///
    /// [`Failure::Died`] if it has ended.
    pub(crate) fn check(&mut self) -> Result<(), Failure> {
        match self.child.try_wait().map_err(Failure::io(format!("watching {}", self.name)))? {
            None => Ok(()),
            Some(status) => Err(self.died(status)),
        }
    }

    fn died(&self, status: ExitStatus) -> Failure {
        Failure::Died { name: self.name, status, log: self.log.clone() }
    }

    fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

/// Waits until a server ends or Ctrl-C is pressed, and returns which of them.
pub(crate) fn watch(servers: &mut [Server], interrupt: &Interrupt) -> Failure {
    loop {
        if let Err(failure) = servers.iter_mut().try_for_each(Server::check).and_then(|()| interrupt.pause(POLL)) {
            return failure;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The group can outlive its leader, so it gets the signal even if the leader has ended.
        end_group(&mut self.child, false);
        for _ in 0..GRACE {
            if self.ended() {
                break;
            }
            std::thread::sleep(POLL);
        }
        end_group(&mut self.child, true);
        // Fails if the child was already waited for.
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(unix)]
fn end_group(child: &mut Child, force: bool) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = if force { Signal::KILL } else { Signal::TERM };
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // An error means that the group has ended.
        let _ = kill_process_group(group, signal);
    }
}

#[cfg(windows)]
fn own_group(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP);
}

#[cfg(windows)]
fn end_group(child: &mut Child, force: bool) {
    // Without a console, Windows can only kill a process tree. The servers have no state that could be lost.
    if !force {
        let id = child.id().to_string();
        let _ = Command::new("taskkill")
            .args(["/T", "/F", "/PID", &id])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::env::temp_dir;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_dropped_server_ends_with_what_it_started() {
        let server = Server::start("group", shell("cat /dev/zero > /dev/null & wait"), &temp_dir()).unwrap();
        let group = rustix::process::Pid::from_raw(i32::try_from(server.child.id()).unwrap()).unwrap();
        drop(server);
        // An ended process stays in its group until init has waited for it.
        let is_gone = |()| rustix::process::test_kill_process_group(group).is_err();
        assert!(std::iter::repeat_with(std::thread::yield_now).take(1_000_000).any(is_gone));
    }

    #[test]
    fn a_server_that_ended_is_reported_with_its_exit_code_and_the_end_of_its_log() {
        let mut server = Server::start("brief", shell("echo 'port 8401 is taken' >&2; exit 3"), &temp_dir()).unwrap();
        server.child.wait().unwrap();
        let failure = server.check().unwrap_err();
        assert!(failure.to_string().contains("port 8401 is taken"), "{failure}");
        assert!(matches!(failure, Failure::Died { name: "brief", status, .. } if status.code() == Some(3)));
    }
}
