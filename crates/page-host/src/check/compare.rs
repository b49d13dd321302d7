use std::collections::BTreeSet;

use page_host::{Finding, Header, media_type};

use super::fetch::Fetched;

/// What a response should contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Responded<'a> {
    /// The file at this path.
    WithFile(&'a str),
    /// An error or a redirect.
    WithoutFile,
}

/// Headers that change what a document can do or where it leads. A response has them only if the profile does.
const FORBIDDEN: [&str; 14] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "clear-site-data",
    // A report names the address of the page to another server, and browsers send it without asking the policies.
    "content-security-policy-report-only",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    // It can preload from other origins, and connect to them.
    "link",
    "nel",
    "refresh",
    "report-to",
    "reporting-endpoints",
    "service-worker-allowed",
    "set-cookie",
    "sourcemap",
];

/// The least `max-age` of `Strict-Transport-Security`, in seconds: a year.
const YEAR: u64 = 31_536_000;

/// Files below this size gain nothing from compression.
const MIN_COMPRESSED_SIZE: usize = 1024;

/// Each header of a response that is not as expected.
pub(super) fn headers(request: &str, responded: Responded, expected: &[Header], response: &Fetched) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, value) in expected {
        let actual = response.header(name);
        if !actual.as_deref().is_some_and(|actual| is_equal(name, value, actual)) {
            let message = match actual {
                None => format!("{name} is missing"),
                Some(_) => format!("{name} has another value"),
            };
            let finding = Finding::error("wrong-header", request, &message, fix(responded, actual.is_some()));
            found.push(finding.with_values(Some(value.clone()), actual));
        }
    }
    for name in FORBIDDEN.into_iter().filter(|name| !expected.iter().any(|(known, _)| known == name)) {
        if let Some(actual) = response.header(name) {
            // The value of a cookie is a secret of the host.
            let shown = if name == "set-cookie" { "(a cookie)".to_owned() } else { actual };
            let finding = Finding::error(
                "forbidden-header",
                request,
                &format!("{name} must not be there"),
                "Remove this header for this path.",
            );
            found.push(finding.with_values(None, Some(shown)));
        }
    }
    if let Some(actual) = response.header("x-frame-options") {
        let finding = Finding::warning(
            "x-frame-options",
            request,
            "x-frame-options cannot express a list of portals",
            "Remove it: frame-ancestors is what counts.",
        );
        found.push(finding.with_values(None, Some(actual)));
    }
    if let Responded::WithFile(path) = responded {
        found.extend(wrong_type(request, path, response));
    }
    found
}

fn fix(responded: Responded, is_present: bool) -> &'static str {
    match (responded, is_present) {
        (Responded::WithoutFile, _) => {
            "Send the headers with errors and redirects, too: nginx needs the word always, Caddy handle_errors, Static \
             Web Apps responseOverrides."
        }
        (_, false) => "Send this header with this file. page-host build writes the rule for your host.",
        (_, true) => {
            "Send this value, once. Two rules may match this path, or the host has another build's configuration."
        }
    }
}

/// Compares as browsers read the values: the order of directives and the spelling of spaces do not count.
fn is_equal(name: &str, expected: &str, actual: &str) -> bool {
    match name {
        // A second policy, after a comma, would be enforced, too.
        "content-security-policy" | "permissions-policy" => {
            let separator = if name == "permissions-policy" { ',' } else { ';' };
            set(expected, separator) == set(actual, separator)
        }
        "cache-control" => {
            let mut actual = set(actual, ',');
            // A host behind a CDN adds it, as docs/hosting.md says.
            actual.remove("no-transform");
            set(expected, ',') == actual
        }
        "strict-transport-security" => {
            let actual = set(&actual.to_ascii_lowercase(), ';');
            let age = actual.iter().find_map(|part| part.strip_prefix("max-age=")?.parse::<u64>().ok());
            let covers = !expected.contains("includeSubDomains") || actual.contains("includesubdomains");
            covers && age.is_some_and(|age| age >= YEAR)
        }
        _ => expected == actual,
    }
}

