//! The exchange for Entra ID users (`access/entra`, public preview): A1 itself authorizes the request, and the response
//! names the user of D.

use reqwest::{Method, header::HeaderValue};

use super::{
    acs_identity,
    call::Call,
    operation::{Issued, Kind, Operation, Person, Resource},
    refusal::AcsRefusal,
    response::EnvelopeError,
};

/// The only API version with this operation.
pub(super) const API_VERSION: &str = "2025-03-02-preview";

/// D for a person who is assigned to the resource, authorized by their own A1.
pub(crate) struct EntraIdUser(pub(crate) Person);

impl Operation for EntraIdUser {
    const KIND: Kind = Kind::EntraIdUser;
    const SUCCESS: u16 = 200;

    fn person(&self) -> Option<&Person> {
        Some(&self.0)
    }

    fn call(&self, resource: &Resource) -> Result<Call, AcsRefusal> {
        // A text that is not a valid header value is not a token either.
        let bearer = HeaderValue::from_str(&format!("Bearer {}", self.0.entra.expose()));
        let mut bearer = bearer.map_err(|_| AcsRefusal::EntraTokenRefused)?;
        bearer.set_sensitive(true);
        let path = "/access/entra/:exchangeAccessToken";
        let call = Call::new(Method::POST, &resource.endpoint, path, API_VERSION, b"{}".to_vec());
        Ok(Call { bearer: Some(bearer), ..call })
    }

    fn token(&self, body: &[u8]) -> Option<Issued> {
        acs_identity::with_token(body)
    }

    /// Drops D if it is for another person than the caller. Then A1 was not the caller's, and this service must not
    /// issue a token for another person.
    fn check(&self, issued: &Issued) -> Result<(), AcsRefusal> {
        let id = issued.identity.as_deref().and_then(acs_identity::entra_user).ok_or(AcsRefusal::AnswerUnreadable)?;
        let is_callers = id == (self.0.from.tenant.clone(), self.0.object.clone());
        if is_callers { Ok(()) } else { Err(AcsRefusal::UserMismatch) }
    }

    fn refusal(&self, status: u16, _error: &EnvelopeError) -> AcsRefusal {
        match status {
            401 => AcsRefusal::EntraTokenRefused,
            403 => AcsRefusal::AssignmentMissing,
            _ => AcsRefusal::AnswerUnreadable,
        }
    }
}
