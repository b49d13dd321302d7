//! OpenID Connect Discovery 1.0, with the members that Entra publishes, and the keys.

use axum::extract::{Path, State};
use axum::http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use crate::Emulator;
use crate::directory::Authority;
use crate::entra::refusal::{Incident, Refusal};
use crate::reply;

/// `/{tenant}/v2.0/.well-known/openid-configuration`
pub(super) async fn configuration(State(emulator): State<Emulator>, Path(tenant): Path<String>) -> Response {
    open_to_all(Authority::parse(&tenant).map(|authority| metadata(&emulator, authority)), &emulator, tenant)
}

/// `/{tenant}/discovery/v2.0/keys`
pub(super) async fn keys(State(emulator): State<Emulator>, Path(tenant): Path<String>) -> Response {
    let keys = Authority::parse(&tenant).map(|authority| {
        let issuer = emulator.issuer(authority.issuer_tenant());
        let keys: Vec<Value> = emulator.state().signing_keys.iter().map(|key| key.jwk(&issuer)).collect();
        json!({ "keys": keys })
    });
    let mut response = open_to_all(keys, &emulator, tenant);
    if emulator.state().tampering.keys_without_cors {
        response.headers_mut().remove(ACCESS_CONTROL_ALLOW_ORIGIN);
    }
    response
}

fn metadata(emulator: &Emulator, authority: Authority) -> Value {
    let base = format!("{}/{}", emulator.options().entra_url, authority.segment());
    json!({
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": emulator.issuer(authority.issuer_tenant()),
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver", "oid"
        ],
        "tenant_region_scope": match authority { Authority::One(_) => Some("EU"), Authority::AnyTenant(_) => None },
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    })
}

fn open_to_all(found: Option<Value>, emulator: &Emulator, tenant: String) -> Response {
    let mut response = match found {
        Some(document) => reply::json(StatusCode::OK, &document),
        None => {
            let incident = Incident::new(emulator, None);
            let body = Refusal::TenantUnknown(tenant).body(&incident, &emulator.options().entra_url);
            reply::json(StatusCode::BAD_REQUEST, &body)
        }
    };
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
