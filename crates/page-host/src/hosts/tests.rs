use serde_json::{Value, json};

use super::*;
use crate::{Addresses, Authority, Choices, HeaderProfile, TransportSecurity};

const FILES: [&str; 9] = [
    "/404.html",
    "/boot-0123456789abcdef.js",
    "/config.json",
    "/embed/acs-sign-in-0123456789abcdef.js",
    "/embed/acs-sign-in.js",
    "/index.html",
    "/return.html",
    "/vault/loader-0123456789abcdef.js",
    "/window.html",
];

fn headers_with(portals: Vec<String>) -> HostHeaders {
    let addresses = Addresses {
        authorities: vec![Authority {
            address: "https://login.microsoftonline.com/organizations/".into(),
            client_id: "acc00000-0000-4000-8000-000000000010".into(),
            is_entra: true,
        }],
        signs_in_by_redirect: true,
        exchanges: vec!["https://exchange.example".into()],
        mailbox: Some("https://exchange.example/mailbox".into()),
        links: vec!["https://portal.example/".into()],
        portals,
    };
    let profile = HeaderProfile::new(addresses, Choices::default());
    HostHeaders::new(profile, "https://page.example", TransportSecurity::default())
}

fn files_of(host: Host, headers: &HostHeaders) -> Result<Vec<HostFile>, HostError> {
    host.files(&installation(headers, &FILES.map(str::to_owned)))
}

fn installation<'a>(headers: &'a HostHeaders, files: &'a [String]) -> Installation<'a> {
    Installation {
        headers,
        origin: "https://page.example",
        root: "/srv/page/site",
        files,
        certificate: ("/etc/ssl/page.pem", "/etc/ssl/page.key"),
    }
}

fn text_of(host: Host, path: &str) -> String {
    let files = files_of(host, &headers_with(vec!["https://portal.example".into()])).unwrap();
    files.into_iter().find(|file| file.path == path).unwrap().text
}

#[test]
fn the_patterns_find_each_file_and_its_headers() {
    // nginx and Caddy name paths by patterns, and their tests compare each response. This finds a kind without a rule.
    let headers = headers_with(vec![]);
    let files = FILES.map(str::to_owned);
    let rules = rules::rules(&installation(&headers, &files));
    for path in
        FILES.iter().chain(&["/", "/vault/vault-0123456789abcdef_bg.wasm", "/acs-sign-in-0123456789abcdef_bg.wasm"])
    {
        let rule = rules.iter().find(|rule| match &rule.paths {
            rules::Paths::Exact(paths) => paths.contains(path),
            rules::Paths::Matching(pattern) => is_match(pattern, path),
        });
        let found = rule.map_or_else(|| headers.for_error(), |rule| rule.headers(&headers));
        assert_eq!(found, headers.for_file(path), "{path}");
    }
}

/// The patterns of the rules, without a library for regular expressions.
fn is_match(pattern: &str, path: &str) -> bool {
    let folder = pattern.split(['[', '$']).next().unwrap_or_default().trim_start_matches('^');
    let has_hash = path.contains("-0123456789abcdef");
    let Some(rest) = path.strip_prefix(folder) else { return false };
    !pattern.contains("[0-9a-f]") || (has_hash && !rest.contains('/'))
}

#[test]
fn nginx_sends_every_header_with_errors_too() {
    let text = text_of(Host::Nginx, "nginx.conf");
    let added: Vec<_> = text.lines().map(str::trim).filter(|line| line.starts_with("add_header ")).collect();
    assert!(added.len() > 8, "{added:?}");
    for line in added {
        assert!(line.ends_with(" always;"), "{line}");
    }
    assert!(text.contains("return 308 https://page.example$request_uri;"), "{text}");
    assert!(text.contains("ssl_certificate_key \"/etc/ssl/page.key\";"), "{text}");
}

#[test]
fn nginx_splits_values_that_are_longer_than_it_reads() {
    let portals: Vec<_> = (0..200).map(|number| format!("https://portal-{number}.example")).collect();
    let headers = headers_with(portals);
    let text = files_of(Host::Nginx, &headers).unwrap().remove(0).text;
    let longest = text.lines().map(str::len).max().unwrap();
    assert!(longest < 4000, "{longest}");
    assert!(text.contains("https://portal-199.example"));
}

