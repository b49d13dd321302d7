//! Administrator consent: the request to the authority, and what its response says.

use contract::secret::SecretText;
use messages::{Notice, RedactedText};

use super::{
    io::Effect,
    now::Now,
    site::Site,
    stage::{Next, Stage, signed_out_without_error},
    transaction::Transaction,
};
use crate::{
    authorize, callback,
    config::ProfileKind,
    pkce::{Entropy, State},
};

/// An administrator leaves for the authority to grant consent.
pub(super) fn leave(site: &Site, profile: &str, registered: bool, entropy: &Entropy, now: Now) -> Next {
    let kind = site.profile(Some(profile)).map(|index| &site.config.profiles[index].kind);
    // A frame cannot navigate to the authority; the page shows the address to copy instead.
    let Some(ProfileKind::Entra(application)) = kind.filter(|_| !site.framed) else {
        return signed_out_without_error(None);
    };
    let state = State::new(&entropy.state);
    let redirect_uri = site.config.redirect_uri.as_str();
    let url = authorize::consent_url(application, site.organization(), redirect_uri, registered, Some(&state));
    let transaction = Some(SecretText::new(Transaction::consent_to_stored(&state, site.host_clock, now)));
    (Stage::Leaving, vec![Effect::Leave { url, transaction }])
}

/// The administrator came back. The tenant in the response is not read: it is not signed.
pub(super) fn came_back(response: &RedactedText, state: &State) -> Next {
    signed_out_without_error(Some(callback::consent(response.expose(), state)))
}

/// Handles a consent response that this tab did not request: the administrator opened an address that another person
/// sent.
pub(super) fn came_back_unrequested() -> Next {
    signed_out_without_error(Some(Notice::ConsentUnknown))
}
