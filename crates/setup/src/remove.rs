//! Removes what `apply` recorded, and nothing else: no service principal of Microsoft's, and no entry of others.

use serde_json::{Map, Value, json};

use crate::{
    change::has,
    failure::Failure,
    graph::Graph,
    json::{list, text},
    record::{Entry, Record, Registration},
    settings::Settings,
};

/// Removes what the record has. `save` writes the record after each step, without what is gone, and `report` names the
/// step.
///
/// # Errors
/// Those of a request. The next run continues.
pub async fn remove(
    graph: &Graph,
    settings: &Settings,
    record: &mut Record,
    mut save: impl FnMut(&Record) -> Result<(), Failure>,
    mut report: impl FnMut(&str),
) -> Result<(), Failure> {
    while let Some(grant) = record.grants.last().cloned() {
        let path = format!("oauth2PermissionGrants/{}", grant.id);
        match graph.find(&path).await? {
            Some(known) => {
                let is_own = |scope: &&str| grant.scopes.iter().any(|own| own == scope);
                let rest: Vec<&str> =
                    text(&known["scope"]).split_ascii_whitespace().filter(|scope| !is_own(scope)).collect();
                if rest.is_empty() && grant.created {
                    graph.delete(&path).await?;
                } else {
                    graph.update(&path, &json!({ "scope": rest.join(" ") })).await?;
                }
                report(&format!("withdrew consent to {}", grant.scopes.join(", ")));
            }
            None => report("consent was withdrawn before"),
        }
        record.grants.pop();
        save(record)?;
    }
    while let Some(entry) = record.entries.last().cloned() {
        remove_entry(graph, &entry).await?;
        report(&format!("removed an entry of {}", entry.list));
        record.entries.pop();
        save(record)?;
    }
    for is_page in [false, true] {
        let name = if is_page { settings.name.clone() } else { settings.api_name() };
        let registration = if is_page { &mut record.page } else { &mut record.api };
        if let Some(Registration { id, created: true, .. }) = registration.as_ref() {
            graph.delete(&format!("applications/{id}")).await?;
            report(&format!("deleted the registration {name}"));
        }
        *registration = None;
        save(record)?;
    }
    Ok(())
}

async fn remove_entry(graph: &Graph, entry: &Entry) -> Result<(), Failure> {
    let path = format!("applications/{}", entry.application);
    let Some(application) = graph.find(&path).await? else { return Ok(()) };
    let (outer, inner) = entry.list.split_once('.').map_or((entry.list.as_str(), None), |(a, b)| (a, Some(b)));
    let known = inner.map_or(&application[outer], |inner| &application[outer][inner]);
    let rest: Value = match entry.list.as_str() {
        "requiredResourceAccess" => without_access(known, &entry.value),
        "api.preAuthorizedApplications" => {
            list(known).iter().filter(|client| client["appId"] != entry.value).cloned().collect()
        }
        _ if has(known, &entry.value) => list(known).iter().filter(|value| **value != entry.value).cloned().collect(),
        _ => return Ok(()),
    };
    let body = match inner {
        None => json!({ outer: rest }),
        Some(inner) => {
            let mut whole: Map<String, Value> = application[outer].as_object().cloned().unwrap_or_default();
            whole.insert(inner.to_owned(), rest);
            json!({ outer: whole })
        }
    };
    graph.update(&path, &body).await
}

/// The list without one permission, and without resources that have none left.
fn without_access(known: &Value, removed: &Value) -> Value {
    let mut resources = list(known).to_vec();
    for resource in resources.iter_mut().filter(|resource| resource["resourceAppId"] == removed["resourceAppId"]) {
        if let Some(access) = resource["resourceAccess"].as_array_mut() {
            access.retain(|access| access["id"] != removed["id"]);
        }
    }
    resources.retain(|resource| !list(&resource["resourceAccess"]).is_empty());
    resources.into()
}
