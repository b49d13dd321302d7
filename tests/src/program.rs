use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

const START: Duration = Duration::from_secs(60);

/// A running driver, display or provider. It and whatever it started end when it is dropped.
pub(crate) struct Program {
    child: Child,
    name: String,
}

impl Program {
    /// Starts a program that keeps what it writes, and what it starts, in a home of its own.
    pub(crate) fn start(name: OsString, home: &Path, configure: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(&name);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        command.env("HOME", home).env("TMPDIR", home);
        // Browsers join the group, so that they can be ended even when the driver cannot do it any more.
        #[cfg(unix)]
        command.process_group(0);
        configure(&mut command);
        let name = name.to_string_lossy().into_owned();
        let child =
            command.spawn().unwrap_or_else(|error| panic!("{name}: {error}; `cargo xtask test` finds or installs it"));
        Self { child, name }
    }

    /// Waits for the first line of its output in which `find` finds something.
    pub(crate) async fn announced<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> T {
        self.announced_unless_ended(find).await.unwrap_or_else(|| panic!("{} ended before it was ready", self.name))
    }

    /// Nothing, if the program ends before.
    pub(crate) async fn announced_unless_ended<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> Option<T> {
        let output = self.child.stdout.take().expect("the output is piped, and asked for once");
        let mut lines = BufReader::new(output).lines();
        let search = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(found) = find(&line) {
                    return Some(found);
                }
            }
            None
        };
        let found = timeout(START, search).await.unwrap_or_else(|_| panic!("{} is not ready in {START:?}", self.name));
        // Keeps the pipe open and empty: a program that cannot write would stop.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        found
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            let group = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            // An error means that the group is gone, which is the aim.
            let _ = group.map(|group| kill_process_group(group, Signal::KILL));
        }
        let _ = self.child.start_kill();
    }
}
