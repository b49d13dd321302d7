//! The emulator as a program: it binds two ports on loopback and prints the addresses and accounts.

use std::{
    fmt::Display,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use azure_emulator::{ACCOUNTS, Clock, Emulator, Options, Seed, Tls, serve, serve_tls, url_of};
use clap::Parser;
use tokio::net::TcpListener;

/// Microsoft Entra and Azure Communication Services on loopback, for development and tests only.
#[derive(Parser)]
struct Arguments {
    /// Port of Entra
    #[arg(long, default_value_t = 8401)]
    entra_port: u16,
    /// Port of ACS
    #[arg(long, default_value_t = 8402)]
    acs_port: u16,
    /// Send Cross-Origin-Opener-Policy: same-origin with the sign-in pages
    #[arg(long)]
    coop: bool,
    /// Stop the clock at a time in UTC, such as 2026-11-21T08:00:00Z; it advances only by POST /emulator/clock
    #[arg(long, value_name = "TIME", value_parser = clock)]
    clock: Option<Clock>,
    /// Generate the same identifiers in every run with this number, and sign with the keys of the source code
    #[arg(long, value_name = "N")]
    seed_number: Option<u64>,
    /// Begin with the state in this JSON file, and return to it at every reset
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Begin with tenants that have no applications and no service principals of ACS
    #[arg(long)]
    empty: bool,
    /// Serve https, and write the certificate authority of this run to DIRECTORY/ca.pem
    #[arg(long, value_name = "DIRECTORY")]
    tls: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("azure-emulator: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let entra = bind(arguments.entra_port, "--entra-port").await?;
    let acs = bind(arguments.acs_port, "--acs-port").await?;
    // Clients compare the certificate with the machine's time, not with `--clock`.
    let tls = arguments.tls.as_ref().map(|_| Tls::generate(&Clock::system()));
    let url = |listener| match url_of(listener) {
        Ok(url) if tls.is_some() => Ok(url.replacen("http:", "https:", 1)),
        Ok(url) => Ok(url),
        Err(error) => Err(format!("no local address: {error}")),
    };
    let (entra_url, acs_url) = (url(&entra)?, url(&acs)?);
    let mut seed = arguments.seed.as_deref().map_or_else(|| Ok(Seed::default()), read_seed)?;
    if let Some(number) = arguments.seed_number {
        seed = seed.numbered(number);
    }
    if arguments.empty {
        seed = seed.without_applications();
    }
    let clock = arguments.clock.unwrap_or_else(Clock::system);
    let options = Options { entra_url: entra_url.clone(), acs_url: acs_url.clone(), clock, coop: arguments.coop };
    let emulator = Emulator::with_seed(options, seed);

    println!("Azure emulator - not Microsoft; for development and tests only\n");
    println!("Entra  {entra_url}\nACS    {acs_url}");
    if let (Some(tls), Some(directory)) = (&tls, &arguments.tls) {
        println!("CA     {}", write_ca(tls, directory)?.display());
    }
    println!("Faults {entra_url}/emulator/");
    println!("\n{}\n", emulator.connection_string());
    for account in &ACCOUNTS {
        println!("{:24} {}", account.username, account.purpose);
    }
    let served = async {
        match &tls {
            Some(tls) => serve_tls(emulator, entra, acs, tls).await,
            None => serve(emulator, entra, acs).await,
        }
    };
    tokio::select! {
        result = served => result.map_err(|error| format!("cannot serve: {error}")),
        result = tokio::signal::ctrl_c() => result.map_err(|error| format!("cannot wait for Ctrl-C: {error}")),
    }
}

fn clock(text: &str) -> Result<Clock, &'static str> {
    Clock::stopped_at_rfc3339(text).ok_or("expected a time in UTC such as 2026-11-21T08:00:00Z")
}

fn read_seed(file: &Path) -> Result<Seed, String> {
    let failure = |error: &dyn Display| format!("cannot read the seed {}: {error}", file.display());
    let bytes = fs::read(file).map_err(|error| failure(&error))?;
    Seed::from_file(&bytes).map_err(|error| failure(&error))
}

/// Writes the certificate that clients must trust, and returns its path. Its private key no longer exists.
fn write_ca(tls: &Tls, directory: &Path) -> Result<PathBuf, String> {
    let file = directory.join("ca.pem");
    fs::create_dir_all(directory)
        .and_then(|()| fs::write(&file, tls.ca_pem()))
        .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    Ok(file)
}

/// Binds to loopback only, because every client of the emulator can sign in as any account.
async fn bind(port: u16, option: &str) -> Result<TcpListener, String> {
    TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| format!("cannot listen on 127.0.0.1:{port} ({error}); choose another port with {option}"))
}
