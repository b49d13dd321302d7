//! `config.json` as its host sees it: the origins that the headers name, and the mistakes that undo a promise.

mod keys;
mod lint;
mod placeholder;

use sign_in::{
    address::Address,
    config::{Application, Config, Exchange, ProfileKind},
};

use crate::{Addresses, Finding};

/// A `config.json` that the page accepts.
#[derive(Debug, Clone)]
pub struct Configuration {
    text: String,
    config: Config,
}

/// The application that people sign in to with one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInApplication {
    /// The authority with its tenant, without a slash at its end.
    pub authority: String,
    /// The id of the application.
    pub client_id: String,
}

impl Configuration {
    /// Reads `config.json` by the page's own parser, so that exactly what the page refuses is refused.
    ///
    /// # Errors
    /// The sentence of the page, as a finding.
    pub fn parse(text: &str) -> Result<Self, Box<Finding>> {
        match Config::parse(text) {
            Ok(config) => Ok(Self { text: text.to_owned(), config }),
            Err(error) => Err(Box::new(Finding::error(
                "config-refused",
                "config.json",
                &error.to_string(),
                "Correct this key. docs/hosting.md describes all of them.",
            ))),
        }
    }

    /// The text of `config.json`, as it is served.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The address of the page.
    pub fn page(&self) -> &Address {
        &self.config.redirect_uri
    }

    /// The origins that the headers name, each once.
    pub fn addresses(&self) -> Addresses {
        let mut addresses = Addresses {
            portals: self.config.portals.iter().map(|portal| portal.origin.clone()).collect(),
            mailbox: self.config.mailbox_url.as_ref().map(|mailbox| mailbox.origin().to_owned()),
            ..Addresses::default()
        };
        for profile in &self.config.profiles {
            match &profile.kind {
                ProfileKind::Entra(application) => {
                    add(&mut addresses.authorities, origin_of(application.authority.as_str()));
                    add(&mut addresses.exchanges, exchange_of(application).origin());
                }
                ProfileKind::Guest { url } => add(&mut addresses.exchanges, url.origin()),
            }
        }
        addresses
    }

    /// The application of each profile that has one.
    pub fn applications(&self) -> Vec<SignInApplication> {
        let applications = self.config.profiles.iter().filter_map(|profile| match &profile.kind {
            ProfileKind::Entra(application) => Some(SignInApplication {
                authority: application.authority.as_str().to_owned(),
                client_id: application.client_id.as_str().to_owned(),
            }),
            ProfileKind::Guest { .. } => None,
        });
        applications.collect()
    }

    /// The mistakes in a text of `config.json`, whether the page accepts it or not. `page` is the address under which
    /// the page is served, if it is known.
    pub fn findings(text: &str, page: Option<&str>) -> Vec<Finding> {
        lint::findings(text, page)
    }
}

fn exchange_of(application: &Application) -> &Address {
    match &application.exchange {
        Exchange::Acs { resource, .. } => resource,
        Exchange::Backend(backend) => &backend.url,
    }
}

/// Scheme, host and port of an address that was checked before.
fn origin_of(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    address[host..].find('/').map_or(address, |end| &address[..host + end])
}

fn add(origins: &mut Vec<String>, origin: &str) {
    if !origins.iter().any(|known| known == origin) {
        origins.push(origin.to_owned());
    }
}

#[cfg(test)]
mod tests;
