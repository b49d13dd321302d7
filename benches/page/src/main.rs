//! Compares our page with pages of other makers that do the same: sign in by redirect, get an Entra token for ACS and
//! one for the exchange service, exchange them, show the ACS token. `cargo xtask bench page` builds all and runs this.

mod files;
mod frames;
mod memory;
mod page;
mod profile;
mod proxy;
mod servers;
mod statistics;
mod table;
mod visit;
mod weight;

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Parser;
use cross_tests::{Browser, Portal};

use self::{
    page::Page,
    profile::Profile,
    proxy::Line,
    servers::{Servers, Sources},
    table::Measured,
};

/// Compares our page with others, in Chromium.
#[derive(Debug, Parser)]
struct Options {
    /// The number of visits of each page with each profile.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Measure with these lines only.
    #[arg(long = "profile", value_enum, value_delimiter = ',', default_values = ["direct", "middle", "slow"])]
    profiles: Vec<Profile>,
    /// Measure these pages only.
    #[arg(long = "page", value_enum, value_delimiter = ',', default_values = ["ours", "msal", "react", "oidc", "floor", "early"])]
    pages: Vec<Page>,
    /// The numbers of frames in one portal. 0: none.
    #[arg(long, value_delimiter = ',', default_values = ["1", "10", "50"])]
    frames: Vec<u32>,
    /// Print the requests of each visit.
    #[arg(long)]
    trace: bool,
    /// The release build of our page.
    #[arg(long)]
    dist: PathBuf,
    /// The folder with the built peers.
    #[arg(long)]
    peers: PathBuf,
    /// The program of the exchange service.
    #[arg(long)]
    service: PathBuf,
    /// The file for the tables.
    #[arg(long)]
    out: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), String> {
    let line = Line::new(Profile::Direct.speed());
    let portal = Portal::start().await;
    let mut pages = options.pages.clone();
    let counts: Vec<_> = options.frames.iter().copied().filter(|count| *count > 0).collect();
    if !counts.is_empty() {
        pages.push(Page::Framed);
    }
    let sources =
        Sources { dist: options.dist.clone(), peers: options.peers.clone(), service: options.service.clone() };
    let servers = Servers::start(&sources, &pages, &line, &portal.origin).await?;
    let browser = Browser::start().await.version();

    let mut weights = Vec::new();
    for site in servers.sites.iter().filter(|site| site.page != Page::Framed) {
        // It also lets the exchange service fetch the keys.
        eprintln!("bytes of {}", site.page.title());
        weights.push((site.page, weight::weigh(&servers, site).await?));
    }
    let mut text = format!("Chromium {browser}, {} visits of each page.\n", options.runs);
    for &profile in &options.profiles {
        line.set(profile.speed());
        text += &table::times(&measure(&servers, profile, options).await?);
    }
    text += &table::weights(&weights);
    line.set(Profile::Direct.speed());
    let mut frames = Vec::new();
    for count in counts {
        eprintln!("{count} frames");
        let site = servers.sites.iter().find(|site| site.page == Page::Framed);
        frames.push(frames::measure(&portal, site.ok_or("no page for frames")?, count).await?);
    }
    if !frames.is_empty() {
        text += &table::frames(&frames);
    }
    println!("{text}");
    fs::write(&options.out, text).map_err(|error| format!("{}: {error}", options.out.display()))
}

/// Visits all pages in turn, so that other load on the machine affects all of them.
async fn measure(servers: &Servers, profile: Profile, options: &Options) -> Result<Measured, String> {
    let sites: Vec<_> = servers.sites.iter().filter(|site| site.page != Page::Framed).collect();
    let mut visits: Vec<_> = sites.iter().map(|site| (site.page, Vec::new())).collect();
    for run in 0..options.runs as usize {
        for turn in 0..sites.len() {
            // Another page is the first one in each run.
            let at = (run + turn) % sites.len();
            // The emulator limits its clients as Entra and ACS do.
            servers.emulator.reset();
            let figures = visit::visit(servers, sites[at], options.trace).await?;
            eprintln!("{} {} {}: {figures:.0?}", profile.title(), run + 1, sites[at].page.title());
            visits[at].1.push(figures);
        }
    }
    Ok(Measured { profile, visits })
}
