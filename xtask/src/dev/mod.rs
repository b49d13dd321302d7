//! `cargo xtask dev`: the page, the exchange service and the emulator of Azure on this machine, with one command.

mod derived;
mod ports;
pub(crate) mod ready;
pub(crate) mod server;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use clap::Args;

use crate::{
    dist, example_portal,
    failure::Failure,
    interrupt::Interrupt,
    program,
    report::{note, step},
    tools::{self, Node, Tools},
    workspace::Workspace,
};

pub(crate) use self::derived::place_config;
use self::{ports::Ports, server::Server};

/// The access key of the emulator. It is public, and gives access to emulators only.
pub(crate) const ACCESS_KEY: &str =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

/// Options of `cargo xtask dev`.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    ports: Ports,
    /// The page's configuration, written for the default ports.
    #[arg(long, value_name = "FILE", default_value = "public/config.json")]
    config: PathBuf,
    /// Allow one more portal, next to the example: it may embed the page and receives the token.
    #[arg(long = "portal", value_name = "ORIGIN", value_parser = origin)]
    portals: Vec<String>,
    /// Set a key of the page's configuration. The value is JSON, or else a text. `KEY=null` removes a key.
    #[arg(long, value_name = "KEY=VALUE", value_parser = derived::setting)]
    set: Vec<derived::Setting>,
    /// Build everything optimized, as for deployment.
    #[arg(long)]
    release: bool,
}

/// Builds and starts everything, and runs until Ctrl-C or until a server ends.
pub(crate) fn run(workspace: &Workspace, options: &Options, interrupt: &Interrupt) -> Result<(), Failure> {
    let ports = &options.ports;
    step("checking that the ports are free", || ports.check())?;
    let derived = derived::write(workspace, ports, &options.config, &options.set, &options.portals)?;
    let (tools, binaries) = tools_and_servers(workspace, options.release)?;
    if derived.samples {
        step("building the stand-ins for Microsoft's samples", || build_samples(workspace, options.release))?;
    }
    let logs = workspace.dev();

    let mut servers = Vec::new();
    step("starting the emulator of Azure and the exchange service", || {
        let mut emulator = Command::new(binaries.join(program::executable("azure-emulator")));
        emulator.args(["--entra-port", &ports.entra.to_string(), "--acs-port", &ports.acs.to_string()]);
        servers.push(Server::start("emulator", emulator, &logs)?);
        let mut service = Command::new(binaries.join(program::executable("exchange-service")));
        service.arg("--config").arg(&derived.service).env("ACS_ACCESS_KEY", ACCESS_KEY);
        servers.push(Server::start("service", service, &logs)?);
        for (port, path) in [(ports.entra, ports::ENTRA_PROBE), (ports.acs, "/"), (ports.service, "/livez")] {
            ready::wait(&mut servers, port, path, Duration::from_secs(30), interrupt)?;
        }
        if derived.samples {
            let mut samples = Command::new(binaries.join(program::executable("samples")));
            samples.arg(ports.samples.to_string());
            samples.args([ports.entra, ports.acs].map(|port| format!("http://localhost:{port}")));
            servers.push(Server::start("samples", samples, &logs)?);
            ready::wait(&mut servers, ports.samples, "/", Duration::from_secs(30), interrupt)?;
        }
        Ok(())
    })?;
    step("building the page (the first time: some minutes; details in target/dev/page.log)", || {
        let trunk = trunk_serve(workspace, &tools, &derived, options)?;
        servers.push(Server::start("page", trunk, &logs)?);
        ready::wait(&mut servers, ports.page, "/", Duration::from_secs(30 * 60), interrupt)
    })?;

    let portal = step("building the example portal", || serve_portal(workspace, ports, &mut servers, interrupt))?;

    println!("\nReady. Open http://localhost:{}\n", ports.page);
    if portal {
        println!("A portal that embeds the page: http://localhost:{}\n", ports.portal);
    }
    accounts(&logs.join("emulator.log"));
    println!("Logs: {}. The page is rebuilt when its source changes.", logs.join("*.log").display());
    println!("Ctrl-C ends everything.");
    match server::watch(&mut servers, interrupt) {
        // Ctrl-C is the normal end.
        Failure::Interrupted => Ok(()),
        failure => Err(failure),
    }
}

