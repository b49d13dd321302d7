//! Reads a TOML table by removing key after key, so that unknown keys remain.
//!
//! Not derived with serde, because its messages quote the value, which may be a secret.

use toml::{Table, Value};

use super::fault::{ConfigurationError, Fault, at};

pub(super) struct Section {
    /// The name of the section. Empty for the top level of the file.
    name: &'static str,
    table: Table,
}

impl Section {
    /// Parses the whole file.
    pub(super) fn parse(text: &str) -> Result<Self, ConfigurationError> {
        let table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            at("configuration", Fault::NotToml(before.matches('\n').count() + 1))
        })?;
        Ok(Self { name: "", table })
    }

    pub(super) fn section(&mut self, name: &'static str) -> Result<Self, ConfigurationError> {
        if self.table.contains_key(name) { self.section_or_empty(name) } else { Err(at(name, Fault::Missing)) }
    }

    /// The section, or an empty one if it is missing.
    pub(super) fn section_or_empty(&mut self, name: &'static str) -> Result<Self, ConfigurationError> {
        match self.table.remove(name) {
            Some(Value::Table(table)) => Ok(Self { name, table }),
            Some(_) => Err(at(name, Fault::NotASection)),
            None => Ok(Self { name, table: Table::new() }),
        }
    }

    /// The section; `None` if it is missing.
    pub(super) fn section_if_any(&mut self, name: &'static str) -> Result<Option<Self>, ConfigurationError> {
        if self.table.contains_key(name) { self.section_or_empty(name).map(Some) } else { Ok(None) }
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<Option<bool>, ConfigurationError> {
        match self.table.remove(key) {
            Some(Value::Boolean(flag)) => Ok(Some(flag)),
            Some(_) => Err(at(self.path(key), Fault::NotAFlag)),
            None => Ok(None),
        }
    }

    /// The tables of a list; empty if it is missing.
    pub(super) fn sections(&mut self, name: &'static str) -> Result<Vec<Self>, ConfigurationError> {
        let values = match self.table.remove(name) {
            Some(Value::Array(values)) => values,
            Some(_) => return Err(at(name, Fault::NotSections)),
            None => vec![],
        };
        let section = |value| match value {
            Value::Table(table) => Ok(Self { name, table }),
            _ => Err(at(name, Fault::NotSections)),
        };
        values.into_iter().map(section).collect()
    }

    pub(super) fn number(&mut self, key: &str, least: u32, most: u32) -> Result<Option<u32>, ConfigurationError> {
        let Some(value) = self.table.remove(key) else { return Ok(None) };
        let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(at(self.path(key), Fault::NotANumber { least, most })),
        }
    }

    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>, ConfigurationError> {
        match self.table.remove(key) {
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(at(self.path(key), Fault::NotText)),
            None => Ok(None),
        }
    }

    pub(super) fn required_text(&mut self, key: &'static str) -> Result<String, ConfigurationError> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    /// A list of texts, which must not be empty.
    pub(super) fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, ConfigurationError> {
        let values = match self.table.remove(key) {
            Some(Value::Array(values)) if values.is_empty() => return Err(at(self.path(key), Fault::Empty)),
            Some(Value::Array(values)) => values,
            Some(_) => return Err(at(self.path(key), Fault::NotListOfTexts)),
            None => return Ok(None),
        };
        let text = |value| match value {
            Value::String(text) => Ok(text),
            _ => Err(at(self.path(key), Fault::NotListOfTexts)),
        };
        values.into_iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    pub(super) fn required_texts(&mut self, key: &'static str) -> Result<Vec<String>, ConfigurationError> {
        self.texts(key)?.ok_or_else(|| self.missing(key))
    }

    /// The fault of a missing key, or of an unknown key that looks like it.
    fn missing(&self, key: &'static str) -> ConfigurationError {
        match self.table.keys().find(|written| is_much_like(written, key)) {
            Some(written) => at(self.path(written), Fault::Mistyped { missing: key }),
            None => at(self.path(key), Fault::Missing),
        }
    }

    /// Checks that every key was read.
    pub(super) fn nothing_left(&self) -> Result<(), ConfigurationError> {
        match self.table.keys().next() {
            Some(key) => Err(at(self.path(key), Fault::UnknownKey)),
            None => Ok(()),
        }
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}

/// Whether two keys differ by at most two inserted, removed or replaced letters.
fn is_much_like(written: &str, key: &str) -> bool {
    let (written, key): (Vec<_>, Vec<_>) = (written.chars().take(64).collect(), key.chars().collect());
    // The Levenshtein distance, row by row.
    let mut row: Vec<usize> = (0..=key.len()).collect();
    for (at, letter) in written.iter().enumerate() {
        let mut before = row[0];
        row[0] = at + 1;
        for (column, other) in key.iter().enumerate() {
            let replaced = before + usize::from(letter != other);
            before = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(before + 1);
        }
    }
    row[key.len()] <= 2
}
