use serde_json::Value;

/// The addresses of a text of `config.json`, each with its key. They are read loosely, because the page's own parser
/// reports one mistake only, and without a name.
pub(super) struct Keys {
    pub(super) page: Option<String>,
    pub(super) authorities: Vec<(String, String)>,
    pub(super) exchanges: Vec<(String, String)>,
    pub(super) scopes: Vec<(String, String, String)>,
    pub(super) mailbox: Option<String>,
    pub(super) portals: Vec<(String, String)>,
    pub(super) links: Vec<(String, String)>,
    pub(super) has_guest: bool,
    pub(super) has_backend: bool,
}

impl Keys {
    pub(super) fn read(json: &Value) -> Self {
        let text = |value: &Value, key: &str| value[key].as_str().map(str::to_owned);
        let mut keys = Self {
            page: text(json, "redirectUri"),
            authorities: vec![],
            exchanges: vec![],
            scopes: vec![],
            mailbox: text(json, "mailboxUrl"),
            portals: vec![],
            links: text(json, "continueUrl").map(|url| ("continueUrl".to_owned(), url)).into_iter().collect(),
            has_guest: false,
            has_backend: false,
        };
        let profiles: Vec<(String, &Value)> = match json["profiles"].as_array() {
            Some(list) => list.iter().enumerate().map(|(at, profile)| (format!("profiles[{at}]."), profile)).collect(),
            None => vec![(String::new(), json)],
        };
        for (prefix, profile) in profiles {
            let exchange = &profile["exchange"];
            keys.authorities.extend(text(profile, "authority").map(|url| (format!("{prefix}authority"), url)));
            keys.exchanges.extend(text(exchange, "url").map(|url| (format!("{prefix}exchange.url"), url)));
            if let (Some(scope), Some(client)) = (text(exchange, "scope"), text(profile, "clientId")) {
                keys.scopes.push((format!("{prefix}exchange.scope"), scope, client));
            }
            let contract = exchange["contract"].as_str().unwrap_or_default();
            keys.has_guest |= contract == "guest";
            keys.has_backend |= !contract.starts_with("acs-");
        }
        for (at, portal) in json["portals"].as_array().into_iter().flatten().enumerate() {
            keys.portals.extend(text(portal, "origin").map(|origin| (format!("portals[{at}].origin"), origin)));
            keys.links.extend(text(portal, "url").map(|url| (format!("portals[{at}].url"), url)));
        }
        for key in ["supportUrl", "privacyUrl", "termsUrl"] {
            keys.links.extend(text(&json["branding"], key).map(|url| (format!("branding.{key}"), url)));
        }
        keys
    }

    /// All addresses, each with its key.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let lists = [&self.authorities, &self.exchanges, &self.portals, &self.links];
        lists
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .chain(self.page.as_deref().map(|value| ("redirectUri", value)))
            .chain(self.mailbox.as_deref().map(|value| ("mailboxUrl", value)))
    }

    /// Whether the page is for other people, and not for the computer that it runs on.
    pub(super) fn is_public(&self) -> bool {
        self.page.as_deref().and_then(host_of).is_some_and(|host| !is_loopback(host))
    }
}

/// Scheme, host and port.
pub(super) fn origin(url: &str) -> Option<&str> {
    let host = url.find("://")? + 3;
    Some(url[host..].find('/').map_or(url, |end| &url[..host + end]))
}

pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1"
}

/// The host of a text that is a URL of the web.
pub(super) fn host_of(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    rest.split(['/', ':', '?', '#']).next()
}
