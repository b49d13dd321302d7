//! Reads request bodies, with limits of size and time, and writes JSON responses.

use std::{error::Error, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use contract::exchange::ExchangeProblemCode;
use http_body_util::LengthLimitError;
use messages::MAX_AUTHORIZATION_RESPONSE;
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::timeout;

use super::problem_details::Problem;

/// The longest body in bytes: an authorization response, and more than any A1 needs.
pub(super) const MAX_BODY: usize = MAX_AUTHORIZATION_RESPONSE;

/// The time limit of reading a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// The media types that routes accept.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const JSON: &str = "application/json";

/// Refuses a body that is not of this media type. `charset=utf-8` may follow it.
pub(super) fn require_type(headers: &HeaderMap, media_type: &str) -> Result<(), Problem> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let is_it = match (types.next().map(HeaderValue::to_str), types.next()) {
        (Some(Ok(text)), None) => {
            let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
            essence.trim().eq_ignore_ascii_case(media_type)
                && matches!(parameters.trim().to_ascii_lowercase().as_str(), "" | "charset=utf-8")
        }
        _ => false,
    };
    if is_it { Ok(()) } else { Err(ExchangeProblemCode::UnsupportedMediaType.into()) }
}

/// Parses a JSON object of the contract. The braces are checked because serde would also accept a list of the members'
/// values.
pub(super) fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let is_object = body.trim_ascii_start().first() == Some(&b'{');
    let read = is_object.then(|| serde_json::from_slice(body).ok()).flatten();
    read.ok_or(ExchangeProblemCode::MalformedRequest.into())
}

/// Reads the whole body. If `Content-Length` is too large, nothing is read.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_BODY as u64) {
        return Err(ExchangeProblemCode::TooLarge.into());
    }
    let body =
        timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY)).await.map_err(|_| ExchangeProblemCode::RequestTimeout)?;
    body.map_err(|error| {
        let too_large = error.source().is_some_and(|source| source.is::<LengthLimitError>());
        if too_large { ExchangeProblemCode::TooLarge.into() } else { ExchangeProblemCode::MalformedRequest.into() }
    })
}

/// A response with a JSON body.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let body = serde_json::to_vec(body).expect("what this service answers serialises");
    (status, [(CONTENT_TYPE, HeaderValue::from_static(JSON))], body).into_response()
}
