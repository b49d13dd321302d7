use js_sys::{Date, Object, Reflect};
use messages::Locale;
use wasm_bindgen::JsValue;

use crate::portal_messages::Now;

/// Seconds since 1970 by the wall clock, which may be corrected at any time: to be compared with tokens only (REP-04). Whether a
/// token has ended, the vault decides.
pub(crate) fn now() -> u64 {
    // A number of milliseconds far below 2^53.
    (Date::now() / 1000.0) as u64
}

/// What both clocks show.
pub(crate) fn both() -> Now {
    // Below 2^53, too, and never negative.
    Now { wall: now(), steady: (monotonic() / 1000.0) as u64 }
}

/// Milliseconds by the monotonic clock, for durations.
pub(super) fn monotonic() -> f64 {
    super::window().performance().map_or_else(Date::now, |performance| performance.now())
}

/// A moment of the next days as the person's own clock on the wall shows it, in the form of a language or of the browser's.
pub(crate) fn local_time(seconds: u64, locale: Option<&Locale>) -> String {
    let date = Date::new(&JsValue::from_f64(seconds as f64 * 1000.0));
    let form_of_date = Object::new();
    for (part, form) in [("weekday", "short"), ("hour", "numeric"), ("minute", "2-digit")] {
        // A new object takes any property.
        let _set = Reflect::set(&form_of_date, &part.into(), &form.into());
    }
    date.to_locale_time_string_with_options(locale.map_or("default", Locale::as_str), &form_of_date).into()
}
