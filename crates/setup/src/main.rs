//! Sets a tenant up: `plan`, `apply`, `check`, `remove`.

use std::{
    env, fs,
    io::{IsTerminal, Write, stdin, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use serde_json::json;
use setup::{
    Adoption, Change, Failure, Finding, Graph, GraphToken, Patience, Plan, Record, Settings, apply, check, difference,
    files, from_azure_cli, remove,
};
use tokio::runtime;

/// Sets a tenant of Microsoft Entra up for the page and the exchange service.
#[derive(Parser)]
#[command(name = "acs-sign-in-setup", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows what exists, what would change and which rights are missing. Changes nothing.
    Plan(Planned),
    /// Makes the changes, and writes config.json and exchange-service.toml.
    Apply(Apply),
    /// Verifies the tenant and the exchange service. Exit status: 0 good, 1 findings, 2 failed.
    Check(Common),
    /// Removes what apply created or added.
    Remove(Remove),
}

#[derive(Args)]
struct Common {
    #[command(flatten)]
    place: Place,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Planned {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    adopt: Adopt,
}

#[derive(Args)]
struct Apply {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    adopt: Adopt,
    /// The folder for config.json and exchange-service.toml
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    out: PathBuf,
    /// Does not ask before the changes and before the files
    #[arg(long)]
    yes: bool,
}

/// The name of a registration does not say who made it, so an existing one is used only if a person names its id.
#[derive(Args)]
struct Adopt {
    /// The application id of an existing registration to use for the page
    #[arg(long, value_name = "APPLICATION ID")]
    adopt_page: Option<String>,
    /// The application id of an existing registration to use for the API
    #[arg(long, value_name = "APPLICATION ID")]
    adopt_api: Option<String>,
}

#[derive(Args)]
struct Remove {
    #[command(flatten)]
    place: Place,
    /// Does not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
struct Place {
    /// The settings. The record of what was created is next to it
    #[arg(long, value_name = "FILE", default_value = "setup.toml")]
    settings: PathBuf,
}

/// The variable with a token. An argument would be visible to other users of the machine.
const TOKEN: &str = "ACS_SIGN_IN_GRAPH_TOKEN";

/// The exit status when the command itself failed, as opposed to what it checked.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no thread: {error}");
            return ExitCode::from(FAILED);
        }
    };
    match runtime.block_on(run(arguments.command)) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {}", printable(&failure.to_string()));
            ExitCode::from(FAILED)
        }
    }
}

/// What every command begins with.
struct Session {
    settings: Settings,
    graph: Graph,
    record: Record,
    record_path: PathBuf,
}

impl Session {
    async fn open(place: &Place) -> Result<Self, Failure> {
        let path = &place.settings;
        let failed =
            |error: std::io::Error| Failure::File { path: path.display().to_string(), reason: error.to_string() };
        let settings = Settings::parse(&fs::read_to_string(path).map_err(failed)?)?;
        let record_path = path.with_extension("record.json");
        let record = Record::read(&record_path, &settings.tenant)?;
        let token = match env::var(TOKEN) {
            Ok(token) => GraphToken::new(token)?,
            Err(_) => from_azure_cli(&settings.tenant).await?,
        };
        let graph = Graph::open(&settings, token, Patience::NORMAL).await?;
        Ok(Self { settings, graph, record, record_path })
    }

    async fn plan(&mut self, adopt: &Adopt) -> Result<Plan, Failure> {
        let chosen = Adoption { page: adopt.adopt_page.as_deref(), api: adopt.adopt_api.as_deref() };
        self.record.adopt(&self.graph, chosen).await?;
        Plan::read(&self.graph, &self.settings, &self.record).await
    }
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Plan(arguments) => {
            let plan = Session::open(&arguments.common.place).await?.plan(&arguments.adopt).await?;
            if arguments.common.json {
                println!("{:#}", json!(plan));
            } else {
                print_plan(&plan);
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Apply(arguments) => run_apply(&arguments).await,
        Command::Check(arguments) => {
            let session = Session::open(&arguments.place).await?;
            let findings = check(&session.graph, &session.settings, &session.record).await?;
            print_findings(&findings, arguments.json);
            Ok(if findings.iter().all(|finding| finding.good) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Remove(arguments) => {
            let mut session = Session::open(&arguments.place).await?;
            println!("{:#}", json!(session.record));
            if !confirmed(arguments.yes, "Remove this from the tenant?") {
                return Ok(ExitCode::FAILURE);
            }
            let Session { settings, graph, record, record_path } = &mut session;
            remove(graph, settings, record, |record| record.write(record_path), say).await?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn run_apply(arguments: &Apply) -> Result<ExitCode, Failure> {
    let mut session = Session::open(&arguments.place).await?;
    let plan = session.plan(&arguments.adopt).await?;
    print_plan(&plan);
    if !plan.changes.is_empty() {
        plan.rights.require()?;
        if !confirmed(arguments.yes, "Make these changes?") {
            return Ok(ExitCode::FAILURE);
        }
    }
    let Session { settings, graph, record, record_path } = &mut session;
    let done = |change: &Change| say(&format!("done: {}", change.title));
    apply(graph, settings, record, &plan, |record| record.write(record_path), done).await?;
    write_files(&arguments.out, settings, record, arguments.yes)
}

fn write_files(folder: &Path, settings: &Settings, record: &Record, yes: bool) -> Result<ExitCode, Failure> {
    for file in files(folder, settings, record)? {
        if file.is_current() {
            say(&format!("{} is current", file.name));
            continue;
        }
        println!("\n{}:", file.name);
        difference(&file.old, &file.new).lines().for_each(say);
        if !confirmed(yes, &format!("Write {}?", file.name)) {
            return Ok(ExitCode::FAILURE);
        }
        file.write(folder)?;
    }
    println!("\nNext: build the page with config.json, start the exchange service, and run `acs-sign-in-setup check`.");
    Ok(ExitCode::SUCCESS)
}

fn print_plan(Plan { rights, changes, unwanted }: &Plan) {
    say(&format!("signed in as {}", rights.account));
    for right in &rights.missing {
        say(&format!("missing: {right}"));
    }
    for what in unwanted {
        say(&format!("stays: {what}"));
    }
    if changes.is_empty() {
        println!("Nothing to change.");
    }
    for change in changes {
        say(&format!("+ {}", change.title));
        for detail in &change.details {
            say(&format!("    {detail}"));
        }
        if let Some(instead) = change.instead.as_ref().filter(|_| !rights.missing.is_empty()) {
            say(&format!("    without this program: {instead}"));
        }
    }
}

fn print_findings(findings: &[Finding], as_json: bool) {
    if as_json {
        println!("{:#}", json!({ "findings": findings }));
        return;
    }
    for finding in findings {
        say(&format!("{} {}", if finding.good { "good " } else { "ERROR" }, finding.what));
        if !finding.fix.is_empty() {
            say(&format!("      {}", finding.fix));
        }
    }
}

/// Asks on a terminal. Without one, only `--yes` confirms.
fn confirmed(yes: bool, question: &str) -> bool {
    if yes {
        return true;
    }
    if !stdin().is_terminal() {
        eprintln!("{question} There is no terminal to ask; use --yes.");
        return false;
    }
    print!("{question} [y/N] ");
    let mut line = String::new();
    stdout().flush().and_then(|()| stdin().read_line(&mut line)).is_ok() && matches!(line.trim(), "y" | "Y" | "yes")
}

fn say(line: &str) {
    println!("{}", printable(line));
}

/// The text without control characters: names in a tenant and texts of Graph are not ours.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
