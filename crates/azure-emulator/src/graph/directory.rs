//! The objects that Graph reads and writes, for each tenant.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    directory::{CONTOSO, FABRIKAM, Tenant},
    entra::scopes::Permission,
    graph::{access::Right, graph_error::GraphError, registered},
    random::Random,
    registrations::{ACS, ACS_CLIENTS, Application, EXCHANGE_API, GRAPH, Resource},
};

/// All objects of all tenants, and what the sign-in endpoints use of them.
#[derive(Debug)]
pub(crate) struct Directory {
    random: Random,
    tenants: BTreeMap<&'static str, Objects>,
    applications: Vec<&'static Application>,
    resources: Vec<&'static Resource>,
}

#[derive(Debug, Default)]
struct Objects {
    applications: Vec<Object>,
    service_principals: Vec<Object>,
    grants: Vec<Object>,
}

#[derive(Debug)]
struct Object {
    members: Map<String, Value>,
    /// The number of requests that do not find the object yet: Graph is eventually consistent.
    unseen: u8,
}

/// A kind of objects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Application,
    ServicePrincipal,
    Grant,
}

impl Kind {
    /// The segment of the path.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Application => "applications",
            Self::ServicePrincipal => "servicePrincipals",
            Self::Grant => "oauth2PermissionGrants",
        }
    }

    /// The properties that `$filter` can name.
    pub(super) fn filters(self) -> &'static [&'static str] {
        match self {
            Self::Application | Self::ServicePrincipal => &["appId", "displayName", "id"],
            Self::Grant => &["clientId", "consentType", "principalId", "resourceId"],
        }
    }

    /// What a change needs.
    pub(super) fn right(self) -> Right {
        match self {
            Self::Application | Self::ServicePrincipal => Right::Applications,
            Self::Grant => Right::Grants,
        }
    }
}

impl Directory {
    /// The directories of both tenants. Those that are `empty` have the service principal of Graph only.
    pub(crate) fn new(random: Random, empty: bool) -> Self {
        let mut directory = Self { random, tenants: BTreeMap::new(), applications: Vec::new(), resources: Vec::new() };
        let known: &[&Resource] = if empty { &[&GRAPH] } else { &[&GRAPH, &ACS, &ACS_CLIENTS, &EXCHANGE_API] };
        for tenant in [FABRIKAM.id, CONTOSO.id] {
            directory.tenants.insert(tenant, Objects::default());
            for resource in known {
                let members = directory.service_principal_of(resource);
                directory.objects(tenant, Kind::ServicePrincipal).push(Object { members, unseen: 0 });
            }
        }
        directory
    }

    /// The registrations as the sign-in endpoints use them.
    pub(crate) fn applications(&self) -> &[&'static Application] {
        &self.applications
    }

    /// The registered APIs.
    pub(crate) fn resources(&self) -> &[&'static Resource] {
        &self.resources
    }

    /// Whether `tenant` has no service principal of `resource`, so that its people cannot get a token for it.
    ///
    /// An API that lists the client in `knownClientApplications` gets its service principal with the consent.
    pub(crate) fn lacks(&self, tenant: &Tenant, resource: &Resource, client: &Application) -> bool {
        let has_principal =
            self.tenants[tenant.id].service_principals.iter().any(|object| object.members["appId"] == resource.app_id);
        let known = self.registration(resource.app_id).map(|api| &api["api"]["knownClientApplications"]);
        let is_known = known.and_then(Value::as_array).is_some_and(|ids| ids.contains(&client.client_id.into()));
        !has_principal && !is_known
    }

    /// Whether consent or pre-authorization covers `permission`. `None` if `client` was not registered by Graph.
    pub(crate) fn consent(&self, tenant: &Tenant, client: &Application, permission: &Permission) -> Option<bool> {
        self.registration(client.client_id)?;
        let principals = &self.tenants[tenant.id].service_principals;
        let object_id = |app_id: &str| {
            principals.iter().find(|object| object.members["appId"] == app_id).map(|object| &object.members["id"])
        };
        let granted = object_id(client.client_id).zip(object_id(permission.resource.app_id)).is_some_and(|ids| {
            self.tenants[tenant.id].grants.iter().any(|grant| {
                let grant = &grant.members;
                let scopes = grant["scope"].as_str().unwrap_or_default();
                (&grant["clientId"], &grant["resourceId"]) == ids
                    && grant["consentType"] == "AllPrincipals"
                    && scopes.split(' ').any(|scope| scope == permission.name)
            })
        });
        let api = self.registration(permission.resource.app_id);
        Some(granted || api.is_some_and(|api| registered::pre_authorizes(api, client.client_id, permission.name)))
    }

    /// All objects of a kind that are visible.
    pub(super) fn visible(&mut self, tenant: &Tenant, kind: Kind) -> Vec<Map<String, Value>> {
        let objects = self.objects(tenant.id, kind).iter_mut();
        objects.filter_map(|object| object.is_visible().then(|| object.members.clone())).collect()
    }

    /// The object with this id.
    ///
    /// # Errors
    /// [`GraphError::NotFound`] if no object has it, or if it is not visible yet.
    pub(super) fn find(&mut self, tenant: &Tenant, kind: Kind, id: &str) -> Result<Map<String, Value>, GraphError> {
        self.object(tenant, kind, id).map(|object| object.members.clone())
    }

    /// Adds an object with a new id, which `lag` requests do not find yet.
    pub(super) fn add(
        &mut self,
        tenant: &Tenant,
        kind: Kind,
        mut members: Map<String, Value>,
        lag: u8,
    ) -> Map<String, Value> {
        members.insert("id".to_owned(), self.random.guid("graph object").into());
        self.objects(tenant.id, kind).push(Object { members: members.clone(), unseen: lag });
        self.take_effect();
        members
    }

