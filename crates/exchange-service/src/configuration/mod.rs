//! The configuration: one TOML file and its secrets, checked completely before the first request.
//!
//! `file` reads the file into a type for each section. Each section then validates its texts, and returns the settings
//! of the module that they are for.

mod acs;
mod address;
mod entra;
mod exchanges;
mod fault;
mod file;
mod foreign_issuer;
mod ids;
mod limits;
mod mailbox;
mod page;
mod process_settings;
mod secret;
mod toml_values;
mod traces;

use reqwest::Url;
use zeroize::Zeroizing;

use self::{
    address::base_address,
    file::File,
    foreign_issuer::validate_all,
    limits::{Limits, Setting},
    page::Page,
};
pub use self::{fault::ConfigurationError, process_settings::ProcessSettings};
use crate::{
    acs::{AcsSettings, Exchanges},
    caller::{EntraPolicy, ForeignIssuer},
    mailbox::MailboxPlace,
};

/// A checked configuration. [`Configuration::parse`] is the only constructor.
#[derive(Debug)]
pub struct Configuration {
    pub(crate) process: ProcessSettings,
    pub(crate) acs: AcsSettings,
    pub(crate) page: Page,
    pub(crate) entra: EntraPolicy,
    pub(crate) foreign_issuers: Vec<ForeignIssuer>,
    pub(crate) exchanges: Exchanges,
    pub(crate) limits: Limits,
    /// `None` without return mailboxes.
    pub(crate) mailbox: Option<MailboxPlace>,
    /// The address for traces. `None` without traces.
    pub(crate) traces: Option<Url>,
    /// The file with all defaults filled in.
    in_effect: File,
}

impl Configuration {
    /// Parses and checks the text of the file. `environment` returns the value of a variable. An empty value counts as
    /// unset.
    ///
    /// Also reads the files of secrets, because a service without a usable key cannot serve.
    ///
    /// # Errors
    ///
    /// The first mistake, by its key.
    pub fn parse(text: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let environment = |name: &str| environment(name).filter(|value| !value.is_empty()).map(Zeroizing::new);
        let mut file = File::read(text)?;
        let process = ProcessSettings::validate(&mut file, &environment)?;
        let page = file.page.0.validate()?;
        let entra = file.entra.0.validate(&page)?;
        let acs = file.acs.0.validate(&entra.authority, &environment)?;
        let foreign_issuers = validate_all(&mut file.foreign_issuers, &entra)?;
        let exchanges = file.exchanges.get_or_insert_default().0.validate()?;
        let mailbox = file.mailbox.as_ref().map(|section| section.0.validate(process.scales_out, &environment));
        let mailbox = mailbox.transpose()?;
        let setting = Setting {
            scales_out: process.scales_out,
            has_redis: matches!(mailbox, Some(MailboxPlace::Redis { .. })),
            tenants: entra.tenants.len() + foreign_issuers.len(),
        };
        let limits = file.limits.get_or_insert_default().0.validate(setting, &environment)?;
        let traces = file.traces.as_ref().map(|section| base_address("traces.collector", &section.0.collector));
        let traces = traces::address(traces.transpose()?, environment)?;
        if traces.is_none() {
            file.traces = None;
        }
        Ok(Self { process, acs, page, entra, foreign_issuers, exchanges, limits, mailbox, traces, in_effect: file })
    }

    /// The addresses to listen on, and how the process ends.
    pub fn process(&self) -> ProcessSettings {
        self.process
    }

    /// The configuration in effect, as TOML. Comments before it have the sources of the secrets, which are not in it.
    pub fn masked(&self) -> String {
        let sources = acs::sources(&self.acs.credential).into_iter();
        let sources = sources.chain(self.mailbox.as_ref().and_then(mailbox::source));
        let traces = (self.traces.is_some() && self.in_effect.traces.is_none()).then(|| traces::SOURCE.to_owned());
        let sources = sources.chain(traces);
        let comments: String = sources.map(|source| format!("# {source}\n")).collect();
        let file = toml::to_string(&self.in_effect).expect("texts, numbers and lists of them can be written as TOML");
        format!("{comments}{}", file.trim_end())
    }
}

#[cfg(test)]
mod tests;
