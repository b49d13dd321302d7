use messages::Portal;

use super::{
    address, link,
    section::{ConfigError, Section},
    short_text,
};

/// The portals that may embed the page, by their exact origins.
pub(super) fn parse_all(root: &mut Section) -> Result<Vec<Portal>, ConfigError> {
    let mut portals: Vec<Portal> = Vec::new();
    for mut section in root.sections("portals")?.unwrap_or_default() {
        let origin = section.parsed("origin", parse_origin)?;
        if portals.iter().any(|known| known.origin == origin) {
            return Err(section.error("origin", "is named twice"));
        }
        let (receives_token, counts_activity) = (section.flag("receivesToken")?, section.flag("countsActivity")?);
        if counts_activity && !receives_token {
            return Err(section.error("countsActivity", "needs receivesToken"));
        }
        let (name, url) = (section.optional("name", short_text)?, section.optional("url", link)?);
        let is_its_own = |url: &String| url.strip_prefix(&origin).is_some_and(|path| path.starts_with('/'));
        if url.as_ref().is_some_and(|url| !is_its_own(url)) {
            return Err(section.error("url", "must be on the portal's origin"));
        }
        portals.push(Portal { origin, receives_token, counts_activity, name, url });
        section.reject_unknown_keys()?;
    }
    Ok(portals)
}

/// Parses an origin in the form that browsers write, so that the two can be compared as texts (SEC-045).
fn parse_origin(text: &str) -> Result<String, &'static str> {
    if address(text)?.origin() == text { Ok(text.to_owned()) } else { Err("must be an origin, without a path") }
}
