//! Changes of a registration: what is missing is added, and what others added stays.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Builder;

use crate::{
    current::{ACS, ACS_CLIENTS, Current},
    failure::Failure,
    json::{list, text},
    settings::Settings,
};

/// The scope of the API.
pub(crate) const SCOPE: &str = "access_as_user";

/// The body of a `PATCH`, what it changes in words, and the entries that it adds to lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    pub(crate) body: Map<String, Value>,
    pub(crate) details: Vec<String>,
    pub(crate) entries: Vec<(&'static str, Value)>,
}

/// The permissions of Microsoft's resources that the page needs.
pub(crate) fn permissions(settings: &Settings) -> Vec<(&'static str, &'static str, &'static [&'static str])> {
    let mut permissions: Vec<(&str, &str, &[&str])> = Vec::new();
    if settings.teams {
        permissions.push((ACS, "Azure Communication Services", &["Teams.ManageCalls", "Teams.ManageChats"]));
    }
    if settings.entra_id {
        permissions.push((ACS_CLIENTS, "Azure Communication Services Clients", &["VoIP"]));
    }
    permissions
}

/// What the page's registration lacks. For a new one, `application` is `null`.
///
/// # Errors
/// [`Failure::PermissionUnknown`].
pub(crate) fn page(settings: &Settings, current: &Current, application: &Value) -> Result<Patch, Failure> {
    let mut patch = Patch::default();
    patch.audience(settings, application);
    let wanted = settings.redirect_uris();
    // The type "web" keeps a browser from redeeming the code (AADSTS9002326), and a URI has one type only.
    let web = list(&application["web"]["redirectUris"]);
    let others: Vec<&Value> = web.iter().filter(|uri| !wanted.iter().any(|own| *uri == own)).collect();
    if others.len() < web.len() {
        patch.body.insert("web".to_owned(), json!({ "redirectUris": others }));
        patch.details.push("take the page's redirect URIs out of the platform Web".to_owned());
    }
    let missing = missing(&application["spa"]["redirectUris"], wanted.map(Value::from));
    if !missing.is_empty() {
        let all = [list(&application["spa"]["redirectUris"]), &missing].concat();
        patch.body.insert("spa".to_owned(), json!({ "redirectUris": all }));
        for uri in missing {
            patch.details.push(format!("redirect URI of the platform Single-page application: {}", text(&uri)));
            patch.entries.push(("spa.redirectUris", uri));
        }
    }
    patch.required_access(settings, current, application)?;
    let claims = &application["optionalClaims"];
    if !list(&claims["idToken"]).iter().any(|claim| claim["name"] == "login_hint") {
        let claim = json!({ "name": "login_hint", "essential": false });
        let all = [list(&claims["idToken"]), &[claim]].concat();
        let mut claims = claims.as_object().cloned().unwrap_or_default();
        claims.insert("idToken".to_owned(), all.into());
        patch.body.insert("optionalClaims".to_owned(), claims.into());
        patch.details.push("optional claim of ID tokens: login_hint, for signing out".to_owned());
    }
    Ok(patch)
}

/// What the API's registration lacks. For a new one, `application` is `null`, and the parts that need its id follow in
/// a second change.
pub(crate) fn api(settings: &Settings, current: &Current, application: &Value) -> Patch {
    let mut patch = Patch::default();
    patch.audience(settings, application);
    let old = &application["api"];
    let mut scopes = list(&old["oauth2PermissionScopes"]).to_vec();
    let mut clients = list(&old["preAuthorizedApplications"]).to_vec();
    let mut known = list(&old["knownClientApplications"]).to_vec();
    let mut changed = false;
    if old["requestedAccessTokenVersion"] != 2 {
        patch.details.push("tokens of version 2".to_owned());
        changed = true;
    }
    let scope = scopes.iter().find(|scope| scope["value"] == SCOPE && scope["isEnabled"] == true).cloned();
    if scope.is_none() {
        patch.details.push(format!("scope {SCOPE}, to which people can consent"));
        scopes.push(new_scope(settings));
        changed = true;
    }
    if let (Some(app_id), Some(scope)) = (application["appId"].as_str(), &scope) {
        let uri = Value::from(format!("api://{app_id}"));
        if !list(&application["identifierUris"]).contains(&uri) {
            let all = [list(&application["identifierUris"]), std::slice::from_ref(&uri)].concat();
            patch.body.insert("identifierUris".to_owned(), all.into());
            patch.details.push(format!("application ID URI {}", text(&uri)));
            patch.entries.push(("identifierUris", uri));
        }
        if let Some(page) = current.page.as_ref().map(|page| page["appId"].clone()) {
            if pre_authorize(&mut clients, &page, &scope["id"]) {
                patch.details.push(format!("pre-authorization of the page for {SCOPE}"));
                patch.entries.push(("api.preAuthorizedApplications", page.clone()));
                changed = true;
            }
            if settings.is_multitenant && !known.contains(&page) {
                known.push(page.clone());
                patch
                    .details
                    .push("the page as a known client application, so that one consent covers both".to_owned());
                patch.entries.push(("api.knownClientApplications", page));
                changed = true;
            }
        }
    }
    if changed {
        // All four, so that it does not matter whether Graph keeps the members of `api` that a request leaves out.
        let api = json!({
            "requestedAccessTokenVersion": 2,
            "oauth2PermissionScopes": scopes,
            "preAuthorizedApplications": clients,
            "knownClientApplications": known,
        });
        patch.body.insert("api".to_owned(), api);
    }
    patch
}

