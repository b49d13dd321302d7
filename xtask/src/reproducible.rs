//! Builds the page again in another folder: both builds must be the same bytes, so that a build can be verified.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{dist, failure::Failure, program, workspace::Workspace};

/// Compares `dist/` with a build of the same sources in another folder.
///
/// # Errors
/// [`Failure::NotReproducible`] with the names of the files that differ.
pub(crate) fn test(workspace: &Workspace) -> Result<(), Failure> {
    let other = Workspace::at(workspace.root().join("target").join("another-folder"));
    if other.root().exists() {
        fs::remove_dir_all(other.root()).map_err(Failure::io("removing the other folder of the run before"))?;
    }
    copy_sources(workspace, other.root())?;
    dist::make(&other)?;
    let (here, there) = (files_below(&workspace.dist())?, files_below(&other.dist())?);
    let is_different = |file: &&PathBuf| {
        let [one, another] = [workspace, &other].map(|workspace| fs::read(workspace.dist().join(file)).ok());
        one.is_none() || one != another
    };
    let differing: Vec<_> = here.union(&there).filter(is_different).cloned().collect();
    if differing.is_empty() { Ok(()) } else { Err(Failure::NotReproducible { differing }) }
}

/// Copies the files that are committed or could be.
fn copy_sources(workspace: &Workspace, folder: &Path) -> Result<(), Failure> {
    let mut list = Command::new("git");
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(workspace.root());
    let names = program::output(&mut list)
        .ok_or(Failure::Missing { programs: vec!["git"], remedy: "it lists the sources of the page" })?;
    for name in names.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (workspace.root().join(name), folder.join(name));
        // A file that was deleted and not yet committed.
        if !from.is_file() {
            continue;
        }
        let copying = || format!("copying {name}");
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(Failure::io(copying()))?;
        }
        fs::copy(&from, &to).map_err(Failure::io(copying()))?;
    }
    Ok(())
}

/// The paths of all files below a folder.
fn files_below(folder: &Path) -> Result<BTreeSet<PathBuf>, Failure> {
    let reading = || format!("reading {}", folder.display());
    let (mut files, mut folders) = (BTreeSet::new(), vec![PathBuf::new()]);
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(folder.join(&below)).map_err(Failure::io(reading()))? {
            let entry = entry.map_err(Failure::io(reading()))?;
            let path = below.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else {
                files.insert(path);
            }
        }
    }
    Ok(files)
}
