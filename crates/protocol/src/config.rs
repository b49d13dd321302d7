//! `config.json`: what the person who deploys the page decides. Checked in full; a wrong or unknown key stops the page.

use std::fmt;

use serde_json::{Map, Value};

use crate::{address::Address, authority::Authority, ids::ClientId};

/// The whole configuration, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The application that asks for the sign-in (artifact A3).
    pub client_id: ClientId,
    /// Whom it asks.
    pub authority: Authority,
    /// Where Entra sends people back to: this page.
    pub redirect_uri: Address,
    /// Who makes the exchange.
    pub exchange: Exchange,
    /// Where the authority's keys are relayed, if browsers cannot read them at the authority itself.
    pub keys_url: Option<Address>,
}

/// Who makes the exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exchange {
    /// The ACS resource itself, for Entra ID users: no backend, no key. Teams users cannot be exchanged so.
    Acs {
        /// The resource's endpoint, without a path.
        resource: Address,
    },
    /// A trusted backend, for Teams users.
    Backend(Backend),
}

/// The trusted backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// How it is spoken to.
    pub contract: Contract,
    /// Where it is.
    pub url: Address,
    /// The scope of its own API, for which artifact B is fetched.
    pub scope: String,
}

/// The contracts of trusted backends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contract {
    /// The Azure Function of Microsoft's Unity sample.
    Function,
    /// Microsoft's authentication hero samples.
    Hero,
    /// [`crate::exchange::quickstart`]: our own service, and Microsoft's single-page sample.
    Quickstart,
}

/// The two permissions that the exchange of a Teams user needs; ACS wants both.
const TEAMS_USER_SCOPES: [&str; 2] = [
    "https://auth.msft.communication.azure.com/Teams.ManageCalls",
    "https://auth.msft.communication.azure.com/Teams.ManageChats",
];

/// The permission that the exchange of an Entra ID user needs.
const ENTRA_USER_SCOPES: [&str; 1] = ["https://communication.azure.com/clients/VoIP"];

impl Exchange {
    /// What A1 is asked for.
    pub fn acs_scopes(&self) -> &'static [&'static str] {
        match self {
            Self::Acs { .. } => &ENTRA_USER_SCOPES,
            Self::Backend(_) => &TEAMS_USER_SCOPES,
        }
    }

    /// Whether this address is on the origin of the trusted backend.
    fn is_at(&self, address: &Address) -> bool {
        matches!(self, Self::Backend(backend) if backend.url.origin() == address.origin())
    }

    /// What B is asked for, where there is a B.
    pub fn caller_scope(&self) -> Option<&str> {
        match self {
            Self::Acs { .. } => None,
            Self::Backend(backend) => Some(&backend.scope),
        }
    }
}

/// Which key is wrong, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    key: String,
    reason: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.reason)
    }
}

impl Config {
    /// Parses the text of `config.json`.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let Ok(Value::Object(members)) = serde_json::from_str(text) else {
            return Err(ConfigError { key: "config.json".to_owned(), reason: "must be a JSON object".to_owned() });
        };
        let mut root = Section { path: "", members };
        let mut exchange = root.section("exchange", "exchange.")?;
        let keys_url = root.optional("keysUrl", Address::parse)?;
        let config = Self {
            client_id: root.parsed("clientId", str::parse)?,
            authority: root.parsed("authority", Authority::parse)?,
            redirect_uri: root.parsed("redirectUri", Address::parse)?,
            exchange: match exchange.parsed("contract", parse_contract)? {
                None => Exchange::Acs { resource: exchange.parsed("url", parse_resource)? },
                Some(contract) => Exchange::Backend(Backend {
                    contract,
                    url: exchange.parsed("url", Address::parse)?,
                    scope: exchange.parsed("scope", parse_scope)?,
                }),
            },
            keys_url,
        };
        exchange.nothing_else()?;
        // The vault's policy names two places, and a relay is the backend's business.
        if config.keys_url.as_ref().is_some_and(|url| !config.exchange.is_at(url)) {
            return Err(root.error("keysUrl", "must be on the origin of exchange.url".to_owned()));
        }
        root.nothing_else()?;
        Ok(config)
    }
}

/// `None` is ACS itself.
fn parse_contract(text: &str) -> Result<Option<Contract>, &'static str> {
    match text {
        "acs-entra" => Ok(None),
        "function" => Ok(Some(Contract::Function)),
        "hero" => Ok(Some(Contract::Hero)),
        "quickstart" => Ok(Some(Contract::Quickstart)),
        _ => Err("must be quickstart, hero, function or acs-entra"),
    }
}

