//! The memory of the process, and the part for connections. These numbers bound what one client can make this service
//! hold (REV-05).

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The memory limit of the deployment: `MemoryMax` of the systemd unit and `mem_limit` in compose.yaml.
#[cfg(test)]
const PROCESS: usize = 256 * MIB;

/// The memory for all connections. The rest is for the program itself, the rate limits (some megabytes each), mailboxes
/// in memory (32 MiB), and 256 exchanges in flight.
const ALL_CONNECTIONS: usize = 160 * MIB;

/// The longest head of a request, with what is read ahead of its body: two tokens of 16 KiB each, and as much again for
/// all other headers.
pub(crate) const MAX_HEAD: usize = 48 * KIB;

/// The memory of one connection in the process: the buffer for the head, and 16 KiB for a body, its task and its
/// response.
const USER_SPACE: usize = MAX_HEAD + 16 * KIB;

/// The requested size of each of a connection's two buffers in the kernel. Linux doubles it (socket(7)), and counts it
/// as memory of the process's control group.
pub(crate) const KERNEL_BUFFER: u32 = 16 * 1024;

const ONE_CONNECTION: usize = USER_SPACE + 2 * 2 * KERNEL_BUFFER as usize;

/// The maximum number of connections: enough for 1,024 requests that wait at mailboxes and 256 exchanges.
pub(crate) const MAX_CONNECTIONS: usize = ALL_CONNECTIONS / ONE_CONNECTION;

/// The maximum number of connections to the listener for metrics and probes.
pub(crate) const MAX_METRICS_CONNECTIONS: usize = 32;

/// File descriptors for everything else: connections to ACS, issuers and the mailboxes' store, and files.
#[cfg(unix)]
const OTHER_DESCRIPTORS: usize = 320;

/// [`MAX_CONNECTIONS`], or fewer if the process may not open as many files.
#[cfg(unix)]
pub(crate) fn connections() -> usize {
    use rustix::process::{Resource, getrlimit};
    let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok());
    let free = files.map_or(MAX_CONNECTIONS, |files| files.saturating_sub(OTHER_DESCRIPTORS));
    free.clamp(1, MAX_CONNECTIONS)
}

/// Windows does not limit open files.
#[cfg(not(unix))]
pub(crate) fn connections() -> usize {
    MAX_CONNECTIONS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_fit_into_the_memory_that_the_deployment_gives() {
        // REV-05
        let unit = include_str!("../../../../deploy/systemd/exchange-service.service");
        let compose = include_str!("../../../../deploy/container/compose.yaml");
        let mebibytes = PROCESS / MIB;
        assert!(unit.lines().any(|line| line == format!("MemoryMax={mebibytes}M")), "{unit}");
        assert!(compose.lines().any(|line| line.trim() == format!("mem_limit: {mebibytes}m")), "{compose}");
        let most = MAX_CONNECTIONS + MAX_METRICS_CONNECTIONS;
        assert!(most * ONE_CONNECTION <= ALL_CONNECTIONS + 4 * MIB, "{most} connections of {ONE_CONNECTION} bytes");
        const { assert!(ALL_CONNECTIONS < PROCESS * 2 / 3) };
        let files = unit.lines().find_map(|line| line.strip_prefix("LimitNOFILE=")).unwrap();
        assert!(files.parse::<usize>().unwrap() >= most + OTHER_DESCRIPTORS, "{files}");
    }
}