#[test]
fn a_character_that_a_host_cannot_express_is_refused() {
    let headers = headers_with(vec![]);
    for (host, root) in [(Host::Nginx, "/srv/$page"), (Host::Caddy, "/srv/`page")] {
        let installation =
            Installation { headers: &headers, origin: "https://page.example", root, files: &[], certificate: ("", "") };
        assert!(matches!(host.files(&installation), Err(HostError::Character { .. })), "{root}");
    }
}

#[test]
fn static_web_apps_names_each_file_and_closes_its_own_sign_in() {
    let text = text_of(Host::AzureStaticWebApps, "site/staticwebapp.config.json");
    let json: Value = serde_json::from_str(&text).unwrap();
    let routes = json["routes"].as_array().unwrap();
    let route = |path: &str| routes.iter().find(|route| route["route"] == path);
    for path in ["/.auth/login/aad", "/.auth/logout", "/.auth/*"] {
        assert_eq!(route(path).unwrap(), &json!({ "route": path, "statusCode": 404 }));
    }
    assert_eq!(route("/").unwrap()["headers"], route("/index.html").unwrap()["headers"]);
    assert_eq!(route("/window.html").unwrap()["headers"]["Cross-Origin-Opener-Policy"], "");
    // Nothing differs from the headers of all paths.
    assert_eq!(route("/config.json"), None);
    for route in routes {
        let path = route["route"].as_str().unwrap();
        assert!(!path.contains('*') || path == "/.auth/*", "{path}");
    }
    assert_eq!(json["responseOverrides"]["404"], json!({ "rewrite": "/404.html" }));
    assert_eq!(json.get("navigationFallback"), None);
    assert_eq!(json["mimeTypes"][".html"], "text/html; charset=utf-8");
}

#[test]
fn static_web_apps_refuses_a_configuration_above_its_limit() {
    let portals: Vec<_> = (0..1000).map(|number| format!("https://portal-{number}.example")).collect();
    let refused = files_of(Host::AzureStaticWebApps, &headers_with(portals)).unwrap_err();
    assert!(matches!(refused, HostError::TooLarge { limit: 20480, .. }), "{refused}");
}

/// The headers of a path by a file `_headers`. `apply` adds a value to those of earlier rules.
fn applied(text: &str, path: &str, apply: impl Fn(Option<String>, &str) -> String) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut matches = false;
    for line in text.lines() {
        match line.strip_prefix("  ") {
            None => matches = line == "/*" || line == path,
            Some(_) if !matches => {}
            Some(removal) if removal.starts_with("! ") => found.retain(|(name, _)| *name != removal[2..]),
            Some(header) => {
                let (name, value) = header.split_once(": ").unwrap();
                let earlier = found.iter().position(|(known, _)| known == name).map(|at| found.remove(at).1);
                found.push((name.to_owned(), apply(earlier, value)));
            }
        }
    }
    found.retain(|(name, _)| name != "Content-Type");
    found.sort();
    found
}

fn expected(path: &str) -> Vec<(String, String)> {
    let headers = headers_with(vec!["https://portal.example".into()]);
    let is_file = path == "/" || FILES.contains(&path);
    let headers = if is_file { headers.for_file(path) } else { headers.for_error() };
    let mut headers: Vec<_> = headers.into_iter().map(|(name, value)| (usual_spelling(name), value)).collect();
    headers.sort();
    headers
}

#[test]
fn cloudflare_joins_no_values() {
    let text = text_of(Host::Cloudflare, "site/_headers");
    let join = |earlier: Option<String>, value: &str| match earlier {
        Some(earlier) => format!("{earlier}, {value}"),
        None => value.to_owned(),
    };
    for path in FILES.iter().chain(&["/", "/no-such-file", "/vault/no-such-file-0123456789abcdef.js"]) {
        assert_eq!(applied(&text, path, join), expected(path), "{path}");
    }
}

#[test]
fn netlify_replaces_the_values_of_the_rule_for_all_paths() {
    let text = text_of(Host::Netlify, "site/_headers");
    for path in FILES.iter().chain(&["/"]) {
        assert_eq!(applied(&text, path, |_, value| value.to_owned()), expected(path), "{path}");
    }
    // No rule removes a header, so an error has no opener policy.
    let mut for_error = expected("/no-such-file");
    for_error.retain(|(name, _)| name != "Cross-Origin-Opener-Policy");
    assert_eq!(applied(&text, "/no-such-file", |_, value| value.to_owned()), for_error);
}
