//! Compares `engines` of packages with the oldest Node.js that `cargo xtask` uses. It is the version that runs the
//! scripts of a package. The embed SDK has no `engines`, because browsers run it. Compares the versions of the packages
//! that a release publishes with that of the workspace.

use serde_json::Value;

use crate::text::{number, text_of};

const EMULATOR: &str = "crates/azure-emulator/npm/package.json";

#[test]
fn packages_that_nodejs_runs_name_the_oldest_supported_version() {
    let oldest = format!(">={}", number("xtask/src/tools/node.rs", "OLDEST"));
    for directory in ["benches/peers", "benches/peers/page", "embed-sdk/consumers", "examples/portal", "tests/peers"] {
        let package = json(&format!("{directory}/package.json"));
        let lock = json(&format!("{directory}/package-lock.json"));
        assert_eq!(package["engines"]["node"], *oldest, "{directory}");
        assert_eq!(lock["packages"][""]["engines"], package["engines"], "{directory}");
    }
    // The emulator's package has no dependencies to lock.
    assert_eq!(json(EMULATOR)["engines"]["node"], *oldest);
}

#[test]
fn published_packages_have_the_version_of_the_workspace() {
    for package in [EMULATOR, "embed-sdk/package.json"] {
        assert_eq!(json(package)["version"], env!("CARGO_PKG_VERSION"), "{package}");
    }
}

#[test]
fn the_embed_sdk_requires_no_nodejs() {
    assert_eq!(json("embed-sdk/package.json").get("engines"), None);
    assert_eq!(json("examples/portal/package-lock.json")["packages"]["../../embed-sdk"].get("engines"), None);
}

fn json(path: &str) -> Value {
    serde_json::from_str(&text_of(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
