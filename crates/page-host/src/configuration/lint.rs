use serde_json::Value;
use sign_in::{
    authority::{KNOWN_HOSTS, PERSONAL_ACCOUNTS},
    http::MAX_BODY,
};

use super::{
    Configuration,
    keys::{Keys, host_of, is_loopback, origin},
    placeholder,
};
use crate::Finding;

/// Tenants that admit personal Microsoft accounts, for which ACS has no token. The last one is their own tenant.
const PERSONAL: [&str; 3] = ["common", "consumers", PERSONAL_ACCOUNTS];

/// The most placeholders that are listed, because each repeats the names of all members around it.
const MAX_PLACEHOLDERS: usize = 100;

pub(super) fn findings(text: &str, page: Option<&str>) -> Vec<Finding> {
    let refusal = Configuration::parse(text).err().map(|refusal| *refusal);
    // A hostile host could send more findings than fit into memory: each repeats a key or a value of the text.
    if text.len() > MAX_BODY {
        return refusal.into_iter().collect();
    }
    let Ok(json) = serde_json::from_str::<Value>(text) else { return refusal.into_iter().collect() };
    let keys = Keys::read(&json);
    let mut found = Vec::new();
    keys.placeholders(&json, &mut found);
    keys.secrets(&json, &mut found);
    keys.page(page, &mut found);
    keys.origins(&mut found);
    keys.authorities(&mut found);
    keys.exchanges(&mut found);
    keys.mailbox(page, &mut found);
    keys.portals(&mut found);
    found.extend(refusal);
    found
}

impl Keys {
    fn placeholders(&self, json: &Value, found: &mut Vec<Finding>) {
        if !self.is_public() {
            return;
        }
        placeholder::each(json, &mut |key, text| {
            if found.len() == MAX_PLACEHOLDERS {
                return;
            }
            found.push(Finding::error(
                "placeholder",
                key,
                &format!("{text} is from an example or from the emulator"),
                "Write your own value.",
            ));
        });
    }

    fn secrets(&self, json: &Value, found: &mut Vec<Finding>) {
        for text in texts(json) {
            if looks_secret(text) {
                found.push(Finding::error(
                    "secret",
                    "config.json",
                    "a value looks like a key or a token, and everyone can read this file",
                    "Remove it, and replace the key: it belongs to the exchange service only.",
                ));
            }
        }
    }

    fn page(&self, served_at: Option<&str>, found: &mut Vec<Finding>) {
        let Some(page) = self.page.as_deref() else { return };
        if origin(page).is_some_and(|origin| page != format!("{origin}/") && page != origin) {
            found.push(Finding::error(
                "page-below-path",
                "redirectUri",
                "the page must be at the root of its origin",
                "Give the page a host name of its own, and end redirectUri with its first slash.",
            ));
        }
        if let Some(served_at) = served_at.filter(|address| origin(address) != origin(page)) {
            found.push(
                Finding::error(
                    "redirect-uri-not-page",
                    "redirectUri",
                    "Entra would send people to another address than that of the page",
                    "Write the address of the page, and register it in Entra.",
                )
                .with_values(origin(served_at).map(|origin| format!("{origin}/")), Some(page.to_owned())),
            );
        }
    }

    fn origins(&self, found: &mut Vec<Finding>) {
        for (key, address) in self.all() {
            if address.contains('*') {
                found.push(Finding::error(
                    "wildcard-origin",
                    key,
                    &format!("{address} has a wildcard, which admits sites that are not yours"),
                    "Name each host.",
                ));
            } else if address.starts_with("http://") && !host_of(address).is_some_and(is_loopback) {
                found.push(Finding::error(
                    "insecure-origin",
                    key,
                    &format!("{address} is not encrypted, so others can read and change it on its way"),
                    "Use https.",
                ));
            } else if self.is_public() && host_of(address).is_some_and(is_loopback) {
                found.push(Finding::error(
                    "loopback-address",
                    key,
                    &format!("{address} is on the computer of each person"),
                    "Write the address of your own server.",
                ));
            }
        }
    }

