use std::{fs, time::Duration};

/// The unit of CPU times in proc(5): a hundredth of a second (`USER_HZ`, the same on every Linux).
const TICK: Duration = Duration::from_millis(10);

/// The CPU time and the memory of a process, from Linux's /proc.
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// The resident memory, in KiB.
    pub(crate) resident: u64,
}

impl Usage {
    pub(crate) fn of(process: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        Some(Self { cpu: cpu(&stat)?, resident: resident(&status)? })
    }
}

/// The sum of user time and system time, fields 14 and 15 of proc(5). The second field is a name that can have spaces.
fn cpu(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u32>);
    Some(TICK * (ticks.next()?.ok()? + ticks.next()?.ok()?))
}

fn resident(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cpu_time_and_memory_from_proc() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 100 0 0 0 30 12 0 0 20 0 3 0 100 0 0";
        assert_eq!(cpu(stat), Some(Duration::from_millis(420)));
        assert_eq!(resident("Name:\tx\nVmRSS:\t    9876 kB\n"), Some(9876));
        assert_eq!((cpu(""), resident("")), (None, None));
    }
}
