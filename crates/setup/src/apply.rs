//! Makes the changes, one after the other, and records each.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::{
    change::{Change, Step, changes, grant},
    current::{Current, registration},
    failure::Failure,
    graph::Graph,
    json::text,
    patch::Patch,
    plan::Plan,
    record::{Entry, Grant, Record, Registration},
    rights::require_write,
    settings::Settings,
};

/// How often the same change is made before it counts as without effect.
const REPETITIONS: u32 = 5;

/// Makes all changes of a plan that a person confirmed. `save` writes the record after each of them, and `report` names
/// it.
///
/// # Errors
/// [`Failure::Rights`] and [`Failure::PlanDiffers`] before anything is changed, those of a request, of `save`, and
/// [`Failure::NoEffect`]. The next run continues. After [`Failure::Unrecorded`], it needs what that failure names.
pub async fn apply(
    graph: &Graph,
    settings: &Settings,
    record: &mut Record,
    plan: &Plan,
    mut save: impl FnMut(&Record) -> Result<(), Failure>,
    mut report: impl FnMut(&Change),
) -> Result<(), Failure> {
    if !plan.changes.is_empty() {
        require_write(graph, &plan.rights).await?;
    }
    plan.verify(graph, settings, record).await?;
    // A record that cannot be written is found before anything is created.
    save(record)?;
    let mut made: HashMap<String, u32> = HashMap::new();
    loop {
        let current = Current::read(graph, settings, record).await?;
        let Some(next) = changes(settings, &current)?.into_iter().next() else {
            return Ok(());
        };
        let times = made.entry(format!("{} {:?}", next.title, next.details)).or_default();
        *times += 1;
        if *times > REPETITIONS {
            return Err(Failure::NoEffect(next.title));
        }
        let before = record.clone();
        let done = perform(graph, settings, &current, record, &next.step).await;
        save(record).map_err(|failure| unrecorded(&before, record, failure))?;
        done?;
        report(&next);
    }
}

/// Names a registration that was created and is in no file: only a person can name it to the next run.
fn unrecorded(before: &Record, record: &Record, failure: Failure) -> Failure {
    let both = [(&before.page, &record.page, "--adopt-page"), (&before.api, &record.api, "--adopt-api")];
    for (before, after, option) in both {
        if let Some(created) = after.as_ref().filter(|_| before != after) {
            return Failure::Unrecorded { app_id: created.app_id.clone(), option, reason: failure.to_string() };
        }
    }
    failure
}

async fn perform(
    graph: &Graph,
    settings: &Settings,
    current: &Current,
    record: &mut Record,
    step: &Step,
) -> Result<(), Failure> {
    match step {
        Step::Principal(app_id) => create_principal(graph, app_id).await,
        Step::OwnPrincipal(app_id) => create_principal(graph, app_id.as_deref().unwrap_or_default()).await,
        Step::CreatePage(patch) => create_application(graph, &mut record.page, &settings.name, patch).await,
        Step::CreateApi(patch) => create_application(graph, &mut record.api, &settings.api_name(), patch).await,
        Step::UpdatePage(patch) => update_application(graph, record.page.clone(), record, patch).await,
        Step::UpdateApi(patch) => update_application(graph, record.api.clone(), record, patch).await,
        Step::Grant { resource, scopes } => give_consent(graph, current, record, resource, scopes).await,
    }
}

async fn create_principal(graph: &Graph, app_id: &str) -> Result<(), Failure> {
    match graph.create("servicePrincipals", json!({ "appId": app_id })).await {
        // It exists, and was not visible.
        Err(failure) if failure.has_status(409) => Ok(()),
        created => graph.until_visible("servicePrincipals", text(&created?["id"])).await,
    }
}

async fn create_application(
    graph: &Graph,
    recorded: &mut Option<Registration>,
    name: &str,
    patch: &Patch,
) -> Result<(), Failure> {
    let mut body: Map<String, Value> = patch.body.clone();
    body.insert("displayName".to_owned(), name.into());
    let created = graph.create("applications", body.into()).await?;
    *recorded = Some(registration(&created, true));
    graph.until_visible("applications", text(&created["id"])).await
}

async fn update_application(
    graph: &Graph,
    registration: Option<Registration>,
    record: &mut Record,
    patch: &Patch,
) -> Result<(), Failure> {
    let Some(Registration { id, created, .. }) = registration else { return Ok(()) };
    graph.update(&format!("applications/{id}"), &patch.body.clone().into()).await?;
    if !created {
        for (list, value) in &patch.entries {
            let entry = Entry { application: id.clone(), list: (*list).to_owned(), value: value.clone() };
            if !record.entries.contains(&entry) {
                record.entries.push(entry);
            }
        }
    }
    Ok(())
}

/// Adds permissions to the grant of the resource, or creates it: each pair of applications has one grant.
async fn give_consent(
    graph: &Graph,
    current: &Current,
    record: &mut Record,
    resource: &str,
    scopes: &[&str],
) -> Result<(), Failure> {
    let (Some(client), Some(principal)) = (&current.page_principal, current.resource(resource)) else {
        return Ok(());
    };
    let added: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    if let Some(known) = grant(current, resource) {
        let id = text(&known["id"]).to_owned();
        let all = format!("{} {}", text(&known["scope"]).trim(), added.join(" "));
        graph.update(&format!("oauth2PermissionGrants/{id}"), &json!({ "scope": all.trim() })).await?;
        match record.grants.iter_mut().find(|grant| grant.id == id) {
            Some(grant) => grant.scopes.extend(added),
            None => record.grants.push(Grant { id, scopes: added, created: false }),
        }
        return Ok(());
    }
    let body = json!({
        "clientId": client["id"],
        "consentType": "AllPrincipals",
        "resourceId": principal["id"],
        "scope": added.join(" "),
    });
    match graph.create("oauth2PermissionGrants", body).await {
        Ok(created) => {
            let id = text(&created["id"]);
            record.grants.push(Grant { id: id.to_owned(), scopes: added, created: true });
            graph.until_visible("oauth2PermissionGrants", id).await
        }
        // It exists, and was not visible.
        Err(failure) if failure.has_status(409) => Ok(()),
        Err(failure) => Err(failure),
    }
}
