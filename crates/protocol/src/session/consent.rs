//! An administrator's consent: the way there, and what the way back says.

use messages::{Notice, RedactedText};

use super::{Effect, Next, Now, Site, Stage, signed_out_without_error, transaction::Transaction};
use crate::{
    authorize, callback,
    config::ProfileKind,
    pkce::{Entropy, State},
    secret::SecretText,
};

/// An administrator goes to grant it.
pub(super) fn leave(site: &Site, profile: &str, registered: bool, entropy: &Entropy, now: Now) -> Next {
    let kind = site.profile(Some(profile)).map(|index| &site.config.profiles[index].kind);
    // From a frame nobody can go anywhere; the address can be copied.
    let Some(ProfileKind::Entra(application)) = kind.filter(|_| !site.framed) else {
        return signed_out_without_error(None);
    };
    let state = State::new(&entropy.state);
    let redirect_uri = site.config.redirect_uri.as_str();
    let url = authorize::consent_url(application, site.organization(), redirect_uri, registered, Some(&state));
    let transaction = Some(SecretText::new(Transaction::consent_to_stored(&state, site.host_clock, now)));
    (Stage::Leaving, vec![Effect::Leave { url, transaction }])
}

/// They are back. The tenant that the answer names is not looked at: anybody could have written it.
pub(super) fn came_back(answer: &RedactedText, state: &State) -> Next {
    signed_out_without_error(Some(callback::consent(answer.expose(), state)))
}

/// An answer came that this tab did not ask for: whoever was sent the address by somebody else comes back so.
pub(super) fn came_back_unasked() -> Next {
    signed_out_without_error(Some(Notice::ConsentUnknown))
}
