use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use crate::{
    failure::Failure,
    stopwatch::{Stopwatch, spoken},
};

const PROGRESS: Duration = Duration::from_secs(20);

/// Says what is being done, every twenty seconds how long it has taken, and afterwards how long it took.
pub(crate) fn step<T>(doing: &str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    println!("• {doing}");
    let stopwatch = Stopwatch::start();
    let outcome = thread::scope(|scope| {
        // Dropped when the work is done.
        let (_working, done) = mpsc::channel::<()>();
        let stopwatch = &stopwatch;
        scope.spawn(move || {
            while done.recv_timeout(PROGRESS) == Err(RecvTimeoutError::Timeout) {
                note(&format!("{}: {doing}", spoken(stopwatch.elapsed())));
            }
        });
        work()
    });
    if outcome.is_ok() {
        note(&format!("done in {}: {doing}", spoken(stopwatch.elapsed())));
    }
    outcome
}

/// One more line about the step that is going on.
pub(crate) fn note(text: &str) {
    println!("  {text}");
}
