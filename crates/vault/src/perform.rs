use messages::{FromVault, Private};
use protocol::session::{Effect, Event, Outcome};
use wasm_bindgen_futures::spawn_local;

use crate::{browser, step};

/// Performs what the machine asked for. The only place where an effect becomes an act.
pub(crate) fn all(attempt: u32, effects: Vec<Effect>) {
    for effect in effects {
        spawn_local(async move {
            let outcome = match effect {
                Effect::AskPortal => Outcome::Vouched(browser::portal::ask().await),
                Effect::Send(reply, request) => Outcome::Answered(reply, browser::fetch::send(request).await),
                Effect::VerifySignature { jwk, signing_input, signature } => Outcome::SignatureChecked(
                    browser::signature::is_good(&jwk, signing_input.expose(), &signature).await.unwrap_or(false),
                ),
                Effect::Greet(greeting) => return browser::port::say(&FromVault::Greet { greeting }),
                Effect::Leave { url, transaction } => {
                    let transaction = transaction.map(|text| Private::new(text.expose().to_owned()));
                    return browser::port::say(&FromVault::Leave { url, transaction });
                }
                Effect::Remember(remembered) => {
                    return browser::port::say(&FromVault::Remember { remembered: remembered.map(Private::new) });
                }
                Effect::Taken => return browser::port::say(&FromVault::Taken),
            };
            step(Event::Done { attempt, outcome });
        });
    }
}
