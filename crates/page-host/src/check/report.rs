use page_host::{Finding, Severity};
use serde_json::json;

use crate::printable::printable;

/// The most requests that a text lists for one mistake.
const MAX_LISTED_REQUESTS: usize = 4;

/// The findings for machines.
pub(super) fn json(url: &str, responses: usize, findings: &[Finding]) -> String {
    let text = json!({ "url": url, "responses": responses, "findings": findings }).to_string();
    // JSON escapes C0 only. The others are in its strings, where an escape means the same.
    let escaped = |c: char| if c.is_control() { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    text.chars().map(escaped).collect()
}

/// The findings for people. The same mistake in several responses is one paragraph.
pub(super) fn text(url: &str, responses: usize, findings: &[Finding]) -> String {
    let mut groups: Vec<(&Finding, Vec<&str>)> = Vec::new();
    for finding in findings {
        let is_same = |other: &Finding| {
            (other.name, &other.message, &other.expected, &other.actual, &other.fix)
                == (finding.name, &finding.message, &finding.expected, &finding.actual, &finding.fix)
        };
        match groups.iter_mut().find(|(first, _)| is_same(first)) {
            Some((_, subjects)) => subjects.push(&finding.subject),
            None => groups.push((finding, vec![&finding.subject])),
        }
    }
    let mut text = String::new();
    for (finding, subjects) in groups {
        let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
        text.push_str(&format!("{severity} {}: {}\n", finding.name, printable(&finding.message)));
        let more = subjects.len().saturating_sub(MAX_LISTED_REQUESTS);
        let listed = subjects[..subjects.len() - more].join(", ");
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        text.push_str(&format!("  in        {}{more}\n", printable(&listed)));
        if let Some(expected) = &finding.expected {
            text.push_str(&format!("  expected  {}\n", printable(expected)));
        }
        if let Some(actual) = &finding.actual {
            text.push_str(&format!("  found     {}\n", printable(actual)));
        }
        text.push_str(&format!("  fix       {}\n\n", finding.fix));
    }
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    text.push_str(&format!(
        "{url}: {responses} responses, {} errors, {} warnings\n",
        count(Severity::Error),
        count(Severity::Warning)
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::slice;

    #[test]
    fn control_characters_of_the_host_are_escaped() {
        let hostile = "a\u{1b}[2J\nerror b\u{9b}2J\u{7f}";
        let values = Some(hostile.to_owned());
        let finding = Finding::error("name", hostile, hostile, "Fix it.").with_values(values.clone(), values);
        let expected = r"error name: a\u{1b}[2J\nerror b\u{9b}2J\u{7f}
  in        a\u{1b}[2J\nerror b\u{9b}2J\u{7f}
  expected  a\u{1b}[2J\nerror b\u{9b}2J\u{7f}
  found     a\u{1b}[2J\nerror b\u{9b}2J\u{7f}
  fix       Fix it.

url: 1 responses, 1 errors, 0 warnings
";
        assert_eq!(text("url", 1, slice::from_ref(&finding)), expected);
        let json = json("url", 1, &[finding]);
        assert!(!json.contains(char::is_control), "{json:?}");
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["findings"][0]["subject"], hostile);
    }
}
