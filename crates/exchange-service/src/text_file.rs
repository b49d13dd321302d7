//! Reads the text files that an operator writes: the configuration, keys and secrets.

use std::{fs, io, path::Path};

use contract::text_file::{self, NotText};
use thiserror::Error;
use zeroize::Zeroizing;

/// Why the text of a file cannot be had. It does not show the text, which may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnreadableFile {
    /// The system did not give the file.
    #[error("the file cannot be read ({0})")]
    Io(io::ErrorKind),
    /// The bytes are not UTF-8 text.
    #[error("{0}")]
    Encoding(NotText),
}

/// The text of a UTF-8 file, without a byte order mark.
///
/// # Errors
/// If the file cannot be read, or is not UTF-8.
pub fn read(path: &Path) -> Result<Zeroizing<String>, UnreadableFile> {
    let bytes = fs::read(path).map_err(|error| UnreadableFile::Io(error.kind()))?;
    text_file::decode(bytes).map(Zeroizing::new).map_err(UnreadableFile::Encoding)
}

/// Warns of a file with a secret that every user of the machine may read (SEC-115). The group is not checked: mounted
/// secrets commonly belong to one.
#[cfg(unix)]
pub(crate) fn warn_if_others_may_read(key: &'static str, file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(file).is_ok_and(|file| file.permissions().mode() & 0o007 != 0) {
        tracing::warn!(key, "every user of this machine may read the file of this secret");
    }
}

#[cfg(not(unix))]
pub(crate) fn warn_if_others_may_read(_key: &'static str, _file: &Path) {}
