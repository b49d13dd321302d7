//! The requests that reached the token endpoint, for tests.

use std::collections::VecDeque;

use serde::Serialize;

/// A request that reached the token endpoint, without its secrets.
///
/// ```json
/// { "method": "POST", "grantType": "authorization_code", "origin": true }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRequest {
    /// The HTTP method.
    pub method: String,
    /// The grant type, if it is one that Entra knows.
    pub grant_type: Option<&'static str>,
    /// Whether the request had an `Origin` header.
    pub origin: bool,
}

/// The last [`LENGTH`] token requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct TokenLog(VecDeque<TokenRequest>);

const LENGTH: usize = 1000;

impl TokenLog {
    /// Adds a request, and drops the oldest one when the log is full.
    pub(crate) fn add(&mut self, request: TokenRequest) {
        if self.0.len() == LENGTH {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    /// A copy of the log, oldest first.
    pub(crate) fn to_vec(&self) -> Vec<TokenRequest> {
        self.0.iter().cloned().collect()
    }
}
