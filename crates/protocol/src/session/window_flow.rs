//! The window flow: the person signs in in a window of their own, and the answer finds its way back to a page that may
//! stand in the frame of another site. The verifier never leaves this machine; what crosses windows, or waits in the
//! mailbox, is worthless without it.

use messages::{Greeting, NoWindow, Problem, ProblemCode};

use super::{App, Effect, Next, Now, RequestKind, Site, Stage, begin, signed_out, transaction::Pending};
use crate::{
    callback,
    http::{Failure, Method, Request, Response},
    json,
    mailbox::{Delivery, Reservation},
    secret::MailboxKey,
};

/// How long a person may take in the window, in seconds.
const LIMIT: u64 = 5 * 60;

/// The mailbox holds a question open for ten seconds. One that answers at once is not asked again at once.
const PATIENCE: u64 = 5;

/// Where the answer can be left if no message reaches this page. Its key stays here.
#[derive(Debug)]
pub(super) struct Mailbox {
    url: String,
    key: MailboxKey,
    asked: Asked,
}

#[derive(Debug, Clone, Copy)]
enum Asked {
    Open {
        since: u64,
    },
    Answered,
    /// It does not know us any more.
    Gone,
}

/// The page has opened a window on the click. First the mailbox, if there is one.
pub(super) fn open(site: &Site, app: Box<App>, pending: Pending, url: String, now: Now) -> Next {
    match &site.config.mailbox_url {
        Some(mailbox) => {
            let reserve = Request { method: Method::Post, ..Request::get(mailbox.as_str().to_owned()) };
            (
                Stage::Reserving { app, pending, url, since: now.steady },
                vec![Effect::Send(RequestKind::MailboxReservation, reserve)],
            )
        }
        None => greet(app, pending, url, None, now.steady),
    }
}

/// A mailbox was reserved. Without one there are other ways back, so nothing ends here.
pub(super) fn reserved(
    site: &Site,
    app: Box<App>,
    pending: Pending,
    url: String,
    since: u64,
    answer: Result<Response, Failure>,
    now: Now,
) -> Next {
    let reserved = match answer {
        Ok(Response { status: 201, body, .. }) => json::read(body.expose()).ok(),
        _ => None,
    };
    let base = site.config.mailbox_url.as_ref().map(|url| url.as_str().trim_end_matches('/'));
    let mailbox = match (reserved, base) {
        (Some(Reservation { id, key }), Some(base)) if is_id(&id) && key.is_token() => {
            Some(Mailbox { url: format!("{base}/{id}"), key, asked: Asked::Open { since: now.steady } })
        }
        _ => None,
    };
    greet(app, pending, url, mailbox, since)
}

/// An id becomes part of an address, so it must not be able to be more than that.
fn is_id(id: &str) -> bool {
    (1..=256).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn greet(app: Box<App>, pending: Pending, url: String, mailbox: Option<Mailbox>, since: u64) -> Next {
    let greeting = Greeting {
        url,
        state: pending.state.as_str().to_owned(),
        mailbox: mailbox.as_ref().map(|mailbox| mailbox.url.clone()),
    };
    let mut effects = vec![Effect::Greet(greeting)];
    effects.extend(mailbox.as_ref().map(Mailbox::ask));
    (Stage::AtWindow { app, pending, mailbox, since }, effects)
}

impl Mailbox {
    fn ask(&self) -> Effect {
        Effect::Send(RequestKind::MailboxPoll, Request::authorized(Method::Get, self.url.clone(), self.key.expose()))
    }

    fn taken(&self) -> Effect {
        Effect::Send(
            RequestKind::MailboxRelease,
            Request::authorized(Method::Delete, self.url.clone(), self.key.expose()),
        )
    }
}

/// An answer came out of the window. One that does not carry our `state` is somebody else's, and ends nothing: the
/// person may still be at Entra.
pub(super) fn answered(
    site: &mut Site,
    app: Box<App>,
    pending: Pending,
    mailbox: Option<Mailbox>,
    since: u64,
    answer: &str,
) -> Next {
    if !callback::belongs(answer, &pending.state) {
        return (Stage::AtWindow { app, pending, mailbox, since }, vec![]);
    }
    let (stage, mut effects) = begin::returned(site, app, pending, answer);
    effects.insert(0, Effect::Taken);
    effects.extend(release(mailbox));
    (stage, effects)
}

/// A mailbox that nobody waits on any more says so to the window that comes late.
pub(super) fn release(mailbox: Option<Mailbox>) -> Option<Effect> {
    mailbox.as_ref().map(Mailbox::taken)
}

/// Nobody waits any more, and this is why.
pub(super) fn over(mailbox: Option<Mailbox>, problem: Problem) -> Next {
    let (stage, mut effects) = signed_out(problem);
    effects.extend(release(mailbox));
    (stage, effects)
}

/// The mailbox has answered a question.
pub(super) fn mailbox_polled(
    site: &mut Site,
    app: Box<App>,
    pending: Pending,
    mut mailbox: Mailbox,
    since: u64,
    answer: Result<Response, Failure>,
    now: Now,
) -> Next {
    if let Ok(Response { status: 200, body, .. }) = &answer
        && let Ok(Delivery { answer }) = json::read(body.expose())
        && callback::belongs(answer.expose(), &pending.state)
    {
        let (stage, mut effects) = begin::returned(site, app, pending, answer.expose());
        effects.insert(0, mailbox.taken());
        return (stage, effects);
    }
    let asked_since = match mailbox.asked {
        Asked::Open { since } => since,
        Asked::Answered | Asked::Gone => now.steady,
    };
    let mut effects = vec![];
    mailbox.asked = match answer {
        // Not ours, and it is good for one answer only: there is nothing left to wait for.
        Ok(Response { status: 200 | 401 | 404, .. }) => Asked::Gone,
        Ok(Response { status: 204, .. }) if now.steady.saturating_sub(asked_since) >= PATIENCE => {
            effects.push(mailbox.ask());
            Asked::Open { since: now.steady }
        }
        _ => Asked::Answered,
    };
    (Stage::AtWindow { app, pending, mailbox: Some(mailbox), since }, effects)
}

/// Time went by.
pub(super) fn tick(app: Box<App>, pending: Pending, mut mailbox: Option<Mailbox>, since: u64, now: Now) -> Next {
    let since = since.min(now.steady);
    if now.steady - since >= LIMIT {
        return over(mailbox, Problem::new(ProblemCode::WindowTimedOut));
    }
    let mut effects = vec![];
    if let Some(mailbox) = mailbox.as_mut().filter(|mailbox| matches!(mailbox.asked, Asked::Answered)) {
        mailbox.asked = Asked::Open { since: now.steady };
        effects.push(mailbox.ask());
    }
    (Stage::AtWindow { app, pending, mailbox, since }, effects)
}

/// Why there is no window, for the person.
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
