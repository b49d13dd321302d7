//! The metrics, in the text format of Prometheus. They have codes and counts only, and no data about people.

use std::{collections::BTreeMap, fmt::Write, time::Duration};

use parking_lot::Mutex;

use crate::net::connections::Census;

/// The upper bounds of the buckets, in milliseconds. A request to ACS alone takes tens of milliseconds.
const BUCKETS: [u64; 9] = [5, 10, 25, 50, 100, 250, 1_000, 5_000, 15_000];

#[derive(Default)]
pub(crate) struct Metrics(Mutex<Counted>);

/// The counters. The maps can only have the codes that this program knows.
#[derive(Default)]
struct Counted {
    decisions: BTreeMap<&'static str, u64>,
    refused_callers: BTreeMap<&'static str, u64>,
    /// The number of decisions in each bucket. The last bucket has no upper bound.
    durations: [u64; BUCKETS.len() + 1],
    duration_sum: Duration,
    /// Refusals of unvalidated callers that were not logged.
    unlogged: u64,
}

/// Values that are read when the metrics are requested.
pub(crate) struct Now {
    pub(crate) acs_is_down: bool,
    pub(crate) acs_tenants_down: usize,
    pub(crate) acs_requests: u64,
    pub(crate) allowance: Option<AllowanceNumbers>,
    pub(crate) clock_difference: u64,
    pub(crate) connections: Census,
    pub(crate) exchanges: usize,
    pub(crate) log_lines_lost: u64,
    /// `None` without mailboxes.
    pub(crate) mailboxes: Option<Occupancy>,
}

/// The requests to ACS that the allowance refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AllowanceNumbers {
    pub(crate) refused_for_tenant: u64,
    pub(crate) refused_for_all: u64,
    /// Whether the processes count together at this moment. `None` if no Redis is configured.
    pub(crate) is_shared: Option<bool>,
}

/// How full the return mailboxes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occupancy {
    /// The number of filled and released mailboxes. `None` with Redis, because a process does not
    /// know the entries there.
    pub(crate) in_use: Option<usize>,
    /// The number of requests that wait for a response.
    pub(crate) waiting: usize,
}

impl Metrics {
    /// Counts a decision. `code` is that of the problem; `None` if a token was issued.
    pub(crate) fn decided(&self, code: Option<&'static str>, reason: Option<&'static str>, took: Duration) {
        let mut counted = self.0.lock();
        *counted.decisions.entry(code.unwrap_or("allowed")).or_default() += 1;
        if let Some(reason) = reason {
            *counted.refused_callers.entry(reason).or_default() += 1;
        }
        let bucket = BUCKETS.iter().position(|end| took <= Duration::from_millis(*end)).unwrap_or(BUCKETS.len());
        counted.durations[bucket] += 1;
        counted.duration_sum += took;
    }

    /// Counts a refusal that was not logged.
    pub(crate) fn unlogged(&self) {
        self.0.lock().unlogged += 1;
    }

