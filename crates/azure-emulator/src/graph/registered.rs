//! What a registration of Graph means for the sign-in endpoints.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};
use uuid::Builder;

use crate::{
    directory::Tenant,
    registrations::{Application, Platform, Resource, TEAMS_EXTENSION, TEAMS_SCOPES, TokenFormat},
};

/// The registration as an application. Like the compiled-in ones it lives until the program ends; `existing` is
/// searched first, so that an unchanged one is kept.
pub(super) fn application(
    existing: &[&'static Application],
    owner: &'static Tenant,
    registration: &Map<String, Value>,
) -> &'static Application {
    let uris = |platform: &str| texts(&registration[platform]["redirectUris"]);
    // Of several platforms, the emulator knows the first one with redirect URIs.
    let (platform, redirect_uris) = match (uris("spa"), uris("web")) {
        (spa, _) if !spa.is_empty() => (Platform::Spa, spa),
        (_, web) if !web.is_empty() => (Platform::Web, web),
        _ => (Platform::Native, uris("publicClient")),
    };
    let client_id = text(&registration["appId"]);
    let display_name = text(&registration["displayName"]);
    let single_tenant = (registration["signInAudience"] == "AzureADMyOrg").then_some(owner);
    let is_same = |app: &&&'static Application| {
        app.client_id == client_id
            && app.display_name == display_name
            && app.single_tenant == single_tenant
            && app.platform == platform
            && app.redirect_uris == redirect_uris
    };
    if let Some(unchanged) = existing.iter().find(is_same) {
        return unchanged;
    }
    Box::leak(Box::new(Application {
        client_id: client_id.to_owned().leak(),
        display_name: display_name.to_owned().leak(),
        single_tenant,
        owner,
        platform,
        redirect_uris: leak(&redirect_uris),
        secret: None,
    }))
}

/// The API of a registration, if it has enabled scopes.
pub(super) fn resource(existing: &[&'static Resource], registration: &Map<String, Value>) -> Option<&'static Resource> {
    let app_id = text(&registration["appId"]);
    let scopes: Vec<&str> = enabled_scopes(registration).map(|scope| text(&scope["value"])).collect();
    if scopes.is_empty() {
        return None;
    }
    let own = format!("api://{app_id}");
    let uri = texts(&registration["identifierUris"]).first().copied().unwrap_or(&own);
    let token_format = match registration["api"]["requestedAccessTokenVersion"].as_u64() {
        Some(2) => TokenFormat::V2,
        _ => TokenFormat::V1,
    };
    let is_same = |api: &&&'static Resource| {
        api.app_id == app_id && api.uri == uri && api.scopes == scopes && api.token_format == token_format
    };
    if let Some(unchanged) = existing.iter().find(is_same) {
        return Some(unchanged);
    }
    Some(Box::leak(Box::new(Resource {
        app_id: app_id.to_owned().leak(),
        uri: uri.to_owned().leak(),
        scopes: leak(&scopes),
        token_format,
    })))
}

/// Whether the API pre-authorizes the client for the scope, so that no consent is needed.
pub(super) fn pre_authorizes(api: &Map<String, Value>, client_id: &str, scope: &str) -> bool {
    let id = enabled_scopes(api).find(|known| known["value"] == scope).map(|known| &known["id"]);
    let clients = api["api"]["preAuthorizedApplications"].as_array().map(Vec::as_slice).unwrap_or_default();
    let client = clients.iter().find(|client| client["appId"] == client_id);
    let ids = client.and_then(|client| client["delegatedPermissionIds"].as_array());
    id.is_some_and(|id| ids.is_some_and(|ids| ids.contains(id)))
}

/// A scope of a service principal of Microsoft's, with the published id where there is one. The others are derived from
/// the name: no public source has them.
pub(super) fn published_scope(name: &str) -> Value {
    let id = match name {
        name if name == TEAMS_SCOPES[0] => "de8ec1df-066a-4817-bc5d-9a985b986262".to_owned(),
        name if name == TEAMS_SCOPES[1] => "6290af7f-b407-49f9-92d5-bf584fdc4019".to_owned(),
        TEAMS_EXTENSION => "9ed60762-c537-4e50-8984-4b1db3d922ce".to_owned(),
        "User.Read" => "e1fe6dd8-ba31-4d61-89e7-88639da4683d".to_owned(),
        name => {
            let hash = digest(&SHA256, name.as_bytes());
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&hash.as_ref()[..16]);
            Builder::from_random_bytes(bytes).into_uuid().to_string()
        }
    };
    json!({ "id": id, "value": name, "type": "User", "isEnabled": true, "adminConsentDisplayName": name })
}

fn enabled_scopes(registration: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let scopes = registration["api"]["oauth2PermissionScopes"].as_array().map(Vec::as_slice).unwrap_or_default();
    scopes.iter().filter(|scope| scope["isEnabled"] == true)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map(|values| values.iter().map(text).collect()).unwrap_or_default()
}

fn leak(texts: &[&str]) -> &'static [&'static str] {
    texts.iter().map(|text| &*(*text).to_owned().leak()).collect::<Vec<&'static str>>().leak()
}
