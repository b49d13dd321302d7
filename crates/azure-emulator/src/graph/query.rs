//! The query options of OData that a set-up needs: `$filter` with `eq` and `and`, `$select`, `$top` and pages.

use form_urlencoded::{Serializer, parse};
use serde_json::{Map, Value, json};

use crate::{Emulator, graph::graph_error::GraphError};

/// The number of objects of a page, unless `$top` is set.
const PAGE: usize = 100;

/// The largest `$top`.
const LARGEST_PAGE: usize = 999;

/// A property that Graph returns only if `$select` names it.
const ON_REQUEST: &str = "authenticationBehaviors";

/// The parsed query of a request.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Query {
    filter: Vec<(String, String)>,
    select: Option<Vec<String>>,
    top: Option<usize>,
    skip: usize,
}

impl Query {
    /// Reads a query string. A filter can name the properties of `filters` only.
    ///
    /// # Errors
    /// [`GraphError::QueryUnsupported`] for an unknown option, or a filter that cannot be read.
    pub(super) fn parse(query: &str, filters: &[&str]) -> Result<Self, GraphError> {
        let mut parsed = Self::default();
        for (name, value) in parse(query.as_bytes()) {
            let unsupported = || GraphError::QueryUnsupported(format!("Unsupported query option '{name}': {value}"));
            match &*name {
                "$filter" => parsed.filter = conditions(&value, filters).ok_or_else(unsupported)?,
                "$select" => parsed.select = Some(value.split(',').map(|member| member.trim().to_owned()).collect()),
                "$top" => {
                    let top = value.parse().ok().filter(|top| (1..=LARGEST_PAGE).contains(top));
                    parsed.top = Some(top.ok_or_else(unsupported)?);
                }
                "$skiptoken" => parsed.skip = value.parse().map_err(|_| unsupported())?,
                _ => return Err(unsupported()),
            }
        }
        Ok(parsed)
    }

    /// The page of `objects` that the request asks for, with the address of the next one.
    pub(super) fn page(&self, emulator: &Emulator, path: &str, objects: Vec<Map<String, Value>>) -> Value {
        let matching: Vec<_> = objects.into_iter().filter(|object| self.matches(object)).collect();
        let end = self.skip.saturating_add(self.top.unwrap_or(PAGE));
        let is_last = end >= matching.len();
        let value: Vec<Value> =
            matching.into_iter().take(end).skip(self.skip).map(|object| self.select(object).into()).collect();
        let base = &emulator.options().entra_url;
        let mut page = json!({ "@odata.context": format!("{base}/v1.0/$metadata#{path}"), "value": value });
        if !is_last {
            page["@odata.nextLink"] = format!("{base}/v1.0/{path}?{}", self.next(end)).into();
        }
        page
    }

    /// The members of `object` that `$select` names. Without it, all that Graph returns by default.
    pub(super) fn select(&self, mut object: Map<String, Value>) -> Map<String, Value> {
        match &self.select {
            Some(names) => {
                object.retain(|member, _| member.starts_with('@') || names.iter().any(|name| name == member))
            }
            None => drop(object.remove(ON_REQUEST)),
        }
        object
    }

    fn matches(&self, object: &Map<String, Value>) -> bool {
        self.filter.iter().all(|(name, value)| object.get(name).and_then(Value::as_str) == Some(value))
    }

    fn next(&self, skip: usize) -> String {
        let mut query = Serializer::new(String::new());
        if !self.filter.is_empty() {
            let quoted = |(name, value): &(String, String)| format!("{name} eq '{}'", value.replace('\'', "''"));
            query.append_pair("$filter", &self.filter.iter().map(quoted).collect::<Vec<_>>().join(" and "));
        }
        if let Some(names) = &self.select {
            query.append_pair("$select", &names.join(","));
        }
        if let Some(top) = self.top {
            query.append_pair("$top", &top.to_string());
        }
        query.append_pair("$skiptoken", &skip.to_string());
        query.finish()
    }
}

/// The conditions of `name eq 'value' and …`. A quote in a value is doubled.
fn conditions(filter: &str, names: &[&str]) -> Option<Vec<(String, String)>> {
    let mut conditions = Vec::new();
    let mut rest = filter.trim();
    loop {
        let (name, after) = rest.split_once(" eq '")?;
        names.contains(&name).then_some(())?;
        let end = closing_quote(after)?;
        conditions.push((name.to_owned(), after[..end].replace("''", "'")));
        rest = &after[end + 1..];
        if rest.is_empty() {
            return Some(conditions);
        }
        rest = rest.strip_prefix(" and ")?;
    }
}

/// The position of the first quote that is not doubled.
fn closing_quote(text: &str) -> Option<usize> {
    let mut quotes = text.match_indices('\'').map(|(at, _)| at);
    while let Some(at) = quotes.next() {
        if !text[at + 1..].starts_with('\'') {
            return Some(at);
        }
        quotes.next();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::conditions;

    #[test]
    fn reads_conditions_with_quotes_and_rejects_others() {
        let names = ["appId", "displayName"];
        let read = |filter| conditions(filter, &names);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read("appId eq 'a'"), Some(vec![pair("appId", "a")]));
        assert_eq!(
            read("displayName eq 'it''s and it' and appId eq ''"),
            Some(vec![pair("displayName", "it's and it"), pair("appId", "")])
        );
        for filter in ["", "appId eq a", "appId eq 'a", "appId ne 'a'", "id eq 'a'", "appId eq 'a' or appId eq 'b'"] {
            assert_eq!(read(filter), None, "{filter}");
        }
    }
}
