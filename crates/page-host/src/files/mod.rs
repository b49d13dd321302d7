//! The files of a deployed page, made from the folder that Trunk writes.
//!
//! Trunk hashes some names only, and not by the final content. Here each file gets a hash of its content in its name,
//! and the file that loads it gets that name together with the hash (`integrity`). Only the documents, `config.json`, the
//! stable name of the embed SDK, and the first file of the vault are trusted by name.

mod digest;
mod files_error;
mod first_requests;
mod html;
mod logo;
mod source;
mod write;

use std::{collections::BTreeMap, path::Path};

use self::{digest::Digest, source::Source};
pub use self::{files_error::FilesError, logo::Logo};
use crate::HeaderProfile;

/// The files of a deployed page, by path.
#[derive(Debug, Clone)]
pub struct SiteFiles {
    /// By paths such as `/boot-91dc972df3afbfca.js`.
    contents: BTreeMap<String, Vec<u8>>,
    /// From names without a hash, such as `boot.js` and `acs-sign-in_bg.wasm`, to paths.
    paths: BTreeMap<String, String>,
}

/// The files that keep their names, because a person, Entra or a portal names them.
const DOCUMENTS: [&str; 4] = ["404.html", "index.html", "return.html", "window.html"];
/// The embed SDK. Portals load it by this name, or by the name with its hash.
const EMBED_SDK: &str = "embed/acs-sign-in.js";
/// The vault's first file.
const LOADER: &str = "vault/vault_loader.js";
/// The two files that the first one loads.
const VAULT: [&str; 2] = ["vault.js", "vault_bg.wasm"];

impl SiteFiles {
    /// Makes the files from Trunk's folder, for a page with this configuration and these headers.
    ///
    /// # Errors
    ///
    /// If the folder is not as Trunk writes it, or the configuration is not a JSON object.
    pub fn build(source: &Path, config: &str, profile: &HeaderProfile) -> Result<Self, FilesError> {
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(config.trim_start_matches('\u{feff}'))
            .map_err(FilesError::Config)?;
        let mut files = Self { contents: BTreeMap::new(), paths: BTreeMap::new() };
        let mut documents = BTreeMap::new();
        let mut scripts = BTreeMap::new();
        let mut loader = None;
        let mut digests = BTreeMap::new();
        for (name, bytes) in Source::read(source)?.into_files() {
            if DOCUMENTS.contains(&&*name) {
                documents.insert(name, bytes);
            } else if name == LOADER {
                loader = Some(bytes);
            } else if has_wasm(&name) {
                scripts.insert(name, bytes);
            } else {
                let digest = Digest::of(&bytes);
                files.add(&name, &digest, bytes.clone());
                if name == EMBED_SDK {
                    files.contents.insert(format!("/{name}"), bytes);
                }
                digests.insert(name, digest);
            }
        }
        for (name, bytes) in scripts {
            let wasm = name.replace(".js", "_bg.wasm");
            let bytes = text(&name, bytes)?.replace(&wasm, files.file_name(&wasm)).into_bytes();
            let digest = Digest::of(&bytes);
            files.add(&name, &digest, bytes);
            digests.insert(name, digest);
        }
        let loader = files.complete_loader(text(LOADER, loader.unwrap_or_default())?, &digests)?;
        let loader = with_first_requests(&loader, config)?;
        // A worker gets its policy with its first file. A browser that keeps that file keeps the policy, so a page with
        // another policy needs another name.
        let headers = profile.headers("/vault/loader-0000000000000000.js");
        files.add(LOADER, &Digest::of_response(&headers, loader.as_bytes()), loader.into_bytes());
        for (name, bytes) in documents {
            let mut document = files.complete_document(&name, &text(&name, bytes)?, &digests)?;
            if name == "index.html" && first_requests::only_application(config).is_none() {
                document = document.replace(BUTTON, &format!("{BUTTON} data-off"));
            }
            files.contents.insert(format!("/{name}"), document.into_bytes());
        }
        files.contents.insert("/config.json".to_owned(), config.as_bytes().to_vec());
        Ok(files)
    }

