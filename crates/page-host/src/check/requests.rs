use std::collections::BTreeSet;

use page_host::{Finding, HostHeaders};
use reqwest::{Method, Url};

use super::{
    compare::{self, Responded},
    fetch::{Fetch, Fetched},
    names,
};

/// The documents, the SDK and the configuration, whose names are fixed.
const FIXED_PATHS: [&str; 6] =
    ["/index.html", "/window.html", "/return.html", "/404.html", "/config.json", "/embed/acs-sign-in.js"];

/// Paths without a file. `/.auth/` is the sign-in of Azure's hosts, which redirects to other origins.
const PATHS_WITHOUT_FILE: [&str; 13] = [
    "/no-such-file",
    "/no-such-file.js",
    "/no-such-file-0123456789abcdef.js",
    "/vault/no-such-file-0123456789abcdef.js",
    "/vault",
    "/embed",
    // Folders, which a server can take for files.
    "/vault/",
    "/embed/",
    "/.auth/login/aad",
    "/.auth/login/github",
    "/.auth/logout",
    "/.auth/me",
    // Malformed. It is the last one, because the command-line tool of Static Web Apps ends at it.
    "/%",
];

/// The most files that a page names, against a document that names files without an end.
const MOST_FILES: usize = 200;

/// The requests of a check, and what they found.
pub(super) struct Check<'a> {
    fetch: &'a Fetch,
    headers: &'a HostHeaders,
    found: Vec<Finding>,
}

impl<'a> Check<'a> {
    pub(super) fn new(fetch: &'a Fetch, headers: &'a HostHeaders) -> Self {
        Self { fetch, headers, found: Vec::new() }
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.found
    }

    /// Fetches the files of a folder, and compares their contents.
    pub(super) async fn local_files(&mut self, files: &[(String, Vec<u8>)]) -> Result<(), String> {
        self.file("/").await?;
        self.file("/config.json").await?;
        for (path, content) in files {
            let response = self.file(path).await?;
            if response.is_ok() && response.body != *content {
                self.found.push(Finding::error(
                    "changed-file",
                    &format!("GET {path}"),
                    "the content is not that of the built file",
                    "Upload all files again, and switch off what minifies or extends them on their way.",
                ));
            }
        }
        Ok(())
    }

    /// Fetches the files with fixed names and those that they name.
    pub(super) async fn named_files(&mut self) -> Result<(), String> {
        let mut next: Vec<String> = ["/"].iter().chain(&FIXED_PATHS).map(ToString::to_string).collect();
        let mut known: BTreeSet<String> = next.iter().cloned().collect();
        while let Some(path) = next.pop() {
            let response = self.file(&path).await?;
            // Of the scripts, only the vault's first file: wasm-bindgen's have names in them that are not files.
            if response.is_ok() && (path == "/" || path.ends_with(".html") || path.starts_with("/vault/loader-")) {
                for name in names::named_in(&path, &String::from_utf8_lossy(&response.body)) {
                    if known.len() < MOST_FILES && known.insert(name.clone()) {
                        next.push(name);
                    }
                }
            }
        }
        Ok(())
    }

    /// Fetches a file as a browser does, and by the methods and headers that make hosts respond differently.
    async fn file(&mut self, path: &str) -> Result<Fetched, String> {
        let plain = self.fetch.get(path).await?;
        self.compare_file(Method::GET, path, "", &plain);
        if !plain.is_ok() {
            return Ok(plain);
        }
        let compressed = self.fetch.send(Method::GET, path, &[("accept-encoding", "br, gzip")]).await?;
        self.compare_file(Method::GET, path, " with Accept-Encoding", &compressed);
        self.found.extend(compare::compression(path, &plain, &compressed));
        let head = self.fetch.send(Method::HEAD, path, &[]).await?;
        self.compare_file(Method::HEAD, path, "", &head);
        let range = self.fetch.send(Method::GET, path, &[("range", "bytes=0-1")]).await?;
        self.compare_file(Method::GET, path, " with Range", &range);
        Ok(plain)
    }

