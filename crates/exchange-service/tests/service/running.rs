//! The program as a process, for tests of its environment, its log and its signals.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread::{self, JoinHandle},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A timeout longer than any step takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program. It is killed when this is dropped.
pub(crate) struct Running {
    program: Child,
    pub(crate) address: String,
    /// The address of the metrics, if it is configured.
    pub(crate) metrics_address: Option<String>,
    /// The lines of the log. A thread reads them, so that the program never blocks on its log.
    log: Receiver<String>,
}

impl Running {
    pub(crate) fn start(mut program: Command) -> Self {
        // Otherwise the program could keep the output of the test process open.
        let mut program = program.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, log) = mpsc::channel();
        let lines = BufReader::new(program.stderr.take().unwrap()).lines().map_while(Result::ok);
        thread::spawn(move || lines.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop));
        let mut running = Self { program, address: String::new(), metrics_address: None, log };
        while running.address.is_empty() {
            let line: Value = serde_json::from_str(&running.next_line("listening")).unwrap_or_default();
            let text = |field: &str| line["fields"][field].as_str().map(str::to_owned);
            running.metrics_address = running.metrics_address.take().or(text("metrics_address"));
            running.address = text("address").unwrap_or_default();
        }
        running
    }

    pub(crate) fn id(&self) -> u32 {
        self.program.id()
    }

    /// Reads the log up to a line with this text.
    pub(crate) fn log_until(&mut self, text: &str) {
        while !self.next_line(text).contains(text) {}
    }

    fn next_line(&self, awaited: &str) -> String {
        self.log.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{awaited}: {error}"))
    }

    pub(crate) fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// Sends SIGTERM. Returns how the program ended.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.program.wait().unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.program), signal).unwrap();
    }

    /// Sends SIGTERM. Returns the rest of the log, which SIGKILL would lose.
    pub(crate) fn end(&mut self) -> String {
        self.terminate();
        self.log.iter().collect::<Vec<_>>().join("\n")
    }

    /// Stops keeping the log. The thread returns the number of panics once the program ends.
    pub(crate) fn count_panics(&mut self) -> JoinHandle<usize> {
        let (_, nothing_more) = mpsc::channel();
        let log = std::mem::replace(&mut self.log, nothing_more);
        thread::spawn(move || log.iter().filter(|line| line.contains("\"panic\"")).count())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
