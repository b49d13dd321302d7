//! The exchange service as a program: arguments, environment, log, socket.

use std::{env, fs, future::pending, io, net::SocketAddr, panic, process::ExitCode};

use exchange_service::{Configuration, ExchangeService, Operation, SystemClock, serve};
use tokio::{net::TcpListener, sync::oneshot};

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
    let Operation { listen, metrics_listen, drain, .. } = configuration.operation();
    let listener = bind(listen, "listen").await?;
    let metrics_listener = match metrics_listen {
        Some(address) => Some(bind(address, "metrics_listen").await?),
        None => None,
    };
    let mut signals = Signals::listen().map_err(|error| format!("no signals: {error}"))?;
    let service = ExchangeService::new(configuration, SystemClock::start()).map_err(|error| error.to_string())?;

    // Not what was configured: port 0 leaves the choice to the system.
    let address = listener.local_addr().map_err(|error| format!("no address: {error}"))?;
    tracing::info!(%address, "listening");
    let metrics = async {
        match metrics_listener {
            // It has nothing under way that would be missed.
            Some(listener) => serve(listener, service.metrics(), pending()).await,
            None => pending().await,
        }
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = serve(listener, service.router(), async {
        let _ = stopped.await;
    });
    let told_to_end = async {
        signals.next().await;
        tracing::info!("draining");
        service.drain();
        tokio::select! {
            () = tokio::time::sleep(drain) => {}
            () = signals.next() => return,
        }
        // Nobody listens any more only if serving has ended already.
        let _ = stop.send(());
        signals.next().await;
    };
    tokio::select! {
        served = serving => served.map_err(|error| format!("serving ended: {error}")),
        served = metrics => served.map_err(|error| format!("serving metrics ended: {error}")),
        // Told twice.
        () = told_to_end => Ok(()),
    }
}

async fn bind(address: SocketAddr, key: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!("{address} is taken; the key `{key}` changes it"),
        _ => format!("{address} cannot be listened on: {error}; the key `{key}` changes it"),
    })
}

/// SIGTERM or Ctrl-C.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From now on, not only once the first is awaited.
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    /// From now on, not only once the first is awaited.
    fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        let _ = self.0.recv().await;
    }
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
