use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use page_host::{Configuration, Finding, Host, Installation, Logo, Severity, SiteFiles};

use crate::{command_line::Build, printable::printable};

/// Writes `site/` and the configuration of the web server.
pub(crate) fn run(arguments: &Build) -> Result<ExitCode, String> {
    let text = read(&arguments.config)?;
    let findings = Configuration::findings(&text, arguments.address.as_deref());
    for Finding { name, severity, subject, message, fix, .. } in &findings {
        let severity = if *severity == Severity::Error { "error" } else { "warning" };
        eprintln!("{severity} {name}: {}: {}. {fix}", printable(subject), printable(message));
    }
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Ok(ExitCode::FAILURE);
    }
    let configuration = Configuration::parse(&text).map_err(|finding| finding.message)?;
    let host = Host::from(arguments.host);
    let site = arguments.out.join("site");
    let profile = arguments.header_options.headers(&configuration);
    let mut files =
        SiteFiles::build(&arguments.from, configuration.text(), &profile).map_err(|error| error.to_string())?;
    if let Some(name) = configuration.logo() {
        let logo = Logo::read(&arguments.config.with_file_name(name));
        logo.and_then(|logo| files.add_logo(&logo)).map_err(|error| error.to_string())?;
    }
    files.write(&site).map_err(|error| error.to_string())?;
    let files: Vec<_> = files.paths().map(str::to_owned).collect();
    if !host.sends_compressed_files() {
        remove_compressed(&site, &files)?;
    }
    let origin = configuration.page().origin();
    let headers = arguments.header_options.host_headers(&configuration, origin);
    let root = match &arguments.root {
        Some(root) => root.clone(),
        None => fs::canonicalize(&site).map_err(|error| failed(&site, &error))?.display().to_string(),
    };
    let certificates = format!("/etc/letsencrypt/live/{}", configuration.page().host());
    let path = |given: &Option<String>, name: &str| given.clone().unwrap_or_else(|| format!("{certificates}/{name}"));
    let (certificate, key) =
        (path(&arguments.certificate, "fullchain.pem"), path(&arguments.certificate_key, "privkey.pem"));
    let installation =
        Installation { headers: &headers, origin, root: &root, files: &files, certificate: (&certificate, &key) };
    for file in host.files(&installation).map_err(|error| error.to_string())? {
        let path = arguments.out.join(file.path);
        fs::write(&path, file.text).map_err(|error| failed(&path, &error))?;
        println!("{}", path.display());
    }
    println!("{} ({} files)", site.display(), files.len());
    Ok(ExitCode::SUCCESS)
}

/// Removes the compressed copies, for hosts that would serve them as files of their own.
fn remove_compressed(site: &Path, files: &[String]) -> Result<(), String> {
    for path in files {
        for extension in ["br", "gz"] {
            let copy = site.join(path.trim_start_matches('/')).with_added_extension(extension);
            if copy.exists() {
                fs::remove_file(&copy).map_err(|error| failed(&copy, &error))?;
            }
        }
    }
    Ok(())
}

/// The paths of all files of a folder, such as `/index.html`.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<String>, String> {
    let mut paths = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| failed(&folder, &error))? {
            let entry = entry.map_err(|error| failed(&folder, &error))?;
            let path = format!("{prefix}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                folders.push((entry.path(), path));
            } else {
                paths.push(path);
            }
        }
    }
    paths.sort();
    Ok(paths)
}

/// Reads a text file.
pub(crate) fn read(path: &PathBuf) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
