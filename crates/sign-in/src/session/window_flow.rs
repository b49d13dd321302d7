//! The window flow: the person signs in in a separate window, and the authorization response comes back to a page that
//! may be in the frame of another site. The verifier never leaves the vault. Without it, the data in messages and in
//! the mailbox is useless.

use contract::mailbox::{Delivery, Reservation};
use messages::{Greeting, NoWindow, Problem, ProblemCode};

use super::{
    app::App,
    io::{Effect, RequestKind},
    now::Now,
    redeem,
    return_mailbox::ReturnMailbox,
    site::Site,
    stage::{Next, Stage, WindowWait, signed_out},
    transaction::PendingSignIn,
};
use crate::{
    callback,
    http::{Failure, Method, Request, Response},
};

/// How many seconds a person may take in the window.
const WINDOW_TIMEOUT: u64 = 5 * 60;

/// The page opened a window on the click. Reserves a mailbox if one is configured, and greets the window otherwise.
pub(super) fn open(site: &Site, app: Box<App>, pending: PendingSignIn, url: String, now: Now) -> Next {
    let wait = Box::new(WindowWait { app, pending, since: now.monotonic });
    match &site.config.mailbox_url {
        Some(mailbox) => {
            let reserve = Request { method: Method::Post, ..Request::get(mailbox.as_str().to_owned()) };
            (Stage::Reserving { wait, url }, vec![Effect::Send(RequestKind::MailboxReservation, reserve)])
        }
        None => greet(wait, url, None),
    }
}

/// Handles the response to the reservation. If it failed, the sign-in continues, because the window itself can still
/// send the authorization response.
pub(super) fn reserved(
    site: &Site,
    wait: Box<WindowWait>,
    url: String,
    response: Result<Response, Failure>,
    now: Now,
) -> Next {
    let reservation = match response {
        Ok(Response { status: 201, body, .. }) => Reservation::from_json(body.expose()).ok(),
        _ => None,
    };
    let base = site.config.mailbox_url.as_ref().map(|url| url.as_str().trim_end_matches('/'));
    let mailbox = base.zip(reservation).and_then(|(base, reservation)| ReturnMailbox::new(base, reservation, now));
    greet(wait, url, mailbox)
}

fn greet(wait: Box<WindowWait>, url: String, mailbox: Option<ReturnMailbox>) -> Next {
    let greeting = Greeting {
        url,
        state: wait.pending.state.as_str().to_owned(),
        mailbox: mailbox.as_ref().map(|mailbox| mailbox.url().to_owned()),
    };
    let mut effects = vec![Effect::Greet(greeting)];
    effects.extend(mailbox.as_ref().map(ReturnMailbox::poll));
    (Stage::AtWindow { wait, mailbox }, effects)
}

/// Handles a response from the window. If it does not have our `state`, it is not from our sign-in and changes nothing:
/// the person may still be at the authority (SEC-041).
pub(super) fn on_response(
    site: &mut Site,
    wait: Box<WindowWait>,
    mailbox: Option<ReturnMailbox>,
    response: &str,
) -> Next {
    if !callback::belongs(response, &wait.pending.state) {
        return (Stage::AtWindow { wait, mailbox }, vec![]);
    }
    let (stage, mut effects) = redeem::returned(site, wait.app, wait.pending, response);
    effects.insert(0, Effect::Taken);
    effects.extend(release(mailbox));
    (stage, effects)
}

/// Releases a mailbox that is not needed any more.
pub(super) fn release(mailbox: Option<ReturnMailbox>) -> Option<Effect> {
    mailbox.as_ref().map(ReturnMailbox::release)
}

/// Ends the wait with a problem.
pub(super) fn end_with_problem(mailbox: Option<ReturnMailbox>, problem: Problem) -> Next {
    let (stage, mut effects) = signed_out(problem);
    effects.extend(release(mailbox));
    (stage, effects)
}

/// Handles the response to a poll of the mailbox.
pub(super) fn polled(
    site: &mut Site,
    wait: Box<WindowWait>,
    mut mailbox: ReturnMailbox,
    response: Result<Response, Failure>,
    now: Now,
) -> Next {
    if let Ok(Response { status: 200, body, .. }) = &response
        && let Ok(Delivery { response }) = Delivery::from_json(body.expose())
        && callback::belongs(response.expose(), &wait.pending.state)
    {
        let (stage, mut effects) = redeem::returned(site, wait.app, wait.pending, response.expose());
        effects.insert(0, mailbox.release());
        return (stage, effects);
    }
    let poll = mailbox.polled(response.ok().map(|response| response.status), now);
    (Stage::AtWindow { wait, mailbox: Some(mailbox) }, poll.into_iter().collect())
}

/// Ends the wait after the limit, or polls the mailbox.
pub(super) fn tick(mut wait: Box<WindowWait>, mut mailbox: Option<ReturnMailbox>, now: Now) -> Next {
    wait.since = wait.since.min(now.monotonic);
    if now.monotonic - wait.since >= WINDOW_TIMEOUT {
        return end_with_problem(mailbox, Problem::new(ProblemCode::WindowTimedOut));
    }
    let poll = mailbox.as_mut().and_then(|mailbox| mailbox.tick(now));
    (Stage::AtWindow { wait, mailbox }, poll.into_iter().collect())
}

/// The problem that the page shows for a missing window.
pub(super) fn problem(reason: NoWindow) -> Problem {
    Problem::new(match reason {
        NoWindow::Blocked => ProblemCode::WindowBlocked,
        NoWindow::Closed => ProblemCode::WindowClosed,
        NoWindow::Refused => ProblemCode::WindowRefused,
        NoWindow::Sandboxed => ProblemCode::WindowSandboxed,
        NoWindow::Severed => ProblemCode::PortalIsolated,
        NoWindow::Unconfigured => ProblemCode::ConfigUnreachable,
    })
}
