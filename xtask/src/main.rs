//! Developer commands: `cargo xtask dev` runs everything on this machine, `cargo xtask test` checks everything.

mod failure;
mod interrupt;
mod program;
mod python;
mod report;
mod stopwatch;
mod workspace;

mod bench;
mod browser;
mod contract;
mod debian;
mod deny;
mod dev;
mod dist;
mod embed_table;
mod entra_errors;
mod example_portal;
mod javascript;
mod operations;
mod record;
mod reproducible;
mod sizes;
mod test;
mod tools;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

use crate::{failure::Failure, interrupt::Interrupt, workspace::Workspace};

/// Developer commands of ACS Sign-In.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Run the page, the exchange service and an emulator of Azure on this machine.
    Dev(dev::Options),
    /// Install what a build needs: the wasm target, Trunk, wasm-bindgen and wasm-opt.
    Setup,
    /// Build the page into dist/ and print its sizes. With --config and --for, make the folder to upload, too.
    Dist(dist::Options),
    /// Run all tests: on the host, with npm clients, of the service's contract, and of the release build in Chromium.
    Test(test::Options),
    /// Compare the sizes of the release build in dist/ with the size budget.
    Sizes(sizes::Options),
    /// Compare licenses, banned crates and sources of all dependencies with deny.toml.
    Deny,
    /// Check the format, the lints and the types of JavaScript.
    Javascript(javascript::Options),
    /// Update the table of docs/embed.md with the findings of the last end-to-end tests.
    EmbedTable,
    /// Write docs/problems.md and docs/entra-errors.md from the problems and the table of Entra's error codes.
    EntraErrors,
    /// Compare the exchange service with other backends, or the page with other pages, on this machine.
    #[command(subcommand)]
    Bench(bench::Subject),
    /// Copy a configuration into the build that Trunk has just made. Only Trunk calls this.
    #[command(hide = true)]
    PlaceConfig {
        /// The configuration to copy.
        config: PathBuf,
    },
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        let workspace = Workspace::locate();
        let interrupt = Interrupt::listen()?;
        match self {
            Self::Dev(options) => dev::run(&workspace, &options, &interrupt),
            Self::Setup => tools::all(&workspace).map(|tools| tools.announce()),
            Self::Deny => deny::run(&workspace),
            Self::Javascript(options) => javascript::run(&workspace, &options),
            Self::Dist(options) => dist::run(&workspace, &options),
            Self::Sizes(options) => sizes::run(&workspace, &options),
            Self::EmbedTable => embed_table::write(&workspace),
            Self::EntraErrors => entra_errors::write(&workspace),
            Self::Test(options) => test::run(&workspace, &options),
            Self::Bench(bench::Subject::Service(options)) => bench::run(&workspace, &options, &interrupt),
            Self::Bench(bench::Subject::Page(options)) => bench::page::run(&workspace, &options),
            Self::PlaceConfig { config } => dev::place_config(&config),
        }
    }
}

fn main() -> ExitCode {
    match Command::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.exit_code()
        }
    }
}
