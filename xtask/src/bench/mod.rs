//! `cargo xtask bench service`: the exchange service beside a backend of Microsoft's libraries. Same machine, same run, same
//! emulator, one core each.

mod load;
mod usage;

use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

use clap::{Args, Subcommand};
use serde_json::Value;

use self::{
    load::{Shot, Volley, fire},
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

/// Where the emulator is found by backends that were started before.
const ENTRA: u16 = 28_401;
const ACS: u16 = 28_402;
const SERVICE: u16 = 28_403;
const QUICKSTART: u16 = 28_404;

/// The emulator's Fabrikam, its page, and the API of an exchange service.
const TENANT: &str = "fab00000-0000-4000-8000-000000000001";
const CLIENT: &str = "acc00000-0000-4000-8000-000000000011";
const AUDIENCE: &str = "e8c00000-0000-4000-8000-000000000020";

/// How many requests are under way at once when the throughput is measured.
const CONNECTIONS: usize = 8;

/// The emulator has ACS's limits: 500 exchanges in 30 seconds. After so many it is reset.
const MAGAZINE: usize = 450;

/// What is measured is not how a program warms up.
const WARM_UP: usize = 900;

/// What to measure.
#[derive(Subcommand)]
pub(crate) enum Subject {
    /// The exchange service, beside a backend of Microsoft's libraries.
    Service(Options),
}

/// How to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// How many requests, for the latency and again for the throughput: at most 40000, since the service limits persons.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(100..=40_000))]
    requests: u32,
    /// One more backend with the contract `quickstart`, as http://host:port/path. It must trust the emulator: Entra at
    /// http://localhost:28401, ACS at http://localhost:28402.
    #[arg(long)]
    peer: Vec<String>,
}

/// Who is measured, and what came of it.
struct Contestant {
    name: String,
    shots: Vec<Shot>,
    /// Unknown where it was not started here.
    process: Option<u32>,
    alone: Volley,
    together: Volley,
    cpu: Option<Duration>,
    resident: Option<u64>,
}

impl Contestant {
    fn new(name: &str, shots: Vec<Shot>, process: Option<u32>) -> Self {
        let (alone, together) = Default::default();
        Self { name: name.into(), shots, process, alone, together, cpu: None, resident: None }
    }
}

/// Starts everything, measures one after the other, and prints a table.
pub(crate) fn run(workspace: &Workspace, options: &Options, interrupt: &Interrupt) -> Result<(), Failure> {
    let binaries = step("building the emulator and the exchange service", || build_servers(workspace, true))?;
    let floor = step("measuring what cannot be avoided", || floor(workspace))?;
    let peers = workspace.root().join("benches").join("peers");
    let node = Node::ensure()?;
    node.npm_ci(&peers)?;
    let logs = workspace.dev();
    fs::create_dir_all(&logs).map_err(Failure::io(format!("creating {}", logs.display())))?;

    // The emulator and the load share a core, whoever is measured has the other.
    pin_self();
    let mut servers = Vec::new();
    let mut emulator = on_core(1, binaries.join(program::executable("azure-emulator")));
    emulator.args(["--entra-port", &ENTRA.to_string(), "--acs-port", &ACS.to_string()]);
    // Alice may exchange a token of her own, which is how ACS is asked without a backend.
    emulator.arg("--seed").arg(peers.join("seed.json"));
    servers.push(Server::start("bench-emulator", emulator, &logs)?);
    ready::wait(&mut servers, ACS, "/", Duration::from_secs(30), interrupt)?;
    let tokens = tokens(&peers, &node)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let caller = text(&tokens["caller"]);
    let shots = |address: &str, path: &str| -> Vec<Shot> {
        let bodies = tokens["entra"].as_array().into_iter().flatten();
        let body = |token: &Value| serde_json::json!({ "accessToken": token }).to_string();
        let shot =
            |token| Shot { address: address.into(), path: path.into(), bearer: caller.clone(), body: body(token) };
        bodies.map(shot).collect()
    };
    let requests = options.requests as usize;

    let direct = Shot {
        address: format!("localhost:{ACS}"),
        path: "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview".into(),
        bearer: text(&tokens["direct"]),
        body: "{}".into(),
    };
    volley(std::slice::from_ref(&direct), WARM_UP)?;
    let upstream = volley(&[direct], requests)?.percentile(50);

    let mut contestants = Vec::new();
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
        contestants.push(Contestant::new(name, shots(&format!("localhost:{port}"), "/exchange"), process));
    }
    for peer in &options.peer {
        let rest = peer.strip_prefix("http://").unwrap_or(peer);
        let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
        contestants.push(Contestant::new(peer, shots(address, &format!("/{path}")), None));
    }
    step("measuring the backends in turn", || measure(&mut contestants, requests))?;
    print(&contestants, upstream, floor);
    Ok(())
}