/// Installs the tools and builds the servers at the same time: the first time, each takes minutes. Compiler errors of
/// the servers are shown at once.
fn tools_and_servers(workspace: &Workspace, release: bool) -> Result<(Tools, PathBuf), Failure> {
    thread::scope(|scope| {
        let servers = scope
            .spawn(|| step("building the emulator and the exchange service", || build_servers(workspace, release)));
        let tools = if release { tools::all(workspace) } else { tools::for_development(workspace) };
        let servers = servers.join().expect("building does not panic");
        Ok((tools?, servers?))
    })
}

/// Reads an origin. It must have the form in which browsers serialize it, because the page compares it with theirs.
fn origin(text: &str) -> Result<String, &'static str> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(plain) {
        return Err(
            "an origin is a scheme, a host and perhaps a port, without a slash at the end: http://localhost:9000",
        );
    }
    Ok(text.to_owned())
}

pub(crate) fn build_servers(workspace: &Workspace, release: bool) -> Result<PathBuf, Failure> {
    let profile = if release { "server" } else { "dev" };
    let mut build = workspace.cargo();
    build.args([
        "build",
        "--quiet",
        "--locked",
        "-p",
        "azure-emulator",
        "-p",
        "exchange-service",
        "--bins",
        "--profile",
        profile,
    ]);
    program::run(&mut build)?;
    Ok(workspace.target()?.join(if release { "server" } else { "debug" }))
}

fn build_samples(workspace: &Workspace, release: bool) -> Result<(), Failure> {
    let profile = if release { "server" } else { "dev" };
    program::run(workspace.cargo().args(["build", "-p", "cross-tests", "--bin", "samples", "--profile", profile]))
}

/// Builds and serves the example portal. Without it the page still works, so a failure is a note only.
fn serve_portal(
    workspace: &Workspace,
    ports: &Ports,
    servers: &mut Vec<Server>,
    interrupt: &Interrupt,
) -> Result<bool, Failure> {
    let built = Node::ensure().and_then(|node| example_portal::build(workspace, &node).map(|()| node));
    match built {
        Err(Failure::Interrupted) => Err(Failure::Interrupted),
        Err(failure) => {
            note(&format!("continuing without the portal: {failure}"));
            Ok(false)
        }
        Ok(node) => {
            let serve = example_portal::serve(workspace, &node, ports.portal, ports.page);
            servers.push(Server::start("portal", serve, &workspace.dev())?);
            ready::wait(servers, ports.portal, "/", Duration::from_secs(30), interrupt).map(|()| true)
        }
    }
}

fn trunk_serve(
    workspace: &Workspace,
    tools: &Tools,
    derived: &derived::Derived,
    options: &Options,
) -> Result<Command, Failure> {
    let mut trunk = tools.trunk(workspace.root());
    trunk.args(["serve", "--color", "never", "--address", "127.0.0.1"]);
    trunk.args(["--port", &options.ports.page.to_string()]);
    trunk.arg("--config").arg(&derived.trunk);
    // Not dist/, which is for deployment.
    trunk.arg("--dist").arg(workspace.dev().join("dist"));
    if options.release {
        trunk.arg("--release");
        dist::without_missing_optimizer(workspace, tools, &mut trunk)?;
    }
    Ok(trunk)
}

/// Prints the accounts that the emulator logs at its start. A second list here would become outdated.
fn accounts(log: &Path) {
    let said = fs::read_to_string(log).unwrap_or_default();
    println!("Sign in as one of these; no password is required:");
    for line in said.lines().filter(|line| line.contains(".example")) {
        note(line.trim());
    }
    println!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portal_is_named_by_an_origin_and_nothing_that_could_end_a_header() {
        for text in ["http://localhost:9000", "https://portal.example.com", "http://[::1]:9000"] {
            assert_eq!(origin(text).as_deref(), Ok(text));
        }
        for text in
            ["", "localhost:9000", "http://", "http://localhost:9000/", "http://a; script-src *", "http://a\"", "*"]
        {
            assert!(origin(text).is_err(), "{text}");
        }
    }
}
