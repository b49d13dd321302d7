//! Sets `ACS_SIGN_IN_BUILD`, the name of the build: a hash of the sources of the page and the vault.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

fn main() {
    // Read at run time: after a checkout was moved, Cargo still uses the build script that it compiled before.
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo names the package")).join("../..");
    let sources =
        ["src", "crates/messages/src", "crates/contract/src", "crates/sign-in/src", "crates/vault/src", "Cargo.lock"];
    println!("cargo::rerun-if-changed=build.rs");
    // While developing, a change of the page alone should not build the vault again.
    if env::var("PROFILE").is_ok_and(|profile| profile != "release") {
        println!("cargo::rustc-env=ACS_SIGN_IN_BUILD=development");
        return;
    }
    let mut hasher = DefaultHasher::new();
    for source in sources.map(|source| root.join(source)) {
        println!("cargo::rerun-if-changed={}", source.display());
        hash(&source, &mut hasher);
    }
    println!("cargo::rustc-env=ACS_SIGN_IN_BUILD={:016x}", hasher.finish());
}

/// Hashes names and contents, in an order that does not depend on the file system.
fn hash(path: &Path, hasher: &mut DefaultHasher) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("the sources can be listed");
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            path.file_name().hash(hasher);
            hash(&path, hasher);
        }
    } else {
        fs::read(path).expect("a source can be read").hash(hasher);
    }
}