/// One request at a time, then several at once. By turns, so that whatever else the machine does is everybody's trouble;
/// who is not asked uses nothing.
fn measure(contestants: &mut [Contestant], requests: usize) -> Result<(), Failure> {
    for contestant in contestants.iter() {
        volley(&contestant.shots, WARM_UP)?;
    }
    let magazines = requests.div_ceil(MAGAZINE);
    for _ in 0..magazines {
        for contestant in contestants.iter_mut() {
            contestant.alone.add(volley(&contestant.shots[..1], MAGAZINE)?);
        }
    }
    let used = |contestant: &Contestant| contestant.process.and_then(Usage::of);
    let before: Vec<_> = contestants.iter().map(used).collect();
    for _ in 0..magazines {
        for contestant in contestants.iter_mut() {
            contestant.together.add(volley(&contestant.shots, MAGAZINE)?);
        }
    }
    for (contestant, before) in contestants.iter_mut().zip(before) {
        let after = used(contestant);
        let count = u32::try_from(contestant.together.len()).unwrap_or(u32::MAX);
        contestant.cpu = before.zip(after.as_ref()).map(|(before, after)| (after.cpu - before.cpu) / count);
        contestant.resident = after.map(|after| after.resident);
    }
    Ok(())
}

/// With a reset of the emulator before each magazine, which is not counted.
fn volley(shots: &[Shot], requests: usize) -> Result<Volley, Failure> {
    let mut all = Volley::default();
    while all.len() < requests {
        reset()?;
        all.add(fire(shots, MAGAZINE.min(requests - all.len()))?);
    }
    Ok(all)
}

/// Tokens stay good: the emulator keeps its signing keys.
fn reset() -> Result<(), Failure> {
    let shot = Shot {
        address: format!("localhost:{ENTRA}"),
        path: "/emulator/reset".into(),
        bearer: String::new(),
        body: "{}".into(),
    };
    fire(&[shot], 1).map(drop)
}

fn print(contestants: &[Contestant], upstream: Duration, (verification, hmac): (u64, u64)) {
    let milliseconds = |duration: Duration| format!("{:.2} ms", duration.as_secs_f64() * 1_000.0);
    println!("\n| backend | requests/s | CPU a request | own time p50 | own time p99 | resident |");
    println!("|---|---|---|---|---|---|");
    for Contestant { name, alone, together, cpu, resident, .. } in contestants {
        let own = |percent| milliseconds(alone.percentile(percent).saturating_sub(upstream));
        let cpu = cpu.map_or("-".into(), milliseconds);
        let resident = resident.map_or("-".into(), |kib| format!("{:.1} MiB", kib as f64 / 1_024.0));
        println!("| {name} | {:.0} | {cpu} | {} | {} | {resident} |", together.per_second(), own(50), own(99));
    }
    if let [ours, peers @ ..] = contestants {
        for peer in peers {
            let throughput = ours.together.per_second() / peer.together.per_second();
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

/// In nanoseconds: one RS256 verification and one HMAC.
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

/// The development configuration, for Fabrikam's own page, without limits that a measurement would meet.
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

/// A program that stays on one core, where `taskset` can see to it.
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

/// The load stays off the core of who is measured. Without `taskset` it does not, and the numbers are worse for everybody.
fn pin_self() {
    if let Some(taskset) = program::find(&["taskset"]) {
        let id = std::process::id().to_string();
        let _ = Command::new(taskset).args(["-a", "-cp", "1", &id]).stdout(Stdio::null()).status();
    }
}
