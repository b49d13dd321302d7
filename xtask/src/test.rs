use std::{
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use clap::{Args, ValueEnum};

use crate::{
    browser::Engine,
    contract, debian, dist, embed_table, example_portal,
    failure::Failure,
    operations, program, record, reproducible, sizes,
    stopwatch::{Stopwatch, readable},
    tools::Node,
    workspace::Workspace,
};

/// Options of `cargo xtask test`.
#[derive(Args)]
pub(crate) struct Options {
    /// Run this part only.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Use this engine instead of Chromium.
    #[arg(long, value_enum, conflicts_with_all = ["all_engines", "all"])]
    engine: Option<Engine>,
    /// Use Firefox, WebKitGTK and upstream's Chromium, too.
    #[arg(long)]
    all_engines: bool,
    /// Use all engines, and run the tests that take longest.
    #[arg(long)]
    all: bool,
    /// Add a line about this run to tests/runs.md.
    #[arg(long)]
    record: bool,
    /// Keep each core busy with one more thread.
    #[arg(long)]
    under_load: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Unit, contract and documentation tests, without a browser.
    Host,
    /// The emulator, against clients of other makers. They come from npm, and one runs in a browser.
    Peers,
    /// The exchange service against its own openapi.json, with schemathesis from PyPI.
    Contract,
    /// Alert rules, dashboard, manifests and workflows. Needs Prometheus, so it runs with --all or --only.
    Operations,
    /// The embed SDK, and the release build of the page in a browser: at top level and in a portal.
    E2e,
}

impl Options {
    fn engines(&self) -> Vec<Engine> {
        match self.engine {
            Some(engine) => vec![engine],
            None if self.all_engines || self.all => Engine::ALL.to_vec(),
            None => vec![Engine::Chromium],
        }
    }
}

/// Runs all parts, even after one failed, and prints a summary.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let parts = || parts(workspace, options);
    let summary = if options.under_load { record::under_load(parts) } else { parts() }?;
    if options.record {
        record::append(workspace, options.under_load, &summary.lines())?;
    }
    summary.conclude()
}

fn parts(workspace: &Workspace, options: &Options) -> Result<Summary, Failure> {
    let wanted = |part| options.only.is_none_or(|only| only == part);
    let mut summary = Summary::default();
    if wanted(Part::Host) {
        summary.part("host tests", || host(workspace))?;
    }
    if options.all && wanted(Part::Host) {
        summary.part("long host tests", || long(workspace))?;
    }
    if wanted(Part::Peers) {
        summary.part("peers of the emulator", || peers(workspace))?;
    }
    if wanted(Part::Contract) {
        summary.part("contract of the exchange service", || contract::test(workspace))?;
    }
    if options.only == Some(Part::Operations) || options.all && options.only.is_none() {
        summary.part("operations pack and workflows", || operations::test(workspace))?;
    }
    if wanted(Part::E2e) {
        e2e(workspace, &options.engines(), &mut summary)?;
        if options.all {
            summary.part("the same build in another folder", || reproducible::test(workspace))?;
        }
    }
    Ok(summary)
}

fn host(workspace: &Workspace) -> Result<(), Failure> {
    // Debian installs nginx into a directory that is on root's PATH only.
    let is_missing = |name: &&str| program::find(&[*name]).is_none() && !Path::new("/usr/sbin").join(name).is_file();
    let missing = || ["redis-server", "nginx", "caddy"].into_iter().filter(is_missing).collect::<Vec<_>>();
    if !missing().is_empty() {
        debian::install(&missing())?;
    }
    let programs = missing();
    if !programs.is_empty() {
        let remedy =
            "mailboxes, proxies and hosts of the page are tested with them: on Debian as root `apt-get install`";
        return Err(Failure::Missing { programs, remedy });
    }
    program::run(workspace.cargo().args(["test", "--workspace", "--locked", "--no-fail-fast"]))
}

/// Runs the ignored tests, which take minutes.
fn long(workspace: &Workspace) -> Result<(), Failure> {
    // Microsoft's command-line tool of Static Web Apps serves the page in one of them. Scanners read its headers in another.
    let node = Node::ensure()?;
    let tests = workspace.root().join("crates").join("page-host").join("tests");
    for tools in ["static-web-apps", "scanners"] {
        node.npm_ci(&tests.join(tools))?;
    }
    let mut test = workspace.cargo();
    test.args(["test", "--workspace", "--locked", "--tests", "--", "--ignored"]).env("PATH", node.path());
    program::run(&mut test)
}

