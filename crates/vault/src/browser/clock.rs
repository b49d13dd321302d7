use std::time::Duration;

use wasm_bindgen::{JsCast, prelude::Closure};

thread_local! {
    /// The wall's time when the monotonic clock was at zero.
    static ORIGIN: f64 = js_sys::Date::now() - monotonic();
}

/// Seconds since 1970, by whichever clock is ahead: the wall's may be set back, the monotonic one may sleep with the
/// machine, and a token that is taken for older than it is does no harm.
pub(crate) fn now() -> u64 {
    let monotonic = ORIGIN.with(|origin| origin + monotonic());
    // A number of milliseconds far below 2^53.
    (js_sys::Date::now().max(monotonic) / 1000.0) as u64
}

/// Calls back again and again, for as long as the Worker lives.
pub(crate) fn every(period: Duration, tick: fn()) {
    let tick = Closure::<dyn Fn()>::new(tick);
    let milliseconds = i32::try_from(period.as_millis()).unwrap_or(i32::MAX);
    let started = super::scope()
        .set_interval_with_callback_and_timeout_and_arguments_0(tick.as_ref().unchecked_ref(), milliseconds);
    if started.is_ok() {
        tick.forget();
    }
}

fn monotonic() -> f64 {
    super::scope().performance().map_or(0.0, |performance| performance.now())
}
