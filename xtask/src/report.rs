use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use crate::{
    failure::Failure,
    stopwatch::{Stopwatch, readable},
};

const PROGRESS: Duration = Duration::from_secs(20);

/// Does a step, and prints what it does: at the start, every 20 seconds, and with its duration at the end.
pub(crate) fn step<T>(doing: &str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    println!("• {doing}");
    let stopwatch = Stopwatch::start();
    let outcome = thread::scope(|scope| {
        // Dropping the sender at the end of the work stops the printing thread.
        let (_working, done) = mpsc::channel::<()>();
        let stopwatch = &stopwatch;
        scope.spawn(move || {
            while done.recv_timeout(PROGRESS) == Err(RecvTimeoutError::Timeout) {
                note(&format!("{}: {doing}", readable(stopwatch.elapsed())));
            }
        });
        work()
    });
    if outcome.is_ok() {
        note(&format!("done in {}: {doing}", readable(stopwatch.elapsed())));
    }
    outcome
}

/// Prints an indented line about the current step.
pub(crate) fn note(text: &str) {
    println!("  {text}");
}
