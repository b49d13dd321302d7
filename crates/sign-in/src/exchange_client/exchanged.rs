use contract::{
    UnixTime,
    ids::{ClientId, ObjectId},
};
use messages::{AcsToken, peer_text};

/// The ACS token (artifact D) and its expiry.
#[derive(Debug)]
pub struct Exchanged {
    /// The token. Opaque: it is never parsed.
    pub token: AcsToken,
    /// When the token expires.
    pub expires_at: UnixTime,
    /// The identity in ACS that others call, such as `8:acs:…`, if the response names it. For display only.
    pub communication_id: Option<String>,
}

/// The person that the request of some contracts must name.
#[derive(Debug, Clone, Copy)]
pub struct PersonIds<'a> {
    /// Artifact A3.
    pub client_id: &'a ClientId,
    /// Artifact A2.
    pub object_id: &'a ObjectId,
}

/// Returns an id of a response if it is safe to show.
pub(super) fn communication_id(id: &str) -> Option<String> {
    let is_id = id.starts_with("8:acs:") && id.len() <= 256 && id.bytes().all(|byte| byte.is_ascii_graphic());
    (is_id && !peer_text::has_token(id)).then(|| id.to_owned())
}
