//! The part of a sign-in from the click to the authority: choose the profile, find the authority's endpoints, leave.

use std::mem;

use contract::secret::SecretText;
use messages::Notice;

use super::{
    app::App,
    guest,
    io::{Effect, RequestKind},
    now::Now,
    redeem, responses,
    site::Site,
    stage::{Next, NextStep, Stage, signed_out, signed_out_without_error},
    transaction::PendingSignIn,
    window_flow,
};
use crate::{
    authorize::{self, AuthorizationOptions},
    config::{Application, Profile, ProfileKind},
    http::{Failure, Request, Response},
    pkce::Entropy,
};

/// Starts a sign-in after the person's click.
pub(super) fn sign_in(
    site: &mut Site,
    profile: Option<&str>,
    choose_account: bool,
    entropy: &Entropy,
    now: Now,
) -> Next {
    // The page sends only configured names, so an unknown name is not from a click.
    let Some(profile) = site.profile(profile) else {
        return signed_out_without_error(None);
    };
    site.pick(profile);
    site.last_tenant = None;
    let application = match &site.config.profiles[profile].kind {
        ProfileKind::Entra(application) => application.clone(),
        ProfileKind::Guest { url } => return guest::request(url),
    };
    let mut options = mem::take(&mut site.next_options);
    // SEC-019: a claims challenge is used for one sign-in, with the profile that it was sent for.
    options.claims = site.challenge.take().filter(|(of, _)| *of == profile).map(|(_, claims)| claims);
    options.choose_account |= choose_account;
    options.login_hint = site.hint.login_hint.clone();
    options.domain_hint = site.hint.domain_hint.clone();
    let pending = PendingSignIn::new(entropy, options.silent);
    with_endpoints(site, profile, application, NextStep::Leave { pending, options }, now)
}

/// Starts a sign-in after a click on the button of `index.html`, if there is nothing to choose and no window to open:
/// browsers open one only during the click.
pub(super) fn by_redirect(site: &mut Site, entropy: &Entropy, now: Now) -> Next {
    match &site.config.profiles[..] {
        [Profile { kind: ProfileKind::Entra(_), .. }] if !site.by_window() => sign_in(site, None, false, entropy, now),
        _ => signed_out_without_error(Some(Notice::ClickAgain)),
    }
}

/// Continues if the endpoints are known, and fetches them otherwise.
pub(super) fn with_endpoints(
    site: &mut Site,
    profile: usize,
    application: Application,
    next_step: NextStep,
    now: Now,
) -> Next {
    // A page that leaves by redirect is loaded again before the exchange.
    let exchanges_here = site.by_window() || matches!(next_step, NextStep::Return { .. });
    let exchange = exchanges_here.then(|| application.exchange.clone());
    let (stage, mut effects) = match application.authority.known_endpoints() {
        Some(endpoints) => continue_with(site, App { profile, application, endpoints }, next_step, now),
        None => {
            let discover = Effect::Send(RequestKind::Discovery, Request::get(application.authority.discovery_url()));
            (Stage::Discovering { profile, application: Box::new(application), next_step }, vec![discover])
        }
    };
    // After the requests that the person waits for, and not after a refusal.
    if !matches!(stage, Stage::SignedOut { .. }) {
        effects.extend(exchange.and_then(|exchange| site.warm_up(&exchange)));
    }
    (stage, effects)
}

/// Handles the response with the discovery document.
pub(super) fn discovered(
    site: &mut Site,
    profile: usize,
    application: Application,
    next_step: NextStep,
    response: Result<Response, Failure>,
    now: Now,
) -> Next {
    match responses::read_endpoints(&application.authority, response) {
        Ok(endpoints) => continue_with(site, App { profile, application, endpoints }, next_step, now),
        Err(problem) => signed_out(problem),
    }
}

fn continue_with(site: &mut Site, app: App, next_step: NextStep, now: Now) -> Next {
    match next_step {
        NextStep::Leave { pending, options } => leave(site, Box::new(app), pending, &options, now),
        NextStep::Return { pending, response } => redeem::returned(site, Box::new(app), pending, response.expose()),
    }
}

/// Sends the person to the authority.
fn leave(site: &Site, app: Box<App>, pending: PendingSignIn, options: &AuthorizationOptions, now: Now) -> Next {
    let redirect_uri = site.redirect_uri();
    let random = (&pending.verifier, &pending.state, &pending.nonce);
    let url = authorize::authorization_url(&app.application, &app.endpoints, &redirect_uri, random, options);
    if site.by_window() {
        return window_flow::open(site, app, pending, url, now);
    }
    let transaction = pending.to_stored(site, &app, now);
    let leave = Effect::Leave { url, transaction: Some(SecretText::new(transaction)) };
    (Stage::Leaving, vec![leave])
}
