use contract::{UnixTime, secret::SecretText, text_file};
use gloo_net::http::{Method as HttpMethod, RequestBuilder};
use js_sys::{Date, Promise, Reflect, Uint8Array};
use sign_in::http::{Failure, MAX_BODY, Method, Request, Response, TIMEOUT_MS};
use wasm_bindgen::{JsCast, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials, RequestRedirect,
};

use super::vault_clock;

#[wasm_bindgen]
extern "C" {
    /// The response to a `GET` that `public/vault_loader.js` has sent, once. `config.json` is always among them.
    #[wasm_bindgen(js_name = takeEarlyResponse)]
    fn take_early_response(name: &str) -> Option<Promise>;
}

/// Sends one request to exactly this address, unless it was sent already: without referrer, cache, redirects or cookies
/// (SEC-029). `public/vault_loader.js` sends the only one to the page's own host, with cookies.
///
/// # Errors
/// If there is no complete response within the limits of [`sign_in::http`].
pub(crate) async fn send(request: Request) -> Result<Response, Failure> {
    let early = if request.method == Method::Get { take_early_response(&request.url) } else { None };
    if let Some(response) = early {
        let response = early_response(response).await;
        // Its time began before the vault's files were here, so a failed one is sent again. Not the warm-up, which alone
        // is of this type: its response does not matter.
        if request.is_to_own_host() || response.is_ok() || request.is_json() {
            return response;
        }
    }
    read(fetch(request).await?).await
}

async fn early_response(response: Promise) -> Result<Response, Failure> {
    let response = JsFuture::from(response).await.map_err(|_| Failure::Unreachable)?;
    let response: gloo_net::http::Response = response.unchecked_into::<web_sys::Response>().into();
    if response.status() == 0 {
        return Err(Failure::Redirected);
    }
    read(response).await
}

async fn fetch(request: Request) -> Result<gloo_net::http::Response, Failure> {
    let timeout = AbortSignal::timeout_with_u32(TIMEOUT_MS);

    let method = match request.method {
        Method::Delete => HttpMethod::DELETE,
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
    };
    // Chromium and Firefox use the answer to an earlier preflight in no other mode than the default. No browser stores
    // the response to a POST; that to a warm-up is empty, and our service forbids to store any.
    let cache = if request.is_json() { RequestCache::Default } else { RequestCache::NoStore };
    let mut builder = RequestBuilder::new(&request.url)
        .method(method)
        .abort_signal(Some(&timeout))
        .cache(cache)
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
    request.map_err(|_| Failure::Unreachable)?.send().await.map_err(|_| Failure::Unreachable)
}

async fn read(response: gloo_net::http::Response) -> Result<Response, Failure> {
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
