use std::process::Command;

use crate::{checked::is_faultless, folder::Folder, server::Server};

#[test]
fn serve_sends_each_header_with_each_response() {
    let folder = Folder::new();
    // For a host that sends the compressed files.
    folder.build("caddy");
    let mut command = Command::new(env!("CARGO_BIN_EXE_page-host"));
    command.args(["serve", "--config"]).arg(folder.config()).arg("--from").arg(folder.site());
    let _server = Server::start(&mut command, "http://localhost:");
    is_faultless(&folder.origin(), &folder.config(), &folder.site());
}
