//! The exchange for Entra ID users (`access/entra`, public preview): A1 itself is the authorization, and D says whose it
//! is.

use reqwest::{Method, Url, header::HeaderValue};

use super::{
    AcsRefusal, Issued, Person, acs_identity,
    answer::{self, EnvelopeError},
    call::Call,
};
use crate::net::outbound::ShortAnswer;

/// The only version that has it.
pub(super) const API_VERSION: &str = "2025-03-02-preview";

/// `None` if A1 is no header text, and so no token either.
pub(super) fn call(endpoint: &Url, person: &Person) -> Option<(Call, HeaderValue)> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", person.entra.expose())).ok()?;
    bearer.set_sensitive(true);
    let call = Call::new(Method::POST, endpoint, "/access/entra/:exchangeAccessToken", API_VERSION, b"{}".to_vec());
    Some((call, bearer))
}

/// A D of somebody else than who asks is dropped, whoever that is: A1 was not theirs, and this service must not turn one
/// person's token into another's. `now` in seconds since 1970.
pub(super) fn read(answer: &ShortAnswer, person: &Person, now: u64) -> Result<Issued, AcsRefusal> {
    let issued = answer::read(answer, now, 200, acs_identity::with_token, refusal)?;
    let id = issued.identity.as_deref().and_then(acs_identity::entra_user).ok_or(AcsRefusal::AnswerUnreadable)?;
    if id == (person.from.tenant.clone(), person.object.clone()) { Ok(issued) } else { Err(AcsRefusal::UserMismatch) }
}

fn refusal(status: u16, _error: &EnvelopeError) -> AcsRefusal {
    match status {
        401 => AcsRefusal::EntraTokenRefused,
        403 => AcsRefusal::AssignmentMissing,
        _ => AcsRefusal::AnswerUnreadable,
    }
}
