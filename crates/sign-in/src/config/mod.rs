//! `config.json`, the configuration of a deployed page. All of it is checked: a wrong or unknown key stops the page.

mod allowed_portals;
mod application;
mod branding;
mod exchange;
mod profile;
mod section;

use messages::{Branding, Portal};

pub use application::Application;
pub use exchange::{AcsOperation, Backend, CallerTokenSource, Contract, Exchange};
pub use profile::{Profile, ProfileKind};
pub use section::ConfigError;

use crate::address::{Address, AddressError};
use section::Section;

/// The whole configuration, checked.
///
/// ```json
/// {
///   "clientId": "acc00000-0000-4000-8000-000000000010",
///   "authority": "https://login.microsoftonline.com/organizations",
///   "redirectUri": "https://page.example/",
///   "exchange": {
///     "contract": "quickstart",
///     "url": "https://exchange.example/api/exchange",
///     "scope": "api://e8c00000-0000-4000-8000-000000000020/access_as_user"
///   }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The address of this page, which the authority redirects to.
    pub redirect_uri: Address,
    /// The sign-in methods, at least one.
    pub profiles: Vec<Profile>,
    /// The sites that may embed the page.
    pub portals: Vec<Portal>,
    /// How a page at top level goes to the authority. A page in a frame always opens a window.
    pub sign_in_by: SignInBy,
    /// The return mailboxes of the exchange service, for authorization responses that cannot reach a framed page
    /// otherwise.
    pub mailbox_url: Option<Address>,
    /// What happens when a signed-in page is loaded again.
    pub come_back: ComeBack,
    /// The longest time that a sign-in lasts, in seconds. Without it, a sign-in is not renewed after 24 hours.
    pub absolute_limit: Option<u64>,
    /// The number of seconds without activity after which the sign-in ends.
    pub idle_limit: Option<u64>,
    /// Whose page it is.
    pub branding: Branding,
    /// The name of the logo's file, which the page's host puts into the page.
    pub logo: Option<String>,
    /// Where a person continues after a sign-in at top level.
    pub continue_url: Option<String>,
    /// Whether the page shows how long the token lives, and lets the person copy it.
    pub developer_tools: bool,
}

/// How the page goes to the authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInBy {
    /// The page navigates in its own tab.
    Redirect,
    /// The page opens a separate window.
    Window,
}

/// What happens when a page that was signed in is loaded again. Its tokens are gone in every case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComeBack {
    /// The page remembers nothing.
    Click,
    /// The page remembers the account. The person clicks once, and the request names the account (`login_hint`).
    Hint,
    /// The page remembers the account, and at top level signs in without a click, if Entra needs no page: one request
    /// with `prompt=none`.
    AtOnce,
}

/// The lifetime of Entra's refresh token for a single-page app, in seconds.
pub(crate) const MAX_SIGN_IN_SECONDS: u64 = 24 * 3600;

impl Config {
    /// Parses the text of `config.json`.
    ///
    /// # Errors
    /// For the first key that is missing, unknown or wrong.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut root = Section::root(text)?;
        let (branding, logo) = branding::parse(&mut root)?;
        let config = Self {
            profiles: Profile::parse_all(&mut root)?,
            redirect_uri: root.parsed("redirectUri", address)?,
            portals: allowed_portals::parse_all(&mut root)?,
            sign_in_by: root.optional("signInBy", SignInBy::parse)?.unwrap_or(SignInBy::Redirect),
            mailbox_url: root.optional("mailboxUrl", address)?,
            come_back: root.optional("comeBack", ComeBack::parse)?.unwrap_or(ComeBack::Click),
            absolute_limit: root.number("absoluteLimitMinutes", 1..=1440)?.map(|minutes| minutes * 60),
            idle_limit: root.number("idleLimitMinutes", 1..=1440)?.map(|minutes| minutes * 60),
            branding,
            logo,
            continue_url: root.optional("continueUrl", link)?,
            developer_tools: root.flag("developerTools")?,
        };
        if let Some(mailbox) = config.mailbox_url.as_ref().map(Address::origin) {
            // The vault's policy then needs no other origin.
            if !config.backends().any(|backend| backend == mailbox) {
                return Err(root.error("mailboxUrl", "must be on the origin of an exchange service, exchange.url"));
            }
            // The document's policy allows its own origin, so script there could send data to the mailbox.
            if mailbox == config.redirect_uri.origin() {
                return Err(root.error("mailboxUrl", "must not be on the page's own origin"));
            }
        }
        // Browsers open a window only on a click.
        if config.come_back == ComeBack::AtOnce && config.sign_in_by == SignInBy::Window {
            return Err(root.error("comeBack", "can be at-once only where signInBy is redirect"));
        }
        let limited =
            config.idle_limit.is_some() || config.absolute_limit.is_some_and(|limit| limit < MAX_SIGN_IN_SECONDS);
        if config.come_back == ComeBack::AtOnce && limited {
            return Err(root.error("comeBack", "cannot be at-once together with a limit, which a reload would restart"));
        }
        root.reject_unknown_keys()?;
        Ok(config)
    }

    /// The address of `return.html` next to this page, which the authority redirects a window to.
    pub fn return_uri(&self) -> String {
        let directory = self.redirect_uri.as_str().rsplit_once('/').map_or("", |(directory, _)| directory);
        format!("{directory}/return.html")
    }

    /// The addresses that the page can lead people to, besides those of the authority.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        let Branding { support_url, privacy_url, terms_url, .. } = &self.branding;
        let of_portals = self.portals.iter().map(|portal| &portal.url);
        [&self.continue_url, support_url, privacy_url, terms_url]
            .into_iter()
            .chain(of_portals)
            .filter_map(Option::as_deref)
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

fn address(text: &str) -> Result<Address, &'static str> {
    Address::parse(text).map_err(AddressError::reason)
}

/// An address that the page can lead to. Browsers change braces, and the headers allow exactly this address.
fn link(text: &str) -> Result<String, &'static str> {
    match address(text)?.as_str() {
        address if address.contains(['{', '}']) => Err(AddressError::NotPlain.reason()),
        address => Ok(address.to_owned()),
    }
}

/// A text that people are shown.
fn short_text(text: &str) -> Result<String, &'static str> {
    let shown = text.trim();
    if !shown.is_empty() && shown.chars().count() <= 60 && !shown.chars().any(char::is_control) {
        Ok(shown.to_owned())
    } else {
        Err("must be a text of 1 to 60 characters")
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
