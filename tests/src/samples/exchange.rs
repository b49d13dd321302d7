use axum::http::StatusCode;
use reqwest::Client;
use serde_json::{Value, json};

use super::Surroundings;

/// What ACS says instead of a token.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
}

/// The exchange at ACS, authorized by a managed identity: the token and its end, as ACS writes them.
pub(super) async fn exchange(
    surroundings: &Surroundings,
    token: &str,
    app_id: &str,
    user_id: &str,
) -> Result<Value, Refusal> {
    let client = Client::new();
    let identity = format!(
        "{}/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fcommunication.azure.com%2F",
        surroundings.entra
    );
    let (_, identity) = fetch(client.get(identity).header("x-identity-header", "azure-emulator")).await?;
    let url = format!("{}/teamsUser/:exchangeAccessToken?api-version=2023-10-01", surroundings.acs);
    let body = json!({ "token": token, "appId": app_id, "userId": user_id });
    let request = client.post(url).bearer_auth(identity["access_token"].as_str().unwrap_or_default());
    let request = request.header("content-type", "application/json").body(body.to_string());
    match fetch(request).await? {
        (StatusCode::OK, token) => Ok(token),
        (status, error) => {
            Err(Refusal { status, message: error["error"]["message"].as_str().unwrap_or_default().to_owned() })
        }
    }
}

async fn fetch(request: reqwest::RequestBuilder) -> Result<(StatusCode, Value), Refusal> {
    let broken =
        |error: reqwest::Error| Refusal { status: StatusCode::INTERNAL_SERVER_ERROR, message: error.to_string() };
    let response = request.send().await.map_err(broken)?;
    let status = response.status();
    let text = response.text().await.map_err(broken)?;
    Ok((status, serde_json::from_str(&text).unwrap_or_default()))
}