    /// The metrics as text, at this moment.
    pub(crate) fn text(&self, now: &Now) -> String {
        let counted = self.0.lock();
        let mut page = Page(String::new());
        page.head("exchange_decisions_total", "counter", "Decisions, by the problem's code.");
        for (code, count) in &counted.decisions {
            page.line(&format!("exchange_decisions_total{{code=\"{code}\"}}"), count);
        }
        page.head("exchange_callers_refused_total", "counter", "Refused callers' tokens, by the reason in the log.");
        for (reason, count) in &counted.refused_callers {
            page.line(&format!("exchange_callers_refused_total{{reason=\"{reason}\"}}"), count);
        }
        page.head("exchange_acs_attempts_total", "counter", "Requests to ACS, of whatever outcome.");
        page.line("exchange_acs_attempts_total", now.acs_requests);
        page.head("exchange_duration_seconds", "histogram", "From a request's head to its answer.");
        let mut so_far = 0;
        for (end, count) in BUCKETS.iter().zip(counted.durations) {
            so_far += count;
            let end = Duration::from_millis(*end).as_secs_f64();
            page.line(&format!("exchange_duration_seconds_bucket{{le=\"{end}\"}}"), so_far);
        }
        so_far += counted.durations[BUCKETS.len()];
        page.line("exchange_duration_seconds_bucket{le=\"+Inf\"}", so_far);
        page.line("exchange_duration_seconds_sum", counted.duration_sum.as_secs_f64());
        page.line("exchange_duration_seconds_count", so_far);
        page.head("exchange_log_lines_lost_total", "counter", "Lines of the log that were dropped or not written.");
        page.line("exchange_log_lines_lost_total", now.log_lines_lost);
        page.head(
            "exchange_refusals_unlogged_total",
            "counter",
            "Refusals beyond those that the log has of an address.",
        );
        page.line("exchange_refusals_unlogged_total", counted.unlogged);
        page.head("exchange_connections", "gauge", "Open connections.");
        page.line("exchange_connections", now.connections.open);
        page.head("exchange_connections_ended_total", "counter", "Connections ended to make room, or not let in.");
        for (reason, count) in [("gave_way", now.connections.gave_way), ("refused", now.connections.refused)] {
            page.line(&format!("exchange_connections_ended_total{{reason=\"{reason}\"}}"), count);
        }
        page.head("exchange_in_flight", "gauge", "Exchanges at this moment.");
        page.line("exchange_in_flight", now.exchanges);
        page.head("exchange_acs_down", "gauge", "1 while exchanges are refused because ACS does not answer.");
        page.line("exchange_acs_down", u8::from(now.acs_is_down));
        page.head("exchange_acs_down_tenants", "gauge", "Tenants whose exchanges alone are refused for that.");
        page.line("exchange_acs_down_tenants", now.acs_tenants_down);
        if let Some(allowance) = now.allowance {
            let name = "exchange_acs_allowance_refused_total";
            page.head(
                name,
                "counter",
                "Requests to ACS that were not sent, because a tenant's part or all was used up.",
            );
            page.line(&format!("{name}{{limit=\"tenant\"}}"), allowance.refused_for_tenant);
            page.line(&format!("{name}{{limit=\"all\"}}"), allowance.refused_for_all);
            if let Some(is_shared) = allowance.is_shared {
                page.head("exchange_acs_allowance_shared", "gauge", "1 while the instances count together in Redis.");
                page.line("exchange_acs_allowance_shared", u8::from(is_shared));
            }
        }
        page.head("exchange_clock_difference_seconds", "gauge", "Between this machine's clock and its peers'.");
        page.line("exchange_clock_difference_seconds", now.clock_difference);
        if let Some(Occupancy { in_use, waiting }) = now.mailboxes {
            if let Some(in_use) = in_use {
                page.head("exchange_mailboxes_in_use", "gauge", "Return mailboxes that take room in memory.");
                page.line("exchange_mailboxes_in_use", in_use);
            }
            page.head("exchange_mailbox_waiters", "gauge", "Requests that wait for an answer in a mailbox.");
            page.line("exchange_mailbox_waiters", waiting);
        }
        page.0
    }
}

struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.line(&format!("# HELP {name}"), help);
        self.line(&format!("# TYPE {name}"), kind);
    }

    fn line(&mut self, name: &str, value: impl std::fmt::Display) {
        // Writing to a `String` cannot fail.
        let _ = writeln!(self.0, "{name} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_decisions_by_code_and_duration() {
        // SEC-122
        let metrics = Metrics::default();
        metrics.decided(None, None, Duration::from_millis(50));
        metrics.decided(None, None, Duration::from_millis(51));
        metrics.decided(Some("caller_token_refused"), Some("expired"), Duration::from_secs(60));
        let mailboxes = Some(Occupancy { in_use: Some(5), waiting: 1 });
        let allowance = Some(AllowanceNumbers { refused_for_tenant: 3, refused_for_all: 6, is_shared: Some(false) });
        metrics.unlogged();
        let now = Now {
            acs_is_down: true,
            acs_tenants_down: 2,
            acs_requests: 4,
            allowance,
            clock_difference: 2,
            connections: Census { open: 3, gave_way: 1, refused: 0 },
            exchanges: 7,
            log_lines_lost: 9,
            mailboxes,
        };
        let text = metrics.text(&now);
        for line in [
            "# TYPE exchange_decisions_total counter",
            "exchange_decisions_total{code=\"allowed\"} 2",
            "exchange_decisions_total{code=\"caller_token_refused\"} 1",
            "exchange_callers_refused_total{reason=\"expired\"} 1",
            "exchange_acs_attempts_total 4",
            "exchange_duration_seconds_bucket{le=\"0.025\"} 0",
            "exchange_duration_seconds_bucket{le=\"0.05\"} 1",
            "exchange_duration_seconds_bucket{le=\"0.1\"} 2",
            "exchange_duration_seconds_bucket{le=\"15\"} 2",
            "exchange_duration_seconds_bucket{le=\"+Inf\"} 3",
            "exchange_duration_seconds_count 3",
            "exchange_duration_seconds_sum 60.101",
            "exchange_connections 3",
            "exchange_connections_ended_total{reason=\"gave_way\"} 1",
            "exchange_log_lines_lost_total 9",
            "exchange_refusals_unlogged_total 1",
            "exchange_in_flight 7",
            "exchange_acs_down 1",
            "exchange_acs_down_tenants 2",
            "exchange_acs_allowance_refused_total{limit=\"tenant\"} 3",
            "exchange_acs_allowance_refused_total{limit=\"all\"} 6",
            "exchange_acs_allowance_shared 0",
            "exchange_clock_difference_seconds 2",
            "exchange_mailboxes_in_use 5",
            "exchange_mailbox_waiters 1",
        ] {
            assert!(text.lines().any(|written| written == line), "{line}\n{text}");
        }
    }
}
