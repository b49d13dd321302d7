//! `config.json` of the page and `exchange-service.toml`, from the settings and the two application ids.

use std::{collections::BTreeMap, fs, io, mem, path::Path};

use serde_json::{Map, Value, json};
use toml::Table;

use crate::{failure::Failure, json::list, patch::SCOPE, record::Record, settings::Settings};

/// A file to write.
#[derive(Debug)]
pub struct File {
    /// The name in the folder.
    pub name: &'static str,
    /// The text that is there now. Empty if there is no file.
    pub old: String,
    /// The text to write.
    pub new: String,
}

/// Both files as they should be. Keys that are there and not of this program stay.
///
/// # Errors
/// [`Failure::File`] if a file that is there cannot be read.
pub fn files(folder: &Path, settings: &Settings, record: &Record) -> Result<Vec<File>, Failure> {
    let (Some(page), Some(api)) = (&record.page, &record.api) else { return Ok(Vec::new()) };
    let old = |name: &str| match fs::read_to_string(folder.join(name)) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(failed(name, error.to_string())),
    };
    let (config, service) = ("config.json", "exchange-service.toml");
    let (old_config, old_service) = (old(config)?, old(service)?);
    let new_config = merged_json(config, &old_config, config_json(settings, &page.app_id, &api.app_id))?;
    let new_service = merged_toml(service, &old_service, service_toml(settings, &page.app_id, &api.app_id))?;
    Ok(vec![
        File { name: config, old: old_config, new: new_config },
        File { name: service, old: old_service, new: new_service },
    ])
}

impl File {
    /// Whether the file is as it should be.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.old == self.new
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`Failure::File`].
    pub fn write(&self, folder: &Path) -> Result<(), Failure> {
        fs::write(folder.join(self.name), &self.new).map_err(|error| failed(self.name, error.to_string()))
    }
}

/// The lines that change: `-` those that go, `+` those that come, in the order of the files.
#[must_use]
pub fn difference(old: &str, new: &str) -> String {
    let count = |text: &str| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        text.lines().for_each(|line| *counts.entry(line.to_owned()).or_default() += 1);
        counts
    };
    let only = |text: &str, mut other: BTreeMap<String, usize>, sign: char| -> String {
        let mut lines = String::new();
        for line in text.lines() {
            match other.get_mut(line).filter(|left| **left > 0) {
                Some(left) => *left -= 1,
                None => lines.push_str(&format!("{sign} {line}\n")),
            }
        }
        lines
    };
    only(old, count(new), '-') + &only(new, count(old), '+')
}

fn config_json(settings: &Settings, page: &str, api: &str) -> Map<String, Value> {
    let authority = match settings.is_multitenant {
        true => format!("{}/organizations/", settings.cloud.authority),
        false => format!("{}/{}/", settings.cloud.authority, settings.tenant),
    };
    let exchange = |contract: &str, path: &str| {
        let url = settings.exchange.join(path).map(String::from).unwrap_or_default();
        json!({ "contract": contract, "url": url, "scope": format!("api://{api}/{SCOPE}") })
    };
    let teams = exchange("quickstart", "exchange");
    let entra_id = exchange("quickstart-entra-id", "exchange/entra-id");
    let mut config = Map::new();
    let mut set = |key: &str, value: Value| drop(config.insert(key.to_owned(), value));
    set("redirectUri", settings.page.as_str().into());
    if settings.teams && settings.entra_id {
        let profile = |name: &str, label: &str, exchange: Value| json!({ "name": name, "label": label, "clientId": page, "authority": authority, "exchange": exchange });
        set(
            "profiles",
            json!([
                profile("teams", "Teams account", teams),
                profile("entra-id", "Work account, without Teams", entra_id)
            ]),
        );
    } else {
        set("clientId", page.into());
        set("authority", authority.into());
        set("exchange", if settings.teams { teams } else { entra_id });
    }
    if !settings.portals.is_empty() {
        let mailbox = settings.exchange.join("mailbox").map(String::from).unwrap_or_default();
        set("mailboxUrl", mailbox.into());
        let portals = settings.portals.iter().map(|origin| json!({ "origin": origin, "receivesToken": true }));
        set("portals", portals.collect());
    }
    config
}