fn set(value: &str, separator: char) -> BTreeSet<String> {
    value
        .split(separator)
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|part| !part.is_empty())
        .collect()
}

fn wrong_type(request: &str, path: &str, response: &Fetched) -> Option<Finding> {
    let expected = media_type(path);
    let actual = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let essence = |value: &str| value.split(';').next().unwrap_or_default().trim().to_owned();
    let is_script = |kind: &str| matches!(kind, "text/javascript" | "application/javascript");
    let same = essence(expected) == essence(&actual) || (is_script(&essence(expected)) && is_script(&essence(&actual)));
    // JSON and SVG are UTF-8 without a charset.
    let needs_charset = expected.contains("charset") && expected.starts_with("text/");
    if same && (!needs_charset || actual.replace(' ', "").contains("charset=utf-8")) {
        return None;
    }
    let finding = Finding::error(
        "wrong-type",
        request,
        "the media type is another one",
        "Map the extension to this type in the host's configuration.",
    );
    Some(finding.with_values(Some(expected.to_owned()), Some(actual)))
}

/// Whether a text or wasm file is compressed for clients that accept that, and a cache knows it.
pub(super) fn compression(path: &str, plain: &Fetched, compressed: &Fetched) -> Option<Finding> {
    let request = format!("GET {path} with Accept-Encoding");
    let is_compressible = media_type(path).contains("charset") || path.ends_with(".wasm");
    if path == "/config.json" || !is_compressible || plain.body.len() < MIN_COMPRESSED_SIZE {
        return None;
    }
    if compressed.header("content-encoding").is_none() {
        return Some(Finding::warning(
            "not-compressed",
            &request,
            &format!("{} bytes are sent without compression", plain.body.len()),
            "Send the files .br or .gz of the build.",
        ));
    }
    let varies = compressed.header("vary").unwrap_or_default().to_ascii_lowercase();
    (!varies.contains("accept-encoding") && varies != "*").then(|| {
        Finding::warning(
            "no-vary",
            &request,
            "a shared cache could send the compressed bytes to clients that cannot read them",
            "Send Vary: Accept-Encoding.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    #[test]
    fn a_header_that_reports_or_connects_to_other_servers_is_an_error() {
        let names = ["content-security-policy-report-only", "link", "nel", "report-to", "reporting-endpoints"];
        for name in names {
            let value = HeaderValue::from_static("https://other.example");
            let map = HeaderMap::from_iter([(HeaderName::from_static(name), value)]);
            let response = Fetched { status: 404, headers: map, body: vec![] };
            let found = headers("GET /no-such-file", Responded::WithoutFile, &[], &response);
            let found: Vec<_> = found.iter().map(|finding| (finding.name, &*finding.message)).collect();
            assert_eq!(found, [("forbidden-header", &*format!("{name} must not be there"))]);
        }
    }

    #[test]
    fn the_order_of_directives_does_not_count_and_a_second_policy_does() {
        let name = "content-security-policy";
        assert!(is_equal(name, "default-src 'none'; img-src 'self'", "img-src  'self';default-src 'none';"));
        assert!(!is_equal(name, "default-src 'none'", "default-src 'none', default-src 'self'"));
        assert!(!is_equal(name, "default-src 'none'; img-src 'self'", "default-src 'none'"));
    }

    #[test]
    fn only_no_transform_can_be_added_to_the_caching() {
        assert!(is_equal("cache-control", "no-store", "no-transform, no-store"));
        assert!(!is_equal("cache-control", "no-store", "no-store, public"));
        assert!(!is_equal("cache-control", "no-store", "no-store, public, max-age=31536000, immutable"));
    }

    #[test]
    fn transport_security_lasts_a_year_and_covers_what_was_asked_for() {
        let name = "strict-transport-security";
        let expected = "max-age=63072000; includeSubDomains";
        assert!(is_equal(name, expected, "max-age=31536000; includeSubDomains; preload"));
        assert!(!is_equal(name, expected, "max-age=63072000"));
        assert!(!is_equal(name, expected, "max-age=10886400; includeSubDomains"));
        assert!(is_equal(name, "max-age=63072000", "max-age=63072000"));
    }
}
