//! A copy of the build in which a script of the test precedes some of the page's own scripts. The names and hashes of the
//! deployed files are those of the copy, so that the page starts.

use cross_tests::{copy_of, dist, precede};

/// A copy in which `script` precedes each of the scripts in `names`.
pub(crate) fn page_with(script: &str, names: &[&str]) -> tempfile::TempDir {
    let copy = copy_of(&dist());
    for name in names {
        precede(copy.path(), name, script);
    }
    copy
}
