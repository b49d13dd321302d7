//! Faults of token responses: violations of RFC 6749 section 5.1, and valid but unusual responses.

use axum::{
    http::{HeaderValue, StatusCode, header::LOCATION},
    response::Response,
};
use serde_json::{Map, Value};

use crate::{fault::enumeration::faults, response};

faults! {
    /// A fault of every response with tokens.
    TokenResponseFault {
        TokenTypeCase "token_type is bEARER, which is valid",
        WrongTokenType "token_type is mac",
        MissingTokenType "No token_type",
        MissingExpiresIn "No expires_in, which is valid",
        ExpiresInText "expires_in is a string",
        NegativeExpiresIn "expires_in is negative",
        MissingScope "No scope, which is valid",
        NarrowerScope "scope is only the first of the requested scopes",
        MissingAccessToken "No access_token",
        EmptyAccessToken "access_token is empty",
        OpaqueAccessToken "access_token is not a JWT, which is valid, but ACS rejects it",
        MissingIdToken "No id_token",
        MissingRefreshToken "No refresh_token",
        Html "200 with an HTML page",
        HtmlError "400 with an HTML page",
        Redirect "307 to another host",
    }
}

const PAGE: &str = "<!doctype html><title>Proxy</title><p>This is not JSON.";

impl TokenResponseFault {
    /// The response with this fault.
    pub(crate) fn apply(self, mut tokens: Map<String, Value>) -> Response {
        match self {
            Self::TokenTypeCase => tokens["token_type"] = "bEARER".into(),
            Self::WrongTokenType => tokens["token_type"] = "mac".into(),
            Self::ExpiresInText => tokens["expires_in"] = tokens["expires_in"].to_string().into(),
            Self::NegativeExpiresIn => tokens["expires_in"] = (-1).into(),
            Self::NarrowerScope => {
                let first = tokens["scope"].as_str().and_then(|scope| scope.split(' ').next()).unwrap_or_default();
                tokens["scope"] = first.to_owned().into();
            }
            Self::EmptyAccessToken => tokens["access_token"] = "".into(),
            Self::OpaqueAccessToken => tokens["access_token"] = "an-opaque-access-token".into(),
            Self::MissingTokenType => drop(tokens.remove("token_type")),
            Self::MissingExpiresIn => drop(tokens.remove("expires_in")),
            Self::MissingScope => drop(tokens.remove("scope")),
            Self::MissingAccessToken => drop(tokens.remove("access_token")),
            Self::MissingIdToken => drop(tokens.remove("id_token")),
            Self::MissingRefreshToken => drop(tokens.remove("refresh_token")),
            Self::Html => return response::html(StatusCode::OK, PAGE.to_owned()),
            Self::HtmlError => return response::html(StatusCode::BAD_REQUEST, PAGE.to_owned()),
            Self::Redirect => {
                let mut response = response::html(StatusCode::TEMPORARY_REDIRECT, PAGE.to_owned());
                response.headers_mut().insert(LOCATION, HeaderValue::from_static("https://elsewhere.example/token"));
                return response;
            }
        }
        response::json(StatusCode::OK, &tokens.into())
    }
}
