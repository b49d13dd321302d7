//! The `scope` parameter.

use crate::{
    entra::refusal::Refusal,
    registrations::{GRAPH, Resource},
};

/// A parsed `scope`: the scopes of OpenID Connect, and permissions of resources.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scopes {
    pub(crate) openid: bool,
    pub(crate) offline_access: bool,
    pub(crate) permissions: Vec<Permission>,
}

/// One delegated permission of one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Permission {
    pub(crate) resource: &'static Resource,
    pub(crate) name: &'static str,
}

impl Scopes {
    /// Reads a space-separated list of scopes of these resources.
    ///
    /// # Errors
    /// [`Refusal::ScopeInvalid`] for an unknown resource, [`Refusal::ScopeUnknown`] for an unknown scope of a resource.
    pub(crate) fn parse(resources: &[&'static Resource], text: &str) -> Result<Self, Refusal> {
        let mut scopes = Self { openid: false, offline_access: false, permissions: Vec::new() };
        for scope in text.split_ascii_whitespace() {
            match scope {
                "openid" => scopes.openid = true,
                "offline_access" => scopes.offline_access = true,
                "profile" | "email" => {}
                scope => scopes.add(resources, scope)?,
            }
        }
        Ok(scopes)
    }

    /// Every permission of every resource. Every registration of the emulator may request all of them.
    pub(crate) fn everything(resources: &[&'static Resource]) -> Self {
        let permissions =
            |resource: &'static Resource| resource.scopes.iter().map(move |name| Permission { resource, name });
        Self {
            openid: true,
            offline_access: true,
            permissions: resources.iter().copied().flat_map(permissions).collect(),
        }
    }

    /// The only resource of a token request. Without one, it is Microsoft Graph.
    ///
    /// # Errors
    /// [`Refusal::ManyResources`] if the scopes name more than one resource.
    pub(crate) fn single_resource(&self) -> Result<&'static Resource, Refusal> {
        let Some(first) = self.permissions.first() else { return Ok(&GRAPH) };
        if self.permissions.iter().any(|permission| permission.resource != first.resource) {
            return Err(Refusal::ManyResources);
        }
        Ok(first.resource)
    }

    /// The `scope` of the token response: full URIs.
    pub(crate) fn as_granted(&self) -> String {
        let full: Vec<String> = self.permissions.iter().map(Permission::uri).collect();
        if full.is_empty() { "openid profile".to_owned() } else { full.join(" ") }
    }

    /// The `scp` claim: names without their resources.
    pub(crate) fn as_claim(&self) -> String {
        let names: Vec<&str> = self.permissions.iter().map(|permission| permission.name).collect();
        names.join(" ")
    }

    /// Adds a permission by its URI, or all permissions of a resource by `/.default`.
    fn add(&mut self, resources: &[&'static Resource], scope: &str) -> Result<(), Refusal> {
        let (identifier, name) = scope.rsplit_once('/').unwrap_or((GRAPH.app_id, scope));
        let mut known = resources.iter().copied();
        let resource = known.find(|resource| resource.is_called(identifier));
        let resource = resource.ok_or_else(|| Refusal::ScopeInvalid(scope.to_owned()))?;
        let named: Vec<&'static str> =
            resource.scopes.iter().copied().filter(|known| name == ".default" || *known == name).collect();
        if named.is_empty() {
            return Err(Refusal::ScopeUnknown { scope: name.to_owned(), resource: resource.app_id });
        }
        for name in named {
            let permission = Permission { resource, name };
            if !self.permissions.contains(&permission) {
                self.permissions.push(permission);
            }
        }
        Ok(())
    }
}

impl Permission {
    /// The scope as a URI.
    pub(crate) fn uri(&self) -> String {
        format!("{}/{}", self.resource.uri, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::Scopes;
    use crate::{
        entra::refusal::Refusal,
        registrations::{ACS, GRAPH, Resource},
    };

    const BOTH: &str = "https://auth.msft.communication.azure.com/Teams.ManageCalls https://auth.msft.communication.azure.com/Teams.ManageChats";

    #[test]
    fn writes_permissions_as_uris_in_responses_and_as_names_in_claims() {
        let scopes = Scopes::parse(&Resource::all(), &format!("openid {BOTH} offline_access")).unwrap();
        assert_eq!((scopes.openid, scopes.offline_access), (true, true));
        assert_eq!(scopes.as_granted(), BOTH);
        assert_eq!(scopes.as_claim(), "Teams.ManageCalls Teams.ManageChats");
        assert_eq!(scopes.single_resource(), Ok(&ACS));
    }

    #[test]
    fn default_stands_for_every_scope_of_the_resource() {
        let scopes = Scopes::parse(&Resource::all(), "https://auth.msft.communication.azure.com/.default").unwrap();
        let extension = "https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls";
        assert_eq!(scopes.as_granted(), format!("{BOTH} {extension}"));
    }

    #[test]
    fn a_scope_without_a_resource_belongs_to_microsoft_graph() {
        assert_eq!(Scopes::parse(&Resource::all(), "User.Read").unwrap().single_resource(), Ok(&GRAPH));
    }

    #[test]
    fn rejects_unknown_scopes_and_two_resources() {
        let unknown = "https://unknown.example/x";
        assert_eq!(Scopes::parse(&Resource::all(), unknown), Err(Refusal::ScopeInvalid(unknown.to_owned())));
        assert_eq!(
            Scopes::parse(&Resource::all(), "api://e8c00000-0000-4000-8000-000000000020/x"),
            Err(Refusal::ScopeUnknown { scope: "x".to_owned(), resource: "e8c00000-0000-4000-8000-000000000020" })
        );
        let two = format!("{BOTH} api://e8c00000-0000-4000-8000-000000000020/access_as_user");
        assert_eq!(Scopes::parse(&Resource::all(), &two).unwrap().single_resource(), Err(Refusal::ManyResources));
    }
}
