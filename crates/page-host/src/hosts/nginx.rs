use super::{
    HostError, HostFile, Installation,
    rules::{Paths, rules},
};
use crate::{Header, media_type::MEDIA_TYPES};

/// The longest value that is written as one word. nginx reads its configuration by 4096 bytes.
const LONGEST_WORD: usize = 3000;

/// The path that decides about the headers: that of the file, or that of the error page.
const PATH: &str = "$acs_sign_in_path";

pub(super) fn files(installation: &Installation) -> Result<Vec<HostFile>, HostError> {
    let mut text = format!(
        "# The page at {}, made by page-host: build it again instead of editing it.\n\
         # It belongs inside of http {{ }}, where /etc/nginx/conf.d/*.conf is included.\n\n\
         # An error has the headers of the error page, whatever its path.\n\
         map $status {PATH} {{\n    ~^[23] $uri;\n    default /404.html;\n}}\n",
        installation.origin
    );
    let mut added = String::new();
    for name in names(installation) {
        let variable = format!("$acs_sign_in_{}", name.replace('-', "_"));
        text.push_str(&map(installation, name, &variable)?);
        added.push_str(&format!("    add_header {} {variable} always;\n", super::usual_spelling(name)));
    }
    text.push_str(&server(installation, &added)?);
    Ok(vec![HostFile { path: "nginx.conf", text }])
}

/// The names of all headers of all paths.
fn names(installation: &Installation) -> Vec<&'static str> {
    let mut names: Vec<_> = installation.headers.for_error().into_iter().map(|(name, _)| name).collect();
    for (name, _) in rules(installation).iter().flat_map(|rule| rule.headers(installation.headers)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The value of one header for each path. nginx does not send a header whose value is empty.
fn map(installation: &Installation, name: &str, variable: &str) -> Result<String, HostError> {
    let mut parts = String::new();
    let mut word = |headers: &[Header], rule: &str| -> Result<String, HostError> {
        let value = headers.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        if value.len() <= LONGEST_WORD {
            return quoted(value);
        }
        let mut variables = String::new();
        for (at, part) in value.as_bytes().chunks(LONGEST_WORD).enumerate() {
            let part = quoted(&String::from_utf8_lossy(part))?;
            parts.push_str(&format!("map $uri {variable}_{rule}_{at} {{\n    default {part};\n}}\n"));
            variables.push_str(&format!("${{{}_{rule}_{at}}}", &variable[1..]));
        }
        Ok(format!("\"{variables}\""))
    };
    let mut rows = format!("    default {};\n", word(&installation.headers.for_error(), "default")?);
    for rule in &rules(installation) {
        let value = word(&rule.headers(installation.headers), rule.name)?;
        match &rule.paths {
            Paths::Exact(paths) => paths.iter().for_each(|path| rows.push_str(&format!("    {path} {value};\n"))),
            Paths::Matching(pattern) => rows.push_str(&format!("    \"~{}\" {value};\n", escaped(pattern))),
        }
    }
    Ok(format!("{parts}map {PATH} {variable} {{\n{rows}}}\n"))
}

fn server(installation: &Installation, added: &str) -> Result<String, HostError> {
    let (scheme, authority) = installation.origin.split_once("://").unwrap_or(("https", installation.origin));
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let mut text = String::new();
    let listen = if scheme == "https" {
        let port = if port.is_empty() { "443" } else { port };
        if port == "443" {
            // A name of its own, and not the request's, because a request can name any host.
            text.push_str(&format!(
                "\nserver {{\n    listen 80;\n    listen [::]:80;\n    server_name {host};\n    \
                 return 308 https://{host}$request_uri;\n}}\n"
            ));
        }
        let (certificate, key) = installation.certificate;
        format!(
            "    listen {port} ssl http2;\n    listen [::]:{port} ssl http2;\n    ssl_certificate {};\n    \
             ssl_certificate_key {};\n    ssl_protocols TLSv1.2 TLSv1.3;\n",
            quoted(certificate)?,
            quoted(key)?
        )
    } else {
        format!("    listen 127.0.0.1:{};\n", if port.is_empty() { "80" } else { port })
    };
    let (mut types, mut charsets) = (String::new(), String::new());
    for (extension, media_type) in MEDIA_TYPES {
        let (name, charset) = media_type.split_once("; ").unwrap_or((media_type, ""));
        types.push_str(&format!("        {name} {extension};\n"));
        // nginx adds the charset to text/html without being asked.
        if !charset.is_empty() && name != "text/html" {
            charsets.push_str(&format!(" {name}"));
        }
    }
    text.push_str(&format!(
        "\nserver {{\n{listen}    server_name {host};\n    root {root};\n\n    server_tokens off;\n    \
         absolute_redirect off;\n    charset utf-8;\n    charset_types{charsets};\n    types {{\n{types}    }}\n    \
         default_type application/octet-stream;\n\n    # The files .gz next to each file. For those with .br, install \
         the package\n    # libnginx-mod-http-brotli-static, and add: brotli_static on;\n    gzip_static on;\n    \
         gzip_vary on;\n\n    error_page 404 /404.html;\n\n    # `always`: errors need these headers, too.\n{added}\n    \
         location = / {{\n        try_files /index.html =404;\n    }}\n    # Without $uri/, which would redirect from \
         a folder's name to the name with a slash.\n    location / {{\n        try_files $uri =404;\n    }}\n}}\n",
        root = quoted(installation.root)?,
    ));
    Ok(text)
}

/// A quoted word. `$` would begin a variable, and nginx has no escape for it.
fn quoted(text: &str) -> Result<String, HostError> {
    match text.chars().find(|c| *c == '$' || c.is_control()) {
        Some(character) => Err(HostError::Character { host: "nginx", character, text: text.to_owned() }),
        None => Ok(format!("\"{}\"", escaped(text))),
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
