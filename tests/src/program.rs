use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

const START_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A running driver, display or provider. It ends with all processes that it started when this is dropped, and when
/// this process ends for any reason. It does not depend on an async runtime, so it can outlive a test.
pub(crate) struct Program {
    child: Child,
    name: String,
    output: PathBuf,
    #[cfg(unix)]
    watcher: Child,
}

impl Program {
    /// Starts a program that keeps its output, its files and those of the processes that it starts in `home`, its own
    /// temporary directory.
    pub(crate) fn start(name: OsString, home: &Path, configure: impl FnOnce(&mut Command)) -> Self {
        let output = home.join(Path::new(&name).file_stem().unwrap_or(&name)).with_extension("log");
        let file = File::create(&output).unwrap_or_else(|error| panic!("{}: {error}", output.display()));
        let mut command = Command::new(&name);
        command.stdin(Stdio::null()).stdout(file).stderr(Stdio::null());
        command.env("HOME", home).env("TMPDIR", home);
        // Browsers join the process group, so they can be ended even if the driver has failed.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        configure(&mut command);
        let name = name.to_string_lossy().into_owned();
        let child =
            command.spawn().unwrap_or_else(|error| panic!("{name}: {error}; `cargo xtask test` finds or installs it"));
        #[cfg(unix)]
        let watcher = watch(&child, home);
        Self {
            child,
            name,
            output,
            #[cfg(unix)]
            watcher,
        }
    }

    /// Waits for the first line of its output in which `find` finds something.
    pub(crate) async fn announced<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> T {
        self.announced_unless_ended(find).await.unwrap_or_else(|| panic!("{} ended before it was ready", self.name))
    }

    /// The same, or nothing if the program ends first.
    pub(crate) async fn announced_unless_ended<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> Option<T> {
        let search = async {
            loop {
                let has_ended = self.has_ended();
                let output = fs::read(&self.output).unwrap_or_default();
                let output = String::from_utf8_lossy(&output);
                // The last line may still be incomplete.
                let found = output.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).find_map(&find);
                if found.is_some() || has_ended {
                    return found;
                }
                sleep(POLL_INTERVAL).await;
            }
        };
        timeout(START_TIMEOUT, search)
            .await
            .unwrap_or_else(|_| panic!("{} is not ready in {START_TIMEOUT:?}", self.name))
    }

    /// Waits until something listens on a port of this machine. False if the program ends first.
    pub(crate) async fn listens(&mut self, port: u16) -> bool {
        let search = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                if self.has_ended() {
                    return false;
                }
                sleep(POLL_INTERVAL).await;
            }
            // Another program may have taken the port first.
            !self.has_ended()
        };
        let listens = timeout(START_TIMEOUT, search).await;
        listens.unwrap_or_else(|_| panic!("{} does not listen in {START_TIMEOUT:?}", self.name))
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

/// Starts a shell that waits until this process closes the pipe by ending, and then kills the program's group and
/// removes its home. Statics are never dropped, and a killed process drops nothing.
#[cfg(unix)]
fn watch(program: &Child, home: &Path) -> Child {
    // The pause lets processes of another group with the same home end first.
    const SCRIPT: &str = r#"read -r _; kill -s KILL -- "-$1"; sleep 1; rm -rf -- "$2""#;
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh", &program.id().to_string()]).arg(home);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // A signal to the group of this process, such as Ctrl-C, must not end it.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().unwrap_or_else(|error| panic!("sh: {error}"))
}

impl Drop for Program {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
            // An error means that the group has ended already.
            let _ = group.map(|group| kill_process_group(group, Signal::KILL));
            // First, because the number of the group is free for another one after `wait`.
            let _ = self.watcher.kill();
            let _ = self.watcher.wait();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