/// The sections of the exchange service that depend on the tenant. Its access key is in none of them.
fn service_toml(settings: &Settings, page: &str, api: &str) -> Table {
    let tenants: Vec<&String> = [&settings.tenant].into_iter().chain(&settings.other_tenants).collect();
    let mut sections = json!({
        "acs": { "endpoint": settings.acs_endpoint },
        "page": { "client_id": page, "origins": [settings.page_origin()] },
        "entra": {
            "authority": settings.cloud.authority,
            "audience": api,
            "scope": SCOPE,
            "tenants": tenants,
        },
        "exchanges": { "teams_users": settings.teams, "entra_id_users": settings.entra_id },
    });
    if !settings.portals.is_empty() {
        sections["mailbox"] = json!({ "store": "memory" });
    }
    Table::try_from(sections).expect("the sections are tables of texts, lists and Booleans")
}

fn merged_json(name: &str, old: &str, ours: Map<String, Value>) -> Result<String, Failure> {
    let mut config: Map<String, Value> = match old.trim() {
        "" => Map::new(),
        text => serde_json::from_str(text).map_err(|error| failed(name, error.to_string()))?,
    };
    // A configuration has profiles or one of these.
    let stale: &[&str] = match ours.contains_key("profiles") {
        true => &["clientId", "authority", "exchange"],
        false => &["profiles"],
    };
    config.retain(|key, _| !stale.contains(&key.as_str()));
    for (key, new) in ours {
        let new = match (key.as_str(), config.get(&key)) {
            ("exchange", Some(old)) => merged_exchange(old, new),
            ("profiles", Some(old)) => united(old, &new, "name", merged_profile),
            // What an operator chose for a portal stays, such as that it receives no token.
            ("portals", Some(old)) => united(old, &new, "origin", |old, _| old.clone()),
            _ => new,
        };
        config.insert(key, new);
    }
    serde_json::to_string_pretty(&config).map(|text| text + "\n").map_err(|error| failed(name, error.to_string()))
}

/// Both lists. `merged` makes one entry of two with the same value of this member.
fn united(old: &Value, new: &Value, member: &str, merged: fn(&Value, &Value) -> Value) -> Value {
    let mut all = list(old).to_vec();
    for entry in list(new) {
        match all.iter_mut().find(|known| known[member] == entry[member]) {
            Some(known) => *known = merged(known, entry),
            None => all.push(entry.clone()),
        }
    }
    all.into()
}

fn merged_profile(old: &Value, new: &Value) -> Value {
    let mut profile = old.as_object().cloned().unwrap_or_default();
    for (key, new) in new.as_object().into_iter().flatten() {
        let new = match (key.as_str(), profile.get(key)) {
            // People read it, so an operator words it.
            ("label", Some(old)) => old.clone(),
            ("exchange", Some(old)) => merged_exchange(old, new.clone()),
            _ => new.clone(),
        };
        profile.insert(key.clone(), new);
    }
    profile.into()
}

/// The exchange, with what an operator added for the same contract. `callerFrom` and a scope exclude each other.
fn merged_exchange(old: &Value, new: Value) -> Value {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) if old.get("contract") == new.get("contract") => {
            let mut exchange = old.clone();
            exchange.remove("callerFrom");
            exchange.extend(new);
            exchange.into()
        }
        (_, new) => new,
    }
}

fn merged_toml(name: &str, old: &str, ours: Table) -> Result<String, Failure> {
    let mut service: Table = old.parse().map_err(|error: toml::de::Error| failed(name, error.message().to_owned()))?;
    for (section, values) in ours {
        match (service.get_mut(&section), values) {
            // A Redis that an operator chose stays.
            (Some(toml::Value::Table(_)), _) if section == "mailbox" => {}
            (Some(toml::Value::Table(old)), toml::Value::Table(mut new)) => {
                if section == "page" {
                    keep_origins(old, &mut new);
                }
                old.extend(new);
            }
            (_, values) => drop(service.insert(section, values)),
        }
    }
    // A file that says the same keeps its comments.
    if old.parse::<Table>().is_ok_and(|same| same == service) {
        return Ok(old.to_owned());
    }
    toml::to_string(&service).map_err(|error| failed(name, error.to_string()))
}

