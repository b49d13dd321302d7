use std::{fmt, mem};

use messages::json::{self, Json};

/// Which key is wrong, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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

/// Reads a text, or says what it must be.
pub(super) type Parse<T> = fn(&str) -> Result<T, &'static str>;

/// One JSON object. Its known members are taken one by one, so that those that are left are unknown.
pub(super) struct Section {
    path: String,
    members: Vec<(String, Json)>,
    taken: Vec<String>,
}

impl Section {
    /// The whole file.
    pub(super) fn root(text: &str) -> Result<Self, ConfigError> {
        let reason = match json::read(text.as_bytes()) {
            Ok(Json::Object(members)) => return Ok(Self::new(String::new(), members)),
            Ok(_) => "must be a JSON object".to_owned(),
            Err(error) => not_json(text, error.line(), error.column()),
        };
        Err(ConfigError(format!("config.json {reason}")))
    }

    fn new(path: String, members: Vec<(String, Json)>) -> Self {
        Self { path, members, taken: vec![] }
    }

    /// Takes a value. Of a repeated key it takes the last value, as most programs do.
    fn take(&mut self, key: &str) -> Json {
        self.taken.push(key.to_owned());
        let member = self.members.iter_mut().rfind(|(name, _)| name == key);
        member.map_or(Json::Missing, |(_, value)| mem::replace(value, Json::Null))
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.members.iter().any(|(name, _)| name == key)
    }

    fn text(&mut self, key: &str) -> Result<String, ConfigError> {
        match self.take(key) {
            Json::Missing => Err(self.error(key, "is missing")),
            value => value.into_text().ok_or_else(|| self.error(key, "must be a text")),
        }
    }

    /// A text of this form. `parse` says what the value must be.
    pub(super) fn parsed<T>(&mut self, key: &str, parse: Parse<T>) -> Result<T, ConfigError> {
        parse(&self.text(key)?).map_err(|reason| self.error(key, reason))
    }

    pub(super) fn optional<T>(&mut self, key: &str, parse: Parse<T>) -> Result<Option<T>, ConfigError> {
        if self.has(key) { self.parsed(key, parse).map(Some) } else { Ok(None) }
    }

    /// A value that is `false` if it is missing.
    pub(super) fn flag(&mut self, key: &str) -> Result<bool, ConfigError> {
        match self.take(key) {
            Json::Missing => Ok(false),
            Json::Flag(flag) => Ok(flag),
            _ => Err(self.error(key, "must be true or false")),
        }
    }

    pub(super) fn number(
        &mut self,
        key: &str,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<Option<u64>, ConfigError> {
        match self.take(key) {
            Json::Missing => Ok(None),
            value => match value.as_u64().filter(|number| range.contains(number)) {
                Some(number) => Ok(Some(number)),
                None => {
                    Err(self.error(key, &format!("must be a whole number from {} to {}", range.start(), range.end())))
                }
            },
        }
    }

    pub(super) fn section(&mut self, key: &str) -> Result<Self, ConfigError> {
        match self.take(key) {
            Json::Object(members) => Ok(Self::new(format!("{}{key}.", self.path), members)),
            Json::Missing => Err(self.error(key, "is missing")),
            _ => Err(self.error(key, "must be an object")),
        }
    }

    /// A list of objects. `None` if it is missing.
    pub(super) fn sections(&mut self, key: &str) -> Result<Option<Vec<Self>>, ConfigError> {
        let items = match self.take(key) {
            Json::List(items) => items,
            Json::Missing => return Ok(None),
            _ => return Err(self.error(key, "must be a list")),
        };
        let mut sections = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let Json::Object(members) = item else {
                return Err(self.error(&format!("{key}[{index}]"), "must be an object"));
            };
            sections.push(Self::new(format!("{}{key}[{index}].", self.path), members));
        }
        Ok(Some(sections))
    }

    /// Refuses unknown keys, except `$schema`, which is for editors, and `x-…`, which is for notes.
    pub(super) fn reject_unknown_keys(self) -> Result<(), ConfigError> {
        let names = self.members.iter().map(|(name, _)| name);
        let unknown = names.filter(|name| !self.taken.contains(name) && *name != "$schema" && !name.starts_with("x-"));
        match unknown.min() {
            Some(key) => Err(self.error(key, "is not a known key")),
            None => Ok(()),
        }
    }

    pub(super) fn error(&self, key: &str, reason: &str) -> ConfigError {
        let key: String = key.chars().take(64).collect();
        ConfigError(format!("{}{key} {reason}", self.path))
    }
}
