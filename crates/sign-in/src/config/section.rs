use std::fmt;

use contract::json;
use serde_json::{Map, Value};

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

/// Where the text stops being JSON, with the most frequent mistakes. `serde_json` counts lines from 1 and columns in
/// bytes; its own messages would make the wasm larger.
fn not_json(text: &str, line: usize, column: usize) -> String {
    let before =
        text.lines().nth(line.saturating_sub(1)).and_then(|line| line.split_at_checked(column.saturating_sub(1)));
    let (column, found) = match before {
        Some((before, rest)) => (before.chars().count() + 1, rest.chars().next()),
        None => (column, None),
    };
    let hint = match found {
        Some('/' | '#') => ": JSON has no comments",
        Some('}' | ']') => ": is there a comma before the bracket that closes?",
        _ => "",
    };
    format!("is not JSON at line {line}, column {column}{hint}")
}

/// One JSON object. Its known members are taken one by one, so that those that are left are unknown.
pub(super) struct Section {
    path: String,
    members: Map<String, Value>,
    taken: Vec<String>,
}

impl Section {
    /// The whole file.
    pub(super) fn root(text: &str) -> Result<Self, ConfigError> {
        let reason = match json::read(text) {
            Ok(Value::Object(members)) => return Ok(Self { path: String::new(), members, taken: vec![] }),
            Ok(_) => "must be a JSON object".to_owned(),
            Err(error) => not_json(text, error.line(), error.column()),
        };
        Err(ConfigError { key: "config.json".to_owned(), reason })
    }

    /// Takes a value and leaves its key: code that removes the key makes the wasm 4 KB larger.
    fn take(&mut self, key: &str) -> Option<Value> {
        let value = self.members.get_mut(key)?.take();
        self.taken.push(key.to_owned());
        Some(value)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.members.contains_key(key)
    }

    pub(super) fn parsed<T, E: fmt::Display>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        match self.take(key) {
            Some(Value::String(text)) => parse(&text).map_err(|error| self.error(key, &error.to_string())),
            Some(_) => Err(self.error(key, "must be a text")),
            None => Err(self.error(key, "is missing")),
        }
    }

    pub(super) fn optional<T, E: fmt::Display>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        if self.has(key) { self.parsed(key, parse).map(Some) } else { Ok(None) }
    }

    /// A value that is `false` if it is missing.
    pub(super) fn flag(&mut self, key: &str) -> Result<bool, ConfigError> {
        match self.take(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(self.error(key, "must be true or false")),
        }
    }

    pub(super) fn number(
        &mut self,
        key: &str,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<Option<u64>, ConfigError> {
        match self.take(key) {
            None => Ok(None),
            Some(value) => match value.as_u64().filter(|number| range.contains(number)) {
                Some(number) => Ok(Some(number)),
                None => {
                    Err(self.error(key, &format!("must be a whole number from {} to {}", range.start(), range.end())))
                }
            },
        }
    }

    pub(super) fn section(&mut self, key: &str) -> Result<Self, ConfigError> {
        match self.take(key) {
            Some(Value::Object(members)) => Ok(Self { path: format!("{}{key}.", self.path), members, taken: vec![] }),
            Some(_) => Err(self.error(key, "must be an object")),
            None => Err(self.error(key, "is missing")),
        }
    }

    /// A list of objects. `None` if it is missing.
    pub(super) fn sections(&mut self, key: &str) -> Result<Option<Vec<Self>>, ConfigError> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let Value::Array(items) = value else { return Err(self.error(key, "must be a list")) };
        let sections = items.into_iter().enumerate().map(|(index, item)| match item {
            Value::Object(members) => {
                Ok(Self { path: format!("{}{key}[{index}].", self.path), members, taken: vec![] })
            }
            _ => Err(self.error(&format!("{key}[{index}]"), "must be an object")),
        });
        sections.collect::<Result<_, _>>().map(Some)
    }

    /// Refuses unknown keys, except `$schema`, which is for editors, and `x-…`, which is for notes.
    pub(super) fn reject_unknown_keys(self) -> Result<(), ConfigError> {
        match self.members.keys().find(|key| !self.taken.contains(key) && *key != "$schema" && !key.starts_with("x-")) {
            Some(key) => Err(self.error(key, "is not a known key")),
            None => Ok(()),
        }
    }

    pub(super) fn error(&self, key: &str, reason: &str) -> ConfigError {
        let key: String = key.chars().take(64).collect();
        ConfigError { key: format!("{}{key}", self.path), reason: reason.to_owned() }
    }
}