    /// Replaces the members of an object.
    ///
    /// # Errors
    /// [`GraphError::NotFound`].
    pub(super) fn replace(
        &mut self,
        tenant: &Tenant,
        kind: Kind,
        id: &str,
        members: Map<String, Value>,
    ) -> Result<(), GraphError> {
        self.object(tenant, kind, id)?.members = members;
        self.take_effect();
        Ok(())
    }

    /// Deletes an object, and what depends on it: the service principal of an application in its own tenant, and the
    /// grants of a service principal.
    ///
    /// # Errors
    /// [`GraphError::NotFound`].
    pub(super) fn delete(&mut self, tenant: &Tenant, kind: Kind, id: &str) -> Result<(), GraphError> {
        let deleted = self.object(tenant, kind, id)?.members.clone();
        self.objects(tenant.id, kind).retain(|object| object.members["id"] != id);
        match kind {
            Kind::Application => {
                let own = |object: &&Object| object.members["appId"] == deleted["appId"];
                let principal = self.objects(tenant.id, Kind::ServicePrincipal).iter().find(own);
                if let Some(id) = principal.and_then(|object| object.members["id"].as_str().map(str::to_owned)) {
                    self.delete(tenant, Kind::ServicePrincipal, &id)?;
                }
            }
            Kind::ServicePrincipal => self
                .objects(tenant.id, Kind::Grant)
                .retain(|grant| grant.members["clientId"] != id && grant.members["resourceId"] != id),
            Kind::Grant => {}
        }
        self.take_effect();
        Ok(())
    }

    /// An id for an application.
    pub(super) fn new_app_id(&self) -> String {
        self.random.guid("application")
    }

    /// The registration with this application id, in any tenant.
    pub(super) fn registration(&self, app_id: &str) -> Option<&Map<String, Value>> {
        let all = self.tenants.values().flat_map(|objects| &objects.applications);
        all.map(|object| &object.members).find(|members| members["appId"] == app_id)
    }

    /// Whether the registration with this application id is visible. This counts as a request for it.
    pub(super) fn sees_registration(&mut self, app_id: &str) -> bool {
        let mut all = self.tenants.values_mut().flat_map(|objects| &mut objects.applications);
        all.find(|object| object.members["appId"] == app_id).is_some_and(Object::is_visible)
    }

    /// The identifier URIs of the tenant's other registrations.
    pub(super) fn identifier_uris(&self, tenant: &Tenant, except: &str) -> Vec<String> {
        let others = self.tenants[tenant.id].applications.iter().filter(|object| object.members["id"] != except);
        let uris = others.filter_map(|object| object.members["identifierUris"].as_array()).flatten();
        uris.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Whether any object of the tenant fulfills the condition, visible or not.
    pub(super) fn any(&self, tenant: &Tenant, kind: Kind, condition: impl Fn(&Map<String, Value>) -> bool) -> bool {
        let objects = &self.tenants[tenant.id];
        let objects = match kind {
            Kind::Application => &objects.applications,
            Kind::ServicePrincipal => &objects.service_principals,
            Kind::Grant => &objects.grants,
        };
        objects.iter().any(|object| condition(&object.members))
    }

    /// The service principal of one of Microsoft's or the emulator's own resources.
    pub(super) fn service_principal_of(&self, resource: &Resource) -> Map<String, Value> {
        let name = match resource.app_id {
            id if id == ACS.app_id => "Azure Communication Services",
            id if id == ACS_CLIENTS.app_id => "Azure Communication Services Clients",
            id if id == GRAPH.app_id => "Microsoft Graph",
            _ => "ACS Sign-In Exchange",
        };
        let scopes: Vec<Value> = resource.scopes.iter().map(|scope| registered::published_scope(scope)).collect();
        let members = json!({
            "id": self.random.guid("graph object"),
            "appId": resource.app_id,
            "appDisplayName": name,
            "displayName": name,
            "servicePrincipalType": "Application",
            "servicePrincipalNames": [resource.uri, resource.app_id],
            "accountEnabled": true,
            "appRoleAssignmentRequired": false,
            "oauth2PermissionScopes": scopes,
        });
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    fn object(&mut self, tenant: &Tenant, kind: Kind, id: &str) -> Result<&mut Object, GraphError> {
        let mut objects = self.objects(tenant.id, kind).iter_mut();
        let object = objects.find(|object| object.members["id"] == id);
        object.and_then(|object| object.is_visible().then_some(object)).ok_or(GraphError::NotFound(id.to_owned()))
    }

    fn objects(&mut self, tenant: &'static str, kind: Kind) -> &mut Vec<Object> {
        let objects = self.tenants.entry(tenant).or_default();
        match kind {
            Kind::Application => &mut objects.applications,
            Kind::ServicePrincipal => &mut objects.service_principals,
            Kind::Grant => &mut objects.grants,
        }
    }

    /// Makes the registrations as they are now those of the sign-in endpoints.
    fn take_effect(&mut self) {
        let registrations = || {
            let tenants = [&FABRIKAM, &CONTOSO].into_iter();
            tenants.flat_map(|tenant| self.tenants[tenant.id].applications.iter().map(move |object| (tenant, object)))
        };
        let applications = registrations()
            .map(|(tenant, object)| registered::application(&self.applications, tenant, &object.members))
            .collect();
        let resources =
            registrations().filter_map(|(_, object)| registered::resource(&self.resources, &object.members)).collect();
        (self.applications, self.resources) = (applications, resources);
    }
}

impl Object {
    /// Whether a request finds the object. A request that does not find it brings it closer.
    fn is_visible(&mut self) -> bool {
        let is_visible = self.unseen == 0;
        self.unseen = self.unseen.saturating_sub(1);
        is_visible
    }
}
