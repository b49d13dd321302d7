//! The exchange service as a program: arguments, environment, log, socket.

use std::{env, fs, io, panic, process::ExitCode};

use exchange_service::{Configuration, SystemClock, router, serve};
use tokio::net::TcpListener;

const USAGE: &str = "\
exchange-service: exchanges Entra tokens for Communication Services tokens

  --config FILE    the configuration (default: exchange-service.toml)
  --check          read and check the configuration, and end
  --print-config   print the configuration in effect, without its secret, and end
  --help           this text

The access key comes from the file that acs.access_key_file names, or from
ACS_ACCESS_KEY or ACS_CONNECTION_STRING in the environment; a secondary one from
acs.secondary_access_key_file or ACS_SECONDARY_ACCESS_KEY; never from an argument.";

#[derive(Clone, Copy, PartialEq)]
enum Task {
    Serve,
    Check,
    Print,
}

fn main() -> ExitCode {
    let (task, path) = match arguments(env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(unknown) => return fail(&format!("{unknown}\n\n{USAGE}")),
    };
    let configuration = match fs::read_to_string(&path) {
        Ok(text) => Configuration::parse(&text, |name| env::var(name).ok()),
        Err(error) => return fail(&format!("{path}: {error}")),
    };
    match (task, configuration) {
        (_, Err(error)) => fail(&format!("{path}: {error}")),
        (Task::Check, Ok(_)) => ExitCode::SUCCESS,
        (Task::Print, Ok(configuration)) => {
            println!("{}", configuration.masked());
            ExitCode::SUCCESS
        }
        (Task::Serve, Ok(configuration)) => match run(configuration) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
    }
}

/// `None` asks for help. The error names what is not known.
fn arguments(mut given: impl Iterator<Item = String>) -> Result<Option<(Task, String)>, String> {
    let (mut task, mut path) = (Task::Serve, "exchange-service.toml".to_owned());
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--config" => path = given.next().ok_or("--config needs a file")?,
            "--check" => task = Task::Check,
            "--print-config" => task = Task::Print,
            "--help" | "-h" => return Ok(None),
            // Not shown: somebody may have tried the key.
            _ => return Err("unknown argument".to_owned()),
        }
    }
    Ok(Some((task, path)))
}

#[tokio::main]
async fn run(configuration: Configuration) -> Result<(), String> {
    log_to_stderr();
    let address = configuration.listen();
    let listener = TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!("{address} is taken; the key `listen` changes it"),
        _ => format!("{address} cannot be listened on: {error}; the key `listen` changes it"),
    })?;
    let asked_to_end = asked_to_end().map_err(|error| format!("no signals: {error}"))?;
    let router = router(configuration, SystemClock::start()).map_err(|error| error.to_string())?;

    tracing::info!(%address, "listening");
    let shutdown = async {
        asked_to_end.await;
        tracing::info!("draining");
    };
    serve(listener, router, shutdown).await.map_err(|error| format!("serving ended: {error}"))
}

/// SIGTERM or Ctrl-C. Listens for them from now on, not only once it is awaited.
#[cfg(unix)]
fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Ctrl-C.
#[cfg(windows)]
fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        let _ = interrupt.recv().await;
    })
}

/// JSON lines, so that nothing a peer says can look like a line of its own.
fn log_to_stderr() {
    tracing_subscriber::fmt().json().with_writer(io::stderr).with_max_level(tracing::Level::INFO).init();
    // A panic's message may quote what was being worked on; where it happened is enough.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic");
    }));
}

fn fail(message: &str) -> ExitCode {
    eprintln!("exchange-service: {message}");
    ExitCode::FAILURE
}
