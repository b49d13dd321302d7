use std::{fs, process::Command};

use serde_json::{Value, json};

use crate::{folder::Folder, nginx::start_by_tls};

/// The severities of csp-evaluator: lower is worse.
const MEDIUM: u64 = 30;

/// The observatory's least score for this page. From 100 points its grade is A+.
const LEAST_SCORE: u64 = 130;

#[test]
#[ignore = "needs scanners from npm: npm ci --ignore-scripts in crates/page-host/tests/scanners"]
fn scanners_find_no_fault_in_headers_and_policies() {
    // SEC-056
    let folder = Folder::new();
    let (_nginx, certificate) = start_by_tls(&folder);
    let loader = fs::read_dir(folder.site().join("vault")).unwrap().map(|entry| entry.unwrap().file_name());
    let loader = loader.filter_map(|name| name.into_string().ok()).find(|name| name.ends_with(".js")).unwrap();
    let loader = format!("/vault/{loader}");
    let paths = ["/", "/window.html", "/return.html", "/config.json", "/boot.js", "/nothing", &loader];
    let output = Command::new("node")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scanners"))
        .args(["scan.js", &format!("localhost:{}", folder.port)])
        .args(paths)
        .env("NODE_EXTRA_CA_CERTS", certificate)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let found: Value =
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text} {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(found["failed"], json!([]));
    assert!(found["score"].as_u64().unwrap() >= LEAST_SCORE, "{found:#}");
    for path in paths {
        let findings = found["policies"][path].as_array().unwrap();
        let serious: Vec<_> = findings.iter().filter(|finding| finding["severity"].as_u64() <= Some(MEDIUM)).collect();
        assert_eq!(serious, Vec::<&Value>::new(), "{path}");
    }
}
