use js_sys::{Date, Object, Reflect};
use messages::Locale;
use wasm_bindgen::JsValue;

use crate::portal_messages::Now;

/// The wall clock, in seconds since 1970. It can be corrected at any time, so it is compared with tokens only (REP-04).
/// The page shows the time left; the vault decides whether a token has expired.
pub(crate) fn wall_seconds() -> u64 {
    // A number of milliseconds far below 2^53.
    (Date::now() / 1000.0) as u64
}

/// The time of both clocks.
pub(crate) fn now() -> Now {
    // Far below 2^53, and never negative.
    Now { wall: wall_seconds(), monotonic: (monotonic() / 1000.0) as u64 }
}

/// The monotonic clock, in milliseconds, for durations.
pub(super) fn monotonic() -> f64 {
    super::window().performance().map_or_else(Date::now, |performance| performance.now())
}

/// Weekday and time of a moment (in seconds since 1970) in the person's time zone, formatted for a locale or, without
/// one, for the browser's language.
pub(crate) fn local_time(seconds: u64, locale: Option<&Locale>) -> String {
    let date = Date::new(&JsValue::from_f64(seconds as f64 * 1000.0));
    let form_of_date = Object::new();
    for (part, form) in [("weekday", "short"), ("hour", "numeric"), ("minute", "2-digit")] {
        // Setting a property of a new object cannot fail.
        let _set = Reflect::set(&form_of_date, &part.into(), &form.into());
    }
    date.to_locale_time_string_with_options(locale.map_or("default", Locale::as_str), &form_of_date).into()
}
