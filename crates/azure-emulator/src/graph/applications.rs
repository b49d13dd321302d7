//! `/applications`: the app registrations of a tenant.

use std::collections::BTreeSet;

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, RawQuery},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    Emulator,
    date::entra_timestamp,
    graph::{
        self,
        access::{Caller, Right},
        directory::Kind,
        graph_error::GraphError,
    },
    guid::is_guid,
};

pub(super) async fn list(
    Extension(emulator): Extension<Emulator>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    graph::respond(&emulator, StatusCode::OK, graph::list(&emulator, &headers, query.as_deref(), Kind::Application))
}

pub(super) async fn read(
    Extension(emulator): Extension<Emulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let read = graph::read(&emulator, &headers, query.as_deref(), Kind::Application, &id);
    graph::respond(&emulator, StatusCode::OK, read)
}

pub(super) async fn create(Extension(emulator): Extension<Emulator>, headers: HeaderMap, bytes: Bytes) -> Response {
    graph::respond(&emulator, StatusCode::CREATED, created(&emulator, &headers, &bytes))
}

pub(super) async fn update(
    Extension(emulator): Extension<Emulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    graph::respond_empty(&emulator, updated(&emulator, &headers, &id, &bytes))
}

pub(super) async fn delete(
    Extension(emulator): Extension<Emulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    graph::respond_empty(&emulator, graph::delete(&emulator, &headers, Kind::Application, &id))
}

/// The properties of an application that a request can set. Any other one is refused, so that a typo is found.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Settable {
    display_name: Option<String>,
    sign_in_audience: Option<Audience>,
    spa: Option<RedirectUris>,
    web: Option<Web>,
    #[serde(rename = "publicClient")]
    _public_client: Option<RedirectUris>,
    identifier_uris: Option<Vec<String>>,
    api: Option<Api>,
    required_resource_access: Option<Vec<ResourceAccess>>,
    #[serde(rename = "optionalClaims")]
    _optional_claims: Option<Value>,
    #[serde(rename = "info")]
    _info: Option<Value>,
    #[serde(rename = "notes")]
    _notes: Option<String>,
    #[serde(rename = "tags")]
    _tags: Option<BTreeSet<String>>,
    #[serde(rename = "isFallbackPublicClient")]
    _is_fallback_public_client: Option<bool>,
    #[serde(rename = "authenticationBehaviors")]
    _authentication_behaviors: Option<Behaviors>,
}

