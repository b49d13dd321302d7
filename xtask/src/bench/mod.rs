//! `cargo xtask bench page` is in [`page`]. `cargo xtask bench service` compares the exchange service with a backend of Microsoft's libraries, on the same
//! machine, in the same run, with the same emulator, on one core each.

mod load;
pub(crate) mod page;
mod usage;

use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use clap::{Args, Subcommand};
use serde_json::Value;

use self::{
    load::{Measurement, Request, send},
    usage::Usage,
};
use crate::{
    dev::{ACCESS_KEY, build_servers, ready, server::Server},
    failure::Failure,
    interrupt::Interrupt,
    program,
    report::step,
    tools::Node,
    workspace::Workspace,
};

/// The emulator's ports. They are fixed, so that backends can be started before.
const ENTRA: u16 = 28_401;
const ACS: u16 = 28_402;
const SERVICE: u16 = 28_403;
const QUICKSTART: u16 = 28_404;

/// The emulator's tenant Fabrikam, an application for its page, and the API of the exchange service.
const TENANT: &str = "fab00000-0000-4000-8000-000000000001";
const CLIENT: &str = "acc00000-0000-4000-8000-000000000011";
const AUDIENCE: &str = "e8c00000-0000-4000-8000-000000000020";

/// The number of requests in flight during the measurement of the throughput.
const CONNECTIONS: usize = 8;

/// The number of requests after which the emulator is reset: it has ACS's limit of 500 exchanges in 30 seconds.
const BATCH: usize = 450;

/// The number of requests to each backend before the measurement.
const WARM_UP: usize = 900;

/// The subject of a benchmark.
#[derive(Subcommand)]
pub(crate) enum Subject {
    /// Compare the exchange service with a backend of Microsoft's libraries.
    Service(Options),
    /// Compare the page with pages of other makers, in Chromium.
    Page(page::Options),
}

/// Options of the benchmark.
#[derive(Args)]
pub(crate) struct Options {
    /// The number of requests for the latency, and again for the throughput. The service's limits allow up to 40000.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(100..=40_000))]
    requests: u32,
    /// Measure one more backend with the contract `quickstart`, as http://host:port/path. It must trust the emulator:
    /// Entra at http://localhost:28401, ACS at http://localhost:28402.
    #[arg(long)]
    peer: Vec<String>,
}

/// A backend and its measurements.
struct Backend {
    name: String,
    requests: Vec<Request>,
    /// The process id. Unknown for a backend that this command did not start.
    process: Option<u32>,
    sequential: Measurement,
    concurrent: Measurement,
    /// The CPU time per request.
    cpu: Option<Duration>,
    /// The resident memory, in KiB.
    resident: Option<u64>,
}

impl Backend {
    fn new(name: &str, requests: Vec<Request>, process: Option<u32>) -> Self {
        let (sequential, concurrent) = Default::default();
        Self { name: name.into(), requests, process, sequential, concurrent, cpu: None, resident: None }
    }
}

