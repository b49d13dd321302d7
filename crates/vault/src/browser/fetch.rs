use contract::{UnixTime, secret::SecretText, text_file};
use gloo_net::http::{Method as HttpMethod, RequestBuilder};
use js_sys::{Date, Reflect, Uint8Array};
use sign_in::http::{Failure, MAX_BODY, Method, Request, Response, TIMEOUT_MS};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect,
};

use super::vault_clock;

/// Sends one request to exactly this address: without referrer, cache or redirects, and with cookies only for the
/// page's own host (SEC-029).
///
/// # Errors
/// If there is no complete response within the limits of [`sign_in::http`].
pub(crate) async fn send(request: Request) -> Result<Response, Failure> {
    let timeout = AbortSignal::timeout_with_u32(TIMEOUT_MS);

    let method = match request.method {
        Method::Delete => HttpMethod::DELETE,
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
    };
    // For a redirect that is not followed, script learns only that there was one.
    let (credentials, redirect) = if request.is_to_own_host() {
        (RequestCredentials::SameOrigin, RequestRedirect::Manual)
    } else {
        (RequestCredentials::Omit, RequestRedirect::Error)
    };
    // The vault's files are in a folder of the page's.
    let url = if request.is_to_own_host() { format!("../{}", request.url) } else { request.url };
    let mut builder = RequestBuilder::new(&url)
        .method(method)
        .abort_signal(Some(&timeout))
        .cache(RequestCache::NoStore)
        .credentials(credentials)
        .redirect(redirect)
        .referrer_policy(ReferrerPolicy::NoReferrer);
    for (name, value) in &request.headers {
        builder = builder.header(name, value.expose());
    }
    let request = match &request.body {
        Some(body) => builder.body(body.expose()),
        None => builder.build(),
    };
    let response = request.map_err(|_| Failure::Unreachable)?.send().await.map_err(|_| Failure::Unreachable)?;
    if response.status() == 0 {
        return Err(Failure::Redirected);
    }

    let correlation_id = response.headers().get("x-correlation-id");
    let challenge = response.headers().get("www-authenticate");
    let retry_after = response.headers().get("retry-after").and_then(|value| retry_after_seconds(&value));
    let date = response.headers().get("date").and_then(|value| http_date(&value));
    let mut body = Vec::new();
    if let Some(stream) = response.body() {
        let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
        loop {
            let chunk = JsFuture::from(reader.read()).await.map_err(|_| Failure::Unreachable)?;
            let Some(bytes) = Reflect::get(&chunk, &"value".into()).ok().and_then(|v| v.dyn_into::<Uint8Array>().ok())
            else {
                break;
            };
            if body.len() + bytes.length() as usize > MAX_BODY {
                // The rest of the body is not needed, so a failure of the cancellation does not matter.
                let _rest = reader.cancel();
                return Err(Failure::Unreadable);
            }
            body.extend_from_slice(&bytes.to_vec());
        }
    }
    let body = SecretText::new(text_file::decode(body)?);
    Ok(Response { status: response.status(), correlation_id, retry_after, date, challenge, body })
}

/// `Retry-After` as a number of seconds or as a date (RFC 9110 §10.2.3).
fn retry_after_seconds(value: &str) -> Option<u64> {
    if let Ok(seconds) = value.parse() {
        return Some(seconds);
    }
    http_date(value).map(|until| until.since(vault_clock::now().wall))
}

/// An HTTP-date (RFC 9110 §5.6.7).
fn http_date(value: &str) -> Option<UnixTime> {
    let milliseconds = Date::parse(value);
    // Below 2^53. A text that is not a date gives NaN, which becomes `None`.
    milliseconds.is_finite().then(|| UnixTime::from_seconds((milliseconds / 1000.0).max(0.0) as u64))
}
