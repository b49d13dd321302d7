//! The ACS operations that issue D: what they share, and where they differ.

use contract::{
    UnixTime,
    exchange::quickstart::ExchangeResponse,
    ids::{ClientId, ObjectId},
    secret::EntraAccessToken,
};
use reqwest::Url;

use super::{
    call::{Call, RequestTenant},
    refusal::AcsRefusal,
    response::{self, EnvelopeError},
};
use crate::{caller::IssuerTenant, net::outbound::BoundedResponse};

/// The ACS resource, and the application for which it issues tokens.
pub(crate) struct Resource {
    /// The address of the resource, without a path.
    pub(super) endpoint: Url,
    /// Artifact A3.
    pub(super) client_id: ClientId,
}

/// A validated person with their token.
pub(crate) struct Person {
    /// Artifact A1.
    pub(crate) entra: EntraAccessToken,
    /// The issuer that vouched for the person, and the tenant.
    pub(crate) from: IssuerTenant,
    /// Artifact A2.
    pub(crate) object: ObjectId,
}

/// D and the identity that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) response: ExchangeResponse,
    /// The ACS identity of D, `8:acs:…`. `None` for Teams users, for whom ACS does not return it.
    pub(crate) identity: Option<String>,
}

/// The kind of an operation. Each kind has its own breakers, because a failure of one shows nothing about the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    TeamsUser,
    EntraIdUser,
    Guest,
}

impl Kind {
    /// All kinds, in the order of the variants, so that `kind as usize` is an index.
    pub(super) const ALL: [Self; Self::Guest as usize + 1] = [Self::TeamsUser, Self::EntraIdUser, Self::Guest];
}

/// An ACS operation that issues D.
pub(crate) trait Operation: Send + Sync + 'static {
    const KIND: Kind;

    /// The status of a response with D.
    const SUCCESS: u16;

    /// The person that D is for; `None` for a guest.
    fn person(&self) -> Option<&Person>;

    /// The request to the resource.
    fn call(&self, resource: &Resource) -> Result<Call, AcsRefusal>;

    /// Reads D from the body of a response with [`Operation::SUCCESS`].
    fn token(&self, body: &[u8]) -> Option<Issued>;

    /// Refuses a D that is for another person than the caller, if ACS itself does not.
    fn check(&self, _issued: &Issued) -> Result<(), AcsRefusal> {
        Ok(())
    }

    /// The meaning of an error response of this operation.
    fn refusal(&self, status: u16, error: &EnvelopeError) -> AcsRefusal;

    /// The tenant for whose part of the allowance the request counts.
    fn tenant(&self) -> RequestTenant {
        self.person().map(|person| person.from.clone())
    }

    /// Reads a response that arrived at `now`.
    fn read(&self, response: &BoundedResponse, now: UnixTime) -> Result<Issued, AcsRefusal> {
        if response.status != Self::SUCCESS {
            return Err(response::refusal(response, now, |status, error| self.refusal(status, error)));
        }
        // Refuse here rather than return a token with which a call would fail later.
        let issued = self.token(&response.body).filter(|issued| response::is_good(&issued.response, now));
        let issued = issued.ok_or(AcsRefusal::AnswerUnreadable)?;
        self.check(&issued)?;
        Ok(issued)
    }
}
