use std::{fs, process::Command};

use crate::{
    checked::{has_only, loader_of_another_build_is_not_stored},
    folder::Folder,
    server::Server,
};

/// Runs Caddy with the configuration that `build` wrote, without its administration port.
fn start(folder: &Folder) -> Server {
    let main = folder.path().join("Caddyfile");
    let text = format!("{{\n\tadmin off\n}}\nimport {}\n", folder.out().join("Caddyfile").display());
    fs::write(&main, text).unwrap();
    let mut command = Command::new("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(main).env("HOME", folder.path());
    Server::start(&mut command, "serving initial configuration")
}

#[test]
fn caddy_sends_each_header_with_each_response_that_is_its_own() {
    // SEC-056
    let folder = Folder::new();
    folder.build("caddy");
    let _caddy = start(&folder);
    // Go's HTTP server answers a malformed path by itself.
    let expected = ["malformed-without-headers: GET /%", "malformed-without-headers: HEAD /%"];
    has_only(&expected, &folder.origin(), &folder.config(), &folder.site());
    loader_of_another_build_is_not_stored(&folder);
}
