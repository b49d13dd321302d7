//! The checks of authorization codes and refresh tokens.

use crate::{
    Emulator,
    entra::refusal::Refusal,
    parameters::Parameters,
    pkce,
    registrations::{Application, Platform},
    state::{Grant, State},
};

/// A valid code or refresh token.
pub(super) struct Redeemed {
    pub(super) grant: Grant,
    /// The nonce of the ID token.
    pub(super) nonce: Option<String>,
    /// When the new refresh token expires, in seconds since the Unix epoch.
    pub(super) refresh_until: u64,
}

/// Checks a code, and marks it as redeemed.
///
/// # Errors
/// The first check that fails. The code stays valid then.
pub(super) fn redeem_code(
    emulator: &Emulator,
    state: &mut State,
    now: u64,
    app: &Application,
    parameters: &Parameters,
) -> Result<Redeemed, Refusal> {
    let id = parameters.value("code").ok_or(Refusal::ParameterMissing("code"))?;
    let redirect_uri = parameters.value("redirect_uri").ok_or(Refusal::ParameterMissing("redirect_uri"))?;
    let code = state.codes.get_mut(id).filter(|code| code.grant.app == app).ok_or(Refusal::GrantInvalid)?;
    if code.redeemed {
        return Err(Refusal::CodeRedeemed);
    }
    if code.expires_at <= now {
        return Err(Refusal::CodeExpired);
    }
    if code.redirect_uri != redirect_uri {
        return Err(Refusal::RedirectUriDiffers);
    }
    let verifier = parameters.value("code_verifier").unwrap_or_default();
    if !emulator.faults().pkce_unchecked && !pkce::matches(verifier, &code.challenge) {
        return Err(Refusal::VerifierMismatch);
    }
    code.redeemed = true;
    Ok(Redeemed { grant: code.grant.clone(), nonce: code.nonce.clone(), refresh_until: now + refresh_seconds(app) })
}

/// Checks a refresh token. It stays valid after use, like Entra's.
///
/// # Errors
/// The first check that fails.
pub(super) fn redeem_refresh_token(
    state: &State,
    now: u64,
    app: &Application,
    parameters: &Parameters,
) -> Result<Redeemed, Refusal> {
    let id = parameters.value("refresh_token").ok_or(Refusal::ParameterMissing("refresh_token"))?;
    let token = state.refresh_tokens.get(id).filter(|token| token.grant.app == app).ok_or(Refusal::GrantInvalid)?;
    if token.expires_at <= now {
        return Err(Refusal::RefreshTokenExpired);
    }
    // The end of a single-page application's refresh token stays that of the sign-in, however often it is renewed.
    let refresh_until = match app.platform {
        Platform::Spa => token.expires_at,
        Platform::Web | Platform::Native => now + refresh_seconds(app),
    };
    // OpenID Connect Core section 12.2: an ID token from a refresh should not have a nonce.
    Ok(Redeemed { grant: token.grant.clone(), nonce: None, refresh_until })
}

/// The lifetime of a refresh token in seconds.
fn refresh_seconds(app: &Application) -> u64 {
    match app.platform {
        Platform::Spa => 24 * 3600,
        Platform::Web | Platform::Native => 90 * 24 * 3600,
    }
}
