//! What ACS's operations that issue D have in common, and in what they differ.

use contract::{
    exchange::quickstart::ExchangeAnswer,
    ids::{ClientId, ObjectId},
    secret::EntraAccessToken,
};
use reqwest::Url;

use super::{
    answer::{self, EnvelopeError},
    call::{Asker, Call},
    refusal::AcsRefusal,
};
use crate::{caller::IssuerTenant, net::outbound::ShortAnswer};

/// The ACS resource, and the application for which it issues tokens.
pub(crate) struct Resource {
    /// Without a path.
    pub(super) endpoint: Url,
    /// A3.
    pub(super) client_id: ClientId,
}

/// A validated person with their token.
pub(crate) struct Person {
    /// A1.
    pub(crate) entra: EntraAccessToken,
    /// The issuer that vouched for them. With A2, this is who asks.
    pub(crate) from: IssuerTenant,
    /// A2.
    pub(crate) object: ObjectId,
}

/// D, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) answer: ExchangeAnswer,
    /// The ACS identity of D, `8:acs:…`. ACS does not name it for Teams users.
    pub(crate) identity: Option<String>,
}

/// Each operation has its own breakers: one that fails says nothing of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    TeamsUser,
    EntraIdUser,
    Guest,
}

impl Kind {
    /// In the order of the variants, so that `kind as usize` is an index.
    pub(super) const ALL: [Self; Self::Guest as usize + 1] = [Self::TeamsUser, Self::EntraIdUser, Self::Guest];
}

/// One of ACS's operations that issue D.
pub(crate) trait Operation: Send + Sync + 'static {
    const KIND: Kind;

    /// The status of a response with D.
    const SUCCESS: u16;

    /// The person that D is for; `None` for a guest.
    fn person(&self) -> Option<&Person>;

    /// The request to the resource.
    fn call(&self, resource: &Resource) -> Result<Call, AcsRefusal>;

    /// D, out of the body of a response with [`Operation::SUCCESS`].
    fn token(&self, body: &[u8]) -> Option<Issued>;

    /// Refuses a D that is not for the person who asks.
    fn check(&self, issued: &Issued) -> Result<(), AcsRefusal>;

    /// The meaning of an error response of this operation.
    fn refusal(&self, status: u16, error: &EnvelopeError) -> AcsRefusal;

    /// Whose part of what ACS allows is used.
    fn asker(&self) -> Asker {
        self.person().map(|person| person.from.clone())
    }

    /// Reads a response. `now` in seconds since 1970.
    fn read(&self, answer: &ShortAnswer, now: u64) -> Result<Issued, AcsRefusal> {
        if answer.status != Self::SUCCESS {
            return Err(answer::refusal(answer, now, |status, error| self.refusal(status, error)));
        }
        // Fail closed rather than return a token with which a call fails.
        let issued = self.token(&answer.body).filter(|issued| answer::is_good(&issued.answer, now));
        let issued = issued.ok_or(AcsRefusal::AnswerUnreadable)?;
        self.check(&issued)?;
        Ok(issued)
    }
}
