//! The changes between what the tenant has and what it needs, in the order in which they are possible.

use serde::Serialize;
use serde_json::Value;

use crate::{
    current::{Current, GRAPH},
    failure::Failure,
    json::{list, text},
    patch::{self, Patch, permissions},
    settings::Settings,
};

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// One line for people.
    pub title: String,
    /// What exactly changes.
    pub details: Vec<String>,
    /// How an administrator makes it without this program.
    pub instead: Option<String>,
    /// What `apply` does.
    #[serde(skip)]
    pub step: Step,
}

/// What a change does.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Creates the service principal of this application.
    Principal(String),
    /// Creates the page's registration.
    CreatePage(Patch),
    /// Changes the page's registration.
    UpdatePage(Patch),
    /// Creates the API's registration.
    CreateApi(Patch),
    /// Changes the API's registration.
    UpdateApi(Patch),
    /// Creates the service principal of the page or of the API, which are not there yet in a plan.
    OwnPrincipal(Option<String>),
    /// Grants these permissions of a resource to the page, for all people.
    Grant {
        /// The resource.
        resource: &'static str,
        /// The permissions that are missing.
        scopes: Vec<&'static str>,
    },
}

/// The scopes of OpenID Connect that the page requests. Where people may not consent themselves, they need consent too.
const OPENID: (&str, &str, &[&str]) = (GRAPH, "Microsoft Graph", &["openid", "profile", "offline_access"]);

/// All changes that are needed. Empty if the tenant is set up.
///
/// # Errors
/// [`Failure::PermissionUnknown`].
pub(crate) fn changes(settings: &Settings, current: &Current) -> Result<Vec<Change>, Failure> {
    let mut changes = Vec::new();
    for (app_id, name, _) in permissions(settings) {
        if current.resource(app_id).is_none() {
            changes.push(Change {
                title: format!("create the service principal of {name}"),
                details: vec![format!("application id {app_id}")],
                instead: Some(format!("az ad sp create --id {app_id}")),
                step: Step::Principal(app_id.to_owned()),
            });
        }
    }
    let page = patch::page(settings, current, current.page.as_ref().unwrap_or(&Value::Null))?;
    add(&mut changes, &settings.name, page, current.page.is_some(), Step::CreatePage, Step::UpdatePage);
    let api = patch::api(settings, current, current.api.as_ref().unwrap_or(&Value::Null));
    add(&mut changes, &settings.api_name(), api, current.api.is_some(), Step::CreateApi, Step::UpdateApi);
    if current.api.is_none() {
        changes.push(Change {
            title: format!("complete the registration {}", settings.api_name()),
            details: vec!["application ID URI, and pre-authorization of the page".to_owned()],
            instead: None,
            step: Step::UpdateApi(Patch::default()),
        });
    }
    let own = [
        (&settings.name, &current.page, &current.page_principal),
        (&settings.api_name(), &current.api, &current.api_principal),
    ];
    for (name, application, principal) in own {
        if principal.is_none() {
            let app_id = application.as_ref().map(|application| text(&application["appId"]).to_owned());
            changes.push(Change {
                title: format!("create the service principal of {name}"),
                details: Vec::new(),
                instead: app_id.as_ref().map(|id| format!("az ad sp create --id {id}")),
                step: Step::OwnPrincipal(app_id),
            });
        }
    }
    for (app_id, name, scopes) in permissions(settings).into_iter().chain([OPENID]) {
        let granted = granted(current, app_id);
        let missing: Vec<&str> = scopes.iter().copied().filter(|scope| !granted.contains(scope)).collect();
        if !missing.is_empty() {
            changes.push(Change {
                title: format!("consent for all people to permissions of {name}"),
                details: missing.iter().map(|scope| (*scope).to_owned()).collect(),
                instead: current.page.as_ref().map(|page| {
                    format!(
                        "an administrator opens {}/{}/adminconsent?client_id={}",
                        settings.cloud.authority,
                        settings.tenant,
                        text(&page["appId"])
                    )
                }),
                step: Step::Grant { resource: app_id, scopes: missing },
            });
        }
    }
    Ok(changes)
}

/// The grant of the page for a resource.
pub(crate) fn grant<'c>(current: &'c Current, resource: &str) -> Option<&'c Value> {
    let id = &current.resource(resource)?["id"];
    current.grants.iter().find(|grant| grant["resourceId"] == *id)
}

fn granted<'c>(current: &'c Current, resource: &str) -> Vec<&'c str> {
    grant(current, resource).map(|grant| text(&grant["scope"]).split_ascii_whitespace().collect()).unwrap_or_default()
}

fn add(
    changes: &mut Vec<Change>,
    name: &str,
    patch: Patch,
    exists: bool,
    create: fn(Patch) -> Step,
    update: fn(Patch) -> Step,
) {
    let verb = if exists { "change" } else { "create" };
    if !exists || !patch.body.is_empty() {
        let details = patch.details.clone();
        let step = if exists { update(patch) } else { create(patch) };
        changes.push(Change { title: format!("{verb} the registration {name}"), details, instead: None, step });
    }
}

/// Whether a list of Graph's has an entry, for `remove`.
pub(crate) fn has(value: &Value, entry: &Value) -> bool {
    list(value).contains(entry)
}