fn parse_resource(text: &str) -> Result<Address, String> {
    let address = Address::parse(text).map_err(|error| error.to_string())?;
    match address.path() {
        "/" => Ok(address),
        _ => Err("must be the endpoint of the ACS resource, without a path".to_owned()),
    }
}

/// One scope-token (RFC 6749 §3.3).
fn parse_scope(text: &str) -> Result<String, &'static str> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    if plain { Ok(text.to_owned()) } else { Err("must be one scope, like api://…/access_as_user") }
}

/// One JSON object, whose members are taken out one by one, so that what is left is unknown.
struct Section {
    path: &'static str,
    members: Map<String, Value>,
}

impl Section {
    fn parsed<T, E: fmt::Display>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        match self.members.remove(key) {
            Some(Value::String(text)) => parse(&text).map_err(|error| self.error(key, error.to_string())),
            Some(_) => Err(self.error(key, "must be a text".to_owned())),
            None => Err(self.error(key, "is missing".to_owned())),
        }
    }

    fn optional<T, E: fmt::Display>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        if self.members.contains_key(key) { self.parsed(key, parse).map(Some) } else { Ok(None) }
    }

    fn section(&mut self, key: &str, path: &'static str) -> Result<Section, ConfigError> {
        match self.members.remove(key) {
            Some(Value::Object(members)) => Ok(Section { path, members }),
            Some(_) => Err(self.error(key, "must be an object".to_owned())),
            None => Err(self.error(key, "is missing".to_owned())),
        }
    }

    /// `$schema` is for editors, `x-…` for people's notes; anything else unknown is a mistake.
    fn nothing_else(self) -> Result<(), ConfigError> {
        match self.members.keys().find(|key| *key != "$schema" && !key.starts_with("x-")) {
            Some(key) => Err(self.error(key, "is not a known key".to_owned())),
            None => Ok(()),
        }
    }

    fn error(&self, key: &str, reason: String) -> ConfigError {
        let key: String = key.chars().take(64).collect();
        ConfigError { key: format!("{}{key}", self.path), reason }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use super::*;

    pub(crate) const GOOD: &str = r#"{
        "$schema": "./config.schema.json",
        "x-note": "the multitenant demo",
        "clientId": "acc00000-0000-4000-8000-000000000010",
        "authority": "https://login.example/organizations/",
        "redirectUri": "https://page.example/",
        "exchange": {
            "contract": "quickstart",
            "url": "https://exchange.example/exchange",
            "scope": "api://e8c00000-0000-4000-8000-000000000020/access_as_user"
        }
    }"#;

    #[test]
    fn a_configuration_is_read() {
        let config = Config::parse(GOOD).unwrap();
        assert_eq!(config.client_id.as_str(), "acc00000-0000-4000-8000-000000000010");
        let Exchange::Backend(backend) = config.exchange else { panic!("a backend is configured") };
        assert_eq!(backend.url.as_str(), "https://exchange.example/exchange");
    }

    #[test]
    fn every_wrong_key_is_named() {
        // security 30
        for (pointer, value, message) in [
            ("/clientId", "me".into(), "clientId must be a GUID like 11111111-2222-3333-4444-555555555555"),
            ("/clientId", 3.into(), "clientId must be a text"),
            (
                "/authority",
                "https://login.example/common".into(),
                "authority must end with the tenant: its id (a GUID) or organizations",
            ),
            (
                "/authority",
                "http://login.example/organizations".into(),
                "authority must begin with https:// (or http:// on localhost)",
            ),
            (
                "/redirectUri",
                "/".into(),
                "redirectUri must be an absolute URL with a host, such as https://example.com/",
            ),
            ("/exchange", "https://exchange.example/".into(), "exchange must be an object"),
            ("/exchange/contract", "mine".into(), "exchange.contract must be quickstart, hero, function or acs-entra"),
            (
                "/exchange/url",
                "https://exchange.example/?to=evil".into(),
                "exchange.url must have neither user, query, fragment, dot segments nor unusual characters",
            ),
            ("/exchange/scope", "a b".into(), "exchange.scope must be one scope, like api://…/access_as_user"),
        ] {
            let mut json: Value = serde_json::from_str(GOOD).unwrap();
            *json.pointer_mut(pointer).unwrap() = value;
            assert_eq!(Config::parse(&json.to_string()).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_missing_or_unknown_key_is_named() {
        for (section, key) in [
            ("", "clientId"),
            ("", "authority"),
            ("", "redirectUri"),
            ("", "exchange"),
            ("/exchange", "contract"),
            ("/exchange", "url"),
            ("/exchange", "scope"),
        ] {
            let mut json: Value = serde_json::from_str(GOOD).unwrap();
            json.pointer_mut(section).unwrap().as_object_mut().unwrap().remove(key);
            let message = Config::parse(&json.to_string()).unwrap_err().to_string();
            assert!(message.ends_with(&format!("{key} is missing")), "{message}");
        }
        for (section, message) in
            [("", "accessKey is not a known key"), ("/exchange", "exchange.accessKey is not a known key")]
        {
            let mut json: Value = serde_json::from_str(GOOD).unwrap();
            json.pointer_mut(section).unwrap()["accessKey"] = "c2VjcmV0".into();
            assert_eq!(Config::parse(&json.to_string()).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn keys_are_relayed_by_the_backend_or_by_nobody() {
        let with = |url: &str, exchange: Option<Value>| {
            let mut json: Value = serde_json::from_str(GOOD).unwrap();
            json["keysUrl"] = url.into();
            if let Some(exchange) = exchange {
                json["exchange"] = exchange;
            }
            Config::parse(&json.to_string()).map(|config| config.keys_url).map_err(|error| error.to_string())
        };
        assert!(with("https://exchange.example/keys", None).unwrap().is_some());
        let refusal = "keysUrl must be on the origin of exchange.url";
        assert_eq!(with("https://keys.example/keys", None).unwrap_err(), refusal);
        let direct = serde_json::json!({ "contract": "acs-entra", "url": "https://acs.example/" });
        assert_eq!(with("https://acs.example/keys", Some(direct)).unwrap_err(), refusal);
    }

    #[test]
    fn without_a_backend_there_is_no_scope_and_no_path() {
        let direct = |url: &str, more: &str| {
            let exchange = format!(r#"{{"contract":"acs-entra","url":"{url}"{more}}}"#);
            let mut json: Value = serde_json::from_str(GOOD).unwrap();
            json["exchange"] = serde_json::from_str(&exchange).unwrap();
            Config::parse(&json.to_string()).map(|config| config.exchange).map_err(|error| error.to_string())
        };
        let exchange = direct("https://contoso.communication.azure.com/", "").unwrap();
        assert_eq!((exchange.caller_scope(), exchange.acs_scopes()), (None, &ENTRA_USER_SCOPES[..]));
        assert_eq!(direct("https://a.example", r#","scope":"x""#).unwrap_err(), "exchange.scope is not a known key");
        assert_eq!(
            direct("https://a.example/access", "").unwrap_err(),
            "exchange.url must be the endpoint of the ACS resource, without a path"
        );
    }

    /// The files that people start from, beside the page.
    const SHIPPED: &str = include_str!("../../../public/config.json");
    const SCHEMA: &str = include_str!("../../../public/config.schema.json");

    #[test]
    fn the_shipped_configuration_is_good() {
        assert!(Config::parse(SHIPPED).is_ok());
    }

    #[test]
    fn the_schema_and_the_parser_know_the_same_keys() {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let good: Value = serde_json::from_str(GOOD).unwrap();
        for (in_schema, in_config) in [("", ""), ("/properties/exchange", "/exchange")] {
            let section = schema.pointer(in_schema).unwrap();
            assert_eq!(section["additionalProperties"], false);
            let config_section = good.pointer(in_config).unwrap().as_object().unwrap();
            let is_ours = |key: &&String| *key != "$schema" && !key.starts_with("x-");
            // As a set: in which order serde_json keeps members depends on what else is built.
            let known: BTreeSet<&String> = config_section.keys().filter(is_ours).collect();
            let properties: BTreeSet<&String> =
                section["properties"].as_object().unwrap().keys().filter(is_ours).collect();
            // Whoever leaves an optional key out has the usual case.
            let mut all = known.clone();
            let keys_url = "keysUrl".to_owned();
            if in_schema.is_empty() {
                all.insert(&keys_url);
            }
            assert_eq!(properties, all);
            let required: BTreeSet<&str> =
                section["required"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
            // `scope` is required by a condition: there is none without a backend.
            assert!(required.iter().eq(known.iter().filter(|key| **key != "scope")));
        }
    }

    #[test]
    fn what_is_no_json_object_is_refused() {
        for text in ["", "[]", "null", "<!doctype html>", "{\"clientId\":"] {
            assert_eq!(Config::parse(text).unwrap_err().to_string(), "config.json must be a JSON object");
        }
    }
}
