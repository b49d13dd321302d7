//! `cargo xtask bench page`: compares the page with pages of other makers, in Chromium (benches/page). Everything is a
//! release build.

use std::{fs, path::Path, process::Command};

use clap::Args;
use serde_json::Value;

use super::on_core;
use crate::{
    browser::Engine, dev::build_servers, dist, failure::Failure, program, report::step, stopwatch, tools::Node,
    workspace::Workspace,
};

/// The pages of other makers, relative to the root.
const PEERS: &str = "benches/peers/page";

/// The document with the tables, and the marks around them.
const DOCUMENT: &str = "docs/benchmark-page.md";
const BEGIN: &str = "<!-- made by `cargo xtask bench page --write` -->\n";
const END: &str = "<!-- end of what was made -->\n";

/// Trusts the emulator's certificate. With WebDriver's `acceptInsecureCerts` instead, the browser would refuse each new
/// connection once and open it again, which takes round trips.
const ARGUMENTS: (&str, &str) = ("CHROMIUM_ARGUMENTS", "--ignore-certificate-errors");

/// Options of `cargo xtask bench page`.
#[derive(Args)]
pub(crate) struct Options {
    /// The number of visits of each page with each profile.
    #[arg(long, default_value_t = 15)]
    runs: u32,
    /// The lines to measure with, separated by commas: direct, middle, slow. Without it, all.
    #[arg(long)]
    profile: Option<String>,
    /// The pages to measure, separated by commas: ours, msal, react, oidc, floor, early. Without it, all.
    #[arg(long)]
    page: Option<String>,
    /// The numbers of frames in one portal, separated by commas. 0: none. Without it, 1, 10 and 50.
    #[arg(long)]
    frames: Option<String>,
    /// Print the requests of each visit, with their times in milliseconds.
    #[arg(long)]
    trace: bool,
    /// Run the browser and all servers on one core.
    #[arg(long)]
    one_core: bool,
    /// Use the page that is in dist/, instead of building it.
    #[arg(long)]
    built: bool,
    /// Write the tables into docs/benchmark-page.md.
    #[arg(long)]
    write: bool,
}

/// Builds everything, measures, and prints the tables.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let browser = Engine::Chromium.ensure()?;
    let peers = workspace.root().join(PEERS);
    let node = Node::ensure()?;
    node.npm_ci(&peers)?;
    program::run(node.command().arg("build.js").current_dir(&peers))?;
    if !options.built {
        dist::build(workspace)?;
    }
    let binaries = step("building the exchange service", || build_servers(workspace, true))?;
    step("building the measurement", || {
        let build = ["build", "--quiet", "--locked", "-p", "page-bench", "--profile", "server"];
        program::run(workspace.cargo().args(build))
    })?;
    let out = workspace.target()?.join("page-bench.md");
    let bench = binaries.join(program::executable("page-bench"));
    let mut bench = if options.one_core { on_core(0, bench) } else { Command::new(bench) };
    bench.args(["--runs", &options.runs.to_string()]);
    for (name, value) in [("--profile", &options.profile), ("--page", &options.page), ("--frames", &options.frames)] {
        bench.args(value.iter().flat_map(|value| [name, value]));
    }
    bench.args(options.trace.then_some("--trace"));
    bench.arg("--dist").arg(workspace.dist()).arg("--peers").arg(peers.join("dist"));
    bench.arg("--service").arg(binaries.join(program::executable("exchange-service"))).arg("--out").arg(&out);
    program::run(bench.envs(browser).envs([ARGUMENTS]))?;
    if options.write { write(workspace, options, &out) } else { Ok(()) }
}

/// Replaces the tables of the document.
fn write(workspace: &Workspace, options: &Options, tables: &Path) -> Result<(), Failure> {
    let cores = if options.one_core { "on one core" } else { "on all cores" };
    let missing = || Failure::NoTable { guide: DOCUMENT };
    let when = format!("{}, {cores}, with {}", stopwatch::date(), versions(workspace)?);
    let text = with_tables(&workspace.read(DOCUMENT)?, &when, &workspace.read(tables)?).ok_or_else(missing)?;
    fs::write(workspace.root().join(DOCUMENT), text).map_err(Failure::io(format!("writing {DOCUMENT}")))
}

/// The versions of the peers.
fn versions(workspace: &Workspace) -> Result<String, Failure> {
    let file = format!("{PEERS}/package.json");
    let package: Value = serde_json::from_str(&workspace.read(&file)?)
        .map_err(|error| Failure::io(format!("reading {file}"))(error.into()))?;
    let packages = package["dependencies"].as_object().into_iter().flatten();
    let names: Vec<_> =
        packages.map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default())).collect();
    Ok(names.join(", "))
}

fn with_tables(document: &str, when: &str, tables: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\nMeasured on {when}. {tables}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_versions_of_the_peers() {
        let versions = versions(&Workspace::locate()).unwrap();
        assert!(versions.contains("@azure/msal-browser 5."), "{versions}");
    }

    #[test]
    fn tables_replace_what_is_between_the_marks() {
        let document = format!("a\n{BEGIN}old\n{END}b\n");
        let expected = format!("a\n{BEGIN}\nMeasured on a date, on all cores. new\n{END}b\n");
        assert_eq!(with_tables(&document, "a date, on all cores", "new"), Some(expected));
        assert_eq!(with_tables("a", "a date, on all cores", "new"), None);
    }
}
