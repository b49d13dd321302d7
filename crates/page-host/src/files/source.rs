use std::{collections::BTreeMap, fs, path::Path};

use super::{FilesError, LOADER};

/// The folder that Trunk writes. Names are without the hash that Trunk puts into some of them.
#[derive(Debug, Clone)]
pub(super) struct Source(BTreeMap<String, Vec<u8>>);

/// The files that a build has.
const EXPECTED: [&str; 17] = [
    "404.html",
    "acs-sign-in.js",
    "acs-sign-in_bg.wasm",
    "boot.js",
    "embed/acs-sign-in.js",
    "icon.svg",
    "index.html",
    "languages/en.json",
    "main.css",
    "return.html",
    "return.js",
    "vault.js",
    "vault/vault_loader.js",
    "vault_bg.wasm",
    "window.css",
    "window.html",
    "window.js",
];

/// The folder of the texts, which has a file for each language.
const LANGUAGES: &str = "languages/";

/// Files that a build may have and that are left out: a configuration for development, and what only editors read.
const LEFT_OUT: [&str; 2] = ["config.json", "config.schema.json"];

impl Source {
    /// Reads a folder.
    ///
    /// # Errors
    ///
    /// If a file of the page is missing, or another one is there.
    pub(super) fn read(folder: &Path) -> Result<Self, FilesError> {
        let mut found = BTreeMap::new();
        read_below(folder, "", &mut found)?;
        // Trunk writes one file into this folder.
        if let Some(name) = found.keys().find(|name| name.starts_with("vault/") && **name != LOADER) {
            return Err(FilesError::AlreadyBuilt(name.clone()));
        }
        let mut files = BTreeMap::new();
        for (name, bytes) in found {
            if LEFT_OUT.contains(&&*name) {
                continue;
            }
            let plain = without_hash(&name);
            if !EXPECTED.contains(&&*plain) && !is_language(&plain) {
                return Err(FilesError::Unknown(name));
            }
            if files.get(&plain).is_some_and(|other| *other != bytes) {
                return Err(FilesError::Twice(plain));
            }
            files.insert(plain, bytes);
        }
        match EXPECTED.iter().find(|name| !files.contains_key(**name)) {
            Some(missing) => Err(FilesError::Missing((*missing).to_owned())),
            None => Ok(Self(files)),
        }
    }

    /// The files, by names such as `boot.js`, `acs-sign-in_bg.wasm` and `embed/acs-sign-in.js`.
    pub(super) fn into_files(self) -> BTreeMap<String, Vec<u8>> {
        self.0
    }
}

/// Whether a file has the texts of a language, such as `languages/de.json`.
fn is_language(name: &str) -> bool {
    let language = name.strip_prefix(LANGUAGES).and_then(|file| file.strip_suffix(".json")).unwrap_or_default();
    matches!(language.len(), 2 | 3) && language.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn read_below(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) -> Result<(), FilesError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| FilesError::Read { path, error }
    };
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            read_below(&path, &format!("{name}/"), found)?;
        } else {
            found.insert(name, fs::read(&path).map_err(failed(&path))?);
        }
    }
    Ok(())
}

/// The name without its hash: `icon.svg` for `icon-1efd5f9a7d09c70.svg`. Trunk drops leading zeros.
pub(super) fn without_hash(name: &str) -> String {
    let is_hash = |text: &str| (12..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Some((stem, rest)) = name.rsplit_once('-') else { return name.to_owned() };
    let end = rest.find(['_', '.']).unwrap_or(rest.len());
    if is_hash(&rest[..end]) { format!("{stem}{}", &rest[end..]) } else { name.to_owned() }
}
