//! The service as an Azure Function: the host as `deploy/function` configures it, and what a page can read through it.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    bench::{A1, Bench, D, PAGE_ORIGIN},
    bicep::Bicep,
    browser_fetch::{Blocked, Readable, post},
    functions_host::{Forwarding, FunctionsHost, HOSTS_TRACE},
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// Reads a file of the repository.
fn file(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn template() -> Bicep {
    Bicep::parse(file("deploy/function/function.bicep"))
}

/// The forwarding that `host.json` configures.
fn configured_forwarding() -> Forwarding {
    Forwarding::of(&serde_json::from_str(&file("deploy/function/host.json")).unwrap())
        .expect("host.json names one way of forwarding")
}

/// The allowed origins of the template. Its parameter `pageOrigin` stands for the page's.
fn configured_origins() -> Vec<String> {
    let template = template();
    let origins = template.value("function.properties.siteConfig.cors.allowedOrigins").unwrap_or("[]");
    let names = origins.trim_matches(['[', ']']).split_whitespace();
    names.map(|name| if name == "pageOrigin" { PAGE_ORIGIN } else { name }.to_owned()).collect()
}

/// A service behind a Functions host, and the address of the exchange at that host.
async fn deployed(forwarding: Forwarding, origins: Vec<String>) -> (Bench, String) {
    let bench = Bench::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let handler = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(exchange_service::serve(listener, bench.service.router(), std::future::pending()));
    let host = FunctionsHost::start(handler, forwarding, origins).await;
    (bench, format!("{host}/exchange"))
}

/// The request of the vault, as a browser sends it.
async fn exchange(url: &str, caller_token: &str) -> Result<Readable, Blocked> {
    let authorization = format!("Bearer {caller_token}");
    let traceparent = format!("00-{TRACE}-b7ad6b7169203331-01");
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("traceparent", &traceparent),
        ("x-correlation-id", "of-the-page"),
    ];
    post(PAGE_ORIGIN, url, &headers, json!({ "accessToken": A1 }).to_string()).await
}

#[tokio::test]
async fn a_function_that_is_deployed_by_the_guide_serves_a_page() {
    let (bench, url) = deployed(configured_forwarding(), configured_origins()).await;
    let response = exchange(&url, &bench.token().sign()).await.unwrap();
    assert_eq!((response.status, response.headers["x-correlation-id"].to_str().unwrap()), (200, "of-the-page"));
    let body: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(body["token"], D);
    assert_eq!(bench.audited()[0]["trace"], TRACE, "the caller's trace continues");
}

#[tokio::test]
async fn a_function_without_cors_is_unreachable_for_a_page() {
    for forwarding in [Forwarding::Rebuilt, Forwarding::Proxied] {
        for origins in [vec![], vec!["https://another.example".to_owned()]] {
            let (bench, url) = deployed(forwarding, origins).await;
            let blocked = exchange(&url, &bench.token().sign()).await.unwrap_err();
            assert_eq!(blocked, Blocked::PreflightOrigin(vec![]));
            assert_eq!((bench.acs.requests().len(), bench.audited().len()), (0, 0), "the service saw nothing");
        }
    }
}

#[tokio::test]
async fn with_the_pages_origin_all_responses_are_readable_in_both_kinds_of_forwarding() {
    for (forwarding, trace) in [(Forwarding::Rebuilt, HOSTS_TRACE), (Forwarding::Proxied, TRACE)] {
        let (bench, url) = deployed(forwarding, vec![PAGE_ORIGIN.to_owned()]).await;
        for (token, status) in [(bench.token().sign(), 200), ("x".to_owned(), 401)] {
            // `post` fails unless exactly one `Access-Control-Allow-Origin` arrives.
            let response = exchange(&url, &token).await.unwrap();
            assert_eq!(response.status, status);
            assert_eq!(response.headers["x-correlation-id"], "of-the-page", "{forwarding:?}");
            assert_eq!(bench.audited()[0]["trace"], trace, "{forwarding:?}");
        }
    }
}

#[test]
fn the_template_requires_the_pages_origin_and_allows_only_that_without_credentials() {
    let template = template();
    assert_eq!(template.parameter("pageOrigin"), Some("param pageOrigin string"), "it has no default");
    assert_eq!(configured_origins(), [PAGE_ORIGIN]);
    assert_eq!(template.value("function.properties.siteConfig.cors.supportCredentials"), Some("false"));
}

#[test]
fn rev_02_the_template_configures_redis_and_the_number_of_instances() {
    let template = template();
    let settings = template.value("function.properties.siteConfig.appSettings").unwrap();
    let without_comments = settings.lines().filter(|line| !line.trim_start().starts_with("//"));
    let settings: String = without_comments.flat_map(str::split_whitespace).collect();
    for (name, value) in [
        ("MAILBOX_REDIS_URL", "mailboxRedisUrl"),
        ("MAILBOX_SECRET", "mailboxSecret"),
        ("EXCHANGE_SERVICE_INSTANCES", "string(maximumInstanceCount)"),
    ] {
        assert!(settings.contains(&format!("{{name:'{name}'value:{value}}}")), "{name}: {settings}");
    }
    for secret in ["mailboxRedisUrl", "mailboxSecret"] {
        assert_eq!(template.parameter(secret), Some(format!("param {secret} string").as_str()), "it has no default");
    }
}

#[test]
fn the_template_turns_publishing_passwords_off_and_makes_the_role_a_parameter() {
    // REV-11
    let template = template();
    for (resource, name) in [("scmCredentials", "'scm'"), ("ftpCredentials", "'ftp'")] {
        let kind = template.resource_type(resource).unwrap();
        assert!(kind.starts_with("Microsoft.Web/sites/basicPublishingCredentialsPolicies@"), "{kind}");
        assert_eq!(template.value(&format!("{resource}.parent")), Some("function"));
        assert_eq!(template.value(&format!("{resource}.name")), Some(name));
        assert_eq!(template.value(&format!("{resource}.properties.allow")), Some("false"));
    }
    let contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
    let role = template.parameter("communicationRoleId").unwrap();
    assert_eq!(role, format!("param communicationRoleId string = '{contributor}'"));
    assert_eq!(template.value("ofTheService.scope"), Some("communication"), "on this resource alone");
}

#[test]
fn a_new_communication_resource_accepts_no_keys_and_the_guide_says_what_each_role_can_do() {
    // REV-11
    let template = Bicep::parse(file("deploy/function/communication.bicep"));
    // The first stable API version that is known to have `disableLocalAuth`.
    assert_eq!(
        template.resource_type("communication"),
        Some("Microsoft.Communication/communicationServices@2025-09-01")
    );
    assert_eq!(template.value("communication.properties.disableLocalAuth"), Some("true"));
    let guide = file("docs/operate.md");
    for role in ["b24988ac-6180-42a0-ab88-20f7382dd24c", "09976791-48a7-449e-bb21-39d1a415f350"] {
        let row = guide.lines().find(|line| line.starts_with('|') && line.contains(role)).unwrap();
        assert_eq!(row.matches("| yes ").count(), 3, "keys are listed, replaced, and the resource deleted: {row}");
    }
    // Compares words, because editing the guide moves its line breaks.
    let words = guide.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!words.contains("no key that could be lost"), "an identity that can list keys can lose them");
}
