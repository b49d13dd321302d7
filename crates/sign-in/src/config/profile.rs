use super::{
    Application, address,
    section::{ConfigError, Section},
    short_text,
};
use crate::address::Address;

/// One sign-in method. If there are several, the person or the portal's hint selects one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name of the profile, which hints and transactions use.
    pub name: String,
    /// The text of the button.
    pub label: Option<String>,
    /// How people sign in with it.
    pub kind: ProfileKind,
}

/// How people sign in with a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileKind {
    /// A sign-in at Entra.
    Entra(Application),
    /// No sign-in: the exchange service creates an identity that belongs to no person. For development.
    Guest {
        /// The service's exchange for guests.
        url: Address,
    },
}

/// The name of the only profile of a page without a list.
const DEFAULT_NAME: &str = "default";

/// The most profiles that a person can choose from.
const MAX_PROFILES: usize = 8;

impl Profile {
    /// The profiles of a page: a list, or one profile at the root of the file.
    pub(super) fn parse_all(root: &mut Section) -> Result<Vec<Self>, ConfigError> {
        let Some(sections) = root.sections("profiles")? else {
            return Ok(vec![Self { name: DEFAULT_NAME.to_owned(), label: None, kind: ProfileKind::parse(root)? }]);
        };
        if sections.is_empty() || sections.len() > MAX_PROFILES {
            return Err(root.error("profiles", "must be a list of one to eight"));
        }
        let mut profiles: Vec<Self> = Vec::with_capacity(sections.len());
        for mut section in sections {
            let name = section.parsed("name", parse_name)?;
            if profiles.iter().any(|known| known.name == name) {
                return Err(section.error("name", "is another profile's already"));
            }
            let label = Some(section.parsed("label", short_text)?);
            let kind = ProfileKind::parse(&mut section)?;
            if profiles.iter().any(|known| !known.kind.is_mix_up_safe_with(&kind)) {
                return Err(
                    section.error("authority", "must be on one host with the others', unless all are Microsoft's")
                );
            }
            profiles.push(Self { name, label, kind });
            section.reject_unknown_keys()?;
        }
        Ok(profiles)
    }
}

impl ProfileKind {
    fn is_mix_up_safe_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Entra(one), Self::Entra(another)) => one.authority.is_mix_up_safe_with(&another.authority),
            _ => true,
        }
    }

    fn parse(section: &mut Section) -> Result<Self, ConfigError> {
        if let Some(url) = guest(section)? {
            return Ok(Self::Guest { url });
        }
        Application::parse(section).map(Self::Entra)
    }
}

/// The guest exchange of a section that has neither client id nor authority.
fn guest(section: &mut Section) -> Result<Option<Address>, ConfigError> {
    if section.has("clientId") || section.has("authority") || !section.has("exchange") {
        return Ok(None);
    }
    let mut exchange = section.section("exchange")?;
    exchange.parsed("contract", |text| match text {
        "guest" => Ok(()),
        _ => Err("needs clientId and authority next to exchange, unless it is guest"),
    })?;
    let url = exchange.parsed("url", address)?;
    exchange.reject_unknown_keys()?;
    Ok(Some(url))
}

fn parse_name(text: &str) -> Result<String, &'static str> {
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if plain && (1..=32).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err("must be a short name of lower-case letters, digits and hyphens")
    }
}
