use page_host::{Finding, Severity};
use serde_json::json;

/// The most requests that a text lists for one mistake.
const MOST: usize = 4;

/// The findings for machines.
pub(super) fn json(url: &str, responses: usize, findings: &[Finding]) -> String {
    json!({ "url": url, "responses": responses, "findings": findings }).to_string()
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
        text.push_str(&format!("{severity} {}: {}\n", finding.name, finding.message));
        let more = subjects.len().saturating_sub(MOST);
        let listed = subjects[..subjects.len() - more].join(", ");
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        text.push_str(&format!("  in        {listed}{more}\n"));
        if let Some(expected) = &finding.expected {
            text.push_str(&format!("  expected  {expected}\n"));
        }
        if let Some(actual) = &finding.actual {
            text.push_str(&format!("  found     {actual}\n"));
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
