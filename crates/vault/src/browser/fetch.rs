use gloo_net::http::{Method as HttpMethod, RequestBuilder};
use js_sys::{Date, Reflect, Uint8Array};
use protocol::{
    http::{Failure, MAX_BODY, Method, Request, Response, TIMEOUT_MS},
    secret::SecretText,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect,
};

/// Sends one request: to exactly this address, with no cookie, no referrer, no cache, and no redirect to anywhere.
pub(crate) async fn send(request: Request) -> Result<Response, Failure> {
    let timeout = AbortSignal::timeout_with_u32(TIMEOUT_MS);

    let method = match request.method {
        Method::Delete => HttpMethod::DELETE,
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
    };
    let mut builder = RequestBuilder::new(&request.url)
        .method(method)
        .abort_signal(Some(&timeout))
        .cache(RequestCache::NoStore)
        .credentials(RequestCredentials::Omit)
        .redirect(RequestRedirect::Error)
        .referrer_policy(ReferrerPolicy::NoReferrer);
    for (name, value) in &request.headers {
        builder = builder.header(name, value.expose());
    }
    let request = match &request.body {
        Some(body) => builder.body(body.expose()),
        None => builder.build(),
    };
    let response = request.map_err(|_| Failure::Unreachable)?.send().await.map_err(|_| Failure::Unreachable)?;

    let correlation_id = response.headers().get("x-correlation-id");
    let challenge = response.headers().get("www-authenticate");
    let retry_after = response.headers().get("retry-after").and_then(|value| seconds(&value));
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
                // Nobody waits for the rest; that it cannot be cancelled would change nothing.
                let _rest = reader.cancel();
                return Err(Failure::Unreadable);
            }
            body.extend_from_slice(&bytes.to_vec());
        }
    }
    let body = String::from_utf8(body).map_err(|_| Failure::Unreadable)?;
    Ok(Response { status: response.status(), correlation_id, retry_after, challenge, body: SecretText::new(body) })
}

/// `Retry-After` as a number of seconds or as a date (RFC 9110 §10.2.3).
fn seconds(value: &str) -> Option<u64> {
    if let Ok(seconds) = value.parse() {
        return Some(seconds);
    }
    let until = Date::parse(value);
    // Below 2^53 milliseconds; NaN, for what is no date, becomes nothing.
    until.is_finite().then(|| ((until - Date::now()) / 1000.0).max(0.0) as u64)
}
