use std::{io, path::PathBuf};

/// Why the files of a page cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A file or folder cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        error: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {}: {error}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        error: io::Error,
    },
    /// The folder to write to has files, which could be those of an older page.
    #[error("{} is not empty: name a new folder, or remove it", .0.display())]
    NotEmpty(PathBuf),
    /// A file of the page is missing.
    #[error("{0} is missing in the build of the page; `cargo xtask dist` makes it anew")]
    Missing(String),
    /// Two different files have the same name apart from the hash in it.
    #[error("the build of the page has two different files {0}; `cargo xtask dist` makes it anew")]
    Twice(String),
    /// The folder was made by [`SiteFiles::write`](super::SiteFiles::write).
    #[error("this folder was already built for a host (it has {0}): name the folder that `cargo xtask dist` makes")]
    AlreadyBuilt(String),
    /// A file is not one of the page.
    #[error("{0} is not a file of the page; remove it from the folder")]
    Unknown(String),
    /// The logo is not one that the page can show.
    #[error("{}: a logo must be a PNG or WebP image, as its name says, of at most 64 KiB", .0.display())]
    Logo(PathBuf),
    /// The page's document has no place for the logo.
    #[error("index.html must have the end of its head: `</head>`")]
    Head,
    /// A document or a script is not UTF-8.
    #[error("{0} is not UTF-8")]
    NotText(String),
    /// A document names a file that the page does not have.
    #[error("{document} names {reference}, which is not a file of the page")]
    Dangling {
        /// The document.
        document: String,
        /// The name in it.
        reference: String,
    },
    /// The vault's first file does not have the text that is replaced by a name and a hash.
    #[error("vault/vault_loader.js must contain {0} once")]
    Loader(String),
    /// The configuration is not a JSON object.
    #[error("config.json is not a JSON object: {0}")]
    Config(#[source] serde_json::Error),
}
