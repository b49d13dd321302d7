//! From the configuration to the authority, and back with its answer.

use std::mem;

use messages::{Opening, Problem, ProblemCode, RedactedText};

use super::{
    App, Effect, Keys, Next, Now, RequestKind, Site, Stage, consent, guest,
    now::HostClock,
    pauses::Pauses,
    signed_out, signed_out_without_error, steps,
    transaction::{NotPending, Pending, Transaction},
    window_flow,
};
use crate::{
    authority::Endpoints,
    authorize::{self, Ask},
    callback::{self, CallbackError},
    config::{Application, ComeBack, Config, ProfileKind},
    http::{Failure, Request, Response},
    pkce::Entropy,
    secret::SecretText,
    text_file::NotText,
    token,
};

/// `boot.js` and `return.js` take the code out of a response that came in the query (REP-06).
const MALFORMED: &str = "the authorization response lacks its code, repeats a parameter, is too long, or came in the \
                         query although the fragment was asked for";
const NOT_UTF8: &str = "config.json is longer than 64 KB or not UTF-8 text";

/// The step that waits for the authority's endpoints.
#[derive(Debug)]
pub(super) enum NextStep {
    /// To go there.
    Leave { pending: Pending, ask: Ask },
    /// To check what it sent back.
    Return { pending: Pending, answer: RedactedText },
}

/// `config.json` is here.
pub(super) fn configured(
    opening: Opening,
    entropy: &Entropy,
    response: Result<Response, Failure>,
    now: Now,
) -> (Option<Site>, Next) {
    let date = response.as_ref().ok().and_then(|response| response.date);
    let config = match read_config(response) {
        Ok(config) => config,
        Err(problem) => return (None, stopped(problem)),
    };
    // SEC-014: Entra sends people to the registered address, where this tab's transaction might not be readable.
    if opening.address != config.redirect_uri.as_str() {
        let problem = Problem::new(ProblemCode::WrongAddress).detail(config.redirect_uri.as_str());
        return (None, stopped(problem));
    }
    let Opening { answer, transaction, framed, remembered, hint, .. } = opening;
    let pauses = Pauses::new(entropy.pauses);
    let mut site = Site {
        config,
        framed,
        hint,
        home: None,
        expected: None,
        next: Ask::default(),
        challenge: None,
        pauses,
        host_clock: date.map(|date| HostClock::new(date, now)),
    };
    let known = remembered.is_some_and(|remembered| site.recall(remembered.expose()));
    let next = match answer.filter(|answer| callback::is_answer(answer.expose())) {
        Some(answer) => come_back(&mut site, &answer, transaction.as_ref(), now),
        // One redirect, and only for a person who was signed in before: more would be a loop.
        None if known && site.config.come_back == ComeBack::AtOnce => {
            site.next.silent = true;
            sign_in(&mut site, None, false, entropy, now)
        }
        None => signed_out_without_error(None),
    };
    (Some(site), next)
}

/// Reads `config.json`, or says what came in its place.
fn read_config(response: Result<Response, Failure>) -> Result<Config, Problem> {
    let Response { status, body, .. } = response.map_err(|failure| match failure {
        Failure::Redirected => Problem::new(ProblemCode::ConfigRedirected),
        Failure::Unreachable => Problem::new(ProblemCode::ConfigUnreachable),
        Failure::Unreadable => Problem::new(ProblemCode::ConfigInvalid).detail(NOT_UTF8),
        Failure::Utf16 => Problem::new(ProblemCode::ConfigInvalid).detail(NotText::Utf16.to_string()),
    })?;
    let code = match status {
        // JSON does not begin so. The content type is not asked: hosts get it wrong for files that are right.
        200 if body.expose().trim_start().starts_with('<') => ProblemCode::ConfigIsHtml,
        200 => {
            return Config::parse(body.expose())
                .map_err(|error| Problem::new(ProblemCode::ConfigInvalid).detail(error.to_string()));
        }
        401 | 403 => ProblemCode::ConfigRefused,
        _ => ProblemCode::ConfigUnreachable,
    };
    Err(Problem::new(code).detail(format!("HTTP status {status}")))
}

/// Somebody comes back from the authority.
fn come_back(site: &mut Site, answer: &RedactedText, transaction: Option<&RedactedText>, now: Now) -> Next {
    let transaction =
        transaction.map(|text| Transaction::from_stored(text.expose(), &site.config, site.host_clock, now));
    match transaction {
        Some(Ok(Transaction::Consent { state })) => consent::came_back(answer, &state),
        _ if callback::is_consent(answer.expose()) => consent::came_back_unasked(),
        Some(Ok(Transaction::SignIn { pending, profile })) => match &site.config.profiles[profile].kind {
            ProfileKind::Entra(application) => {
                let application = application.clone();
                site.pick(profile);
                let next_step = NextStep::Return { pending, answer: answer.clone() };
                with_endpoints(site, profile, application, next_step, now)
            }
            ProfileKind::Guest { .. } => signed_out(Problem::new(ProblemCode::AnswerUnsolicited)),
        },
        Some(Err(NotPending::Expired)) => signed_out(Problem::new(ProblemCode::AnswerExpired)),
        // Login CSRF: an answer that this tab did not ask for (RFC 9700 §4.7).
        None | Some(Err(NotPending::Foreign)) => signed_out(Problem::new(ProblemCode::AnswerUnsolicited)),
    }
}

