//! Compares each response of a deployed page with the profile.

mod compare;
mod fetch;
mod names;
mod report;
mod requests;

use std::{path::Path, process::ExitCode, time::Duration};

use page_host::{Configuration, Finding, Severity};
use tokio::time::timeout;

use self::{fetch::Fetch, requests::Check};
use crate::{build, command_line};

/// The longest time of a whole check.
const CHECK_TIMEOUT: Duration = Duration::from_secs(180);

/// Checks a deployed page and prints what is wrong.
pub(crate) async fn run(arguments: &command_line::Check) -> Result<ExitCode, String> {
    let fetch = Fetch::new(&arguments.url)?;
    let checked = timeout(CHECK_TIMEOUT, findings(arguments, &fetch));
    let mut findings =
        checked.await.map_err(|_| format!("the check took more than {} s", CHECK_TIMEOUT.as_secs()))??;
    findings.sort_by_key(|finding| finding.severity);
    let responses = fetch.count();
    if arguments.json {
        println!("{}", report::json(&arguments.url, responses, &findings));
    } else {
        print!("{}", report::text(&arguments.url, responses, &findings));
    }
    let is_faultless = findings.iter().all(|finding| finding.severity != Severity::Error);
    Ok(if is_faultless { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn findings(arguments: &command_line::Check, fetch: &Fetch) -> Result<Vec<Finding>, String> {
    let deployed = fetch.get("/config.json").await?;
    let text = match &arguments.config {
        Some(path) => build::read(path)?,
        None => String::from_utf8_lossy(&deployed.body).into_owned(),
    };
    let mut found = Configuration::findings(&text, Some(fetch.origin()));
    if !deployed.is_ok() {
        found.push(Finding::error(
            "no-config",
            "GET /config.json",
            &format!("the response has status {}", deployed.status),
            "Upload config.json next to index.html. A proxy in front must not redirect the page's files.",
        ));
    } else if arguments.config.is_some() && !is_same_json(&text, &deployed.body) {
        found.push(Finding::error(
            "other-config",
            "GET /config.json",
            "the deployed configuration is another one",
            "Upload the folder that was built with this configuration.",
        ));
    }
    let Ok(configuration) = Configuration::parse(&text) else { return Ok(found) };
    let headers = arguments.header_options.host_headers(&configuration, fetch.origin());
    let mut check = Check::new(fetch, &headers);
    match arguments.site.as_deref().map(local_files).transpose()? {
        Some(files) => check.local_files(&files).await?,
        None => check.named_files().await?,
    }
    check.errors().await?;
    check.plain_http().await;
    found.extend(check.into_findings());
    Ok(found)
}

/// The paths and contents of the files that should be deployed.
fn local_files(site: &Path) -> Result<Vec<(String, Vec<u8>)>, String> {
    // The configuration of hosts, which they do not serve.
    let is_served = |path: &String| {
        !matches!(&**path, "/_headers" | "/_redirects" | "/staticwebapp.config.json" | "/config.json")
            && !path.ends_with(".br")
            && !path.ends_with(".gz")
    };
    let read = |path: String| {
        let body = std::fs::read(site.join(path.trim_start_matches('/'))).map_err(|error| error.to_string())?;
        Ok((path, body))
    };
    build::files_below(site)?.into_iter().filter(is_served).map(read).collect()
}

fn is_same_json(text: &str, body: &[u8]) -> bool {
    let expected = serde_json::from_str::<serde_json::Value>(text).ok();
    expected.is_some() && expected == serde_json::from_slice(body).ok()
}
