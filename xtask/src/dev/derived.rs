use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::seal;
use crate::workspace::Workspace;

use super::ports::Ports;

/// Beside Trunk.toml, because Trunk resolves paths against the directory of its configuration.
const TRUNK: &str = ".trunk-dev.toml";

/// The configuration files of the repository, rewritten for the ports in use. Never committed.
pub(crate) struct Derived {
    pub(crate) trunk: PathBuf,
    pub(crate) service: PathBuf,
}

pub(crate) fn write(workspace: &Workspace, ports: &Ports, page: &Path) -> Result<Derived, Failure> {
    let directory = workspace.dev();
    fs::create_dir_all(directory.join("dist")).map_err(Failure::io("making target/dev"))?;
    let config = directory.join("config.json");
    let derived = Derived { trunk: workspace.root().join(TRUNK), service: directory.join("exchange-service.toml") };
    let xtask = env::current_exe().map_err(Failure::io("finding this program"))?;

    let page = ports.rewrite(&workspace.read(page)?);
    let service = ports.rewrite(&workspace.read("crates/exchange-service/exchange-service.dev.toml")?);
    let trunk = ports.rewrite(&workspace.read("Trunk.toml")?) + &hook(&xtask, &config);
    for (path, text) in [(&config, page), (&derived.service, service), (&derived.trunk, trunk)] {
        fs::write(path, text).map_err(Failure::io(format!("writing {}", path.display())))?;
    }
    Ok(derived)
}

/// Makes Trunk put the derived config.json into every build, before anybody can load it.
fn hook(xtask: &Path, config: &Path) -> String {
    // A JSON string is a TOML basic string.
    let quoted = |path: &Path| serde_json::Value::from(path.to_string_lossy()).to_string();
    format!(
        "\n[[hooks]]\nstage = \"post_build\"\ncommand = {}\ncommand_arguments = [\"place-config\", {}]\n",
        quoted(xtask),
        quoted(config)
    )
}

/// What the hook runs.
pub(crate) fn place_config(config: &Path) -> Result<(), Failure> {
    fs::copy(config, seal::staging()?.join("config.json")).map_err(Failure::io("placing config.json")).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hook_survives_backslashes_and_quotes_in_paths() {
        let hook = hook(Path::new(r"C:\tools\xtask.exe"), Path::new("a\"b"));
        assert!(hook.contains(r#"command = "C:\\tools\\xtask.exe""#), "{hook}");
        assert!(hook.contains(r#"["place-config", "a\"b"]"#), "{hook}");
    }
}
