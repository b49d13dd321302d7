use super::{HostError, HostFile, Installation, usual_spelling};
use crate::{Header, media_type};

/// The longest line that Cloudflare accepts.
const LONGEST_LINE: usize = 2000;

/// All matching rules apply. The values of a header that two of them have are joined by a comma, which would enforce
/// both policies, so each file first removes what the rule for all paths has.
pub(super) fn cloudflare(installation: &Installation) -> Result<Vec<HostFile>, HostError> {
    let all = installation.headers.for_error();
    let mut text = rule("/*", &[], &all);
    for path in installation.paths() {
        let own = installation.headers.for_file(path);
        let changed: Vec<_> = own.iter().filter(|header| !all.contains(header)).cloned().collect();
        let removed: Vec<_> = all
            .iter()
            .filter(|header| !own.contains(header))
            .map(|(name, _)| format!("! {}", usual_spelling(name)))
            .collect();
        text.push_str(&rule(path, &removed, &with_type(path, changed)));
    }
    let longest = text.lines().map(str::len).max().unwrap_or_default();
    if longest > LONGEST_LINE {
        return Err(HostError::TooLarge { file: "a line of _headers", size: longest, limit: LONGEST_LINE });
    }
    let wrangler = "{\n  \"name\": \"acs-sign-in\",\n  \"compatibility_date\": \"2026-01-01\",\n  \"assets\": {\n    \
                    \"directory\": \"./site\",\n    \"html_handling\": \"none\",\n    \"not_found_handling\": \
                    \"404-page\"\n  }\n}\n";
    Ok(vec![
        HostFile { path: "site/_headers", text },
        // Without html_handling, /window.html would redirect to /window.
        HostFile { path: "site/_redirects", text: "/ /index.html 200\n".to_owned() },
        HostFile { path: "wrangler.jsonc", text: wrangler.to_owned() },
    ])
}

/// All matching rules apply. Of a header that two of them have, the later one counts. Nothing removes a header, so the
/// rule for all paths has only what every file has: an error then lacks the opener policy.
pub(super) fn netlify(installation: &Installation) -> Result<Vec<HostFile>, HostError> {
    let files: Vec<_> = installation.paths().map(|path| (path, installation.headers.for_file(path))).collect();
    let has = |headers: &[Header], name: &str| headers.iter().any(|(known, _)| *known == name);
    let mut all = installation.headers.for_error();
    all.retain(|(name, _)| files.iter().all(|(_, headers)| has(headers, name)));
    let mut text = rule("/*", &[], &all);
    for (path, own) in files {
        let own = own.into_iter().filter(|header| !all.contains(header)).collect();
        text.push_str(&rule(path, &[], &with_type(path, own)));
    }
    Ok(vec![HostFile { path: "site/_headers", text }])
}

/// Adds the media type, which the hosts otherwise send without a charset.
fn with_type(path: &str, mut headers: Vec<Header>) -> Vec<Header> {
    headers.push(("content-type", media_type(path).to_owned()));
    headers
}

fn rule(path: &str, removed: &[String], headers: &[Header]) -> String {
    let removed = removed.iter().map(|line| format!("  {line}\n"));
    let set = headers.iter().map(|(name, value)| format!("  {}: {value}\n", usual_spelling(name)));
    format!("{path}\n{}", removed.chain(set).collect::<String>())
}
