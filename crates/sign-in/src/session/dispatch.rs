//! Which function handles an event in which stage, once the configuration is known.

use messages::{NoWindow, Notice, Problem, ProblemCode, RedactedText};

use super::{
    consent, guest,
    io::{Effect, Event, Outcome, RequestKind},
    now::Now,
    redeem, renewal, sign_in,
    site::Site,
    stage::{Next, NextStep, Stage, signed_out},
    window_flow,
};

/// Whether this event begins a new attempt, so that outcomes of the last one are ignored. `Session::update` counts it.
/// The conditions are those of [`update`].
pub(super) fn begins_attempt(stage: &Stage, event: &Event) -> bool {
    match event {
        Event::SignIn { .. } | Event::GrantConsent { .. } => accepts_sign_in(stage),
        Event::SignInByRedirect { .. } => matches!(stage, Stage::SignedOut { .. }),
        Event::SignOut | Event::Forget => can_be_signed_out(stage),
        _ => false,
    }
}

/// Handles an event of the current attempt.
pub(super) fn update(site: &mut Site, stage: Stage, event: Event, now: Now) -> Next {
    match event {
        Event::Done { outcome, .. } => on_outcome(site, stage, outcome, now),
        Event::SignIn { profile, choose_account, entropy } if accepts_sign_in(&stage) => {
            drop_sign_in(site, stage);
            sign_in::sign_in(site, profile.as_deref(), choose_account, &entropy, now)
        }
        Event::GrantConsent { profile, registered, entropy } if accepts_sign_in(&stage) => {
            drop_sign_in(site, stage);
            consent::leave(site, &profile, registered, &entropy, now)
        }
        Event::SignInByRedirect { entropy } if matches!(stage, Stage::SignedOut { .. }) => {
            sign_in::by_redirect(site, &entropy, now)
        }
        // A click that comes too early or twice ends no attempt: what is in flight must still be able to arrive.
        Event::SignIn { .. } | Event::SignInByRedirect { .. } | Event::GrantConsent { .. } => (stage, vec![]),
        Event::SignOut => sign_out(site, stage),
        Event::Forget => forget(site, stage),
        Event::AuthorizationResponse(response) => on_authorization_response(site, stage, &response),
        Event::NoWindow(reason) => on_missing_window(stage, reason),
        Event::StorageBlocked => on_blocked_storage(stage),
        // It affects only the next sign-in, because the request of a sign-in in flight is already sent.
        Event::Hint(hint) => {
            site.hint = hint.sanitized();
            // The hint may be for another person than the last one.
            site.last_tenant = None;
            (stage, vec![])
        }
        Event::Active => {
            // Limits are checked first, so that activity does not extend a sign-in that has already ended.
            let (mut stage, effects) = tick(site, stage, now);
            if let Stage::SignedIn { active, .. } = &mut stage {
                active.record_activity(now);
            }
            (stage, effects)
        }
        Event::Awake => on_awake(site, stage, now),
        Event::Tick => tick(site, stage, now),
    }
}

/// Handles an outcome. If the stage does not await it, it is from an earlier step and is ignored.
fn on_outcome(site: &mut Site, stage: Stage, outcome: Outcome, now: Now) -> Next {
    use Outcome::{Responded, SignatureChecked};
    match (stage, outcome) {
        (Stage::Discovering { profile, application, next_step }, Responded(RequestKind::Discovery, response)) => {
            sign_in::discovered(site, profile, *application, next_step, response, now)
        }
        (Stage::Reserving { wait, url }, Responded(RequestKind::MailboxReservation, response)) => {
            window_flow::reserved(site, wait, url, response, now)
        }
        (Stage::AtWindow { wait, mailbox: Some(mailbox) }, Responded(RequestKind::MailboxPoll, response)) => {
            window_flow::polled(site, wait, mailbox, response, now)
        }
        (Stage::Redeeming { app, nonce, keys }, Responded(RequestKind::Tokens, response)) => {
            redeem::tokens(site, app, nonce, keys, response)
        }
        (Stage::Redeeming { app, nonce, .. }, Responded(RequestKind::Keys, response)) => {
            redeem::keys_before_tokens(app, nonce, response)
        }
        (Stage::AwaitingKeys { app, nonce, redeemed }, Responded(RequestKind::Keys, response)) => {
            redeem::keys_after_tokens(app, nonce, redeemed, response)
        }
        (Stage::CheckingSignature { app, nonce, redeemed }, SignatureChecked(is_valid)) => {
            redeem::signature_checked(site, *app, nonce, redeemed, is_valid, now)
        }
        (Stage::Exchanging { person, exchange }, outcome) => {
            redeem::on_exchange_outcome(site, person, exchange, outcome, now)
        }
        (Stage::SignedIn { person, active, renewal }, outcome) => {
            renewal::on_outcome(site, person, active, renewal, outcome, now)
        }
        (Stage::RequestingGuest, Responded(RequestKind::Exchange, response)) => guest::exchanged(response, now),
        (stage, _) => (stage, vec![]),
    }
}

