use reqwest::{Client, Method};
use serde_json::Value;

/// Sends a request to a driver or a debugger, outside of a test's session. Returns the response, or why the request
/// failed.
pub(super) async fn request(method: Method, address: &str, body: Option<&Value>) -> Result<Value, String> {
    let mut request = Client::new().request(method, address);
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let failed = |error: reqwest::Error| format!("{address}: {error}");
    let response = request.send().await.map_err(failed)?;
    let is_success = response.status().is_success();
    let text = response.text().await.map_err(failed)?;
    if !is_success {
        return Err(format!("{address}: {text}"));
    }
    serde_json::from_str(&text).map_err(|error| format!("{address}: {error}"))
}
