//! The exchange at ACS as Microsoft's SDKs make it, with their retries and error messages.

use std::time::Duration;

use axum::http::StatusCode;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::Environment;

/// The SDK that a sample uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sdk {
    JavaScript,
    DotNet,
}

/// An error of the SDK.
pub(super) struct Refusal {
    /// The status of the response of ACS.
    pub(super) status: StatusCode,
    pub(super) message: String,
}

/// A response of ACS.
struct SampleResponse {
    status: StatusCode,
    text: String,
}

/// Requests an ACS token. Returns the body of the response: the token and its expiry.
pub(super) async fn exchange(
    surroundings: &Environment,
    sdk: Sdk,
    token: &str,
    app_id: &str,
    user_id: &str,
) -> Result<Value, Refusal> {
    let client = Client::new();
    let identity = format!(
        "{}/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fcommunication.azure.com%2F",
        surroundings.entra
    );
    let identity = fetch(client.get(identity).header("x-identity-header", "azure-emulator")).await?;
    let identity: Value = serde_json::from_str(&identity.text).unwrap_or_default();
    let url = format!("{}/teamsUser/:exchangeAccessToken?api-version=2023-10-01", surroundings.acs);
    let body = json!({ "token": token, "appId": app_id, "userId": user_id }).to_string();
    let request = || {
        let request = client.post(&url).bearer_auth(identity["access_token"].as_str().unwrap_or_default());
        fetch(request.header("content-type", "application/json").body(body.clone()))
    };
    let mut response = request().await?;
    for pause in sdk.pauses() {
        if !matches!(response.status.as_u16(), 408 | 500 | 502..=504) {
            break;
        }
        tokio::time::sleep(pause).await;
        response = request().await?;
    }
    if surroundings.sample.unreadable {
        response.text.pop();
    }
    sdk.read(response)
}

async fn fetch(request: RequestBuilder) -> Result<SampleResponse, Refusal> {
    let broken =
        |error: reqwest::Error| Refusal { status: StatusCode::INTERNAL_SERVER_ERROR, message: error.to_string() };
    let response = request.send().await.map_err(broken)?;
    let status = response.status();
    let text = response.text().await.map_err(broken)?;
    Ok(SampleResponse { status, text })
}

impl Sdk {
    /// The pauses before the second, third and fourth attempt.
    fn pauses(self) -> [Duration; 3] {
        let first = match self {
            Self::JavaScript => 1000,
            Self::DotNet => 800,
        };
        [first, 2 * first, 4 * first].map(Duration::from_millis)
    }

    fn read(self, SampleResponse { status, text }: SampleResponse) -> Result<Value, Refusal> {
        let body: Option<Value> = serde_json::from_str(&text).ok();
        let message = match (body, self) {
            (Some(token), _) if status == StatusCode::OK => return Ok(token),
            // `@azure/core-client` quotes the whole body.
            (None, Self::JavaScript) if status == StatusCode::OK => format!(
                "Error \"SyntaxError: Unexpected end of JSON input\" occurred while parsing the response body - {text}."
            ),
            (None, Self::DotNet) if status == StatusCode::OK => {
                "Expected end of string, but instead reached end of data. LineNumber: 0 | BytePositionInLine: 64."
                    .to_owned()
            }
            (body, Self::JavaScript) => body.as_ref().and_then(message).unwrap_or(&text).to_owned(),
            (body, Self::DotNet) => {
                let code = body.as_ref().and_then(|body| body["error"]["code"].as_str()).unwrap_or_default();
                let said = body.as_ref().and_then(message).unwrap_or("Service request failed.");
                format!(
                    "{said}\r\nStatus: {} ({})\r\nErrorCode: {code}\r\n\r\nContent:\r\n{text}\r\n\r\nHeaders:\r\nServer: \
                     Microsoft-IIS/10.0\r\n",
                    status.as_u16(),
                    status.canonical_reason().unwrap_or_default(),
                )
            }
        };
        Err(Refusal { status, message })
    }
}

fn message(body: &Value) -> Option<&str> {
    body["error"]["message"].as_str()
}