/// The person wants to sign in.
pub(super) fn sign_in(
    site: &mut Site,
    profile: Option<&str>,
    choose_account: bool,
    entropy: &Entropy,
    now: Now,
) -> Next {
    // A name that the configuration does not know comes from nobody: the page names what it was told.
    let Some(profile) = site.profile(profile) else {
        return signed_out_without_error(None);
    };
    site.pick(profile);
    site.home = None;
    let application = match &site.config.profiles[profile].kind {
        ProfileKind::Entra(application) => application.clone(),
        ProfileKind::Guest { url } => return guest::ask(url),
    };
    let mut ask = mem::take(&mut site.next);
    // A claims challenge is answered once, by whom it was put to.
    ask.claims = site.challenge.take().filter(|(of, _)| *of == profile).map(|(_, claims)| claims);
    ask.choose_account |= choose_account;
    ask.login_hint = site.hint.login_hint.clone();
    ask.domain_hint = site.hint.domain_hint.clone();
    let pending = Pending::new(entropy, ask.silent);
    with_endpoints(site, profile, application, NextStep::Leave { pending, ask }, now)
}

/// Goes on at once where the endpoints are known, and else asks for them.
fn with_endpoints(site: &mut Site, profile: usize, application: Application, next_step: NextStep, now: Now) -> Next {
    match application.authority.known_endpoints() {
        Some(endpoints) => go_on(site, profile, application, endpoints, next_step, now),
        None => {
            let discover = Effect::Send(RequestKind::Discovery, Request::get(application.authority.discovery_url()));
            (Stage::Discovering { profile, application, next_step }, vec![discover])
        }
    }
}

/// The discovery document is here.
pub(super) fn discovered(
    site: &mut Site,
    profile: usize,
    application: Application,
    next_step: NextStep,
    response: Result<Response, Failure>,
    now: Now,
) -> Next {
    let Ok(Response { status: 200, body, .. }) = response else {
        let url = application.authority.discovery_url();
        return signed_out(Problem::new(ProblemCode::AuthorityUnreachable).detail(url));
    };
    match application.authority.discovered_endpoints(body.expose()) {
        Ok(endpoints) => go_on(site, profile, application, endpoints, next_step, now),
        Err(error) => signed_out(Problem::new(ProblemCode::AuthorityInvalid).detail(error.to_string())),
    }
}

fn go_on(
    site: &mut Site,
    profile: usize,
    application: Application,
    endpoints: Endpoints,
    next_step: NextStep,
    now: Now,
) -> Next {
    let app = Box::new(App { profile, application, endpoints });
    match next_step {
        NextStep::Leave { pending, ask } => leave(site, app, pending, &ask, now),
        NextStep::Return { pending, answer } => returned(site, app, pending, answer.expose()),
    }
}

/// The person goes to the authority.
fn leave(site: &Site, app: Box<App>, pending: Pending, ask: &Ask, now: Now) -> Next {
    let redirect_uri = site.redirect_uri();
    let random = (&pending.verifier, &pending.state, &pending.nonce);
    let url = authorize::authorization_url(&app.application, &app.endpoints, &redirect_uri, random, ask);
    if site.by_window() {
        return window_flow::open(site, app, pending, url, now);
    }
    let transaction = pending.to_stored(site, &app, now);
    let leave = Effect::Leave { url, transaction: Some(SecretText::new(transaction)) };
    (Stage::Leaving, vec![leave])
}

/// The authority has answered this very sign-in, or somebody pretends it.
pub(super) fn returned(site: &mut Site, app: Box<App>, pending: Pending, answer: &str) -> Next {
    let Pending { verifier, state, nonce, silent } = pending;
    match (silent, &site.expected) {
        // Whoever was expected has signed out in another tab meanwhile.
        (true, None) => return signed_out_without_error(None),
        (true, Some(_)) => {}
        // They were asked, so whoever they chose to be is welcome.
        (false, _) => site.expected = None,
    }
    let code = match callback::check(answer, state, &app.endpoints) {
        Ok(code) => code,
        Err(error) => {
            let problem = match error {
                CallbackError::Malformed => Problem::new(ProblemCode::AnswerMalformed).detail(MALFORMED),
                CallbackError::WrongIssuer => Problem::new(ProblemCode::AnswerWrongIssuer),
                CallbackError::WrongState => Problem::new(ProblemCode::AnswerWrongState),
                // Silent sign-in failed with an interaction error: show the normal signed-out screen without a problem.
                CallbackError::Refused(error) if silent && error.wants_the_person() => {
                    return signed_out_without_error(None);
                }
                CallbackError::Refused(error) => error.problem(),
            };
            return signed_out(problem);
        }
    };
    let redeem = token::code_request(
        &app.application,
        &app.endpoints,
        &site.redirect_uri(),
        code,
        verifier,
        &authorize::first_scopes(&app.application),
    );
    let effects = vec![Effect::Send(RequestKind::Tokens, redeem), steps::ask_for_keys(&app)];
    (Stage::Redeeming { app, nonce, keys: Keys::Awaited }, effects)
}

fn stopped(problem: Problem) -> Next {
    (Stage::Stopped { problem }, vec![])
}