/// Starts everything, measures the backends in turn, and prints a table.
pub(crate) fn run(workspace: &Workspace, options: &Options, interrupt: &Interrupt) -> Result<(), Failure> {
    let binaries = step("building the emulator and the exchange service", || build_servers(workspace, true))?;
    let floor = step("measuring what cannot be avoided", || floor(workspace))?;
    let peers = workspace.root().join("benches").join("peers");
    let node = Node::ensure()?;
    node.npm_ci(&peers)?;
    let logs = workspace.dev();
    fs::create_dir_all(&logs).map_err(Failure::io(format!("creating {}", logs.display())))?;

    // The emulator and the load share a core. The measured backend has the other one.
    pin_self();
    let mut servers = Vec::new();
    let mut emulator = on_core(1, binaries.join(program::executable("azure-emulator")));
    emulator.args(["--entra-port", &ENTRA.to_string(), "--acs-port", &ACS.to_string()]);
    // The seed lets Alice exchange a token at ACS without a backend, for the time that ACS itself takes.
    emulator.arg("--seed").arg(peers.join("seed.json"));
    servers.push(Server::start("bench-emulator", emulator, &logs)?);
    ready::wait(&mut servers, ACS, "/", Duration::from_secs(30), interrupt)?;
    let tokens = tokens(&peers, &node)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let caller = text(&tokens["caller"]);
    let requests_to = |address: &str, path: &str| -> Vec<Request> {
        let bodies = tokens["entra"].as_array().into_iter().flatten();
        let body = |token: &Value| serde_json::json!({ "accessToken": token }).to_string();
        let request =
            |token| Request { address: address.into(), path: path.into(), bearer: caller.clone(), body: body(token) };
        bodies.map(request).collect()
    };
    let count = options.requests as usize;

    let direct = Request {
        address: format!("localhost:{ACS}"),
        path: "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview".into(),
        bearer: text(&tokens["direct"]),
        body: "{}".into(),
    };
    send_in_batches(std::slice::from_ref(&direct), WARM_UP)?;
    let upstream = send_in_batches(&[direct], count)?.percentile(50);

    let mut backends = Vec::new();
    let configuration = logs.join("bench.toml");
    fs::write(&configuration, service_configuration(workspace)?)
        .map_err(Failure::io(format!("writing {}", configuration.display())))?;
    let mut service = on_core(0, binaries.join(program::executable("exchange-service")));
    service.arg("--config").arg(&configuration).env("ACS_ACCESS_KEY", ACCESS_KEY);
    let mut quickstart = on_core(0, node.program());
    quickstart.arg("quickstart.js").current_dir(&peers).env("NODE_ENV", "production");
    quickstart.envs(addresses()).env("ACS_ACCESS_KEY", ACCESS_KEY).env("PORT", QUICKSTART.to_string());
    for (name, program, port) in
        [("exchange-service", service, SERVICE), ("quickstart in Node", quickstart, QUICKSTART)]
    {
        servers.push(Server::start(name, program, &logs)?);
        ready::wait(&mut servers, port, "/livez", Duration::from_secs(30), interrupt)?;
        let process = servers.last().map(Server::process);
        backends.push(Backend::new(name, requests_to(&format!("localhost:{port}"), "/exchange"), process));
    }
    for peer in &options.peer {
        let rest = peer.strip_prefix("http://").unwrap_or(peer);
        let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
        backends.push(Backend::new(peer, requests_to(address, &format!("/{path}")), None));
    }
    step("measuring the backends in turn", || measure(&mut backends, count))?;
    print(&backends, upstream, floor);
    Ok(())
}

/// Measures one request at a time, and then several at once. The backends take turns, so that other load on the machine
/// affects all of them. A backend uses no CPU while another one is measured.
fn measure(backends: &mut [Backend], count: usize) -> Result<(), Failure> {
    for backend in backends.iter() {
        send_in_batches(&backend.requests, WARM_UP)?;
    }
    let batches = count.div_ceil(BATCH);
    for _ in 0..batches {
        for backend in backends.iter_mut() {
            backend.sequential.add(send_in_batches(&backend.requests[..1], BATCH)?);
        }
    }
    let used = |backend: &Backend| backend.process.and_then(Usage::of);
    let before: Vec<_> = backends.iter().map(used).collect();
    for _ in 0..batches {
        for backend in backends.iter_mut() {
            backend.concurrent.add(send_in_batches(&backend.requests, BATCH)?);
        }
    }
    for (backend, before) in backends.iter_mut().zip(before) {
        let after = used(backend);
        let count = u32::try_from(backend.concurrent.len()).unwrap_or(u32::MAX);
        backend.cpu = before.zip(after.as_ref()).map(|(before, after)| (after.cpu - before.cpu) / count);
        backend.resident = after.map(|after| after.resident);
    }
    Ok(())
}

/// Sends this number of requests, and resets the emulator before each batch. The resets are not measured.
fn send_in_batches(requests: &[Request], count: usize) -> Result<Measurement, Failure> {
    let mut all = Measurement::default();
    while all.len() < count {
        reset()?;
        all.add(send(requests, BATCH.min(count - all.len()))?);
    }
    Ok(all)
}

/// Resets the emulator's limits. Tokens stay valid, because it keeps its signing keys.
fn reset() -> Result<(), Failure> {
    let request = Request {
        address: format!("localhost:{ENTRA}"),
        path: "/emulator/reset".into(),
        bearer: String::new(),
        body: "{}".into(),
    };
    send(&[request], 1).map(drop)
}

