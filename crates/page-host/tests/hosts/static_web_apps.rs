use std::{path::Path, process::Command};

use crate::{checked::check, folder::Folder, server::Server};

#[test]
#[ignore = "needs Microsoft's command-line tool: npm ci --ignore-scripts in crates/page-host/tests/static-web-apps"]
fn static_web_apps_sends_each_header_with_each_response() {
    // SEC-056
    let folder = Folder::new();
    folder.build("azure-static-web-apps");
    let tool = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/static-web-apps/node_modules/.bin/swa");
    let mut command = Command::new(tool);
    // It looks for its configuration below the folder in which it runs.
    command.args(["start", "site", "--host", "localhost", "--port", &folder.port.to_string()]);
    command.current_dir(folder.out()).env("HOME", folder.path());
    let _server = Server::start(&mut command, "emulator started at");
    let arguments = [Path::new("--config"), &folder.config(), Path::new("--site"), &folder.site()];
    let site = folder.site();
    // The tool's own errors have no headers, it does not compress, and it ends at a malformed path: only the service
    // can show these. Its sign-in must be closed here, too.
    let is_of_file = |finding: &String| {
        let request = finding.split(": ").nth(1).unwrap_or_default();
        let path = request.split(' ').nth(1).unwrap_or_default();
        !request.starts_with("POST ") && (path == "/" || site.join(path.trim_start_matches('/')).is_file())
    };
    let mut findings = check(&folder.origin(), &arguments).findings;
    assert!(!findings.is_empty());
    findings.retain(|finding| {
        let is_of_error = finding.starts_with("wrong-header: ") && !is_of_file(finding);
        !is_of_error
            && !finding.starts_with("not-compressed: ")
            && !finding.starts_with("no-response: GET /%")
            && !finding.starts_with("no-response: HEAD /%")
    });
    assert_eq!(findings, Vec::<String>::new());
}
