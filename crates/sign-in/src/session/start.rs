//! The start: `config.json`, and what the page found when it was loaded.

use messages::{Opening, Problem, ProblemCode, RedactedText};

use super::{
    consent,
    io::{Event, Outcome, RequestKind},
    now::{HostClock, Now},
    responses,
    retry_delays::RetryDelays,
    sign_in,
    site::Site,
    stage::{Next, NextStep, Stage, signed_out, signed_out_without_error},
    transaction::{Transaction, TransactionError},
};
use crate::{
    authorize::AuthorizationOptions,
    callback,
    config::{ComeBack, ProfileKind},
    http::{Failure, Response},
    pkce::Entropy,
};

/// Handles an event before the configuration is known. The [`Site`] comes with the stage that follows.
pub(super) fn update(stage: Stage, event: Event, now: Now) -> (Option<Site>, Next) {
    let Stage::Configuring { mut opening, entropy, mut clicked } = stage else { return (None, (stage, vec![])) };
    match event {
        Event::Done { outcome: Outcome::Responded(RequestKind::Config, response), .. } => {
            return configured(*opening, &entropy, clicked, response, now);
        }
        Event::Hint(hint) => opening.hint = hint.sanitized(),
        Event::Forget => opening.remembered = None,
        Event::SignInByRedirect { .. } => clicked = true,
        _ => {}
    }
    (None, (Stage::Configuring { opening, entropy, clicked }, vec![]))
}

/// Handles the response with `config.json`.
fn configured(
    opening: Opening,
    entropy: &Entropy,
    clicked: bool,
    response: Result<Response, Failure>,
    now: Now,
) -> (Option<Site>, Next) {
    let stopped = |problem| (None, (Stage::Stopped { problem }, vec![]));
    let date = response.as_ref().ok().and_then(|response| response.date);
    let config = match responses::read_config(response) {
        Ok(config) => config,
        Err(problem) => return stopped(problem),
    };
    // SEC-014: Entra sends people to the registered address, where this tab's transaction may not be readable.
    if opening.address != config.redirect_uri.as_str() {
        return stopped(Problem::new(ProblemCode::WrongAddress).detail(config.redirect_uri.as_str()));
    }
    let Opening { response, transaction, framed, remembered, hint, .. } = opening;
    let mut site = Site {
        config,
        framed,
        hint,
        last_tenant: None,
        expected: None,
        next_options: AuthorizationOptions::default(),
        challenge: None,
        retry_delays: RetryDelays::new(entropy.retry_delays),
        host_clock: date.map(|date| HostClock::new(date, now)),
        warmed_up: false,
    };
    let known = remembered.is_some_and(|remembered| site.recall(remembered.expose()));
    let next = match response.filter(|response| callback::is_authorization_response(response.expose())) {
        Some(response) => come_back(&mut site, &response, transaction.as_ref(), now),
        // A single redirect, and only if a person was signed in before. A page that redirects again and again could
        // never be read.
        None if known && site.config.come_back == ComeBack::AtOnce => {
            site.next_options.silent = true;
            sign_in::sign_in(&mut site, None, false, entropy, now)
        }
        None if clicked => sign_in::by_redirect(&mut site, entropy, now),
        None => signed_out_without_error(None),
    };
    (Some(site), next)
}

/// Handles a response from the authority, or from an attacker who imitates it.
fn come_back(site: &mut Site, response: &RedactedText, transaction: Option<&RedactedText>, now: Now) -> Next {
    let transaction =
        transaction.map(|text| Transaction::from_stored(text.expose(), &site.config, site.host_clock, now));
    match transaction {
        Some(Ok(Transaction::Consent { state })) => consent::came_back(response, &state),
        _ if callback::is_consent(response.expose()) => consent::came_back_unrequested(),
        Some(Ok(Transaction::SignIn { pending, profile })) => match &site.config.profiles[profile].kind {
            ProfileKind::Entra(application) => {
                let application = application.clone();
                site.pick(profile);
                let next_step = NextStep::Return { pending, response: response.clone() };
                sign_in::with_endpoints(site, profile, application, next_step, now)
            }
            ProfileKind::Guest { .. } => signed_out(Problem::new(ProblemCode::ResponseUnsolicited)),
        },
        Some(Err(TransactionError::Expired)) => signed_out(Problem::new(ProblemCode::ResponseExpired)),
        // A response that this tab did not request (login CSRF, RFC 9700 §4.7).
        None | Some(Err(TransactionError::Foreign)) => signed_out(Problem::new(ProblemCode::ResponseUnsolicited)),
    }
}
