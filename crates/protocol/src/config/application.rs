use super::{
    Exchange,
    section::{ConfigError, Section},
};
use crate::{address::Address, authority::Authority, ids::ClientId};

/// The application that people sign in to, whom it asks, and who makes the exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Artifact A3.
    pub client_id: ClientId,
    /// Whom it asks.
    pub authority: Authority,
    /// Who makes the exchange.
    pub exchange: Exchange,
    /// Where the authority's keys are relayed, if browsers cannot read them at the authority itself.
    pub keys_url: Option<Address>,
}

impl Application {
    pub(super) fn parse(section: &mut Section) -> Result<Self, ConfigError> {
        let mut exchange = section.section("exchange")?;
        let keys_url = section.optional("keysUrl", Address::parse)?;
        let application = Self {
            client_id: section.parsed("clientId", str::parse)?,
            authority: section.parsed("authority", Authority::parse)?,
            exchange: Exchange::parse(&mut exchange)?,
            keys_url,
        };
        exchange.nothing_else()?;
        // The vault's policy names two places, and a relay is the backend's business.
        if application.keys_url.as_ref().is_some_and(|url| !application.exchange.is_at(url)) {
            return Err(section.error("keysUrl", "must be on the origin of exchange.url"));
        }
        Ok(application)
    }

    /// What A1 is asked for.
    pub fn acs_scopes(&self) -> &'static [&'static str] {
        self.exchange.acs_scopes(self.authority.cloud())
    }

    /// What the person consents to: the scopes of A1, and that of B.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.acs_scopes().iter().copied().chain(self.exchange.caller_scope())
    }
}
