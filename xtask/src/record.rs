//! A list of complete test runs, which shows the tests that fail sometimes.

use std::{
    fs::OpenOptions,
    hint,
    io::Write,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use crate::{failure::Failure, program, stopwatch, workspace::Workspace};

/// The path of the list, relative to the root.
const FILE: &str = "tests/runs.md";

/// Appends a line about a run to the list.
pub(crate) fn append(workspace: &Workspace, under_load: bool, parts: &[String]) -> Result<(), Failure> {
    let writing = || Failure::io(format!("writing {FILE}"));
    let mut file = OpenOptions::new().append(true).open(workspace.root().join(FILE)).map_err(writing())?;
    let load = if under_load { "one busy thread per core" } else { "nothing" };
    let row = format!(
        "| {} | {} | {load} | {} |",
        stopwatch::date(),
        commit(workspace).unwrap_or_default(),
        parts.join("; ")
    );
    writeln!(file, "{row}").map_err(writing())
}

/// The tested commit, with a mark if there were uncommitted changes.
fn commit(workspace: &Workspace) -> Option<String> {
    let describe = ["describe", "--always", "--abbrev=7", "--exclude=*", "--dirty= with changes"];
    program::output(Command::new("git").args(describe).current_dir(workspace.root()))
}

/// Does the work while one more thread keeps each core busy.
pub(crate) fn under_load<T>(work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        // Stops the threads even after a panic. Otherwise the scope would wait for them without end.
        let _end = StopOnDrop(&over);
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    hint::spin_loop();
                }
            });
        }
        work()
    })
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_load_stops_when_the_work_ends() {
        assert_eq!(under_load(|| 7), 7);
    }

    #[test]
    fn finds_the_commit() {
        assert!(commit(&Workspace::locate()).is_some_and(|commit| commit.len() >= 7));
    }
}
