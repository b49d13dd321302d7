use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{failure::Failure, program, report::note};

use super::{cache::Cache, node::Node};

/// The only supported version. Version 108, which distributions package, builds without an error and fails in the
/// browser.
const MAJOR: &str = "132";
/// The manifest and the lock file for npm. The tool rewrites the wasm that is shipped, so the lock file has the hash of
/// its package, which npm checks for every registry and mirror.
const FILES: [(&str, &str); 2] = [
    ("package.json", include_str!("../../binaryen/package.json")),
    ("package-lock.json", include_str!("../../binaryen/package-lock.json")),
];

/// The place of a wasm-opt of the supported version.
pub(crate) enum Found {
    OnPath,
    In(PathBuf),
    Nowhere,
}

pub(crate) fn ensure(cache: &Cache) -> Result<Found, Failure> {
    let on_path = program::version(&mut Command::new("wasm-opt"));
    if on_path.is_some_and(|output| output.split_whitespace().nth(2) == Some(MAJOR)) {
        return Ok(Found::OnPath);
    }
    let node = match Node::ensure() {
        Err(Failure::Interrupted) => return Err(Failure::Interrupted),
        // Without npm, a release build leaves out wasm-opt.
        Err(_) => return Ok(Found::Nowhere),
        Ok(node) => node,
    };
    // Earlier versions of xtask installed without a lock file, under another name.
    let root = cache.install_once(&format!("binaryen-{MAJOR}-locked"), |root| {
        note(&format!("installing binaryen {MAJOR} from npm: once"));
        install(root, &node)
    })?;
    Ok(Found::In(root.join("node_modules").join(".bin")))
}

fn install(root: &Path, node: &Node) -> Result<(), Failure> {
    for (name, text) in FILES {
        fs::write(root.join(name), text).map_err(Failure::io(format!("writing {name}")))?;
    }
    node.npm_ci(root)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn lock() -> Value {
        serde_json::from_str(FILES[1].1).unwrap()
    }

    #[test]
    fn the_lock_file_has_the_version_that_is_looked_for_and_its_hash() {
        // REV-13
        let package = &lock()["packages"]["node_modules/binaryen"];
        assert_eq!(package["version"], format!("{MAJOR}.0.0"));
        assert!(package["integrity"].as_str().unwrap().starts_with("sha512-"));
    }

    #[test]
    fn every_lock_file_of_npm_has_hashes_and_names_no_registry() {
        // REV-13: an address would tie the package to one registry, and without a hash npm accepts any content.
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for directory in [
            "benches/peers",
            "benches/peers/page",
            "examples/portal",
            "tests/peers",
            "xtask/binaryen",
            "xtask/javascript",
        ] {
            let text = fs::read_to_string(root.join(directory).join("package-lock.json")).unwrap();
            let lock: Value = serde_json::from_str(&text).unwrap();
            for (name, package) in lock["packages"].as_object().unwrap() {
                if package["link"] == true || !name.contains("node_modules/") {
                    continue;
                }
                let hash = package["integrity"].as_str().unwrap_or_default();
                assert!(hash.starts_with("sha512-"), "{directory}: {name}");
                assert_eq!(package["resolved"], Value::Null, "{directory}: {name}");
            }
        }
    }
}
