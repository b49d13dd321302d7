use std::env;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

const START: Duration = Duration::from_secs(20);

/// A running ChromeDriver. It and the browsers that it started end when it is dropped.
pub(crate) struct Driver {
    pub(crate) url: String,
    child: Child,
}

impl Driver {
    /// Starts the one that `CHROMEDRIVER` names or PATH leads to, on a port that it chooses itself.
    pub(crate) async fn start() -> Self {
        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut command = Command::new(&program);
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        // Browsers join the group, so that they can be ended even when the driver cannot do it any more.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask test` finds or installs it", program.display()));
        let output = child.stdout.take().expect("the output was piped above");
        let port = timeout(START, announced_port(output)).await.expect("ChromeDriver says its port within its limit");
        Self { url: format!("http://127.0.0.1:{port}"), child }
    }
}

/// Reads `ChromeDriver was started successfully on port 41235.`
async fn announced_port(output: tokio::process::ChildStdout) -> u16 {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some((_, port)) = line.split_once("successfully on port ") {
            let port = port.trim_end_matches('.').parse().unwrap_or_else(|_| panic!("not a port: {line}"));
            // Keeps the pipe open and empty: a driver that cannot write would stop.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return port;
        }
    }
    panic!("ChromeDriver ended before it was ready");
}

impl Drop for Driver {
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