    fn compare_file(&mut self, method: Method, path: &str, variant: &str, response: &Fetched) {
        let request = format!("{method} {path}{variant}");
        if !matches!(response.status, 200 | 206) {
            self.found.push(
                Finding::error(
                    "missing-file",
                    &request,
                    "the file is not there",
                    "Upload all files of the build, and let no proxy and no fallback respond in their place.",
                )
                .with_values(Some("200".to_owned()), Some(response.status.to_string())),
            );
            self.not_a_file(&request, response);
            return;
        }
        let expected = self.headers.for_file(path);
        self.found.extend(compare::headers(&request, Responded::WithFile(path), &expected, response));
    }

    /// Fetches what is not there.
    pub(super) async fn errors(&mut self) -> Result<(), String> {
        self.other_method().await?;
        for path in PATHS_WITHOUT_FILE {
            for method in [Method::GET, Method::HEAD] {
                let request = format!("{method} {path}");
                let response = match self.fetch.send(method, path, &[]).await {
                    Ok(response) => response,
                    // Without a response, there is no document that script in the page could use.
                    Err(error) => {
                        self.found.push(Finding::warning(
                            "no-response",
                            &request,
                            &error,
                            "Respond with an error, so that people see why.",
                        ));
                        continue;
                    }
                };
                if (200..300).contains(&response.status) {
                    self.found.push(
                        Finding::error(
                            "no-error",
                            &request,
                            "a path without a file has no error",
                            "Respond with 404, and not with index.html or a page of the platform.",
                        )
                        .with_values(Some("404".to_owned()), Some(response.status.to_string())),
                    );
                }
                if is_from_go(path, &response) {
                    self.found.push(Finding::warning(
                        "malformed-without-headers",
                        &request,
                        "the library below the host answers a malformed path by itself, without headers",
                        "Keep HTTP/2 on: browsers then get no document. Or put another proxy in front.",
                    ));
                } else {
                    self.not_a_file(&request, &response);
                }
            }
        }
        Ok(())
    }

    async fn other_method(&mut self) -> Result<(), String> {
        // The error for the SDK must not have the headers of the SDK, which are for other origins.
        for path in ["/", "/embed/acs-sign-in.js"] {
            let request = format!("POST {path}");
            let response = self.fetch.send(Method::POST, path, &[("content-length", "0")]).await?;
            // Some hosts answer POST like GET, which changes nothing.
            if (200..300).contains(&response.status) {
                let expected = self.headers.for_file(path);
                self.found.extend(compare::headers(&request, Responded::WithFile(path), &expected, &response));
            } else {
                self.not_a_file(&request, &response);
            }
        }
        Ok(())
    }

    /// An error or a redirect: it needs the headers of an error, and must not lead to another origin.
    fn not_a_file(&mut self, request: &str, response: &Fetched) {
        let expected = self.headers.for_error();
        self.found.extend(compare::headers(request, Responded::WithoutFile, &expected, response));
        let Some(location) = response.header("location") else { return };
        let target = Url::parse(self.fetch.origin()).and_then(|origin| origin.join(&location));
        if !target.is_ok_and(|target| target.origin().ascii_serialization() == self.fetch.origin()) {
            self.found.push(
                Finding::error(
                    "redirect-to-other-origin",
                    request,
                    "script in the page can leave through this redirect, which Connection-Allowlist admits",
                    "Answer with 404: in Static Web Apps close /.auth/* by a route.",
                )
                .with_values(None, Some(location)),
            );
        }
    }

    /// Asks for the page without TLS. No response is fine, too.
    pub(super) async fn plain_http(&mut self) {
        let Some(host) = self.fetch.origin().strip_prefix("https://").filter(|host| !host.contains(':')) else {
            return;
        };
        let Ok(response) = self.fetch.send_to(Method::GET, &format!("http://{host}/"), &[]).await else { return };
        let location = response.header("location").unwrap_or_default();
        let leads_to_page = location == format!("https://{host}") || location.starts_with(&format!("https://{host}/"));
        if !((300..400).contains(&response.status) && leads_to_page) {
            self.found.push(
                Finding::error(
                    "no-redirect-to-https",
                    &format!("GET http://{host}/"),
                    "plain http does not redirect to https",
                    "Redirect every path to the same path of https, or close the port.",
                )
                .with_values(Some(format!("308 https://{host}/")), Some(format!("{} {location}", response.status))),
            );
        }
    }
}

/// Whether Go's HTTP server responded before the web server that is written with it, such as Caddy.
fn is_from_go(path: &str, response: &Fetched) -> bool {
    path == "/%" && response.status == 400 && response.header("server").is_none() && response.header("date").is_none()
}
