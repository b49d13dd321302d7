//! Builds the folder that an operator uploads, serves it on loopback, and checks a deployed page.

mod build;
mod check;
mod command_line;
mod printable;
mod serve;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime;

use self::{
    command_line::{Arguments, Command},
    printable::printable,
};

/// The exit status when the command itself failed, as opposed to what it checked.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("no thread: {error}")),
    };
    let done = match Arguments::parse().command {
        Command::Build(arguments) => build::run(&arguments),
        Command::Serve(arguments) => runtime.block_on(serve::run(&arguments)),
        Command::Check(arguments) => runtime.block_on(check::run(&arguments)),
    };
    match done {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("error: {}", printable(message));
    ExitCode::from(FAILED)
}
