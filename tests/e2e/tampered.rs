//! A copy of the page in which a script of the test precedes some of the page's own scripts.

use cross_tests::dist;
use std::fs;

/// A copy in which `script` precedes each of the scripts in `names`.
pub(crate) fn page_with(script: &str, names: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(dist()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, directory.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    for name in names {
        let file = directory.path().join(name);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(file, format!("{script}\n{text}")).unwrap();
    }
    directory
}
