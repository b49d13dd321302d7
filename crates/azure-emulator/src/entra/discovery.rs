//! The metadata (OpenID Connect Discovery 1.0) with the members that Entra publishes, and the key set.

use axum::{
    Extension,
    extract::Path,
    http::{HeaderValue, StatusCode, header::ACCESS_CONTROL_ALLOW_ORIGIN},
    response::Response,
};
use serde_json::{Value, json};

use crate::{
    Emulator,
    authority::Authority,
    entra::refusal::{Incident, Refusal},
    response,
};

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub(super) async fn configuration(Extension(emulator): Extension<Emulator>, Path(tenant): Path<String>) -> Response {
    let faults = emulator.faults();
    if let Some(outage) = faults.discovery
        && let Some(response) = outage.respond(emulator.entra_now()).await
    {
        return allow_every_origin(response);
    }
    allow_every_origin(match Authority::parse(&tenant).map(|authority| metadata(&emulator, authority)) {
        Some(metadata) => match faults.metadata {
            Some(fault) => fault.apply(metadata),
            None => response::json(StatusCode::OK, &metadata),
        },
        None => unknown_tenant(&emulator, tenant),
    })
}

/// `GET /{tenant}/discovery/v2.0/keys`, and `GET /{tenant}/discovery/keys` of version 1, which Microsoft's Node samples
/// request.
///
/// At Entra, `appid` selects the signing keys of an application. No application of the emulator has any, so `appid` is
/// ignored.
pub(super) async fn keys(Extension(emulator): Extension<Emulator>, Path(tenant): Path<String>) -> Response {
    emulator.state().key_requests += 1;
    let faults = emulator.faults();
    let response = match faults.keys {
        Some(outage) => outage.respond(emulator.entra_now()).await,
        None => None,
    };
    let response = response.unwrap_or_else(|| match Authority::parse(&tenant) {
        Some(authority) => {
            let issuer = emulator.issuer(authority.issuer_tenant());
            let keys: Vec<Value> = emulator.state().signing_keys.iter().map(|key| key.jwk(&issuer)).collect();
            response::json(StatusCode::OK, &json!({ "keys": keys }))
        }
        None => unknown_tenant(&emulator, tenant),
    });
    if faults.keys_without_cors { response } else { allow_every_origin(response) }
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

fn unknown_tenant(emulator: &Emulator, tenant: String) -> Response {
    let incident = Incident::new(emulator.random(), emulator.entra_now(), None);
    let body = Refusal::TenantUnknown(tenant).body(&incident, &emulator.options().entra_url);
    response::json(StatusCode::BAD_REQUEST, &body)
}

/// Lets pages of every origin read the response.
fn allow_every_origin(mut response: Response) -> Response {
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
