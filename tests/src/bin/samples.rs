//! Stand-ins for Microsoft's sample backends as a program, for `cargo xtask dev`: `samples <port> <Entra> <ACS>`.

use std::{env, process::ExitCode};

use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [port, entra, acs] = &arguments[..] else {
        eprintln!("usage: samples <port> <address of Entra> <address of ACS>");
        return ExitCode::FAILURE;
    };
    let served = async {
        let port: u16 = port.parse().map_err(|_| format!("{port} is no port"))?;
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| format!("port {port}: {error}"))?;
        axum::serve(listener, cross_tests::all_samples(entra, acs)).await.map_err(|error| error.to_string())
    };
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("samples: {problem}");
            ExitCode::FAILURE
        }
    }
}
