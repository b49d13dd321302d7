//! The text files that git tracks.

use std::{fs, path::Path, process::Command};

/// Path and text of each tracked file. Paths are relative to the root of the repository, with slashes. What is not
/// UTF-8 is no text.
pub(crate) fn texts() -> impl Iterator<Item = (String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace");
    let listing = Command::new("git").args(["ls-files", "-z"]).current_dir(root).output().expect("git runs");
    assert!(listing.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listing.stderr));
    let paths = String::from_utf8(listing.stdout).expect("paths are UTF-8");
    assert!(paths.contains("xtask/tests/tracked/mod.rs"), "git lists this file");
    let paths: Vec<String> = paths.split_terminator('\0').map(str::to_owned).collect();
    paths.into_iter().filter_map(move |path| {
        let text = String::from_utf8(fs::read(root.join(&path)).ok()?).ok()?;
        Some((path, text))
    })
}
