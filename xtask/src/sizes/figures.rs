use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};

use crate::failure::Failure;

/// Bytes by crate.
pub(super) type Crates = BTreeMap<String, usize>;

/// The sizes of a build.
pub(super) struct Figures {
    /// Bytes of what a browser downloads, compressed with brotli at level 11: vault, page, first visit.
    pub(super) downloads: [usize; 3],
    /// Bytes of code before optimization and compression: of the vault, and of the page.
    pub(super) crates: [Crates; 2],
}

/// The names of the downloads, and of the two with code.
pub(super) const DOWNLOADS: [&str; 3] = ["vault", "page", "firstVisit"];

impl Figures {
    pub(super) fn to_json(&self) -> Value {
        let downloads: BTreeMap<_, _> = DOWNLOADS.into_iter().zip(self.downloads).collect();
        let crates: BTreeMap<_, _> = DOWNLOADS.into_iter().zip(&self.crates).collect();
        // In alphabetical order, which serde_json keeps with each of its features.
        json!({ "crates": crates, "downloads": downloads })
    }

    /// Reads the committed figures. A missing one is zero, so that it fails every check.
    pub(super) fn from_json(figures: &Value) -> Self {
        let bytes = |value: &Value| value.as_u64().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or_default();
        let of = |name: &str| {
            let crates = figures["crates"][name].as_object().into_iter().flatten();
            crates.map(|(name, value)| (name.clone(), bytes(value))).collect()
        };
        Self {
            downloads: DOWNLOADS.map(|name| bytes(&figures["downloads"][name])),
            crates: [of(DOWNLOADS[0]), of(DOWNLOADS[1])],
        }
    }
}

/// The bytes of each download of a folder that page-host has made, `site/`.
///
/// # Errors
///
/// If the folder cannot be read.
pub(super) fn downloads(site: &Path) -> Result<[usize; 3], Failure> {
    let mut files = Vec::new();
    list(site, "", &mut files).map_err(Failure::io(format!("reading {}", site.display())))?;
    let sum = |wanted: &dyn Fn(&str) -> bool| {
        files.iter().filter(|(path, _)| wanted(path)).map(|(_, bytes)| bytes).sum::<usize>()
    };
    let is_wasm_or_glue = |path: &str, name: &str| {
        let name = path.strip_prefix(name).unwrap_or_default();
        name.ends_with(".js") || name.ends_with(".wasm")
    };
    Ok([
        sum(&|path| is_wasm_or_glue(path, "/vault/vault-")),
        sum(&|path| is_wasm_or_glue(path, "/acs-sign-in-")),
        sum(&is_of_first_visit),
    ])
}

/// All files, except those that only a window, a portal, an error, an editor or another language loads.
fn is_of_first_visit(path: &str) -> bool {
    let others = ["/404", "/config.schema", "/embed/", "/languages/", "/return", "/window"];
    path.starts_with("/languages/en-") || !others.iter().any(|other| path.starts_with(other))
}

/// Adds the path of each file, with the size of its compressed copy if there is one.
fn list(folder: &Path, below: &str, files: &mut Vec<(String, usize)>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &path, files)?;
        } else if !path.ends_with(".br") && !path.ends_with(".gz") {
            let compressed = entry.path().with_added_extension("br");
            let size = fs::metadata(&compressed).or_else(|_| entry.metadata())?.len();
            files.push((path, usize::try_from(size).unwrap_or(usize::MAX)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_visit_loads_no_file_of_a_window_a_portal_or_an_error() {
        for path in [
            "/index.html",
            "/boot-1.js",
            "/config.json",
            "/languages/en-1.json",
            "/vault/loader-1.js",
            "/vault/vault-1_bg.wasm",
        ] {
            assert!(is_of_first_visit(path), "{path}");
        }
        for path in [
            "/window.html",
            "/window-1.css",
            "/return-1.js",
            "/404.html",
            "/embed/acs-sign-in.js",
            "/languages/de-1.json",
        ] {
            assert!(!is_of_first_visit(path), "{path}");
        }
    }

    #[test]
    fn figures_are_the_same_after_a_file() {
        let figures = json!({
            "downloads": { "vault": 3, "page": 2, "firstVisit": 7 },
            "crates": { "vault": { "sign_in": 4 }, "page": {} },
        });
        assert_eq!(Figures::from_json(&figures).to_json(), figures);
    }
}
