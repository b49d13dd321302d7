//! `/me` and `/organization`: the person of the token, their roles, and their tenant.

use axum::{
    Extension,
    extract::RawQuery,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::{Value, json};

use crate::{
    Emulator,
    accounts::Persona,
    graph::{
        self,
        access::{Caller, Right},
        graph_error::GraphError,
        query::Query,
    },
};

/// The template id of the role "Global Administrator", which is the same in every tenant.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

/// `GET /organization`
pub(super) async fn organization(
    Extension(emulator): Extension<Emulator>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let result = collection(&emulator, &headers, query.as_deref(), "organization", |caller| {
        let domains = json!([{ "name": caller.tenant.domain, "isDefault": true, "isInitial": true }]);
        vec![json!({
            "id": caller.tenant.id,
            "displayName": caller.tenant.display_name,
            "tenantType": "AAD",
            "verifiedDomains": domains,
        })]
    });
    graph::respond(&emulator, StatusCode::OK, result)
}

/// `GET /me`
pub(super) async fn me(Extension(emulator): Extension<Emulator>, headers: HeaderMap) -> Response {
    let result = caller(&emulator, &headers).map(|Caller { account, .. }| {
        json!({ "id": account.home.id, "displayName": account.display_name, "userPrincipalName": account.username })
    });
    graph::respond(&emulator, StatusCode::OK, result)
}

/// `GET /me/transitiveMemberOf`: the groups and directory roles of the person.
pub(super) async fn memberships(
    Extension(emulator): Extension<Emulator>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let result = collection(&emulator, &headers, query.as_deref(), "me/transitiveMemberOf", |caller| {
        let groups = caller.account.groups.iter().map(
            |group| json!({ "@odata.type": "#microsoft.graph.group", "id": group.id, "displayName": group.display_name }),
        );
        let role = (caller.account.persona == Persona::Administrator).then(|| {
            json!({
                "@odata.type": "#microsoft.graph.directoryRole",
                "id": emulator.random().guid("graph object"),
                "displayName": "Global Administrator",
                "roleTemplateId": GLOBAL_ADMINISTRATOR,
            })
        });
        groups.chain(role).collect()
    });
    graph::respond(&emulator, StatusCode::OK, result)
}

fn caller(emulator: &Emulator, headers: &HeaderMap) -> Result<Caller, GraphError> {
    let caller = Caller::of(emulator, headers)?;
    caller.require(Right::Me)?;
    Ok(caller)
}

fn collection(
    emulator: &Emulator,
    headers: &HeaderMap,
    query: Option<&str>,
    path: &str,
    objects: impl FnOnce(&Caller) -> Vec<Value>,
) -> Result<Value, GraphError> {
    let caller = caller(emulator, headers)?;
    let query = Query::parse(query.unwrap_or_default(), &[])?;
    let objects = objects(&caller).into_iter().filter_map(|object| object.as_object().cloned()).collect();
    Ok(query.page(emulator, path, objects))
}
