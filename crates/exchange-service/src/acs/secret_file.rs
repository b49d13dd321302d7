//! Who else may read a file with a secret (SEC-115).

use std::path::Path;

/// Says so where everybody may. The group is not asked about: mounted secrets are commonly given to one.
#[cfg(unix)]
pub(super) fn warn_if_others_may_read(key: &'static str, file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if std::fs::metadata(file).is_ok_and(|file| file.permissions().mode() & 0o007 != 0) {
        tracing::warn!(key, "every user of this machine may read the file of this secret");
    }
}

#[cfg(not(unix))]
pub(super) fn warn_if_others_may_read(_key: &'static str, _file: &Path) {}
