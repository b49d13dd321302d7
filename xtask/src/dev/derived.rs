use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use crate::{failure::Failure, workspace::Workspace};

use super::ports::Ports;

/// Next to Trunk.toml, because Trunk resolves paths against the directory of its configuration.
const TRUNK: &str = ".trunk-dev.toml";

/// The configuration files of the repository, rewritten for the ports in use. Never committed.
pub(crate) struct Derived {
    pub(crate) trunk: PathBuf,
    pub(crate) service: PathBuf,
    /// Whether the page's configuration names the stand-ins for Microsoft's samples.
    pub(crate) samples: bool,
}

/// A key of the page's configuration, and its value.
pub(crate) type Setting = (String, Value);

/// Reads `key=value`. A value that is not JSON counts as a text, so that a text needs no JSON quotes in a shell.
pub(crate) fn setting(text: &str) -> Result<Setting, &'static str> {
    let (key, value) = text.split_once('=').ok_or("is not of the form KEY=VALUE")?;
    Ok((key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
}

/// The configuration with these keys set. It must be JSON; the page checks the rest.
fn with(config: &str, settings: &[Setting]) -> Result<String, Failure> {
    if settings.is_empty() {
        return Ok(config.to_owned());
    }
    let mut members: Map<String, Value> =
        serde_json::from_str(config).map_err(|error| Failure::io("reading the page's configuration")(error.into()))?;
    for (key, value) in settings {
        match value {
            Value::Null => members.remove(key),
            value => members.insert(key.clone(), value.clone()),
        };
    }
    Ok(Value::Object(members).to_string())
}

pub(crate) fn write(
    workspace: &Workspace,
    ports: &Ports,
    page: &Path,
    settings: &[Setting],
    portals: &[String],
) -> Result<Derived, Failure> {
    let directory = workspace.dev();
    fs::create_dir_all(directory.join("dist")).map_err(Failure::io("making target/dev"))?;
    let config = directory.join("config.json");
    let xtask = env::current_exe().map_err(Failure::io("finding this program"))?;

    let page = admitting(portals, ports.rewrite(&with(&workspace.read(page)?, settings)?));
    let derived = Derived {
        trunk: workspace.root().join(TRUNK),
        service: directory.join("exchange-service.toml"),
        samples: page.contains(&format!("http://localhost:{}/", ports.samples)),
    };
    let service = ports.rewrite(&workspace.read("crates/exchange-service/exchange-service.dev.toml")?);
    let trunk = framed_by(portals, &ports.rewrite(&workspace.read("Trunk.toml")?)) + &hook(&xtask, &config);
    for (path, text) in [(&config, page), (&derived.service, service), (&derived.trunk, trunk)] {
        fs::write(path, text).map_err(Failure::io(format!("writing {}", path.display())))?;
    }
    Ok(derived)
}

/// The configuration with these portals added. A text that is no configuration stays unchanged: the page reports it.
fn admitting(portals: &[String], config: String) -> String {
    let Ok(Value::Object(mut config)) = serde_json::from_str(&config) else { return config };
    if let Value::Array(known) = config.entry("portals").or_insert_with(|| json!([])) {
        known.extend(portals.iter().map(|origin| json!({ "origin": origin, "receivesToken": true })));
    }
    config.retain(|key, value| key != "portals" || value.as_array().is_none_or(|known| !known.is_empty()));
    Value::Object(config).to_string()
}

/// Trunk's configuration with these portals added to `frame-ancestors`.
fn framed_by(portals: &[String], trunk: &str) -> String {
    let directive = portals.iter().fold("frame-ancestors".to_owned(), |list, origin| list + " " + origin);
    trunk.replace("frame-ancestors", &directive)
}

/// A hook by which Trunk puts the derived config.json into every build, before Trunk serves the build.
fn hook(xtask: &Path, config: &Path) -> String {
    // A JSON string is a TOML basic string.
    let quoted = |path: &Path| serde_json::Value::from(path.to_string_lossy()).to_string();
    format!(
        "\n[[hooks]]\nstage = \"post_build\"\ncommand = {}\ncommand_arguments = [\"place-config\", {}]\n",
        quoted(xtask),
        quoted(config)
    )
}

/// Copies the derived config.json into Trunk's build. The hook calls this.
pub(crate) fn place_config(config: &Path) -> Result<(), Failure> {
    // The folder of Trunk's build, from the variable that Trunk sets for its hooks.
    let staging = env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from).ok_or(Failure::NoHook)?;
    fs::copy(config, staging.join("config.json")).map_err(Failure::io("placing config.json")).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_a_portal_to_the_configuration_and_to_frame_ancestors() {
        let own = ["http://localhost:9000".to_owned()];
        let config = r#"{"clientId":"a","portals":[{"origin":"http://localhost:8090"}]}"#;
        let admitted: Value = serde_json::from_str(&admitting(&own, config.to_owned())).unwrap();
        let portals = json!([
            { "origin": "http://localhost:8090" },
            { "origin": "http://localhost:9000", "receivesToken": true },
        ]);
        assert_eq!(admitted, json!({ "clientId": "a", "portals": portals }));
        assert_eq!(admitting(&[], r#"{"clientId":"a"}"#.to_owned()), r#"{"clientId":"a"}"#);
        assert_eq!(admitting(&own, "no JSON".to_owned()), "no JSON");
        let trunk = "frame-ancestors http://localhost:8090; require";
        assert_eq!(framed_by(&own, trunk), "frame-ancestors http://localhost:9000 http://localhost:8090; require");
        assert_eq!(framed_by(&[], trunk), trunk);
    }

    #[test]
    fn sets_replaces_and_removes_keys_and_reads_texts_without_quotes() {
        let config = r#"{ "authority": "http://localhost:8401/organizations/", "comeBack": "hint" }"#;
        let settings = ["comeBack=null", "idleLimitMinutes=1", "signInBy=window"].map(|text| setting(text).unwrap());
        assert_eq!(
            serde_json::from_str::<Value>(&with(config, &settings).unwrap()).unwrap(),
            serde_json::json!({
                "authority": "http://localhost:8401/organizations/", "idleLimitMinutes": 1, "signInBy": "window"
            })
        );
        assert_eq!(with(config, &[]).unwrap(), config, "without settings, the text stays unchanged");
        assert!(setting("idleLimitMinutes").is_err());
        assert!(with("no JSON", &settings).is_err());
    }

    #[test]
    fn the_hook_survives_backslashes_and_quotes_in_paths() {
        let hook = hook(Path::new(r"C:\tools\xtask.exe"), Path::new("a\"b"));
        assert!(hook.contains(r#"command = "C:\\tools\\xtask.exe""#), "{hook}");
        assert!(hook.contains(r#"["place-config", "a\"b"]"#), "{hook}");
    }
}
