//! Compares the dashboard and the alert rules with the metrics of the exchange service and with the guide. promtool and
//! Prometheus also run them, in `cargo xtask test --all`.

use std::collections::BTreeSet;

use contract::exchange::ExchangeProblemCode;
use serde_json::Value;

use crate::text::{between, between_all, text_of};

const ALERTS: &str = "deploy/monitoring/alerts.yaml";
const ALERT_TESTS: &str = "deploy/monitoring/alerts.test.yaml";
const DASHBOARD: &str = "deploy/monitoring/dashboard.json";
const GUIDE: &str = "docs/operate.md";
const README: &str = "crates/exchange-service/README.md";

/// The names in the README's list, which a test of the crate compares with those that the service exposes.
fn exposed() -> BTreeSet<String> {
    let readme = text_of(README);
    let section = between(&readme, "\n## Numbers\n", "\n## ");
    let names = section.lines().filter_map(|line| line.strip_prefix("* `")?.split(['{', '`']).next());
    names.map(ToOwned::to_owned).collect()
}

/// The names of metrics in a text, without the suffixes of a histogram's series.
fn named_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    let names = words.filter(|word| ["exchange_", "process_"].iter().any(|prefix| word.starts_with(prefix)));
    let series = ["_bucket", "_sum", "_count"];
    let metric = |name: &str| series.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned();
    names.map(metric).collect()
}

/// The queries of all panels.
fn queries() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&text_of(DASHBOARD)).expect("the dashboard is JSON");
    let panels = dashboard["panels"].as_array().expect("the dashboard has panels");
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let queries = targets.map(|target| target["expr"].as_str().expect("a target has a query").to_owned());
    queries.collect()
}

/// The alerts, which each begin with their name.
fn alerts() -> Vec<String> {
    text_of(ALERTS).split("- alert: ").skip(1).map(ToOwned::to_owned).collect()
}

#[test]
fn the_dashboard_shows_every_metric_and_no_other() {
    assert_eq!(named_in(&queries().join("\n")), exposed());
}

#[test]
fn alert_rules_use_metrics_that_the_service_exposes() {
    let used = named_in(&text_of(ALERTS));
    assert!(used.len() > 10, "{used:?}");
    let unknown: Vec<_> = used.difference(&exposed()).cloned().collect();
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn the_codes_in_rules_and_queries_are_codes_of_decisions() {
    let known: Vec<_> =
        ExchangeProblemCode::ALL.iter().map(|code| code.code()).chain(["allowed", "abandoned"]).collect();
    // The patterns are names, or names with a prefix or a suffix that is left open.
    let matches = |pattern: &str, code: &str| match (pattern.strip_suffix(".+"), pattern.strip_prefix(".+")) {
        (Some(start), _) => code.starts_with(start),
        (_, Some(end)) => code.ends_with(end),
        (None, None) => code == pattern,
    };
    let text = format!("{}\n{}", text_of(ALERTS), queries().join("\n"));
    let patterns: BTreeSet<_> = ["code=~\"", "code=\""]
        .iter()
        .flat_map(|start| between_all(&text, start, "\""))
        .flat_map(|alternatives| alternatives.split('|'))
        .collect();
    assert!(patterns.len() > 5, "{patterns:?}");
    for pattern in patterns {
        assert!(known.iter().any(|code| matches(pattern, code)), "no decision has the code {pattern}");
    }
}

#[test]
fn every_alert_has_a_test_that_fires_it_and_a_row_in_the_guide() {
    let (tests, guide) = (text_of(ALERT_TESTS), text_of(GUIDE));
    let fired: BTreeSet<_> = between_all(&tests, "alertname: ", "\n  - interval")
        .chain(tests.rsplit("alertname: ").take(1))
        .filter(|test| test.contains("exp_labels"))
        .filter_map(|test| test.lines().next())
        .collect();
    let section = between(&guide, "\n### What an alert means\n", "\n### ");
    let alerts = alerts();
    assert!(!alerts.is_empty());
    let names: BTreeSet<_> = alerts.iter().filter_map(|alert| alert.lines().next()).collect();
    for name in &names {
        assert!(fired.contains(name), "{ALERT_TESTS} does not fire {name}");
        assert!(section.contains(&format!("\n| `{name}` |")), "{GUIDE} does not explain {name}");
    }
    let explained: BTreeSet<_> = between_all(section, "\n| `", "` |").collect();
    assert_eq!(explained, names);
}