fn print(backends: &[Backend], upstream: Duration, (verification, hmac): (u64, u64)) {
    let milliseconds = |duration: Duration| format!("{:.2} ms", duration.as_secs_f64() * 1_000.0);
    println!("\n| backend | requests/s | CPU a request | own time p50 | own time p99 | resident |");
    println!("|---|---|---|---|---|---|");
    for Backend { name, sequential, concurrent, cpu, resident, .. } in backends {
        let own = |percent| milliseconds(sequential.percentile(percent).saturating_sub(upstream));
        let cpu = cpu.map_or("-".into(), milliseconds);
        let resident = resident.map_or("-".into(), |kib| format!("{:.1} MiB", kib as f64 / 1_024.0));
        println!("| {name} | {:.0} | {cpu} | {} | {} | {resident} |", concurrent.per_second(), own(50), own(99));
    }
    if let [ours, peers @ ..] = backends {
        for peer in peers {
            let throughput = ours.concurrent.per_second() / peer.concurrent.per_second();
            println!("\nexchange-service : {} = {throughput:.1} requests for one", peer.name);
            if let (Some(ours), Some(theirs)) = (ours.cpu, peer.cpu) {
                println!("CPU of {} : exchange-service = {:.1}", peer.name, theirs.as_secs_f64() / ours.as_secs_f64());
            }
        }
    }
    let microseconds = |nanoseconds: u64| nanoseconds as f64 / 1_000.0;
    println!(
        "\nFloor: one RS256 verification {:.1} µs, one HMAC {:.2} µs, one exchange at the emulator {} (subtracted above).",
        microseconds(verification),
        microseconds(hmac),
        milliseconds(upstream)
    );
}

/// The times of one RS256 verification and one HMAC, in nanoseconds. No backend can be faster than their sum.
fn floor(workspace: &Workspace) -> Result<(u64, u64), Failure> {
    let doing = "measuring the floor";
    let mut run = workspace.cargo();
    run.args(["run", "-q", "-p", "exchange-service", "--example", "floor", "--profile", "server"]);
    let output = run.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(Failure::io(doing))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().filter_map(|number| number.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(verification), Some(hmac)) => Ok((verification, hmac)),
        _ => Err(Failure::Failed { program: "floor".into(), status: output.status }),
    }
}

fn tokens(peers: &std::path::Path, node: &Node) -> Result<Value, Failure> {
    let doing = "signing in at the emulator";
    let mut sign_in = node.command();
    sign_in.arg("tokens.js").current_dir(peers).envs(addresses()).env("COUNT", CONNECTIONS.to_string());
    let output = sign_in.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(Failure::io(doing))?;
    serde_json::from_slice(&output.stdout).map_err(|error| Failure::io(doing)(error.into()))
}

fn addresses() -> [(&'static str, String); 5] {
    [
        ("ENTRA_URL", format!("http://localhost:{ENTRA}")),
        ("ACS_URL", format!("http://localhost:{ACS}")),
        ("TENANT", TENANT.into()),
        ("CLIENT_ID", CLIENT.into()),
        ("AUDIENCE", AUDIENCE.into()),
    ]
}

/// The development configuration for Fabrikam's page, with limits that the measurement does not reach.
fn service_configuration(workspace: &Workspace) -> Result<String, Failure> {
    let text = workspace.read("crates/exchange-service/exchange-service.dev.toml")?;
    let text = text
        .replace("http://localhost:8401", &format!("http://localhost:{ENTRA}"))
        .replace("http://localhost:8402", &format!("http://localhost:{ACS}"))
        .replace("127.0.0.1:8403", &format!("127.0.0.1:{SERVICE}"))
        .replacen("client_id = \"acc00000-0000-4000-8000-000000000010\"", &format!("client_id = \"{CLIENT}\""), 1);
    Ok(
        text + "\n[limits]\nper_user_and_minute = 100000\nper_tenant_and_minute = 1000000\nacs_requests_per_30_seconds = 1000000\nper_address_and_minute = 1000000\n"
    )
}

/// A command that runs on one core, where the machine has `taskset`.
fn on_core(core: usize, program: std::path::PathBuf) -> Command {
    match program::find(&["taskset"]) {
        Some(taskset) => {
            let mut command = Command::new(taskset);
            command.args(["-c", &core.to_string()]).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// Keeps the load off the core of the measured backend. Without `taskset` they share cores, and all numbers are worse.
fn pin_self() {
    if let Some(taskset) = program::find(&["taskset"]) {
        let id = std::process::id().to_string();
        let _ = Command::new(taskset).args(["-a", "-cp", "1", &id]).stdout(Stdio::null()).status();
    }
}
