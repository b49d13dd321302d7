//! The configuration: one TOML file and one secret, checked completely before the first request.

mod acs;
mod address;
mod entra;
mod exchanges;
mod fault;
mod foreign_issuer;
mod ids;
mod limits;
mod mailbox;
mod page;
mod process_settings;
mod section;
mod service_identity;

use contract::ids::{ClientId, TenantId};
use reqwest::Url;

use self::{address::base_address, limits::Limits, page::Page, section::Section};
pub use self::{
    fault::{ConfigurationError, Fault},
    process_settings::ProcessSettings,
};
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
    /// The collector of traces. `None` without traces.
    pub(crate) traces: Option<Url>,
}

impl Configuration {
    /// Parses and checks the text of the file. `environment` returns the value of a variable. An empty value counts as
    /// unset.
    ///
    /// Also reads the files of secrets, because a service without a usable key cannot serve.
    pub fn parse(text: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let mut file = Section::parse(text)?;
        let process = ProcessSettings::read(&mut file, &environment)?;
        let page = Page::read(file.section("page")?)?;
        let entra = entra::read(file.section("entra")?, &page)?;
        let acs = acs::read(file.section("acs")?, &entra.authority, &environment)?;
        let foreign_issuers = foreign_issuer::read_all(file.sections("foreign_issuers")?, &entra)?;
        let exchanges = exchanges::read(file.section_or_empty("exchanges")?)?;
        let mailbox = mailbox::read(file.section_if_any("mailbox")?, process.scales_out, &environment)?;
        let setting = limits::Setting {
            scales_out: process.scales_out,
            has_redis: matches!(mailbox, Some(MailboxPlace::Redis { .. })),
            tenants: entra.tenants.len() + foreign_issuers.len(),
        };
        let limits = Limits::read(file.section_or_empty("limits")?, setting, &environment)?;
        let traces = match file.section_if_any("traces")? {
            Some(mut section) => {
                let collector = base_address("traces.collector", &section.required_text("collector")?)?;
                section.nothing_left()?;
                Some(collector)
            }
            None => None,
        };
        file.nothing_left()?;
        Ok(Self { process, acs, page, entra, foreign_issuers, exchanges, limits, mailbox, traces })
    }

    /// The addresses to listen on, and how the process ends.
    pub fn process(&self) -> ProcessSettings {
        self.process
    }

    /// The configuration in effect, as TOML. Comments with the source and length of a secret replace the secret.
    pub fn masked(&self) -> String {
        let Self { process, acs, page, entra, foreign_issuers, exchanges, limits, mailbox, traces } = self;
        // The `Debug` output of a list of these texts is valid TOML, because none needs an escape.
        let origins: Vec<_> = page.origins.iter().collect();
        let tenants: Vec<_> = entra.tenants.iter().map(TenantId::as_str).collect();
        let clients: Vec<_> = entra.clients.iter().map(ClientId::as_str).collect();
        let traces = traces
            .as_ref()
            .map(|collector| format!("\n\n[traces]\ncollector = \"{}\"", collector.as_str().trim_end_matches('/')));
        let traces = traces.unwrap_or_default();
        let lines = [
            format!("{}\n\n[acs]", process.masked()),
            format!("endpoint = \"{}\"", acs.endpoint.as_str().trim_end_matches('/')),
            format!("{}\n\n[page]", acs::masked_credential(&acs.credential)),
            format!("client_id = \"{}\"", page.client_id),
            format!("origins = {origins:?}\n\n[entra]"),
            format!("authority = \"{}\"", entra.authority),
            format!("audience = \"{}\"", entra.audience),
            format!("scope = {:?}", entra.scope),
            format!("tenants = {tenants:?}"),
            format!("clients = {clients:?}"),
            format!("own_signing_key = {}", entra.own_signing_key),
            entra
                .authentication_context
                .as_ref()
                .map(|name| format!("authentication_context = {name:?}"))
                .unwrap_or_default(),
            entra.version_1.as_ref().map(|one| entra::masked_version_1(one) + "\n").unwrap_or_default(),
            foreign_issuers.iter().map(foreign_issuer::masked).collect(),
            exchanges::masked(*exchanges),
            [limits.masked(), mailbox.as_ref().map(mailbox::masked).unwrap_or_default(), traces].concat(),
        ];
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests;
