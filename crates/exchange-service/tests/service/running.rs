//! The program itself, where what it is given by its surroundings matters.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread::{self, JoinHandle},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// More than anything takes that is waited for, and an end for what does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ended with the test, however that ends.
pub(crate) struct Running {
    program: Child,
    pub(crate) address: String,
    /// Where one is configured.
    pub(crate) metrics_address: Option<String>,
    /// Read in a thread, so that the program never waits for that.
    log: Receiver<String>,
}

impl Running {
    pub(crate) fn start(mut program: Command) -> Self {
        // What this test's own output goes to is not the program's to hold open.
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

    /// Reads the log to the line with this text.
    pub(crate) fn log_until(&mut self, text: &str) {
        while !self.next_line(text).contains(text) {}
    }

    fn next_line(&self, awaited: &str) -> String {
        self.log.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("{awaited}: {error}"))
    }

    pub(crate) fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// Tells it to end, and how it did.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.program.wait().unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.program), signal).unwrap();
    }

    /// Tells it to end; the rest of the log. A program that is killed would lose what waits to be written.
    pub(crate) fn end(&mut self) -> String {
        self.terminate();
        self.log.iter().collect::<Vec<_>>().join("\n")
    }

    /// From now on the log is not kept. The thread ends with the program, and knows how often that panicked.
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
