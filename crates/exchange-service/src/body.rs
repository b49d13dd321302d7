//! The body of a request: JSON, of limited size, in limited time.

use std::{error::Error, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{
        HeaderMap,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
};
use http_body_util::LengthLimitError;
use protocol::exchange::ExchangeProblemCode;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::problem_details::Problem;

/// A1 with room to spare, in bytes.
pub(crate) const LARGEST: usize = 16 * 1024;

/// How long a body of that size may take.
const LONGEST: Duration = Duration::from_secs(5);

/// `application/json`, with or without `charset=utf-8`.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(one), None) = (types.next(), types.next()) else { return false };
    let Ok(text) = one.to_str() else { return false };
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    essence.trim().eq_ignore_ascii_case("application/json")
        && matches!(parameters.trim().to_ascii_lowercase().as_str(), "" | "charset=utf-8")
}

/// The members of a JSON object, as the contract has them. The braces are looked for, because a reader of members takes a
/// list of their values too.
pub(crate) fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let is_object = body.trim_ascii_start().first() == Some(&b'{');
    let read = is_object.then(|| serde_json::from_slice(body).ok()).flatten();
    read.ok_or(ExchangeProblemCode::MalformedRequest.into())
}

/// The whole body, unless it is larger than it may be: then at once if it says so itself.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > LARGEST as u64) {
        return Err(ExchangeProblemCode::TooLarge.into());
    }
    let body = timeout(LONGEST, to_bytes(body, LARGEST)).await.map_err(|_| ExchangeProblemCode::RequestTimeout)?;
    body.map_err(|error| {
        let too_large = error.source().is_some_and(|source| source.is::<LengthLimitError>());
        if too_large { ExchangeProblemCode::TooLarge.into() } else { ExchangeProblemCode::MalformedRequest.into() }
    })
}
