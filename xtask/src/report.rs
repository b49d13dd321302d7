use crate::clock::{Stopwatch, spoken};
use crate::failure::Failure;

/// Says what is being done while it is being done, and afterwards how long it took if that was long.
pub(crate) fn step<T>(doing: &str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    println!("• {doing}");
    let stopwatch = Stopwatch::start();
    let outcome = work();
    let elapsed = stopwatch.elapsed();
    if outcome.is_ok() && elapsed.as_secs() >= 2 {
        println!("  done in {}", spoken(elapsed));
    }
    outcome
}

/// One more line about the step that is going on.
pub(crate) fn note(text: &str) {
    println!("  {text}");
}
