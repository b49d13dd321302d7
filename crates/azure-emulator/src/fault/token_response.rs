//! Answers of the token endpoint that are not as RFC 6749 section 5.1 has them, or are so in an unusual way.

use axum::{
    http::{HeaderValue, StatusCode, header::LOCATION},
    response::Response,
};
use serde_json::{Map, Value};

use crate::{fault::faults, reply};

faults! {
    /// One thing that is particular about every answer with tokens.
    TokenResponseFault {
        TokenTypeCase "token_type is bEARER, which is right",
        WrongTokenType "token_type is mac",
        MissingTokenType "No token_type",
        MissingExpiresIn "No expires_in, which is right",
        ExpiresInText "expires_in is a text",
        NegativeExpiresIn "expires_in is negative",
        MissingScope "No scope, which is right",
        NarrowerScope "scope has but the first of what was asked for",
        MissingAccessToken "No access_token",
        EmptyAccessToken "access_token is empty",
        OpaqueAccessToken "access_token is no JWT, which is right, but worthless at ACS",
        MissingIdToken "No id_token",
        MissingRefreshToken "No refresh_token",
        Html "200 with a page of HTML",
        HtmlError "400 with a page of HTML",
        Redirect "307 to another host",
    }
}

const PAGE: &str = "<!doctype html><title>Proxy</title><p>This is no JSON.";

impl TokenResponseFault {
    /// What comes instead of `tokens`.
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
            Self::OpaqueAccessToken => tokens["access_token"] = "opaque-and-none-of-your-business".into(),
            Self::MissingTokenType => drop(tokens.remove("token_type")),
            Self::MissingExpiresIn => drop(tokens.remove("expires_in")),
            Self::MissingScope => drop(tokens.remove("scope")),
            Self::MissingAccessToken => drop(tokens.remove("access_token")),
            Self::MissingIdToken => drop(tokens.remove("id_token")),
            Self::MissingRefreshToken => drop(tokens.remove("refresh_token")),
            Self::Html => return reply::html(StatusCode::OK, PAGE.to_owned()),
            Self::HtmlError => return reply::html(StatusCode::BAD_REQUEST, PAGE.to_owned()),
            Self::Redirect => {
                let mut response = reply::html(StatusCode::TEMPORARY_REDIRECT, PAGE.to_owned());
                response.headers_mut().insert(LOCATION, HeaderValue::from_static("https://elsewhere.example/token"));
                return response;
            }
        }
        reply::json(StatusCode::OK, &tokens.into())
    }
}