    fn authorities(&self, found: &mut Vec<Finding>) {
        for (key, authority) in &self.authorities {
            let tenant = authority.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            if PERSONAL.contains(&&*tenant.to_ascii_lowercase()) {
                found.push(Finding::error(
                    "personal-accounts",
                    key,
                    "this authority admits personal Microsoft accounts, for which ACS has no token",
                    "End the authority with the tenant's id or with organizations.",
                ));
            }
            if host_of(authority).is_some_and(|host| !KNOWN_HOSTS.contains(&host) && !is_loopback(host)) {
                found.push(Finding::warning(
                    "unknown-authority",
                    key,
                    &format!("{authority} is not one of Microsoft's authorities"),
                    "Use login.microsoftonline.com, or the host of your national cloud.",
                ));
            }
        }
    }

    fn exchanges(&self, found: &mut Vec<Finding>) {
        let page = self.page.as_deref().and_then(origin);
        for (key, url) in &self.exchanges {
            if self.authorities.iter().any(|(_, authority)| host_of(authority) == host_of(url)) && self.is_public() {
                found.push(Finding::error(
                    "exchange-on-authority",
                    key,
                    "the exchange service is on the host of the authority, which then receives the tokens",
                    "Write the address of the exchange service.",
                ));
            }
            if page.is_some() && origin(url) == page {
                found.push(Finding::warning(
                    "exchange-on-page-origin",
                    key,
                    "script in the page can reach its own origin, so it can send requests to the exchange service",
                    "Give the exchange service an origin of its own.",
                ));
            }
        }
        for (key, scope, client) in &self.scopes {
            if scope.to_ascii_lowercase().contains(&client.to_ascii_lowercase()) {
                found.push(Finding::warning(
                    "scope-of-page",
                    key,
                    "the scope is one of the page's own application, so a token for the page admits to the exchange",
                    "Register the exchange service as a second application, and use its scope.",
                ));
            }
        }
        if self.has_guest && self.is_public() {
            found.push(Finding::warning(
                "guest-profile",
                "exchange.contract",
                "guest gives a token to everyone who asks",
                "Use it for development only.",
            ));
        }
    }

    fn mailbox(&self, served_at: Option<&str>, found: &mut Vec<Finding>) {
        let mailbox = self.mailbox.as_deref().and_then(origin);
        let pages = [self.page.as_deref().and_then(origin), served_at.and_then(origin)];
        if mailbox.is_some() && pages.contains(&mailbox) {
            found.push(Finding::error(
                "mailbox-on-page-origin",
                "mailboxUrl",
                "script in the page can reach its own origin, so it could send what it has to a mailbox there",
                "Put the exchange service on an origin of its own.",
            ));
        }
        if mailbox.is_none() && !self.portals.is_empty() {
            found.push(if self.has_backend {
                Finding::warning(
                    "portals-without-mailbox",
                    "mailboxUrl",
                    "once Entra separates its window from the page, a page in a frame gets no response without a mailbox",
                    "Write the exchange service's address of return mailboxes, such as https://…/mailbox.",
                )
            } else {
                Finding::warning(
                    "portals-without-mailbox",
                    "portals",
                    "once Entra separates its window from the page, a page in a frame gets no response without a mailbox",
                    "Run an exchange service for its mailbox, or let portals link to the page instead.",
                )
            });
        }
    }

    fn portals(&self, found: &mut Vec<Finding>) {
        let Some(page) = self.page.as_deref() else { return };
        for (key, portal) in &self.portals {
            if origin(portal) == origin(page) {
                found.push(Finding::error(
                    "portal-on-page-origin",
                    key,
                    "a portal on the page's own origin has full access to the page",
                    "Give the page an origin of its own.",
                ));
            } else if let (Some(portal), Some(page)) = (host_of(portal), host_of(page))
                && (portal == page || portal.ends_with(&format!(".{page}")))
                && self.is_public()
            {
                found.push(Finding::warning(
                    "portal-below-page",
                    key,
                    "the portal is on the page's host or below it, where it can set cookies for the page",
                    "Give the page a host name with nothing else on it or below it.",
                ));
            }
        }
    }
}

fn texts(json: &Value) -> Vec<&str> {
    match json {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => vec![],
    }
}

/// Whether a text looks like a connection string, an access key of Azure, or a token.
fn looks_secret(text: &str) -> bool {
    let is_base64 = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=-_.".contains(&b));
    text.to_ascii_lowercase().contains("accesskey=")
        || (text.starts_with("eyJ") && is_base64(text))
        || (text.len() >= 80 && is_base64(text) && !text.contains("//"))
}
