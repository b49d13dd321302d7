//! A new anonymous identity, and its token: `identities`.

use reqwest::Method;

use super::{
    acs_identity,
    call::Call,
    operation::{Issued, Kind, Operation, Person, Resource},
    refusal::AcsRefusal,
    response::EnvelopeError,
};

/// The shortest life of a token that ACS offers.
const BODY: &[u8] = br#"{"createTokenWithScopes":["voip"],"expiresInMinutes":60}"#;

/// D for a guest, authorized by C. The identity is new, so it cannot be that of another person.
pub(crate) struct Guest;

impl Operation for Guest {
    const KIND: Kind = Kind::Guest;
    const SUCCESS: u16 = 201;

    fn person(&self) -> Option<&Person> {
        None
    }

    fn call(&self, resource: &Resource) -> Result<Call, AcsRefusal> {
        Ok(Call::new(Method::POST, &resource.endpoint, "/identities", "2023-10-01", BODY.to_vec()))
    }

    fn token(&self, body: &[u8]) -> Option<Issued> {
        acs_identity::with_token(body)
    }

    /// The request has no person's token, so whatever ACS forbids, it forbids to this service.
    fn refusal(&self, status: u16, _error: &EnvelopeError) -> AcsRefusal {
        if matches!(status, 401 | 403) { AcsRefusal::ServiceRefused } else { AcsRefusal::AnswerUnreadable }
    }
}
