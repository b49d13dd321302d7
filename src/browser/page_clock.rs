use js_sys::{Array, Date, Intl::NumberFormat, Object, Reflect};
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

/// Weekday and time of a moment (in seconds since 1970) in the person's time zone, in the language of the page.
pub(crate) fn local_time(seconds: u64) -> String {
    let date = Date::new(&JsValue::from_f64(seconds as f64 * 1000.0));
    let parts = options(&[("weekday", "short"), ("hour", "numeric"), ("minute", "2-digit")]);
    date.to_locale_time_string_with_options(&super::language(), &parts).into()
}

/// A number of `second`, `minute` or `hour`, in the language of the page.
pub(crate) fn duration(count: u64, unit: &str) -> String {
    let style = options(&[("style", "unit"), ("unit", unit), ("unitDisplay", "long")]);
    let format = NumberFormat::new(&Array::of1(&super::language().into()), &style).format();
    // A function of the platform, which fails for no number.
    format
        .call1(&JsValue::UNDEFINED, &JsValue::from_f64(count as f64))
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

fn options(members: &[(&str, &str)]) -> Object {
    let object = Object::new();
    for &(name, value) in members {
        // Setting a property of a new object cannot fail.
        let _set = Reflect::set(&object, &name.into(), &value.into());
    }
    object
}
