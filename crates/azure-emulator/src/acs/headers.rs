//! The headers of every response of ACS, as recorded from the real service.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::{Emulator, acs::operation::Operation};

/// Adds the headers to `response`.
pub(super) fn add(emulator: &Emulator, response: &mut HeaderMap, operation: Operation, request: &HeaderMap) {
    let mut add = |name: &'static str, value: String| {
        let value = HeaderValue::try_from(value).expect("the values below are printable ASCII");
        response.insert(HeaderName::from_static(name), value);
    };
    add("api-supported-versions", operation.versions().join(", "));
    add("ms-cv", format!("{}.0", emulator.random().short("ms-cv")));
    add("x-azure-ref", emulator.random().token("x-azure-ref"));
    add("x-processing-time", "1ms".to_owned());
    let requested = request.get("x-ms-return-client-request-id").is_some_and(|value| value == "true");
    if let Some(id) = request.get("x-ms-client-request-id").filter(|_| requested) {
        response.insert(HeaderName::from_static("x-ms-client-request-id"), id.clone());
    }
}
