/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    // Date.now() is a whole number of milliseconds far below 2^53.
    (js_sys::Date::now() / 1000.0) as u64
}