impl Patch {
    fn audience(&mut self, settings: &Settings, application: &Value) {
        let wanted = settings.sign_in_audience();
        if application["signInAudience"] != wanted {
            self.body.insert("signInAudience".to_owned(), wanted.into());
            self.details.push(match settings.is_multitenant {
                true => "supported account types: any organization (multitenant)".to_owned(),
                false => "supported account types: this organization only".to_owned(),
            });
        }
    }

    /// Adds the permissions, whose ids are looked up by name in the list of the service principal.
    fn required_access(&mut self, settings: &Settings, current: &Current, application: &Value) -> Result<(), Failure> {
        let mut resources = list(&application["requiredResourceAccess"]).to_vec();
        let mut wanted: Vec<(&Value, Value, &str, &str)> = Vec::new();
        for (app_id, resource, names) in permissions(settings) {
            for name in names {
                match current.resource(app_id) {
                    // The service principal comes first; until then there is no id.
                    None => self.details.push(format!("permission {name} of {resource}")),
                    Some(principal) => {
                        let scopes = &principal["oauth2PermissionScopes"];
                        let id = list(scopes).iter().find(|scope| scope["value"] == *name).map(|scope| &scope["id"]);
                        let unknown = || Failure::PermissionUnknown {
                            resource: resource.to_owned(),
                            permission: name.to_string(),
                        };
                        wanted.push((id.ok_or_else(unknown)?, app_id.into(), resource, name));
                    }
                }
            }
        }
        let scopes = current.api.as_ref().map(|api| list(&api["api"]["oauth2PermissionScopes"])).unwrap_or_default();
        if let (Some(api), Some(scope)) = (&current.api, scopes.iter().find(|scope| scope["value"] == SCOPE)) {
            wanted.push((&scope["id"], api["appId"].clone(), "the API", SCOPE));
        }
        let before = resources.len();
        let mut changed = false;
        for (id, app_id, resource, name) in wanted {
            let access = json!({ "id": id, "type": "Scope" });
            let at = resources.iter().position(|resource| resource["resourceAppId"] == app_id);
            match at.and_then(|at| resources[at]["resourceAccess"].as_array_mut()) {
                Some(known) if known.iter().any(|known| known["id"] == *id) => continue,
                Some(known) => known.push(access),
                None => resources.push(json!({ "resourceAppId": app_id, "resourceAccess": [access] })),
            }
            changed = true;
            self.details.push(format!("permission {name} of {resource}"));
            self.entries.push(("requiredResourceAccess", json!({ "resourceAppId": app_id, "id": id })));
        }
        if changed || resources.len() != before {
            self.body.insert("requiredResourceAccess".to_owned(), resources.into());
        }
        Ok(())
    }
}

/// Adds the scope to those that the client may request without consent. Returns whether anything changed.
fn pre_authorize(clients: &mut Vec<Value>, app_id: &Value, scope: &Value) -> bool {
    let at = clients.iter().position(|client| client["appId"] == *app_id);
    match at.and_then(|at| clients[at]["delegatedPermissionIds"].as_array_mut()) {
        Some(ids) if ids.contains(scope) => false,
        Some(ids) => {
            ids.push(scope.clone());
            true
        }
        None => {
            clients.push(json!({ "appId": app_id, "delegatedPermissionIds": [scope] }));
            true
        }
    }
}

/// The scope, with an id that is derived from tenant and name.
fn new_scope(settings: &Settings) -> Value {
    let hash = Sha256::digest(format!("acs-sign-in-setup|{}|{}|{SCOPE}", settings.tenant, settings.name));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    json!({
        "id": Builder::from_random_bytes(bytes).into_uuid().to_string(),
        "value": SCOPE,
        "type": "User",
        "isEnabled": true,
        "adminConsentDisplayName": "Sign in for calls",
        "adminConsentDescription": "Lets the sign-in page get a calling token for the signed-in person.",
        "userConsentDisplayName": "Sign in for calls",
        "userConsentDescription": "Lets the sign-in page get a calling token for you.",
    })
}

fn missing<const N: usize>(known: &Value, wanted: [Value; N]) -> Vec<Value> {
    wanted.into_iter().filter(|value| !list(known).contains(value)).collect()
}