fn peers(workspace: &Workspace) -> Result<(), Failure> {
    let browser = Engine::Chromium.ensure()?;
    let node = Node::ensure()?;
    let emulator = workspace.build_tests()?.join(program::executable("azure-emulator"));
    let directory = directory_of_peers(workspace);
    node.npm_ci(&directory)?;
    // Starts, packs and installs the emulator's own package.
    let package = workspace.root().join("crates").join("azure-emulator").join("npm");
    program::run(node.npm(&package).args(["test", "--silent"]).env("AZURE_EMULATOR", &emulator))?;
    program::run(node.npm(&directory).arg("test").env("AZURE_EMULATOR", emulator).envs(browser))
}

fn directory_of_peers(workspace: &Workspace) -> PathBuf {
    workspace.root().join("tests").join("peers")
}

fn e2e(workspace: &Workspace, engines: &[Engine], summary: &mut Summary) -> Result<(), Failure> {
    let node = Node::ensure()?;
    summary.part("embed SDK and example portal", || example_portal::test(workspace, &node))?;
    // One of the packages is `oidc-provider`, an authority for the page.
    let installed = summary.part("peers from npm", || node.npm_ci(&directory_of_peers(workspace)))?;
    let built = summary.part("release build", || dist::build(workspace))?;
    if built {
        summary.part("sizes of the page", || sizes::check(workspace))?;
    }
    // A test of an older build would prove nothing.
    if installed && built {
        for &engine in engines {
            summary.part(end_to_end_in(engine), || end_to_end(workspace, engine, &node))?;
        }
        summary.part("table of docs/embed.md", || embed_table::check(workspace, engines))?;
    }
    Ok(())
}

fn end_to_end_in(engine: Engine) -> &'static str {
    match engine {
        Engine::Chromium => "end to end in Chromium",
        Engine::ChromiumUpstream => "end to end in Chromium, as upstream ships it",
        Engine::Firefox => "end to end in Firefox",
        Engine::WebKit => "end to end in WebKit",
    }
}

fn end_to_end(workspace: &Workspace, engine: Engine, node: &Node) -> Result<(), Failure> {
    let browser = engine.ensure()?;
    embed_table::forget(workspace, engine)?;
    let mut test = workspace.cargo();
    // The same selection of packages as for the host tests, so that cargo does not build them again.
    test.args(["test", "--workspace", "--test", "e2e", "--locked"]);
    test.env("ENGINE", engine.name()).envs(browser).env("ACS_SIGN_IN_DIST", workspace.dist()).env("PATH", node.path());
    // One thread more than there are cores, because tests also wait.
    let threads = thread::available_parallelism().map_or(1, usize::from) + 1;
    test.args(["--", "--test-threads", &threads.to_string()]);
    match engine {
        Engine::Chromium => &mut test,
        // It differs in third-party storage only.
        Engine::ChromiumUpstream => test.args(["embed::", "sites::", "window::", "--skip", "chromium::"]),
        Engine::Firefox | Engine::WebKit => test.args(["--skip", "chromium::"]),
    };
    program::run(&mut test)
}

/// The parts that ran, with their durations and results.
#[derive(Default)]
struct Summary(Vec<(&'static str, Duration, bool)>);

impl Summary {
    /// Runs a part, and returns whether it succeeded.
    ///
    /// # Errors
    ///
    /// [`Failure::Interrupted`] after Ctrl-C. Any other failure is recorded in the summary, so that the next parts run.
    fn part(&mut self, name: &'static str, work: impl FnOnce() -> Result<(), Failure>) -> Result<bool, Failure> {
        println!("== {name}");
        let stopwatch = Stopwatch::start();
        let outcome = work();
        self.0.push((name, stopwatch.elapsed(), outcome.is_ok()));
        match outcome {
            Ok(()) => Ok(true),
            Err(Failure::Interrupted) => Err(Failure::Interrupted),
            Err(failure) => {
                eprintln!("error: {failure}");
                Ok(false)
            }
        }
    }

    fn lines(&self) -> Vec<String> {
        let line = |(name, elapsed, passed): &(&str, Duration, bool)| {
            format!("{} {name} ({})", if *passed { "passed" } else { "FAILED" }, readable(*elapsed))
        };
        self.0.iter().map(line).collect()
    }

    fn conclude(self) -> Result<(), Failure> {
        println!("== summary");
        for line in self.lines() {
            println!("{line}");
        }
        let failed: Vec<_> = self.0.iter().filter(|(_, _, passed)| !passed).map(|(name, ..)| *name).collect();
        if failed.is_empty() { Ok(()) } else { Err(Failure::Tests { failed }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_part_fails_the_run_and_the_other_parts_still_run() {
        let mut summary = Summary::default();
        assert!(!summary.part("first", || Err(Failure::NoCache)).unwrap());
        assert!(summary.part("second", || Ok(())).unwrap());
        assert!(matches!(summary.conclude(), Err(Failure::Tests { failed }) if failed == ["first"]));
    }

    #[test]
    fn an_interruption_ends_the_run() {
        assert!(Summary::default().part("first", || Err(Failure::Interrupted)).is_err());
    }
}
