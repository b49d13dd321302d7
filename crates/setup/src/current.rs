//! What the tenant has now.

use serde_json::Value;

use crate::{
    candidate::{Candidate, credentials, redirect_uris},
    failure::Failure,
    graph::Graph,
    json::{list, text},
    record::{Record, Registration},
    settings::Settings,
};

/// Azure Communication Services, for Teams users.
pub(crate) const ACS: &str = "1fd5118e-2576-4263-8130-9503064c837a";

/// Azure Communication Services Clients, for Entra ID users.
pub(crate) const ACS_CLIENTS: &str = "2a04943b-b6a7-4f65-8786-2bb6131b59f6";

/// Microsoft Graph, whose scopes of OpenID Connect the page requests.
pub(crate) const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

const APPLICATION: &str = "$select=id,appId,displayName,signInAudience,identifierUris,spa,web,publicClient,api,\
                           requiredResourceAccess,optionalClaims,passwordCredentials,keyCredentials";

/// The objects of the tenant that a set-up concerns.
#[derive(Debug)]
pub(crate) struct Current {
    pub(crate) page: Option<Value>,
    pub(crate) api: Option<Value>,
    pub(crate) acs: Option<Value>,
    pub(crate) acs_clients: Option<Value>,
    pub(crate) graph: Option<Value>,
    pub(crate) page_principal: Option<Value>,
    pub(crate) api_principal: Option<Value>,
    /// Consent to the page for all people.
    pub(crate) grants: Vec<Value>,
}

impl Current {
    /// Reads all of it.
    ///
    /// # Errors
    /// Those of a request, and [`Failure::NameTaken`].
    pub(crate) async fn read(graph: &Graph, settings: &Settings, record: &Record) -> Result<Self, Failure> {
        let page = application(graph, record.page.as_ref(), &settings.name, "--adopt-page").await?;
        let api = application(graph, record.api.as_ref(), &settings.api_name(), "--adopt-api").await?;
        let page_principal = principal_of(graph, page.as_ref()).await?;
        let grants = match &page_principal {
            Some(page) => {
                let id = text(&page["id"]);
                let grants = graph.list(&format!("oauth2PermissionGrants?$filter=clientId eq '{id}'")).await?;
                grants.into_iter().filter(|grant| grant["consentType"] == "AllPrincipals").collect()
            }
            None => Vec::new(),
        };
        Ok(Self {
            acs: principal(graph, ACS).await?,
            acs_clients: principal(graph, ACS_CLIENTS).await?,
            graph: principal(graph, GRAPH).await?,
            api_principal: principal_of(graph, api.as_ref()).await?,
            page,
            api,
            page_principal,
            grants,
        })
    }

    /// The service principal of one of Microsoft's resources.
    pub(crate) fn resource(&self, app_id: &str) -> Option<&Value> {
        match app_id {
            ACS => self.acs.as_ref(),
            ACS_CLIENTS => self.acs_clients.as_ref(),
            _ => self.graph.as_ref(),
        }
    }

    /// What the registrations have and the settings do not want: redirect URIs, to which codes can go,
    /// credentials, and clients that get tokens for the API without consent.
    pub(crate) fn unwanted(&self, settings: &Settings) -> Vec<String> {
        let mut unwanted = Vec::new();
        let wanted = settings.redirect_uris();
        let both = [(&self.page, settings.name.clone(), &wanted[..]), (&self.api, settings.api_name(), &[])];
        for (application, name, wanted) in both {
            let Some(application) = application else { continue };
            let others: Vec<String> =
                redirect_uris(application).into_iter().filter(|uri| !wanted.contains(uri)).collect();
            if !others.is_empty() {
                unwanted.push(format!("the registration {name} has other redirect URIs: {}", others.join(", ")));
            }
            let credentials = credentials(application);
            if credentials > 0 {
                unwanted.push(format!("the registration {name} has secrets or certificates: {credentials}"));
            }
        }
        if let Some(api) = &self.api {
            let page = self.page.as_ref().map(|page| &page["appId"]);
            let clients = list(&api["api"]["preAuthorizedApplications"]).iter().map(|client| &client["appId"]);
            let others: Vec<&str> = clients.filter(|client| Some(*client) != page).map(text).collect();
            if !others.is_empty() {
                let name = settings.api_name();
                unwanted.push(format!("the registration {name} pre-authorizes others: {}", others.join(", ")));
            }
        }
        unwanted
    }
}

/// What the record says about a registration.
pub(crate) fn registration(application: &Value, created: bool) -> Registration {
    Registration { id: text(&application["id"]).to_owned(), app_id: text(&application["appId"]).to_owned(), created }
}

/// The registration of the record. Another one with this name can be a trap, so it is not used.
async fn application(
    graph: &Graph,
    recorded: Option<&Registration>,
    name: &str,
    option: &'static str,
) -> Result<Option<Value>, Failure> {
    if let Some(Registration { id, .. }) = recorded
        && let Some(found) = graph.find(&format!("applications/{id}?{APPLICATION}")).await?
    {
        return Ok(Some(found));
    }
    let filter =
        name.replace('\'', "''").replace('%', "%25").replace('&', "%26").replace('+', "%2B").replace('#', "%23");
    let found = graph.list(&format!("applications?$filter=displayName eq '{filter}'&{APPLICATION}")).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let mut candidates = Vec::new();
    for application in &found {
        candidates.push(Candidate::read(graph, application).await?);
    }
    Err(Failure::NameTaken { name: name.to_owned(), option, candidates })
}

async fn principal_of(graph: &Graph, application: Option<&Value>) -> Result<Option<Value>, Failure> {
    match application {
        Some(application) => principal(graph, text(&application["appId"])).await,
        None => Ok(None),
    }
}

async fn principal(graph: &Graph, app_id: &str) -> Result<Option<Value>, Failure> {
    const SELECT: &str = "$select=id,appId,displayName,oauth2PermissionScopes";
    Ok(graph.list(&format!("servicePrincipals?$filter=appId eq '{app_id}'&{SELECT}")).await?.pop())
}
