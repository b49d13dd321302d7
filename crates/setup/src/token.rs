//! The token for Microsoft Graph, and how the Azure CLI gives one.

use std::{fmt, process::Stdio, time::Duration};

use serde::Deserialize;
use tokio::{process::Command, time::timeout};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The access token of an administrator for Microsoft Graph. Opaque: only Graph reads it.
pub struct GraphToken(Zeroizing<String>);

/// The time limit of the Azure CLI, which is slow to start.
const CLI_TIMEOUT: Duration = Duration::from_secs(60);

impl GraphToken {
    /// Reads a token, without white space around it.
    ///
    /// # Errors
    /// [`Failure::TokenMalformed`] if it cannot be a token in a header (RFC 6750 section 2.1).
    pub fn new(text: String) -> Result<Self, Failure> {
        let text = Zeroizing::new(text);
        let token = text.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Failure::TokenMalformed);
        }
        Ok(Self(Zeroizing::new(token.to_owned())))
    }

    /// The token in plain text, for the header of a request to Graph.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for GraphToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GraphToken(…)")
    }
}

/// What `az account get-access-token` prints.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Printed {
    access_token: Zeroizing<String>,
}

/// Asks the Azure CLI for the token of the signed-in person. The arguments have no secret.
///
/// # Errors
/// [`Failure::NoToken`] if the Azure CLI is missing, takes too long, or has no sign-in for this tenant.
pub async fn from_azure_cli(tenant: &str) -> Result<GraphToken, Failure> {
    let mut command = Command::new("az");
    command.args([
        "account",
        "get-access-token",
        "--resource-type",
        "ms-graph",
        "--output",
        "json",
        "--tenant",
        tenant,
    ]);
    command.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = timeout(CLI_TIMEOUT, command.output()).await;
    let Ok(Ok(output)) = output else { return Err(Failure::NoToken) };
    let printed = Zeroizing::new(output.stdout);
    let printed: Printed = serde_json::from_slice(&printed).map_err(|_| Failure::NoToken)?;
    GraphToken::new(printed.access_token.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::GraphToken;

    #[test]
    fn does_not_print_and_rejects_what_is_no_token() {
        let token = GraphToken::new(" canary\n".to_owned()).unwrap();
        assert_eq!(token.expose(), "canary");
        assert_eq!(format!("{token:?}"), "GraphToken(…)");
        for text in ["", " ", "two words", "line\r\nbreak", "gr\u{fc}n"] {
            assert!(GraphToken::new(text.to_owned()).is_err(), "{text:?}");
        }
    }
}
