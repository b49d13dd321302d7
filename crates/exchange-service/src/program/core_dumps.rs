//! Memory with the access key in it stays memory.

/// SEC-116: no core dump is written, and no other process of the same user may read this one's memory or its first
/// environment (`/proc/…/environ`). Where the system does not allow that, the program runs all the same.
#[cfg(target_os = "linux")]
pub(crate) fn forbid() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Left to how the operator runs the program.
#[cfg(not(target_os = "linux"))]
pub(crate) fn forbid() {}
