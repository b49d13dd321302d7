//! What the operator decides: one TOML file and one secret, checked in full before the first request is taken.

mod acs;
mod address;
mod entra;
mod exchanges;
mod fault;
mod foreign_issuer;
mod limits;
mod mailbox;
mod section;
mod service_identity;

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use protocol::ids::{ClientId, TenantId};
use reqwest::Url;

pub use self::fault::{ConfigurationError, Fault};
pub(crate) use self::{
    acs::{Acs, ConfiguredCredential},
    entra::Entra,
    exchanges::Exchanges,
    foreign_issuer::{ClientRule, ForeignIssuer},
    limits::Limits,
};
use self::{
    address::{base_address, origin},
    fault::at,
    section::Section,
};
use crate::{log::WhenFull, mailbox::MailboxPlace};

/// A configuration that was checked. There is no other way to have one than [`Configuration::parse`].
#[derive(Debug)]
pub struct Configuration {
    pub(crate) operation: Operation,
    pub(crate) acs: Acs,
    pub(crate) page: Page,
    pub(crate) entra: Entra,
    pub(crate) foreign_issuers: Vec<ForeignIssuer>,
    pub(crate) exchanges: Exchanges,
    pub(crate) limits: Limits,
    /// Nothing where no return mailboxes are wanted.
    pub(crate) mailbox: Option<MailboxPlace>,
    /// The collector of traces. Nothing where none is wanted.
    pub(crate) traces: Option<Url>,
}

/// The keys that stand before the first section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where to listen for Prometheus, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// How long to go on serving after being told to end, so that a load balancer finds out first.
    pub drain: Duration,
    /// Requests come to several processes like this one.
    pub scales_out: bool,
    /// What happens to an exchange whose audit record cannot be written.
    pub audit_when_full: WhenFull,
}

/// The page that asks.
#[derive(Debug)]
pub(crate) struct Page {
    /// Artifact A3.
    pub(crate) client_id: ClientId,
    /// Compared with the header `Origin`, byte by byte.
    pub(crate) origins: BTreeSet<String>,
}