/// Whether there is a sign-in, in flight or complete, that a sign-out would end.
fn can_be_signed_out(stage: &Stage) -> bool {
    !matches!(stage, Stage::Configuring { .. } | Stage::SignedOut { .. } | Stage::Stopped { .. })
}

/// Whether a person can start a new sign-in, because none is in flight.
fn accepts_sign_in(stage: &Stage) -> bool {
    matches!(stage, Stage::SignedOut { .. } | Stage::Guest { .. } | Stage::SignedIn { .. })
}

/// Drops the stage with its tokens. The next sign-in prefers the profile of the last one.
fn drop_sign_in(site: &mut Site, stage: Stage) {
    if let Stage::SignedIn { person, .. } = stage {
        site.pick(person.app.profile);
    }
}

/// Drops everything first; then ends the person's session at the authority, if there is one (SEC-024).
fn sign_out(site: &mut Site, stage: Stage) -> Next {
    let Stage::SignedIn { person, .. } = stage else { return cancel(stage, None) };
    // After a sign-out, the next click must not sign the same account in without a question.
    site.next_options.choose_account = true;
    let leave = person.end_session_url(site).map(|url| Effect::Leave { url, transaction: None });
    let effects = site.forget_person().into_iter().chain(leave).collect();
    (Stage::SignedOut { problem: None, notice: None }, effects)
}

/// The person signed out in another tab, which also ended the session at the authority.
fn forget(site: &mut Site, stage: Stage) -> Next {
    site.next_options.choose_account = true;
    let forgotten = site.forget_person();
    let (stage, effects) = cancel(stage, Some(Notice::SignedOutElsewhere));
    (stage, forgotten.into_iter().chain(effects).collect())
}

/// Ends a sign-in, in flight or complete, and drops all that it held.
fn cancel(stage: Stage, notice: Option<Notice>) -> Next {
    let effects = match stage {
        Stage::AtWindow { mailbox, .. } => window_flow::release(mailbox).into_iter().collect(),
        stage if can_be_signed_out(&stage) => vec![],
        stage => return (stage, vec![]),
    };
    (Stage::SignedOut { problem: None, notice }, effects)
}

fn on_authorization_response(site: &mut Site, stage: Stage, response: &RedactedText) -> Next {
    match stage {
        Stage::AtWindow { wait, mailbox } => window_flow::on_response(site, wait, mailbox, response.expose()),
        stage => (stage, vec![]),
    }
}

fn on_missing_window(stage: Stage, reason: NoWindow) -> Next {
    match stage {
        Stage::Discovering { next_step: NextStep::Leave { .. }, .. } | Stage::Reserving { .. } => {
            signed_out(window_flow::problem(reason))
        }
        Stage::AtWindow { mailbox, .. } => window_flow::end_with_problem(mailbox, window_flow::problem(reason)),
        stage => (stage, vec![]),
    }
}

fn on_blocked_storage(stage: Stage) -> Next {
    match stage {
        Stage::Leaving => signed_out(Problem::new(ProblemCode::StorageBlocked)),
        stage => (stage, vec![]),
    }
}

fn on_awake(site: &mut Site, stage: Stage, now: Now) -> Next {
    match stage {
        Stage::SignedIn { person, active, renewal } => renewal::tick(site, person, active, renewal.after_waking(), now),
        stage => tick(site, stage, now),
    }
}

fn tick(site: &mut Site, stage: Stage, now: Now) -> Next {
    match stage {
        Stage::SignedIn { person, active, renewal } => renewal::tick(site, person, active, renewal, now),
        Stage::AtWindow { wait, mailbox } => window_flow::tick(wait, mailbox, now),
        Stage::Guest { guest } => (guest::tick(guest, now), vec![]),
        stage => (stage, vec![]),
    }
}
