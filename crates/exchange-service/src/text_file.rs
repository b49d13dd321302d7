//! Reads the text files that an operator writes: the configuration, keys and secrets.

use std::{fs, io, path::Path};

use contract::text_file::{self, NotText};
use thiserror::Error;
use zeroize::Zeroizing;

/// Why a file's text cannot be read. Does not contain the text, which may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnreadableFile {
    /// The system cannot read the file.
    #[error("the file cannot be read ({0})")]
    Io(io::ErrorKind),
    /// The bytes are not UTF-8 text.
    #[error("{0}")]
    Encoding(NotText),
}

/// Reads a UTF-8 file, without its byte order mark.
///
/// # Errors
///
/// If the file cannot be read, or is not UTF-8.
pub fn read(path: &Path) -> Result<Zeroizing<String>, UnreadableFile> {
    let bytes = fs::read(path).map_err(|error| UnreadableFile::Io(error.kind()))?;
    text_file::decode(bytes).map(Zeroizing::new).map_err(UnreadableFile::Encoding)
}

/// Warns if every user of the machine can read a file with a secret (SEC-115). The group is not checked, because
/// mounted secrets commonly belong to one.
#[cfg(unix)]
pub(crate) fn warn_if_others_may_read(key: &'static str, file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(file).is_ok_and(|file| file.permissions().mode() & 0o007 != 0) {
        tracing::warn!(key, "every user of this machine may read the file of this secret");
    }
}

#[cfg(not(unix))]
pub(crate) fn warn_if_others_may_read(_key: &'static str, _file: &Path) {}
