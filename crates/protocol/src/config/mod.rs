//! `config.json`: what the person who deploys the page decides. Checked in full; a wrong or unknown key stops the page.

mod allowed_portals;
mod application;
mod exchange;
mod profile;
mod section;

use messages::Portal;

pub use application::Application;
pub use exchange::{AcsOperation, Backend, CallerFrom, Contract, Exchange};
pub use profile::{Profile, ProfileKind};
pub use section::ConfigError;

use crate::address::Address;
use section::Section;

/// The whole configuration, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where Entra sends people back to: this page.
    pub redirect_uri: Address,
    /// The sign-in methods, at least one.
    pub profiles: Vec<Profile>,
    /// Who may embed the page.
    pub portals: Vec<Portal>,
    /// How people go to Entra from a page at top level. From a frame it is always a window.
    pub sign_in_by: SignInBy,
    /// Where an answer waits that can reach a framed page in no other way: at the exchange service.
    pub mailbox_url: Option<Address>,
    /// What happens when a signed-in page is loaded again.
    pub come_back: ComeBack,
    /// How long a sign-in lasts at most, in seconds. Without it no sign-in is renewed after 24 hours.
    pub absolute_limit: Option<u64>,
    /// How long nobody may touch the page, in seconds.
    pub idle_limit: Option<u64>,
}

/// How people go to Entra.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInBy {
    /// In this tab.
    Redirect,
    /// In a window of their own.
    Window,
}

/// What happens when a page that was signed in is loaded again. Tokens are gone in every case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComeBack {
    /// Nothing is remembered.
    Click,
    /// One click, and Entra is told which account it was.
    Hint,
    /// At top level: no click, if Entra needs none (`prompt=none`, once).
    AtOnce,
}

/// As long as Entra lets a single-page app's refresh token live.
pub(crate) const LONGEST_SIGN_IN: u64 = 24 * 3600;

impl Config {
    /// Parses the text of `config.json`.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut root = Section::root(text)?;
        let config = Self {
            profiles: Profile::all(&mut root)?,
            redirect_uri: root.parsed("redirectUri", Address::parse)?,
            portals: allowed_portals::all(&mut root)?,
            sign_in_by: root.optional("signInBy", SignInBy::parse)?.unwrap_or(SignInBy::Redirect),
            mailbox_url: root.optional("mailboxUrl", Address::parse)?,
            come_back: root.optional("comeBack", ComeBack::parse)?.unwrap_or(ComeBack::Click),
            absolute_limit: root.number("absoluteLimitMinutes", 1..=1440)?.map(|minutes| minutes * 60),
            idle_limit: root.number("idleLimitMinutes", 1..=1440)?.map(|minutes| minutes * 60),
        };
        if let Some(mailbox) = config.mailbox_url.as_ref().map(Address::origin) {
            // The vault's policy need not name another place for it.
            if !config.backends().any(|backend| backend == mailbox) {
                return Err(root.error("mailboxUrl", "must be on the origin of an exchange service, exchange.url"));
            }
            // There it would be a way out for the document, whose policy allows its own origin.
            if mailbox == config.redirect_uri.origin() {
                return Err(root.error("mailboxUrl", "must not be on the page's own origin"));
            }
        }
        // A window opens on a click only.
        if config.come_back == ComeBack::AtOnce && config.sign_in_by == SignInBy::Window {
            return Err(root.error("comeBack", "can be at-once only where signInBy is redirect"));
        }
        let limited = config.idle_limit.is_some() || config.absolute_limit.is_some_and(|limit| limit < LONGEST_SIGN_IN);
        if config.come_back == ComeBack::AtOnce && limited {
            return Err(root.error("comeBack", "cannot be at-once beside a limit, which a reload would begin anew"));
        }
        root.nothing_else()?;
        Ok(config)
    }

    /// Where Entra sends a window back to: the static page beside this one.
    pub fn return_uri(&self) -> String {
        let directory = self.redirect_uri.as_str().rsplit_once('/').map_or("", |(directory, _)| directory);
        format!("{directory}/return.html")
    }

    /// The origins of the trusted backends.
    fn backends(&self) -> impl Iterator<Item = &str> {
        self.profiles.iter().filter_map(|profile| match &profile.kind {
            ProfileKind::Entra(Application { exchange: Exchange::Backend(backend), .. }) => Some(backend.url.origin()),
            ProfileKind::Entra(_) => None,
            ProfileKind::Guest { url } => Some(url.origin()),
        })
    }
}

impl SignInBy {
    fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "redirect" => Ok(Self::Redirect),
            "window" => Ok(Self::Window),
            _ => Err("must be redirect or window"),
        }
    }
}

impl ComeBack {
    fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "click" => Ok(Self::Click),
            "hint" => Ok(Self::Hint),
            "at-once" => Ok(Self::AtOnce),
            _ => Err("must be click, hint or at-once"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