    /// The file at a path such as `/` or `/config.json`.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.contents.get(if path == "/" { "/index.html" } else { path }).map(Vec::as_slice)
    }

    /// The path of a file by its name without a hash, such as `boot.js`, `vault.js` or `acs-sign-in_bg.wasm`.
    pub fn path_of(&self, name: &str) -> Option<&str> {
        self.paths.get(name).map(String::as_str)
    }

    /// All paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.contents.keys().map(String::as_str)
    }

    /// Adds a file whose name contains its hash.
    fn add(&mut self, name: &str, digest: &Digest, bytes: Vec<u8>) {
        let (folder_and_stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let hashed = match folder_and_stem.strip_suffix("_bg") {
            Some(stem) => format!("{stem}-{}_bg.{extension}", digest.in_name()),
            None => format!("{folder_and_stem}-{}.{extension}", digest.in_name()),
        };
        let path = in_folder(name, &hashed.replace("vault_loader", "loader"));
        self.paths.insert(name.to_owned(), path.clone());
        self.contents.insert(path, bytes);
    }

    /// The last part of a file's path. The source has the file, because [`Source`] checked that.
    fn file_name<'a>(&'a self, name: &'a str) -> &'a str {
        let path = self.path_of(name).unwrap_or(name);
        path.rsplit('/').next().unwrap_or(path)
    }

    /// Writes names and hashes of the vault's files into its first file.
    fn complete_loader(&self, loader: String, digests: &BTreeMap<String, Digest>) -> Result<String, FilesError> {
        VAULT.iter().try_fold(loader, |loader, name| {
            let empty = format!("['../{name}', '']");
            let digest = digests.get(*name).filter(|_| loader.matches(&empty).count() == 1);
            let integrity = digest.ok_or_else(|| FilesError::Loader(empty.clone()))?.integrity();
            Ok(loader.replace(&empty, &format!("['{}', '{integrity}']", self.file_name(name))))
        })
    }

    fn complete_document(
        &self,
        name: &str,
        document: &str,
        digests: &BTreeMap<String, Digest>,
    ) -> Result<String, FilesError> {
        html::complete(document, |reference| {
            Some(html::File {
                path: self.path_of(reference)?.strip_prefix('/')?,
                integrity: digests.get(reference).map(Digest::integrity),
            })
        })
        .map_err(|reference| FilesError::Dangling { document: name.to_owned(), reference })
    }
}

/// The button of `index.html`. It is off where the sign-in needs a choice or a window.
const BUTTON: &str = "id=\"boot-sign-in\"";

/// The list in the vault's first file of what it requests when a person comes back from the authority.
const FIRST_REQUESTS: &str = "const ON_RETURN = [];";

/// Writes the first requests of a return into the vault's first file.
fn with_first_requests(loader: &str, config: &str) -> Result<String, FilesError> {
    if loader.matches(FIRST_REQUESTS).count() != 1 {
        return Err(FilesError::Loader(FIRST_REQUESTS.to_owned()));
    }
    let requests: Vec<_> =
        first_requests::of(config).iter().map(|(url, media_type)| format!("['{url}', '{media_type}']")).collect();
    Ok(loader.replace(FIRST_REQUESTS, &format!("const ON_RETURN = [{}];", requests.join(", "))))
}

/// Whether a script is what wasm-bindgen makes: its name is that of its wasm.
fn has_wasm(name: &str) -> bool {
    matches!(name, "acs-sign-in.js" | "vault.js")
}

/// The path of a file in the deployed page. The vault has a folder of its own, so that a host needs one rule for it.
fn in_folder(name: &str, file: &str) -> String {
    if VAULT.contains(&name) { format!("/vault/{file}") } else { format!("/{file}") }
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, FilesError> {
    String::from_utf8(bytes).map_err(|_| FilesError::NotText(name.to_owned()))
}

#[cfg(test)]
mod tests;
