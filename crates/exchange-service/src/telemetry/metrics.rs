//! The metrics, in the text format of Prometheus. They have codes and counts only, and no data about people.

use std::{fs, time::Duration};

pub(crate) use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
use prometheus_client::{
    encoding::prometheus_text::encode,
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::ConstGauge,
        histogram::Histogram,
        info::Info,
    },
    registry::Registry,
};

use crate::net::connections::Census;

/// The upper bounds of the buckets, in seconds. A request to ACS alone takes tens of milliseconds.
const BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 15.0];

/// One label and its value: only the codes that this program knows, so that a caller cannot add series.
type Label = [(&'static str, &'static str); 1];

pub(crate) struct Metrics {
    decisions: Family<Label, Counter>,
    refused_callers: Family<Label, Counter>,
    durations: Histogram,
    /// Refusals of unvalidated callers that were not logged.
    unlogged: Counter,
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
    /// The resident memory of the process in bytes. `None` where the system does not show it.
    pub(crate) memory: Option<u64>,
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

impl Default for Metrics {
    fn default() -> Self {
        Self {
            decisions: Family::default(),
            refused_callers: Family::default(),
            durations: Histogram::new(BUCKETS),
            unlogged: Counter::default(),
        }
    }
}

impl Metrics {
    /// Counts a decision. `code` is that of the problem; `None` if a token was issued.
    pub(crate) fn decided(&self, code: Option<&'static str>, reason: Option<&'static str>, took: Duration) {
        self.decisions.get_or_create(&[("code", code.unwrap_or("allowed"))]).inc();
        if let Some(reason) = reason {
            self.refused_callers.get_or_create(&[("reason", reason)]).inc();
        }
        self.durations.observe(took.as_secs_f64());
    }

    /// Counts a refusal that was not logged.
    pub(crate) fn unlogged(&self) {
        self.unlogged.inc();
    }