impl Configuration {
    /// Reads and checks the text of the file. `environment` looks a variable up; a set but empty one counts as unset.
    ///
    /// Reads the files of secrets too, since a key that cannot be had is a configuration that cannot serve.
    pub fn parse(text: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let mut file = Section::parse(text)?;
        let operation = Operation::read(&mut file, &environment)?;
        let page = Page::read(file.section("page")?)?;
        let entra = Entra::read(file.section("entra")?, &page)?;
        let acs = Acs::read(file.section("acs")?, &entra.authority, &environment)?;
        let foreign_issuers = ForeignIssuer::read_all(file.sections("foreign_issuers")?, &entra)?;
        let exchanges = Exchanges::read(file.section_or_empty("exchanges")?)?;
        let mailbox = mailbox::read(file.section_if_any("mailbox")?, operation.scales_out, &environment)?;
        let setting = limits::Setting {
            scales_out: operation.scales_out,
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
        Ok(Self { operation, acs, page, entra, foreign_issuers, exchanges, limits, mailbox, traces })
    }

    /// Where to listen, and how to end.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The configuration in effect, as TOML, with the secret's place and length instead of the secret.
    pub fn masked(&self) -> String {
        let Self { operation, acs, page, entra, foreign_issuers, exchanges, limits, mailbox, traces } = self;
        // A list of Debug texts is TOML: nothing in these needs an escape.
        let origins: Vec<_> = page.origins.iter().collect();
        let tenants: Vec<_> = entra.tenants.iter().map(TenantId::as_str).collect();
        let clients: Vec<_> = entra.clients.iter().map(ClientId::as_str).collect();
        let traces = traces
            .as_ref()
            .map(|collector| format!("\n\n[traces]\ncollector = \"{}\"", collector.as_str().trim_end_matches('/')));
        let traces = traces.unwrap_or_default();
        let lines = [
            format!("{}\n\n[acs]", operation.masked()),
            format!("endpoint = \"{}\"", acs.endpoint.as_str().trim_end_matches('/')),
            format!("{}\n\n[page]", acs.masked_credential()),
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
            entra.version_1.as_ref().map(|one| one.masked() + "\n").unwrap_or_default(),
            foreign_issuers.iter().map(ForeignIssuer::masked).collect(),
            exchanges.masked(),
            [limits.masked(), mailbox.as_ref().map(mailbox::masked).unwrap_or_default(), traces].concat(),
        ];
        lines.join("\n")
    }
}

/// Where the Functions host says on which port it wants to find its custom handler.
const FUNCTIONS_PORT: &str = "FUNCTIONS_CUSTOMHANDLER_PORT";

impl Operation {
    fn read(file: &mut Section, environment: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let mut address = |key: &'static str| match file.text(key)? {
            Some(text) => text.parse().map(Some).map_err(|_| at(key, Fault::NotAListenAddress)),
            None => Ok(None),
        };
        let listen = address("listen")?.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8403)));
        let function = environment(FUNCTIONS_PORT).filter(|port| !port.is_empty());
        let listen = match &function {
            // The host alone asks, and from the same machine.
            Some(port) => match port.parse() {
                Ok(port) => SocketAddr::from(([127, 0, 0, 1], port)),
                Err(_) => return Err(at(FUNCTIONS_PORT, Fault::NotAPort)),
            },
            None => listen,
        };
        let metrics_listen = address("metrics_listen")?;
        if metrics_listen.is_some_and(|metrics| are_one(listen, metrics)) {
            return Err(at("metrics_listen", Fault::SameAddress));
        }
        let drain = Duration::from_secs(file.number("drain_seconds", 0, 60)?.unwrap_or(0).into());
        // Azure Functions adds instances by itself.
        let scales_out = file.flag("scales_out")?.unwrap_or(function.is_some());
        let audit_when_full = match file.text("audit_when_full")?.as_deref() {
            None | Some("refuse") => WhenFull::Refuse,
            Some("drop") => WhenFull::Drop,
            Some(_) => return Err(at("audit_when_full", Fault::NotWhenFull)),
        };
        Ok(Self { listen, metrics_listen, drain, scales_out, audit_when_full })
    }

    fn masked(self) -> String {
        let Self { listen, metrics_listen, drain, scales_out, audit_when_full } = self;
        let metrics = metrics_listen.map(|address| format!("metrics_listen = \"{address}\"\n")).unwrap_or_default();
        let audit = match audit_when_full {
            WhenFull::Refuse => "refuse",
            WhenFull::Drop => "drop",
        };
        format!(
            "listen = \"{listen}\"\n{metrics}drain_seconds = {}\nscales_out = {scales_out}\naudit_when_full = \"{audit}\"",
            drain.as_secs()
        )
    }
}

/// Whether a connection to the one may arrive at the other. Port 0 leaves the choice to the system, which makes two.
fn are_one(a: SocketAddr, b: SocketAddr) -> bool {
    let any = a.ip().is_unspecified() || b.ip().is_unspecified();
    a.port() == b.port() && a.port() != 0 && (any || a.ip() == b.ip())
}

impl Page {
    fn read(mut section: Section) -> Result<Self, ConfigurationError> {
        let client_id = client_id("page.client_id", &section.required_text("client_id")?)?;
        let origins = section.required_texts("origins")?;
        section.nothing_left()?;
        let origins = origins.into_iter().map(|text| origin("page.origins", text)).collect::<Result<_, _>>()?;
        Ok(Self { client_id, origins })
    }
}

fn client_id(key: &'static str, text: &str) -> Result<ClientId, ConfigurationError> {
    refuse_placeholder(key, text)?;
    text.parse().map_err(|_| at(key, Fault::NotAGuid))
}

/// What the example file has where an operator's own value belongs.
fn refuse_placeholder(key: &'static str, text: &str) -> Result<(), ConfigurationError> {
    let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'-')) && text.len() == 36;
    if text.contains("REPLACE") || zero { Err(at(key, Fault::Placeholder)) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
