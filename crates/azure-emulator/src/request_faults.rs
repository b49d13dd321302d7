//! The outermost layer of both services: it reads the faults in a request's header, and sets the `Date`.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header::DATE},
    middleware::Next,
    response::Response,
};
use serde_json::json;

use crate::{Emulator, date::http_date, fault::Faults, response};

/// Faults of this request alone, as a form: `idToken=expired&token=slow`.
const HEADER: &str = "x-emulator-fault";

/// Returns a service's time, in seconds since the Unix epoch.
pub(crate) type ServiceClock = fn(&Emulator) -> u64;

/// Passes to the handlers an emulator with the faults of the request's header, and dates the response by `clock`.
///
/// A header with an unknown fault gets 400, so that a test with a typo fails.
pub(crate) async fn layer(
    State((emulator, clock)): State<(Emulator, ServiceClock)>,
    mut request: Request,
    next: Next,
) -> Response {
    let form = request.headers().get(HEADER).map_or(&b""[..], HeaderValue::as_bytes);
    let emulator = match Faults::from_form(form) {
        Ok(faults) => emulator.with_faults(faults),
        Err(error) => {
            return response::json(StatusCode::BAD_REQUEST, &json!({ "error": format!("{HEADER}: {error}") }));
        }
    };
    request.extensions_mut().insert(emulator.clone());
    let mut response = next.run(request).await;
    let date = HeaderValue::try_from(http_date(clock(&emulator))).expect("a date is printable ASCII");
    response.headers_mut().insert(DATE, date);
    response
}
