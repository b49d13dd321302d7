use std::time::Duration;

use contract::UnixTime;
use sign_in::session::Now;
use wasm_bindgen::{JsCast, prelude::Closure};

/// The time by both clocks.
pub(crate) fn now() -> Now {
    let wall = js_sys::Date::now();
    // The time origin comes from the monotonic clock, too, if the browser can do that (High Resolution Time, section
    // 5). So the page after the return measures from the same moment as the page before it.
    let monotonic = super::scope().performance().map_or(wall, |clock| clock.time_origin() + clock.now());
    // Numbers of milliseconds far below 2^53.
    Now { wall: UnixTime::from_seconds((wall / 1000.0) as u64), monotonic: (monotonic / 1000.0) as u64 }
}

/// Calls back repeatedly until the Worker ends.
pub(crate) fn repeat_every(period: Duration, tick: fn()) {
    let tick = Closure::<dyn Fn()>::new(tick);
    let milliseconds = i32::try_from(period.as_millis()).unwrap_or(i32::MAX);
    let started = super::scope()
        .set_interval_with_callback_and_timeout_and_arguments_0(tick.as_ref().unchecked_ref(), milliseconds);
    if started.is_ok() {
        tick.forget();
    }
}
