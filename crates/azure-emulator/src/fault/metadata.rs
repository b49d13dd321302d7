//! Faults of the metadata, which clients must reject (OpenID Connect Discovery 1.0 section 4.3, RFC 9207 section 3).

use axum::{
    http::{HeaderValue, StatusCode, header::LOCATION},
    response::Response,
};
use serde_json::Value;

use crate::{fault::enumeration::faults, response};

faults! {
    /// A fault of the metadata.
    MetadataFault {
        WrongIssuer "issuer is another issuer",
        ForeignEndpoint "token_endpoint is on another host",
        InsecureEndpoint "token_endpoint is on another host, with http",
        MissingEndpoint "No token_endpoint",
        PromisesIssuer "It announces an iss in authorization responses, which contain none",
        Redirect "302 to another host",
    }
}

impl MetadataFault {
    /// The response with this fault.
    pub(crate) fn apply(self, mut metadata: Value) -> Response {
        match self {
            Self::WrongIssuer => metadata["issuer"] = "https://login.elsewhere.example/v2.0".into(),
            Self::ForeignEndpoint => metadata["token_endpoint"] = "https://elsewhere.example/token".into(),
            Self::InsecureEndpoint => metadata["token_endpoint"] = "http://elsewhere.example/token".into(),
            Self::MissingEndpoint => drop(metadata.as_object_mut().and_then(|all| all.remove("token_endpoint"))),
            Self::PromisesIssuer => metadata["authorization_response_iss_parameter_supported"] = true.into(),
            Self::Redirect => {
                let mut response = response::json(StatusCode::FOUND, &Value::Null);
                response.headers_mut().insert(LOCATION, HeaderValue::from_static("https://elsewhere.example/"));
                return response;
            }
        }
        response::json(StatusCode::OK, &metadata)
    }
}
