//! The assignments at ACS (`access/entra/assignments`): which Entra ID users have access to the resource. Only the
//! resource's administrator uses this.

use std::{sync::Arc, time::Duration};

use contract::ids::{ClientId, ObjectId, TenantId};
use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::time::Instant;

use super::{
    authorized::Authorized, call::Call, entra_id_user::API_VERSION, refusal::AcsRefusal, response,
    settings::AcsSettings,
};
use crate::{
    clock::Clock,
    net::{
        outbound::{BoundedResponse, Outbound},
        peer_clock::PeerClock,
    },
    start_error::StartError,
};

const PATH: &str = "/access/entra/assignments";

/// The timeout of one request.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The maximum number of pages. A longer list is an error.
const MAX_PAGES: usize = 1000;

/// The assignments of the configured resource.
pub struct Assignments {
    endpoint: Url,
    authorized: Authorized,
    /// Artifact A3, the client id of the page.
    page: ClientId,
}

/// Access for a person, a group or a tenant through these applications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The object id of the person or group. For a tenant, the tenant's own id.
    pub object: ObjectId,
    /// The tenant of the object.
    pub tenant: TenantId,
    /// The kind of the object.
    pub principal: Principal,
    /// The applications through which access is given. Never empty.
    pub clients: Vec<ClientId>,
}

/// Who is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Principal {
    /// The members of a group.
    Group,
    /// All people of a tenant.
    Tenant,
    /// One person.
    User,
}

/// Why the assignments were not read or not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AssignmentsError {
    /// The response is neither a success nor a refusal that ACS documents.
    #[error("ACS gave no usable answer: is acs.endpoint a Communication Services resource")]
    AnswerUnreadable,
    /// ACS requires a pause (status 429).
    #[error("ACS asks for a pause: try again in a minute")]
    Busy,
    /// The link to the next page leads to another host, or the pages do not end.
    #[error("the list of assignments leads away from the resource, or has no end")]
    EndlessOrElsewhere,
    /// ACS cannot be reached, fails, or does not respond in time.
    #[error("ACS cannot be reached, or does not answer")]
    Unavailable,
    /// ACS does not accept the access key or the identity.
    #[error("ACS refuses this service: check its key or the role of its identity, and its clock")]
    ServiceRefused,
    /// The service's own identity got no token.
    #[error("the identity that acs.identity names gave no token")]
    NoIdentityToken,
    /// ACS refuses the request.
    #[error("ACS refuses this: {status} {code}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error code of ACS, reduced to letters and digits.
        code: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    tenant_id: String,
    principal_type: Principal,
    client_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    object_id: String,
    #[serde(flatten)]
    body: Body,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    value: Vec<Listed>,
    next_link: Option<String>,
}

impl Assignments {
    /// The client for the assignments of this resource. `page` is the client id of the page.
    pub(crate) fn of(acs: AcsSettings, page: ClientId, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let peer_clock = Arc::new(PeerClock::new(clock.clone()));
        let authorized = Authorized::new(acs.credential, None, Outbound::new()?, peer_clock, clock)?;
        Ok(Self { endpoint: acs.endpoint, authorized, page })
    }

    /// The application that is used where none is named.
    pub fn page(&self) -> &ClientId {
        &self.page
    }

    /// Reads all assignments.
    pub async fn list(&self) -> Result<Vec<Assignment>, AssignmentsError> {
        let mut all = vec![];
        let mut call = self.call(Method::GET, PATH, vec![]);
        for _ in 0..MAX_PAGES {
            let response = self.send(call, &[200]).await?;
            let page: Page = serde_json::from_slice(&response.body).map_err(|_| AssignmentsError::AnswerUnreadable)?;
            for listed in page.value {
                all.push(listed.read().ok_or(AssignmentsError::AnswerUnreadable)?);
            }
            let Some(next) = page.next_link.filter(|next| !next.is_empty()) else { return Ok(all) };
            // The link can be relative. It must not lead the signed request to another host.
            let next = self.endpoint.join(&next).ok().filter(|next| next.origin() == self.endpoint.origin());
            call = Call::to(Method::GET, next.ok_or(AssignmentsError::EndlessOrElsewhere)?, vec![]);
        }
        Err(AssignmentsError::EndlessOrElsewhere)
    }

    /// Adds an assignment, or replaces the one with the same id. Returns whether it is new.
    pub async fn add(&self, assignment: &Assignment) -> Result<bool, AssignmentsError> {
        let body = Body {
            tenant_id: assignment.tenant.to_string(),
            principal_type: assignment.principal,
            client_ids: assignment.clients.iter().map(ToString::to_string).collect(),
        };
        let body = serde_json::to_vec(&body).expect("a struct of texts serialises");
        let path = format!("{PATH}/{}", assignment.object);
        Ok(self.send(self.call(Method::PUT, &path, body), &[200, 201]).await?.status == 201)
    }

    /// Removes the assignment of this id. ACS does not say whether there was one.
    pub async fn remove(&self, object: &ObjectId) -> Result<(), AssignmentsError> {
        self.send(self.call(Method::DELETE, &format!("{PATH}/{object}"), vec![]), &[200, 204]).await.map(drop)
    }

    fn call(&self, method: Method, path: &str, body: Vec<u8>) -> Call {
        Call::new(method, &self.endpoint, path, API_VERSION, body)
    }

    async fn send(&self, call: Call, good: &[u16]) -> Result<BoundedResponse, AssignmentsError> {
        let response = self.authorized.send(&call, Instant::now() + TIMEOUT).await?;
        match response.status {
            status if good.contains(&status) => Ok(response),
            429 => Err(AssignmentsError::Busy),
            408 | 500.. => Err(AssignmentsError::Unavailable),
            _ if response::refuses_the_service(&response) => Err(AssignmentsError::ServiceRefused),
            status => match response::error(&response) {
                Some(error) => {
                    let code = error.code.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
                    Err(AssignmentsError::Refused { status, code })
                }
                None => Err(AssignmentsError::AnswerUnreadable),
            },
        }
    }
}

impl Listed {
    fn read(self) -> Option<Assignment> {
        let Self { object_id, body: Body { tenant_id, principal_type, client_ids } } = self;
        let clients = client_ids.iter().map(|id| id.parse().ok()).collect::<Option<_>>()?;
        let (object, tenant) = (object_id.parse().ok()?, tenant_id.parse().ok()?);
        Some(Assignment { object, tenant, principal: principal_type, clients })
    }
}

impl From<AcsRefusal> for AssignmentsError {
    fn from(refusal: AcsRefusal) -> Self {
        match refusal {
            AcsRefusal::Busy { .. } => Self::Busy,
            AcsRefusal::ServiceIdentityUnavailable => Self::NoIdentityToken,
            AcsRefusal::ServiceRefused => Self::ServiceRefused,
            AcsRefusal::TimedOut | AcsRefusal::Unavailable { .. } | AcsRefusal::Unreachable => Self::Unavailable,
            _ => Self::AnswerUnreadable,
        }
    }
}
