//! `config.json` as its host sees it: the origins that the headers name, and the mistakes that make the page unsafe or
//! useless.

mod keys;
mod lint;
mod placeholder;

use sign_in::{
    address::Address,
    config::{Application, Config, Exchange, ProfileKind, SignInBy},
    http::MAX_BODY,
};

use crate::{Addresses, Authority, Finding};

/// A `config.json` that the page accepts.
#[derive(Debug, Clone)]
pub struct Configuration {
    text: String,
    config: Config,
}

impl Configuration {
    /// Reads `config.json` by the page's own parser, so that exactly what the page refuses is refused.
    ///
    /// # Errors
    /// The sentence of the page, as a finding, or that the text is longer than the page reads.
    pub fn parse(text: &str) -> Result<Self, Box<Finding>> {
        if text.len() > MAX_BODY {
            return Err(Box::new(Finding::error(
                "config-too-large",
                "config.json",
                &format!("the configuration has {} bytes, and the page reads at most {MAX_BODY}", text.len()),
                "Name fewer portals or profiles.",
            )));
        }
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

    /// The name of the logo's file, next to `config.json`.
    pub fn logo(&self) -> Option<&str> {
        self.config.logo.as_deref()
    }

    /// The addresses that the headers name.
    pub fn addresses(&self) -> Addresses {
        let mut addresses = Addresses {
            portals: self.config.portals.iter().map(|portal| portal.origin.clone()).collect(),
            mailbox: self.config.mailbox_url.as_ref().map(|mailbox| mailbox.as_str().to_owned()),
            signs_in_by_redirect: self.config.sign_in_by == SignInBy::Redirect,
            links: self.config.links().map(str::to_owned).collect(),
            ..Addresses::default()
        };
        for profile in &self.config.profiles {
            match &profile.kind {
                ProfileKind::Entra(application) => {
                    addresses.authorities.push(Authority {
                        address: application.authority.as_str().to_owned(),
                        client_id: application.client_id.as_str().to_owned(),
                        is_entra: application.authority.is_microsofts(),
                    });
                    add(&mut addresses.exchanges, exchange_of(application).origin());
                }
                ProfileKind::Guest { url } => add(&mut addresses.exchanges, url.origin()),
            }
        }
        addresses
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

fn add(origins: &mut Vec<String>, origin: &str) {
    if !origins.iter().any(|known| known == origin) {
        origins.push(origin.to_owned());
    }
}

#[cfg(test)]
mod tests;
