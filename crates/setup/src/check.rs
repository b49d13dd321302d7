//! Everything that can be verified before the first person signs in.

use reqwest::{
    Method,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS,
        ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
    },
};
use serde::Serialize;

use crate::{
    change::changes,
    current::Current,
    failure::Failure,
    graph::{Graph, client},
    record::Record,
    settings::Settings,
};

/// One result.
#[derive(Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Whether it is as it should be.
    pub good: bool,
    /// What was looked at.
    pub what: String,
    /// How to fix it. Empty if it is good.
    pub fix: String,
}

/// Compares the tenant with the settings, and asks the exchange service as the page would.
///
/// # Errors
/// Those of requests to Graph. An exchange service that does not respond is a finding.
pub async fn check(graph: &Graph, settings: &Settings, record: &Record) -> Result<Vec<Finding>, Failure> {
    let current = Current::read(graph, settings, record).await?;
    let changes = changes(settings, &current)?;
    let mut findings: Vec<Finding> = changes
        .into_iter()
        .map(|change| {
            let details = change.details.join("; ");
            let what = if details.is_empty() { change.title } else { format!("{}: {details}", change.title) };
            let fix = change.instead.map(|instead| format!(", or: {instead}")).unwrap_or_default();
            Finding {
                good: false,
                what: format!("missing: {what}"),
                fix: format!("run `acs-sign-in-setup apply`{fix}"),
            }
        })
        .collect();
    if findings.is_empty() {
        for what in [
            "registrations, account types, platform and redirect URIs",
            "permissions, token version and pre-authorization",
            "service principals and consent",
        ] {
            findings.push(good(what));
        }
    }
    let unwanted = current.unwanted(settings);
    findings
        .extend(unwanted.iter().map(|what| bad(what, "remove them in the Entra admin center, if you do not use them")));
    findings.extend(exchange(settings).await?);
    Ok(findings)
}

/// The readiness of the exchange service, and the preflight that a browser sends for the page.
async fn exchange(settings: &Settings) -> Result<Vec<Finding>, Failure> {
    let http = client(&settings.cloud)?;
    let origin = settings.page_origin();
    let url = |path: &str| settings.exchange.join(path).map_err(|_| Failure::Response(path.to_owned()));
    let ready = http.get(url("readyz")?).send().await.map(|response| response.status());
    let mut findings = vec![match ready {
        Ok(status) if status.is_success() => good("the exchange service is ready"),
        Ok(status) => bad(
            &format!("the exchange service responds {status} to /readyz"),
            "read its log, or run `exchange-service --reach` with its configuration",
        ),
        Err(_) => bad("the exchange service cannot be reached", "start it, and compare `exchange` with its address"),
    }];
    let path = if settings.teams { "exchange" } else { "exchange/entra-id" };
    let preflight = http
        .request(Method::OPTIONS, url(path)?)
        .header(ORIGIN, &origin)
        .header(ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type")
        .send()
        .await;
    if let Ok(response) = preflight {
        let headers = response.headers();
        let has = |name, expected: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(expected))
        };
        let allowed = headers.get_all(ACCESS_CONTROL_ALLOW_ORIGIN).iter().collect::<Vec<_>>();
        let is_good = response.status().is_success()
            && allowed.as_slice() == [origin.as_str()]
            && has(ACCESS_CONTROL_ALLOW_HEADERS, "authorization");
        findings.push(match is_good {
            true => good("the exchange service allows the page's origin (CORS)"),
            false => bad(
                &format!("the exchange service does not allow the page's origin {origin} (CORS)"),
                "compare `page.origins` in exchange-service.toml; as an Azure Function, `siteConfig.cors`, too",
            ),
        });
    }
    Ok(findings)
}

fn good(what: &str) -> Finding {
    Finding { good: true, what: what.to_owned(), fix: String::new() }
}

fn bad(what: &str, fix: &str) -> Finding {
    Finding { good: false, what: what.to_owned(), fix: fix.to_owned() }
}