/// Keeps the origins of other pages that use the same service.
fn keep_origins(old: &Table, new: &mut Table) {
    if let (Some(toml::Value::Array(old)), Some(toml::Value::Array(new))) = (old.get("origins"), new.get_mut("origins"))
    {
        let own = mem::replace(new, old.clone());
        for origin in own {
            if !new.contains(&origin) {
                new.push(origin);
            }
        }
    }
}

fn failed(name: &str, reason: String) -> Failure {
    Failure::File { path: name.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{difference, merged_exchange, merged_json, merged_toml};

    #[test]
    fn keeps_what_an_operator_added() {
        let ours = json!({ "clientId": "new" }).as_object().unwrap().clone();
        let config = merged_json("config.json", r#"{ "clientId": "old", "logo": "logo.png" }"#, ours).unwrap();
        assert_eq!(config, "{\n  \"clientId\": \"new\",\n  \"logo\": \"logo.png\"\n}\n");
        let ours = "[acs]\nendpoint = \"new\"\n".parse().unwrap();
        let old = "# Mine\ndrain_seconds = 5\n[acs]\nendpoint = \"old\"\naccess_key_file = \"key\"\n";
        let service = merged_toml("exchange-service.toml", old, ours).unwrap();
        assert_eq!(service, "drain_seconds = 5\n\n[acs]\naccess_key_file = \"key\"\nendpoint = \"new\"\n");
        let same = "# Mine\n[acs]\nendpoint = \"new\"\n";
        let ours = "[acs]\nendpoint = \"new\"\n".parse().unwrap();
        assert_eq!(merged_toml("exchange-service.toml", same, ours).unwrap(), same);
    }

    #[test]
    fn keeps_what_an_operator_added_inside_of_its_keys() {
        let ours = json!({
            "profiles": [
                { "name": "teams", "label": "Teams account", "exchange": { "contract": "quickstart", "url": "new" } },
                { "name": "entra-id", "label": "Work account" },
            ],
            "portals": [
                { "origin": "https://a.example", "receivesToken": true },
                { "origin": "https://b.example", "receivesToken": true },
            ],
        });
        let old = json!({
            "profiles": [
                { "name": "guest", "label": "Guest" },
                {
                    "name": "teams",
                    "label": "Calls",
                    "keysUrl": "keys",
                    "exchange": { "contract": "quickstart", "url": "old", "x-note": "mine", "callerFrom": "portal" },
                },
            ],
            "portals": [{ "origin": "https://a.example", "url": "https://a.example/calls" }],
        });
        let expected = json!({
            "profiles": [
                { "name": "guest", "label": "Guest" },
                {
                    "name": "teams",
                    "label": "Calls",
                    "keysUrl": "keys",
                    "exchange": { "contract": "quickstart", "url": "new", "x-note": "mine" },
                },
                { "name": "entra-id", "label": "Work account" },
            ],
            "portals": [
                { "origin": "https://a.example", "url": "https://a.example/calls" },
                { "origin": "https://b.example", "receivesToken": true },
            ],
        });
        let text = merged_json("config.json", &old.to_string(), ours.as_object().unwrap().clone()).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
        // Another contract has other keys.
        let exchange =
            merged_exchange(&json!({ "contract": "function", "x-note": "mine" }), json!({ "contract": "hero" }));
        assert_eq!(exchange, json!({ "contract": "hero" }));

        let ours = "[page]\norigins = [\"https://signin.example\"]\n".parse().unwrap();
        let old = "[page]\norigins = [\"https://other.example\", \"https://signin.example\"]\n";
        assert_eq!(merged_toml("exchange-service.toml", old, ours).unwrap(), old);
        let ours = "[page]\norigins = [\"https://new.example\"]\n".parse().unwrap();
        let text = merged_toml("exchange-service.toml", "[page]\norigins = [\"https://a.example\"]\n", ours).unwrap();
        let service: toml::Table = text.parse().unwrap();
        let origins = service["page"]["origins"].as_array().unwrap();
        let origins: Vec<&str> = origins.iter().map(|origin| origin.as_str().unwrap()).collect();
        assert_eq!(origins, ["https://a.example", "https://new.example"]);
    }

    #[test]
    fn shows_the_lines_that_change() {
        assert_eq!(difference("a\nb\nb\nc\n", "a\nb\nd\n"), "- b\n- c\n+ d\n");
        assert_eq!(difference("a\n", "a\n"), "");
    }
}