    /// The metrics as text, at this moment. The library adds `exchange_` to each name of ours, `_total` to a counter's,
    /// and `_info` to that of an [`Info`].
    pub(crate) fn text(&self, now: &Now) -> String {
        let mut registry = Registry::default();
        if let Some(memory) = now.memory {
            // The name that Prometheus's own libraries use.
            registry.register("process_resident_memory_bytes", "Resident memory", ConstGauge::new(memory));
        }
        let all = registry.sub_registry_with_prefix("exchange");
        all.register("build", "The program's version", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        all.register("decisions", "Decisions, by the problem's code", self.decisions.clone());
        let help = "Refused callers' tokens, by the reason in the log";
        all.register("callers_refused", help, self.refused_callers.clone());
        all.register("acs_attempts", "Requests to ACS, of whatever outcome", ConstCounter::new(now.acs_requests));
        all.register("duration_seconds", "From a request's head to its response", self.durations.clone());
        let help = "Lines of the log that were dropped or not written";
        all.register("log_lines_lost", help, ConstCounter::new(now.log_lines_lost));
        let help = "Refusals beyond those that the log has of an address";
        all.register("refusals_unlogged", help, self.unlogged.clone());
        all.register("connections", "Open connections", ConstGauge::new(now.connections.open));
        let ended = [("gave_way", now.connections.gave_way), ("refused", now.connections.refused)];
        all.register("connections_ended", "Connections ended to make room, or not let in", counts("reason", ended));
        all.register("in_flight", "Exchanges at this moment", ConstGauge::new(now.exchanges));
        let help = "1 while exchanges are refused because ACS does not answer";
        all.register("acs_down", help, ConstGauge::new(u32::from(now.acs_is_down)));
        let help = "Tenants whose exchanges alone are refused for that";
        all.register("acs_down_tenants", help, ConstGauge::new(now.acs_tenants_down));
        if let Some(AllowanceNumbers { refused_for_tenant, refused_for_all, is_shared }) = now.allowance {
            let help = "Requests to ACS that were not sent, because a tenant's part or all was used up";
            let refused = [("tenant", refused_for_tenant), ("all", refused_for_all)];
            all.register("acs_allowance_refused", help, counts("limit", refused));
            if let Some(is_shared) = is_shared {
                let help = "1 while the instances count together in Redis";
                all.register("acs_allowance_shared", help, ConstGauge::new(u32::from(is_shared)));
            }
        }
        let help = "Between this machine's clock and its peers'";
        all.register("clock_difference_seconds", help, ConstGauge::new(now.clock_difference));
        if let Some(Occupancy { in_use, waiting }) = now.mailboxes {
            if let Some(in_use) = in_use {
                all.register("mailboxes_in_use", "Return mailboxes that take room in memory", ConstGauge::new(in_use));
            }
            let help = "Requests that wait for a response in a mailbox";
            all.register("mailbox_waiters", help, ConstGauge::new(waiting));
        }
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let _ = encode(&mut text, &registry);
        text
    }
}

/// The resident memory of this process in bytes, as Linux shows it.
pub(crate) fn resident_memory() -> Option<u64> {
    resident_bytes(&fs::read_to_string("/proc/self/status").ok()?)
}

/// Reads the line `VmRSS:   12345 kB`.
fn resident_bytes(status: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// A counter with these values of a label.
fn counts(label: &'static str, counts: [(&'static str, u64); 2]) -> Family<Label, Counter> {
    let family = Family::<Label, Counter>::default();
    for (value, count) in counts {
        family.get_or_create(&[(label, value)]).inc_by(count);
    }
    family
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// All metrics: with mailboxes in memory, and an allowance that Redis shares.
    fn now() -> Now {
        Now {
            acs_is_down: true,
            acs_tenants_down: 2,
            acs_requests: 4,
            allowance: Some(AllowanceNumbers { refused_for_tenant: 3, refused_for_all: 6, is_shared: Some(false) }),
            clock_difference: 2,
            connections: Census { open: 3, gave_way: 1, refused: 0 },
            exchanges: 7,
            log_lines_lost: 9,
            mailboxes: Some(Occupancy { in_use: Some(5), waiting: 1 }),
            memory: Some(18_000_000),
        }
    }

    #[test]
    fn the_readme_lists_each_metric() {
        // Dashboard and alerts are compared with this list: tests/documents/monitoring.rs.
        let (_, section) = include_str!("../../README.md").split_once("\n## Numbers\n").unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        let listed = section.lines().filter_map(|line| line.strip_prefix("* `"));
        let listed: BTreeSet<_> = listed.filter_map(|line| line.split(['{', '`']).next()).collect();
        let metrics = Metrics::default();
        // A family is exposed from its first count on.
        metrics.decided(Some("caller_token_refused"), Some("expired"), Duration::from_millis(50));
        let text = metrics.text(&now());
        let exposed = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let exposed: BTreeSet<_> = exposed.filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(listed, exposed);
    }

    #[test]
    fn counts_decisions_by_code_and_duration() {
        // SEC-122
        let metrics = Metrics::default();
        metrics.decided(None, None, Duration::from_millis(50));
        metrics.decided(None, None, Duration::from_millis(51));
        metrics.decided(Some("caller_token_refused"), Some("expired"), Duration::from_secs(60));
        metrics.unlogged();
        let text = metrics.text(&now());
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
            concat!("exchange_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
            "process_resident_memory_bytes 18000000",
        ] {
            assert!(text.lines().any(|written| written == line), "{line}\n{text}");
        }
    }

    #[test]
    fn reads_the_resident_memory_from_the_status_of_the_process() {
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t   18000 kB\nThreads:\t3\n"), Some(18_432_000));
        for other in ["", "VmRSS:", "VmRSS:\t 5 MB", "VmRSS:\t18446744073709551615 kB"] {
            assert_eq!(resident_bytes(other), None, "{other}");
        }
    }
}
