//! Protects the access key in memory from core dumps and other processes.

/// SEC-116: no core dump is written, and no other process of the same user can read this one's memory or its initial
/// environment (`/proc/…/environ`). If the system does not allow that, the program runs without it.
#[cfg(target_os = "linux")]
pub(crate) fn forbid() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Does nothing: on other systems, the operator configures core dumps.
#[cfg(not(target_os = "linux"))]
pub(crate) fn forbid() {}
