use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use flate2::{Compression, write::GzEncoder};

use crate::{
    failure::Failure,
    program,
    report::{note, step},
    tools::{self, Tools},
    workspace::Workspace,
};

/// Next to index.html, because Trunk resolves the paths in the document against the document's directory.
const UNOPTIMIZED_INDEX: &str = ".trunk-unoptimized.html";

/// Options of `cargo xtask dist`.
#[derive(Args)]
pub(crate) struct Options {
    /// The configuration of the page to make a folder for.
    #[arg(long, value_name = "FILE", requires = "host")]
    config: Option<PathBuf>,
    /// The web server: `cargo run --package page-host -- build --help` lists them.
    #[arg(long = "for", value_name = "HOST", requires = "config")]
    host: Option<String>,
    /// The folder to make. `site/` in it is what is uploaded.
    #[arg(long, value_name = "FOLDER", default_value = "deployment", requires = "config")]
    out: PathBuf,
    /// After `--`: more options of `page-host build`, such as --root for nginx and Caddy.
    #[arg(last = true, value_name = "OPTIONS", requires = "config")]
    page_host_options: Vec<String>,
}

/// Builds the page, and the folder for a web server if the options name one.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let (Some(config), Some(host)) = (&options.config, &options.host) else { return build(workspace) };
    // Before the build, which takes minutes.
    let site = options.out.join("site");
    if site.exists() {
        return Err(Failure::FolderExists { folder: site });
    }
    fs::metadata(config).map_err(Failure::io(format!("reading {}", config.display())))?;
    build(workspace)?;
    let [config, out] = [config, &options.out]
        .map(|path| std::path::absolute(path).map_err(Failure::io(format!("finding {}", path.display()))));
    let mut page_host = workspace.cargo();
    page_host.args(["run", "--quiet", "--locked", "--package", "page-host", "--", "build", "--for", host]);
    page_host
        .arg("--from")
        .arg(workspace.dist())
        .arg("--config")
        .arg(config?)
        .arg("--out")
        .arg(out?)
        .args(&options.page_host_options);
    step("making the folder to upload", || program::run(&mut page_host))
}

/// Builds the page for deployment, and prints the sizes of its files.
pub(crate) fn build(workspace: &Workspace) -> Result<(), Failure> {
    make(workspace)?;
    sizes(&workspace.dist())
}

/// Builds the page for deployment.
pub(crate) fn make(workspace: &Workspace) -> Result<(), Failure> {
    let tools = tools::all(workspace)?;
    step("fetching the crates that Cargo.lock names", || {
        program::run(workspace.cargo().args(["fetch", "--locked", "--quiet"]))
    })?;
    step("building the page for release into dist/", || trunk_build(workspace, &tools))?;
    leave_out_configuration(&workspace.dist())
}

/// Removes the configuration of the repository, which is for development: a host that serves it by accident would send
/// people to loopback. Without a configuration, the page names what is missing.
fn leave_out_configuration(dist: &Path) -> Result<(), Failure> {
    fs::remove_file(dist.join("config.json")).map_err(Failure::io("leaving config.json out of dist/"))
}

fn trunk_build(workspace: &Workspace, tools: &Tools) -> Result<(), Failure> {
    let mut trunk = tools.trunk(workspace.root());
    // Offline, because Trunk could only fetch a tool of another version than ours.
    trunk.args(["--quiet", "build", "--release", "--locked", "--offline"]);
    trunk.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", without_paths_of_this_machine(workspace));
    without_missing_optimizer(workspace, tools, &mut trunk)?;
    program::run(&mut trunk)
}

/// Flags that shorten the paths of sources in panic messages, so that the public files do not reveal the machine and the
/// user that built them (SEC-068), and are the same wherever they are built.
fn without_paths_of_this_machine(workspace: &Workspace) -> String {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let sources = cargo_home.map(|home| home.join("registry").join("src"));
    let flags = [(sources, "crates"), (Some(workspace.root().to_owned()), "acs-sign-in")].into_iter();
    flags.filter_map(|(path, short)| remap(path?.to_str()?, short)).collect::<Vec<_>>().join(" ")
}

/// Cargo splits the variable at spaces, so a path with a space cannot be shortened.
fn remap(path: &str, short: &str) -> Option<String> {
    (!path.contains(char::is_whitespace)).then(|| format!("--remap-path-prefix={path}={short}"))
}

/// Without wasm-opt, gives Trunk a document that requests no optimization. Trunk has no option for it.
pub(crate) fn without_missing_optimizer(
    workspace: &Workspace,
    tools: &Tools,
    trunk: &mut Command,
) -> Result<(), Failure> {
    if !tools.has_optimizer() {
        let index = without_optimizer(&workspace.read("index.html")?);
        fs::write(workspace.root().join(UNOPTIMIZED_INDEX), index)
            .map_err(Failure::io(format!("writing {UNOPTIMIZED_INDEX}")))?;
        trunk.args(["--html-output", "index.html", UNOPTIMIZED_INDEX]);
    }
    Ok(())
}

fn without_optimizer(index: &str) -> String {
    index.replace("data-wasm-opt=\"z\"", "data-wasm-opt=\"0\"")
}

fn sizes(dist: &Path) -> Result<(), Failure> {
    let mut files = Vec::new();
    let reading = || format!("reading {}", dist.display());
    for entry in fs::read_dir(dist).map_err(Failure::io(reading()))? {
        let path = entry.map_err(Failure::io(reading()))?.path();
        if path.is_file() {
            let bytes = fs::read(&path).map_err(Failure::io(reading()))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, bytes.len(), gzipped(&bytes)));
        }
    }
    files.sort_by_key(|(_, raw, _)| std::cmp::Reverse(*raw));
    let total = files.iter().fold((0, 0), |sum, (_, raw, gzip)| (sum.0 + raw, sum.1 + gzip));
    files.push(("together".to_owned(), total.0, total.1));
    note(&format!("{:<44} {:>10} {:>10}", "bytes", "raw", "gzip -9"));
    for (name, raw, gzip) in files {
        note(&format!("{name:<44} {raw:>10} {gzip:>10}"));
    }
    Ok(())
}

fn gzipped(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_or(bytes.len(), |compressed| compressed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_wasm_opt_the_document_requests_no_optimization() {
        let index = r#"<link data-trunk rel="rust" data-wasm-opt="z"><link rel="rust" data-wasm-opt="z">"#;
        let expected = r#"<link data-trunk rel="rust" data-wasm-opt="0"><link rel="rust" data-wasm-opt="0">"#;
        assert_eq!(without_optimizer(index), expected);
    }

    #[test]
    fn shortens_paths_without_spaces() {
        assert_eq!(remap("/home/alice/page", "page").as_deref(), Some("--remap-path-prefix=/home/alice/page=page"));
        assert_eq!(remap("/home/alice b/page", "page"), None);
    }

    #[test]
    fn counts_the_bytes_of_gzip() {
        assert!(gzipped(&[b'a'; 10_000]) < 100);
    }
}
