//! The control page at `/emulator/`: forms to set faults, advance the clock and change consent.

use std::fmt::Display;

use serde::Serialize;
use serde_json::json;

use crate::{
    Emulator,
    accounts::ACCOUNTS,
    entra::pages::page,
    fault::{
        AuthorizationError, AuthorizationFault, EndSessionFault, Faults, IdTokenFault, MetadataFault, Outage,
        PublishedError, TokenError, TokenResponseFault,
    },
};

/// The control page, with the faults that are set now.
pub(super) fn control(emulator: &Emulator) -> String {
    let now = emulator.global_faults();
    let label = |error: &PublishedError| format!("{}: {}", error.number, error.message);
    let authorization_errors: Vec<_> =
        AuthorizationError::all().map(|error| (error, label(error.published()))).collect();
    let token_errors: Vec<_> = TokenError::all().map(|error| (error, label(error.published()))).collect();
    let faults = [
        select("idToken", "ID tokens", IdTokenFault::ALL, now.id_token),
        select("authorization", "Responses of the authorization endpoint", AuthorizationFault::ALL, now.authorization),
        select(
            "authorizationError",
            "Errors of the authorization endpoint",
            &authorization_errors,
            now.authorization_error,
        ),
        select("tokenResponse", "Responses of the token endpoint", TokenResponseFault::ALL, now.token_response),
        select("tokenError", "Errors of the token endpoint", &token_errors, now.token_error),
        select("metadata", "Metadata", MetadataFault::ALL, now.metadata),
        select("endSession", "Signing out", EndSessionFault::ALL, now.end_session),
        select("token", "Outage of the token endpoint", Outage::ALL, now.token),
        select("discovery", "Outage of the metadata", Outage::ALL, now.discovery),
        select("keys", "Outage of the signing keys", Outage::ALL, now.keys),
        select("exchange", "Outage of the exchanges at ACS", Outage::ALL, now.exchange),
        select("graph", "Outage of Microsoft Graph", Outage::ALL, now.graph),
        select("coop", "Cross-Origin-Opener-Policy: same-origin", &[(true, "Sent"), (false, "Not sent")], now.coop),
        seconds("graphLag", "Requests that do not find a new object of Graph", now.graph_lag.into()),
        seconds("entraClock", "Seconds by which Entra's clock is ahead", now.entra_clock.into()),
        seconds("acsClock", "Seconds by which ACS's clock is ahead", now.acs_clock.into()),
        checkbox("pkceUnchecked", "Skip the check of the code verifier", now.pkce_unchecked),
        checkbox("keysWithoutCors", "Publish the keys without CORS", now.keys_without_cors),
    ]
    .concat();
    let set = if now == Faults::NONE {
        "No fault is set.".to_owned()
    } else {
        format!("Faults that are set: {}", faults_text(now))
    };
    page(
        "Faults",
        &format!(
            "<h1>Faults</h1><p>{set}</p><p>Faults stay until the next change or reset. Some accounts have faults of their \
             own, and a request can set faults for itself in its header x-emulator-fault.</p>\
             <form method=\"post\" action=\"/emulator/fault\">{faults}\
             <p><button class=\"act\">Set faults</button></p></form>\
             <form method=\"post\" action=\"/emulator/clock\">{}\
             <p><button>Advance both clocks</button></p></form>\
             <form method=\"post\" action=\"/emulator/consent\"><p><label for=\"account\">Account</label>\
             <select id=\"account\" name=\"account\">{}</select></p><div class=\"pair\">\
             <button name=\"given\" value=\"true\">Give consent</button><button name=\"given\" value=\"false\">Withdraw consent</button></div></form>\
             <form method=\"post\" action=\"/emulator/keys\"><p><button>Rotate the signing key</button></p></form>\
             <form method=\"post\" action=\"/emulator/reset\"><p><button>Reset</button></p></form>",
            seconds("advance", "Seconds by which the clocks advance", 3600),
            ACCOUNTS.iter().map(|account| format!("<option>{}</option>", account.username)).collect::<String>(),
        ),
    )
}

/// The faults that are set, in the format of the header `x-emulator-fault`.
fn faults_text(now: Faults) -> String {
    let (all, none) = (json!(now), json!(Faults::NONE));
    let all = all.as_object().into_iter().flatten();
    let set = all.filter(|(name, value)| none[name.as_str()] != **value);
    let set: Vec<String> = set.map(|(name, value)| format!("{name}={}", value.to_string().replace('"', ""))).collect();
    set.join(" &amp; ")
}

/// A list in which one of the known faults, or no fault, can be selected.
fn select<F: Copy + PartialEq + Serialize>(
    name: &str,
    label: &str,
    all: &[(F, impl Display)],
    now: Option<F>,
) -> String {
    let options: String = all
        .iter()
        .map(|(fault, text)| {
            let selected = if now == Some(*fault) { " selected" } else { "" };
            let value = json!(fault).to_string().replace('"', "");
            format!("<option value=\"{value}\"{selected}>{text}</option>")
        })
        .collect();
    format!(
        "<p><label for=\"{name}\">{label}</label><select id=\"{name}\" name=\"{name}\">\
             <option value=\"\">No fault</option>{options}</select></p>"
    )
}

fn seconds(name: &str, label: &str, now: i64) -> String {
    format!("<p><label for=\"{name}\">{label}</label><input id=\"{name}\" name=\"{name}\" value=\"{now}\"></p>")
}

fn checkbox(name: &str, label: &str, now: bool) -> String {
    let checked = if now { " checked" } else { "" };
    format!("<label><input type=\"checkbox\" name=\"{name}\"{checked}> {label}</label>")
}
