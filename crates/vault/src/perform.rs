use messages::{FromVault, RedactedText};
use sign_in::session::{Effect, Event, Outcome};
use wasm_bindgen_futures::spawn_local;

use crate::{browser, send, step};

/// Performs the effects of a session, and is the only code that does. Messages are sent at once and in order; effects
/// that take time report their outcome later.
pub(crate) fn all(attempt: u32, effects: Vec<Effect>) {
    for effect in effects {
        match effect {
            Effect::Greet(greeting) => send(FromVault::Greet { greeting }),
            Effect::Leave { url, transaction } => {
                let transaction = transaction.map(|text| RedactedText::new(text.expose().to_owned()));
                send(FromVault::Leave { url, transaction });
            }
            Effect::Remember(remembered) => send(FromVault::Remember { remembered: remembered.map(RedactedText::new) }),
            Effect::Taken => send(FromVault::Taken),
            Effect::RequestCallerToken => {
                report(attempt, async { Outcome::CallerToken(browser::portal_caller_token::request().await) })
            }
            Effect::Send(kind, request) => {
                report(attempt, async move { Outcome::Responded(kind, browser::fetch::send(request).await) });
            }
            Effect::VerifySignature { jwk, signing_input, signature } => report(attempt, async move {
                let good = browser::signature::is_valid(&jwk, signing_input.expose(), &signature).await;
                Outcome::SignatureChecked(good.unwrap_or(false))
            }),
        }
    }
}

fn report(attempt: u32, work: impl Future<Output = Outcome> + 'static) {
    spawn_local(async move {
        let outcome = work.await;
        step(Event::Done { attempt, outcome });
    });
}
