//! `/emulator/`: every fault in a list, to be set by hand.

use serde::Serialize;
use serde_json::json;

use crate::entra::control::{IdTokenFault, Tampering};
use crate::entra::pages::page;
use crate::outage::Outage;

/// The page, with what is set now.
pub(super) fn control(tampering: Tampering) -> String {
    let id_token = select("idToken", "What is wrong with every ID token", &IdTokenFault::ALL, tampering.id_token);
    let token = select("token", "What is wrong with the token endpoint", &Outage::ALL, tampering.token);
    let exchange = select("exchange", "What is wrong with the exchanges of ACS", &Outage::ALL, tampering.exchange);
    let pkce = checkbox("pkceUnchecked", "The code verifier is not checked", tampering.pkce_unchecked);
    let keys = checkbox("keysWithoutCors", "The keys are published without CORS", tampering.keys_without_cors);
    page(
        "Faults",
        &format!(
            "<h1>Faults</h1><p>They last until the next change or reset.</p>\
             <form method=\"post\" action=\"/emulator/fault\">{id_token}{token}{exchange}{pkce}{keys}\
             <p><button class=\"act\">Set these</button></p></form>\
             <form method=\"post\" action=\"/emulator/clock\"><p><label for=\"advance\">Seconds to put the clock forward</label>\
             <input id=\"advance\" name=\"advance\" inputmode=\"numeric\" value=\"3600\"></p>\
             <p><button>Put the clock forward</button></p></form>\
             <form method=\"post\" action=\"/emulator/keys\"><p><button>Sign with a new key</button></p></form>\
             <form method=\"post\" action=\"/emulator/reset\"><p><button>Forget everything</button></p></form>"
        ),
    )
}

/// One of the known faults, or none.
fn select<F: Copy + PartialEq + Serialize>(name: &str, label: &str, all: &[(F, &str)], now: Option<F>) -> String {
    let options: String = all
        .iter()
        .map(|(fault, text)| {
            let selected = if now == Some(*fault) { " selected" } else { "" };
            format!("<option value={}{selected}>{text}</option>", json!(fault))
        })
        .collect();
    format!(
        "<p><label for=\"{name}\">{label}</label><select id=\"{name}\" name=\"{name}\">\
             <option value=\"\">Nothing</option>{options}</select></p>"
    )
}

fn checkbox(name: &str, label: &str, now: bool) -> String {
    let checked = if now { " checked" } else { "" };
    format!("<label><input type=\"checkbox\" name=\"{name}\"{checked}> {label}</label>")
}