#[derive(Deserialize)]
enum Audience {
    AzureADMyOrg,
    AzureADMultipleOrgs,
    AzureADandPersonalMicrosoftAccount,
    PersonalMicrosoftAccount,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RedirectUris {
    redirect_uris: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Web {
    redirect_uris: Option<Vec<String>>,
    #[serde(rename = "homePageUrl")]
    _home_page_url: Option<String>,
    #[serde(rename = "logoutUrl")]
    _logout_url: Option<String>,
    #[serde(rename = "implicitGrantSettings")]
    _implicit_grant_settings: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Api {
    requested_access_token_version: Option<u8>,
    oauth2_permission_scopes: Option<Vec<Scope>>,
    pre_authorized_applications: Option<Vec<PreAuthorized>>,
    known_client_applications: Option<Vec<String>>,
    #[serde(rename = "acceptMappedClaims")]
    _accept_mapped_claims: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scope {
    id: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PreAuthorized {
    app_id: String,
    delegated_permission_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResourceAccess {
    resource_app_id: String,
    resource_access: Vec<Access>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Access {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Behaviors {
    #[serde(rename = "coopEnforcement")]
    _coop_enforcement: Option<bool>,
    #[serde(rename = "blockAzureADGraphAccess")]
    _block_azure_ad_graph_access: Option<bool>,
    #[serde(rename = "removeUnverifiedEmailClaim")]
    _remove_unverified_email_claim: Option<bool>,
    #[serde(rename = "requireClientServicePrincipal")]
    _require_client_service_principal: Option<bool>,
}

fn created(emulator: &Emulator, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, GraphError> {
    let caller = Caller::of(emulator, headers)?;
    caller.require(Right::Applications)?;
    let given = graph::body(bytes)?;
    if given.get("displayName").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(invalid("displayName", "value is required but is empty or missing"));
    }
    let mut directory = emulator.directory();
    let default = json!({
        "appId": directory.new_app_id(),
        "createdDateTime": entra_timestamp(emulator.entra_now()).replacen(' ', "T", 1),
        "signInAudience": "AzureADandPersonalMicrosoftAccount",
        "identifierUris": [],
        "tags": [],
        "spa": { "redirectUris": [] },
        "web": { "redirectUris": [], "homePageUrl": null, "logoutUrl": null },
        "publicClient": { "redirectUris": [] },
        "api": {
            "requestedAccessTokenVersion": null,
            "oauth2PermissionScopes": [],
            "preAuthorizedApplications": [],
            "knownClientApplications": [],
        },
        "requiredResourceAccess": [],
    });
    let Value::Object(default) = default else { return Ok(Value::Null) };
    let members = merged(default, given)?;
    check_identifier_uris(&directory.identifier_uris(caller.tenant, ""), &members)?;
    Ok(directory.add(caller.tenant, Kind::Application, members, emulator.faults().graph_lag).into())
}

fn updated(emulator: &Emulator, headers: &HeaderMap, id: &str, bytes: &[u8]) -> Result<(), GraphError> {
    let caller = Caller::of(emulator, headers)?;
    caller.require(Right::Applications)?;
    let mut directory = emulator.directory();
    let current = directory.find(caller.tenant, Kind::Application, id)?;
    let members = merged(current, graph::body(bytes)?)?;
    check_identifier_uris(&directory.identifier_uris(caller.tenant, id), &members)?;
    directory.replace(caller.tenant, Kind::Application, id, members)
}

/// The registration with the given properties. A property of a complex type replaces that property only; a list is
/// replaced as a whole.
fn merged(mut current: Map<String, Value>, given: Map<String, Value>) -> Result<Map<String, Value>, GraphError> {
    let settable: Settable = serde_json::from_value(given.clone().into())
        .map_err(|error| GraphError::BadRequest(format!("Invalid property: {error}")))?;
    settable.check()?;
    for (name, value) in given {
        match (current.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
            (_, value) => drop(current.insert(name, value)),
        }
    }
    check_scopes(&current)?;
    Ok(current)
}

impl Settable {
    fn check(&self) -> Result<(), GraphError> {
        if self.display_name.as_deref() == Some("") {
            return Err(invalid("displayName", "value is required but is empty or missing"));
        }
        if let Some(Audience::AzureADandPersonalMicrosoftAccount | Audience::PersonalMicrosoftAccount) =
            self.sign_in_audience
        {
            return Err(GraphError::BadRequest("The emulator has no personal accounts.".to_owned()));
        }
        let web = self.web.iter().filter_map(|web| web.redirect_uris.as_ref());
        for uri in self.spa.iter().map(|spa| &spa.redirect_uris).chain(web).flatten() {
            let is_secure = uri.starts_with("https://") || uri.starts_with("http://localhost");
            // The emulator accepts names below localhost in sign-ins, so it accepts them here.
            let is_below = uri.strip_prefix("http://").is_some_and(|rest| rest.contains(".localhost"));
            if !(is_secure || is_below) || uri.contains(['#', '*', ' ']) {
                return Err(invalid("redirectUris", "has an address that is not https or has a fragment or wildcard"));
            }
        }
        if let Some(uri) = self.identifier_uris.iter().flatten().find(|uri| !uri.contains("://")) {
            return Err(GraphError::BadRequest(format!("The identifier URI {uri} is not an address.")));
        }
        if let Some(api) = &self.api
            && !matches!(api.requested_access_token_version, None | Some(1 | 2))
        {
            return Err(invalid("requestedAccessTokenVersion", "must be null, 1 or 2"));
        }
        let accesses = self.required_resource_access.iter().flatten();
        for access in accesses {
            let ids = access.resource_access.iter().map(|access| &access.id).chain([&access.resource_app_id]);
            let kinds = access.resource_access.iter().all(|access| access.kind == "Scope" || access.kind == "Role");
            if !kinds || ids.into_iter().any(|id| !is_guid(id)) {
                return Err(invalid("requiredResourceAccess", "has an id that is not a GUID, or an unknown type"));
            }
        }
        let scopes = self.api.iter().filter_map(|api| api.oauth2_permission_scopes.as_ref()).flatten();
        if scopes.into_iter().any(|scope| !is_guid(&scope.id) || scope.value.is_empty()) {
            return Err(invalid("oauth2PermissionScopes", "needs a GUID and a value for each scope"));
        }
        let known = self.api.iter().filter_map(|api| api.known_client_applications.as_ref()).flatten();
        let clients = self.api.iter().filter_map(|api| api.pre_authorized_applications.as_ref()).flatten();
        let ids = clients.flat_map(|client| client.delegated_permission_ids.iter().chain([&client.app_id]));
        if known.chain(ids).any(|id| !is_guid(id)) {
            return Err(invalid("api", "has an id that is not a GUID"));
        }
        Ok(())
    }
}

/// Checks that each pre-authorization names a scope that the API has.
fn check_scopes(members: &Map<String, Value>) -> Result<(), GraphError> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let api = &members["api"];
    let ids: Vec<Value> = list(&api["oauth2PermissionScopes"]).iter().map(|scope| scope["id"].clone()).collect();
    for client in list(&api["preAuthorizedApplications"]) {
        if let Some(unknown) = list(&client["delegatedPermissionIds"]).iter().find(|id| !ids.contains(id)) {
            return Err(GraphError::BadRequest(format!(
                "Property api.preAuthorizedApplications references the permission {unknown}, which does not exist."
            )));
        }
    }
    Ok(())
}

fn check_identifier_uris(taken: &[String], members: &Map<String, Value>) -> Result<(), GraphError> {
    let own = members["identifierUris"].as_array().map(Vec::as_slice).unwrap_or_default();
    if own.iter().filter_map(Value::as_str).any(|uri| taken.iter().any(|other| other == uri)) {
        let message = "Another object with the same value for property identifierUris already exists.";
        return Err(GraphError::BadRequest(message.to_owned()));
    }
    Ok(())
}

fn invalid(property: &str, why: &str) -> GraphError {
    GraphError::BadRequest(format!("Property {property} {why}."))
}
