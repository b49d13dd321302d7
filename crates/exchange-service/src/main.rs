//! The exchange service as a program: arguments, environment, log, socket.

use std::{
    env,
    future::pending,
    io::{self, Write},
    net::SocketAddr,
    panic,
    process::ExitCode,
    thread,
};

mod program;

use clap::error::ErrorKind;
use exchange_service::{Configuration, ExchangeService, Log, ProcessSettings, SystemClock, listen, read_text_file};
use tokio::{net::TcpListener, runtime, sync::oneshot};

use self::program::{
    assignments,
    command_line::{self, Arguments, Command, Instead},
    core_dumps,
    notify::notify,
    reach,
    signals::{Hangups, Signals},
};

fn main() -> ExitCode {
    core_dumps::forbid();
    let Arguments { config, instead, command } = match command_line::read(env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            print!("{error}");
            return ExitCode::SUCCESS;
        }
        Err(error) => return fail(&command_line::message(&error)),
    };
    let path = config.display();
    let configuration = match read_text_file(&config) {
        Ok(text) => Configuration::parse(&text, |name| env::var(name).ok()),
        Err(error) => return fail(&format!("{path}: {error}")),
    };
    let configuration = match configuration {
        Ok(configuration) => configuration,
        Err(error) => return fail(&format!("{path}: {error}")),
    };
    let done = match (command, instead) {
        (Some(Command::Assignments(change)), _) => assignments::run(configuration, change),
        (None, Instead { check: true, .. }) => Ok(()),
        (None, Instead { reach: true, .. }) => reach::run(configuration),
        // A pipe whose reader has closed must not make this program panic.
        (None, Instead { print_config: true, .. }) => {
            writeln!(io::stdout(), "{}", configuration.masked()).map_err(|error| error.to_string())
        }
        (None, Instead { .. }) => run(configuration),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Uses a thread for each core. With one core it uses only this thread, because more would not help.
fn run(configuration: Configuration) -> Result<(), String> {
    let alone = thread::available_parallelism().is_ok_and(|cores| cores.get() == 1);
    let mut runtime = if alone { runtime::Builder::new_current_thread() } else { runtime::Builder::new_multi_thread() };
    let runtime = runtime.enable_all().build().map_err(|error| format!("no threads: {error}"))?;
    let when_full = configuration.process().audit_when_full;
    let (log, threads) =
        Log::start(when_full, io::stderr).map_err(|error| format!("no thread for the log: {error}"))?;
    log_to(log.clone());
    let ended = runtime.block_on(serving(configuration, log));
    // Does not wait for threads that read a file or resolve a name, because they may be blocked.
    runtime.shutdown_background();
    threads.finish();
    ended
}

async fn serving(configuration: Configuration, log: Log) -> Result<(), String> {
    let ProcessSettings { listen: address, metrics_listen, drain, .. } = configuration.process();
    let listener = bind(address, "listen")?;
    let metrics_listener = match metrics_listen {
        Some(address) => Some(bind(address, "metrics_listen")?),
        None => None,
    };
    let mut signals = Signals::listen().map_err(|error| format!("no signals: {error}"))?;
    let mut hangups = Hangups::listen().map_err(|error| format!("no signals: {error}"))?;
    let service = ExchangeService::logging_to(log, configuration, SystemClock::start());
    let service = service.map_err(|error| error.to_string())?;

    // The actual address: with port 0, the system chooses the port.
    let address = listener.local_addr().map_err(|error| format!("no address: {error}"))?;
    if let Some(address) = metrics_listener.as_ref().and_then(|listener| listener.local_addr().ok()) {
        tracing::info!(metrics_address = %address, "serving metrics");
    }
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "listening");
    notify("READY=1");
    let metrics = async {
        match metrics_listener {
            Some(listener) => service.serve_metrics(listener).await,
            None => pending().await,
        }
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = service.serve(listener, async {
        let _ = stopped.await;
    });
    let shutdown = async {
        signals.next().await;
        tracing::info!("draining");
        notify("STOPPING=1");
        service.drain();
        tokio::select! {
            () = tokio::time::sleep(drain) => {}
            () = signals.next() => return,
        }
        // Fails only if serving has already ended.
        let _ = stop.send(());
        signals.next().await;
    };
    let reloading = async {
        loop {
            hangups.next().await;
            service.reload().await;
        }
    };
    let ended = tokio::select! {
        () = reloading => Ok(()),
        served = serving => served.map_err(|error| format!("serving ended: {error}")),
        served = metrics => served.map_err(|error| format!("serving metrics ended: {error}")),
        // A second signal stops at once.
        () = shutdown => return Ok(()),
    };
    service.finish().await;
    ended
}

fn bind(address: SocketAddr, key: &str) -> Result<TcpListener, String> {
    listen(address).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!("{address} is taken; the key `{key}` changes it"),
        _ => format!("{address} cannot be listened on: {error}; the key `{key}` changes it"),
    })
}

/// Logs JSON lines, so that a peer's text cannot forge a line.
fn log_to(log: Log) {
    tracing_subscriber::fmt()
        .json()
        .with_writer(log)
        .with_max_level(tracing::Level::INFO)
        // The subscriber would write its own errors to standard error, in the request's thread and not in the log's.
        .log_internal_errors(false)
        .init();
    // Without the panic's message, which may quote a token. The location is enough.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic");
    }));
}

fn fail(message: &str) -> ExitCode {
    eprintln!("exchange-service: {message}");
    ExitCode::FAILURE
}
