//! An identity that is nobody's, and its token: `identities`.

use reqwest::{Method, Url};

use super::{
    AcsRefusal, Issued, acs_identity,
    answer::{self, EnvelopeError},
    call::Call,
};
use crate::net::outbound::ShortAnswer;

/// The shortest life that ACS gives.
const BODY: &[u8] = br#"{"createTokenWithScopes":["voip"],"expiresInMinutes":60}"#;

pub(super) fn call(endpoint: &Url) -> Call {
    Call::new(Method::POST, endpoint, "/identities", "2023-10-01", BODY.to_vec())
}

/// `now` in seconds since 1970.
pub(super) fn read(answer: &ShortAnswer, now: u64) -> Result<Issued, AcsRefusal> {
    answer::read(answer, now, 201, acs_identity::with_token, refusal)
}

/// Nobody's token is in the request, so whatever ACS forbids, it forbids this service.
fn refusal(status: u16, _error: &EnvelopeError) -> AcsRefusal {
    if matches!(status, 401 | 403) { AcsRefusal::ServiceRefused } else { AcsRefusal::AnswerUnreadable }
}
