//! Makes the changes, one after the other, and records each.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::{
    change::{Change, Step, changes, grant},
    current::{Current, TAG, registration},
    failure::Failure,
    graph::Graph,
    json::text,
    patch::Patch,
    record::{Entry, Grant, Record, Registration},
    rights::{Rights, require_write},
    settings::Settings,
};

/// How often the same change is made before it counts as without effect.
const REPETITIONS: u32 = 5;

/// Makes all changes. `save` writes the record after each of them, and `report` names it.
///
/// # Errors
/// [`Failure::Rights`] before anything is changed, those of a request, and [`Failure::NoEffect`]. The next run continues.
pub async fn apply(
    graph: &Graph,
    settings: &Settings,
    record: &mut Record,
    mut save: impl FnMut(&Record) -> Result<(), Failure>,
    mut report: impl FnMut(&Change),
) -> Result<Current, Failure> {
    let rights = Rights::read(graph, settings).await?;
    let mut is_allowed = false;
    let mut made: HashMap<String, u32> = HashMap::new();
    loop {
        let current = Current::read(graph, settings, record).await?;
        remember(record, &current);
        let Some(next) = changes(settings, &current)?.into_iter().next() else {
            save(record)?;
            return Ok(current);
        };
        if !is_allowed {
            require_write(graph, &rights).await?;
            is_allowed = true;
        }
        let times = made.entry(format!("{} {:?}", next.title, next.details)).or_default();
        *times += 1;
        if *times > REPETITIONS {
            return Err(Failure::NoEffect(next.title));
        }
        let done = perform(graph, settings, &current, record, &next.step).await;
        save(record)?;
        done?;
        report(&next);
    }
}

/// Keeps the ids of what was found, so that a renamed registration is found again.
fn remember(record: &mut Record, current: &Current) {
    let keep = |recorded: &mut Option<Registration>, found: &Option<Value>| {
        let found = found.as_ref().map(registration);
        if let Some(found) = found.filter(|found| recorded.as_ref().is_none_or(|known| known.id != found.id)) {
            *recorded = Some(found);
        }
    };
    keep(&mut record.page, &current.page);
    keep(&mut record.api, &current.api);
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
        Step::CreatePage(patch) => {
            record.page = Some(create_application(graph, &settings.name, patch).await?);
            Ok(())
        }
        Step::CreateApi(patch) => {
            record.api = Some(create_application(graph, &settings.api_name(), patch).await?);
            Ok(())
        }
        Step::UpdatePage(patch) => update_application(graph, record.page.clone(), record, patch).await,
        Step::UpdateApi(patch) => update_application(graph, record.api.clone(), record, patch).await,
        Step::Grant { resource, scopes } => give_consent(graph, current, record, resource, scopes).await,
    }
}

async fn create_principal(graph: &Graph, app_id: &str) -> Result<(), Failure> {
    match graph.create("servicePrincipals", json!({ "appId": app_id })).await {
        // It exists, and was not visible.
        Err(failure) if failure.has_status(409) => Ok(()),
        other => other.map(drop),
    }
}

async fn create_application(graph: &Graph, name: &str, patch: &Patch) -> Result<Registration, Failure> {
    let mut body: Map<String, Value> = patch.body.clone();
    body.insert("displayName".to_owned(), name.into());
    body.insert("tags".to_owned(), json!([TAG]));
    let created = graph.create("applications", body.into()).await?;
    Ok(Registration { created: true, ..registration(&created) })
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
            let id = text(&created["id"]).to_owned();
            record.grants.push(Grant { id, scopes: added, created: true });
            Ok(())
        }
        // It exists, and was not visible.
        Err(failure) if failure.has_status(409) => Ok(()),
        Err(failure) => Err(failure),
    }
}
