//! Secrets, which come from files and from the environment.

use std::path::Path;

use zeroize::Zeroizing;

use super::fault::{ConfigurationError, Fault, at};
use crate::text_file;

/// Returns the value of an environment variable. `None` if it is unset or empty.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<Zeroizing<String>>;

/// The text of a secret, after the key or the variable that it comes from. The file takes precedence. `None` if neither
/// is there.
pub(super) fn secret(
    key: &'static str,
    file: &Option<String>,
    variable: &'static str,
    environment: Environment<'_>,
) -> Result<Option<(&'static str, Zeroizing<String>)>, ConfigurationError> {
    let Some(file) = file else { return Ok(environment(variable).map(|text| (variable, text))) };
    match text_file::read(Path::new(file)) {
        Ok(text) => Ok(Some((key, text))),
        Err(error) => Err(at(key, Fault::Unreadable(error))),
    }
}
