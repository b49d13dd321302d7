//! What the tenant has now.

use serde_json::Value;

use crate::{
    failure::Failure,
    graph::Graph,
    json::{list, text},
    record::{Record, Registration},
    settings::Settings,
};

/// The tag of registrations that this program created. By it, a run that ended before its record was written finds its
/// own registration.
pub(crate) const TAG: &str = "acs-sign-in-setup";

/// Azure Communication Services, for Teams users.
pub(crate) const ACS: &str = "1fd5118e-2576-4263-8130-9503064c837a";

/// Azure Communication Services Clients, for Entra ID users.
pub(crate) const ACS_CLIENTS: &str = "2a04943b-b6a7-4f65-8786-2bb6131b59f6";

/// Microsoft Graph, whose scopes of OpenID Connect the page requests.
pub(crate) const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

const APPLICATION: &str = "$select=id,appId,displayName,signInAudience,identifierUris,tags,spa,web,api,\
                           requiredResourceAccess,optionalClaims";

/// The objects of the tenant that a set-up concerns.
#[derive(Debug)]
pub struct Current {
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
    /// Those of a request, and [`Failure::Ambiguous`].
    pub async fn read(graph: &Graph, settings: &Settings, record: &Record) -> Result<Self, Failure> {
        let page = application(graph, record.page.as_ref(), &settings.name).await?;
        let api = application(graph, record.api.as_ref(), &settings.api_name()).await?;
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
}

/// What the record says about a registration that exists, or would say if it had been written.
pub(crate) fn registration(application: &Value) -> Registration {
    Registration {
        id: text(&application["id"]).to_owned(),
        app_id: text(&application["appId"]).to_owned(),
        created: list(&application["tags"]).contains(&TAG.into()),
    }
}

/// The registration of the record, or the only one with this name.
async fn application(graph: &Graph, recorded: Option<&Registration>, name: &str) -> Result<Option<Value>, Failure> {
    if let Some(Registration { id, .. }) = recorded
        && let Some(found) = graph.find(&format!("applications/{id}?{APPLICATION}")).await?
    {
        return Ok(Some(found));
    }
    let filter =
        name.replace('\'', "''").replace('%', "%25").replace('&', "%26").replace('+', "%2B").replace('#', "%23");
    let mut found = graph.list(&format!("applications?$filter=displayName eq '{filter}'&{APPLICATION}")).await?;
    match found.len() {
        0 | 1 => Ok(found.pop()),
        count => Err(Failure::Ambiguous { name: name.to_owned(), count }),
    }
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
