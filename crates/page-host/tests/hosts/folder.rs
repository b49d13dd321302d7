use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The document as Trunk writes it.
const INDEX: &str = r#"<!doctype html>
<link rel="stylesheet" href="./main-19b4a9115edf1204.css" integrity="sha384-trunk"/>
<link rel="icon" href="./icon-1efd5f9a7d09c70.svg"/>
<link data-language="de" href="languages/de.json">
<link data-language="en" href="languages/en.json">
<script type="module" src="./boot.js" data-vault="./vault/vault_loader.js" data-js="./acs-sign-in-ad08fe41b85f3d64.js" data-wasm="./acs-sign-in-ad08fe41b85f3d64_bg.wasm"></script>
"#;

/// The files that Trunk writes, by name, each with what the build looks for in it.
const FILES: [(&str, &str); 18] = [
    ("404.html", "<p>not found</p>"),
    ("acs-sign-in-ad08fe41b85f3d64.js", "new URL('acs-sign-in_bg.wasm', import.meta.url)"),
    ("acs-sign-in-ad08fe41b85f3d64_bg.wasm", "the page"),
    ("boot.js", "boot"),
    ("embed/acs-sign-in.js", "sdk"),
    ("icon-1efd5f9a7d09c70.svg", "<svg/>"),
    ("index.html", INDEX),
    ("languages/de.json", "{}"),
    ("languages/en.json", "{}"),
    ("main-19b4a9115edf1204.css", "body {}"),
    ("return.html", r#"<link rel="stylesheet" href="window.css"><script src="return.js"></script>"#),
    ("return.js", "return"),
    // With the name of a module that is not a file, as wasm-bindgen writes it.
    ("vault.js", "new URL('vault_bg.wasm', import.meta.url); './vault_bg.js'"),
    (
        "vault/vault_loader.js",
        "const FILES = [\n  ['../vault.js', ''],\n  ['../vault_bg.wasm', ''],\n];\nconst ON_RETURN = [];\n",
    ),
    ("vault_bg.wasm", "the vault"),
    ("window.css", "p {}"),
    ("window.html", r#"<link rel="stylesheet" href="window.css"><script src="window.js"></script>"#),
    ("window.js", "window"),
];

/// A page in a temporary folder, before and after `build`.
pub(crate) struct Folder {
    folder: TempDir,
    pub(crate) port: u16,
}

impl Folder {
    /// Makes the files, and a configuration for a free port.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let dist = folder.path().join("dist");
        // More bytes than the least that a check wants compressed.
        let filler = "The content of a file.\n".repeat(60);
        for (name, content) in FILES {
            let path = dist.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{content}\n{filler}")).unwrap();
        }
        let made = Self { folder, port };
        fs::write(made.config(), configuration(&made.origin()).to_string()).unwrap();
        made
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path().join("my.json")
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.path().join("out")
    }

    pub(crate) fn site(&self) -> PathBuf {
        self.out().join("site")
    }

    /// The name of a built file, by its beginning and its end.
    pub(crate) fn built(&self, folder: &str, start: &str, end: &str) -> String {
        let entries = fs::read_dir(self.site().join(folder)).unwrap();
        let mut names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.find(|name| name.starts_with(start) && name.ends_with(end)).unwrap()
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Runs `build` for a host.
    pub(crate) fn build(&self, host: &str) {
        let (status, output) = self.try_build(host, &[]);
        assert_eq!(status, Some(0), "{output}");
    }

    /// Runs `build` with more arguments. The exit status and the output.
    pub(crate) fn try_build(&self, host: &str, more: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_page-host"))
            .args(["build", "--for", host, "--config"])
            .arg(self.config())
            .arg("--from")
            .arg(self.path().join("dist"))
            .arg("--out")
            .arg(self.out())
            .args(more)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        (output.status.code(), text)
    }
}

/// A page at this origin, with servers on other ports.
pub(crate) fn configuration(origin: &str) -> Value {
    json!({
        "clientId": "acc00000-0000-4000-8000-000000000010",
        "authority": "http://localhost:8401/organizations/",
        "redirectUri": format!("{origin}/"),
        "exchange": {
            "contract": "quickstart",
            "url": "http://localhost:8403/exchange",
            "scope": "api://e8c00000-0000-4000-8000-000000000020/access_as_user"
        },
        "mailboxUrl": "http://localhost:8403/mailbox",
        "portals": [{ "origin": "http://localhost:8090", "receivesToken": true }]
    })
}
