//! The first thing that every request meets: which faults it gets to see, and what time it is.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header::DATE},
    middleware::Next,
    response::Response,
};
use serde_json::json;

use crate::{Emulator, date::http_date, fault::Tampering, reply};

/// Faults of this request alone, as a form: `idToken=expired&token=slow`.
pub(crate) const HEADER: &str = "x-emulator-fault";

/// The time by the clock of one of the services.
pub(crate) type ServiceClock = fn(&Emulator) -> u64;

/// Gives the handlers an emulator with the faults that the request asks for, and the answer a `Date` by `clock`.
pub(crate) async fn meet(
    State((emulator, clock)): State<(Emulator, ServiceClock)>,
    mut request: Request,
    next: Next,
) -> Response {
    let asked = request.headers().get(HEADER).map_or(&b""[..], HeaderValue::as_bytes);
    let emulator = match Tampering::from_form(asked) {
        Ok(asked) => emulator.with_faults(asked),
        Err(error) => return reply::json(StatusCode::BAD_REQUEST, &json!({ "error": format!("{HEADER}: {error}") })),
    };
    request.extensions_mut().insert(emulator.clone());
    let mut response = next.run(request).await;
    let date = HeaderValue::try_from(http_date(clock(&emulator))).expect("a date is printable ASCII");
    response.headers_mut().insert(DATE, date);
    response
}
