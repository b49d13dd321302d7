use contract::ids::{ClientId, NotAGuid};

use super::{
    Exchange, address,
    section::{ConfigError, Section},
};
use crate::{
    address::Address,
    authority::{Authority, AuthorityError},
};

/// The application that people sign in to, its authority, and its exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Artifact A3.
    pub client_id: ClientId,
    /// The authority that signs people in.
    pub authority: Authority,
    /// How A1 is exchanged for D.
    pub exchange: Exchange,
    /// A copy of the authority's keys at the backend, for authorities whose keys browsers cannot read.
    pub keys_url: Option<Address>,
}

impl Application {
    pub(super) fn parse(section: &mut Section) -> Result<Self, ConfigError> {
        let mut exchange = section.section("exchange")?;
        let keys_url = section.optional("keysUrl", address)?;
        let application = Self {
            client_id: section.parsed("clientId", |text| text.parse().map_err(NotAGuid::reason))?,
            authority: section.parsed("authority", |text| Authority::parse(text).map_err(AuthorityError::reason))?,
            exchange: Exchange::parse(&mut exchange)?,
            keys_url,
        };
        exchange.reject_unknown_keys()?;
        // The vault's policy then needs no third origin.
        if application.keys_url.as_ref().is_some_and(|url| !application.exchange.is_on_origin_of(url)) {
            return Err(section.error("keysUrl", "must be on the origin of exchange.url"));
        }
        Ok(application)
    }

    /// The scopes of A1.
    pub fn acs_scopes(&self) -> &'static [&'static str] {
        self.exchange.acs_scopes(self.authority.cloud())
    }

    /// The scopes that the person consents to: those of A1, and that of B.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.acs_scopes().iter().copied().chain(self.exchange.caller_scope())
    }
}
