use super::{
    HostError, HostFile, Installation,
    rules::{Paths, rules},
};
use crate::{Header, media_type::MEDIA_TYPES};

pub(super) fn files(installation: &Installation) -> Result<Vec<HostFile>, HostError> {
    let for_error = installation.headers.for_error();
    let (mut matchers, mut directives) = (String::new(), String::new());
    // The last directive counts in Caddy, and the first rule here.
    let rules = rules(installation);
    for rule in rules.iter().rev() {
        let name = rule.name;
        let matcher = match &rule.paths {
            // Each release has these files. To the matcher `file`, `/` is a folder.
            Paths::Exact(paths) => format!("path {}", paths.join(" ")),
            // Only files that exist: an error has other headers.
            Paths::Matching(pattern) => format!("path_regexp {name} `{pattern}`\n\t\tfile"),
        };
        matchers.push_str(&format!("\t@{name} {{\n\t\t{matcher}\n\t}}\n"));
        let own = rule.headers(installation.headers);
        directives.push_str(&header(&format!("@{name} "), &own)?);
        for (removed, _) in for_error.iter().filter(|(known, _)| !own.iter().any(|(name, _)| name == known)) {
            directives.push_str(&format!("\t\theader @{name} -{}\n", super::usual_spelling(removed)));
        }
    }
    for (extension, media_type) in MEDIA_TYPES {
        let paths = if extension == "html" { "/ *.html".to_owned() } else { format!("*.{extension}") };
        matchers.push_str(&format!("\t@{extension} path {paths}\n"));
        directives.push_str(&format!("\t\theader @{extension} Content-Type `{media_type}`\n"));
    }
    // An error below /embed/ can have the headers of a rule already.
    let mut removals = String::new();
    for (name, _) in rules.iter().flat_map(|rule| rule.headers(installation.headers)) {
        let line = format!("\t\theader -{}\n", super::usual_spelling(name));
        if !for_error.iter().any(|(known, _)| *known == name) && !removals.contains(&line) {
            removals.push_str(&line);
        }
    }
    let for_error = header("", &for_error)?;
    let text = format!(
        "# The page at {origin}, made by page-host: build it again instead of editing it.\n\
         # Import it in /etc/caddy/Caddyfile, or run Caddy with it.\n\n\
         {origin} {{\n{bind}\troot * {root}\n\n{matchers}\t@other_method not method GET HEAD\n\n\
         \t# Outside of a route, Caddy sorts header directives so that those without a matcher undo the others.\n\
         \troute {{\n{for_error}{directives}\t\terror @other_method 405\n\t\tfile_server {{\n\
         \t\t\tprecompressed br gzip\n\t\t\t# Without it, the name of a folder redirects to the name with a slash.\n\
         \t\t\tdisable_canonical_uris\n\t\t}}\n\t}}\n\n\
         \thandle_errors {{\n\t\trewrite * /404.html\n{for_error}{removals}\
         \t\theader Content-Type `text/html; charset=utf-8`\n\t\tfile_server {{\n\
         \t\t\tprecompressed br gzip\n\t\t}}\n\t}}\n}}\n",
        origin = installation.origin,
        // Without TLS, for this computer only.
        bind = if installation.origin.starts_with("http://") { "\tbind 127.0.0.1\n" } else { "" },
        root = quoted(installation.root)?,
    );
    Ok(vec![HostFile { path: "Caddyfile", text }])
}

fn header(matcher: &str, headers: &[Header]) -> Result<String, HostError> {
    let mut text = format!("\t\theader {matcher}{{\n");
    for (name, value) in headers {
        text.push_str(&format!("\t\t\t{} {}\n", super::usual_spelling(name), quoted(value)?));
    }
    Ok(text + "\t\t}\n")
}

/// A raw word. Caddy would replace `{…}`, unless it is escaped.
fn quoted(text: &str) -> Result<String, HostError> {
    match text.chars().find(|c| *c == '`' || c.is_control()) {
        Some(character) => Err(HostError::Character { host: "Caddy", character, text: text.to_owned() }),
        None => Ok(format!("`{}`", text.replace('{', "\\{"))),
    }
}
