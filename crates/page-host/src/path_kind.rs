/// The kinds of paths, by the headers of their responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// `/` and `/index.html`, the document that a portal frames.
    Document,
    /// `/window.html`, which leads the window of the sign-in to Entra.
    Window,
    /// `/return.html`, to which Entra leads that window back.
    Return,
    /// A file that the vault, a Worker, consists of. Its name has a hash, too.
    Vault,
    /// The embed SDK, a script for other origins, by its stable name or by the one with a hash.
    EmbedSdk,
    /// A file with a hash of its content in its name.
    Hashed,
    /// Everything else, errors included.
    Other,
}

impl PathKind {
    /// The kind of a path such as `/boot-91dc972df3afbfca.js`, without query.
    pub fn of(path: &str) -> Self {
        match path {
            "/" | "/index.html" => Self::Document,
            "/window.html" => Self::Window,
            "/return.html" => Self::Return,
            _ if path.starts_with("/vault/") => Self::Vault,
            _ if path.starts_with("/embed/") => Self::EmbedSdk,
            _ if has_hash(path) => Self::Hashed,
            _ => Self::Other,
        }
    }
}

/// How long browsers can keep a file. Documents and `config.json` are never stored: a 304 could not change their policies.
pub(crate) fn cache_control(path: &str) -> &'static str {
    match PathKind::of(path) {
        PathKind::Vault | PathKind::EmbedSdk | PathKind::Hashed if has_hash(path) => {
            "public, max-age=31536000, immutable"
        }
        PathKind::EmbedSdk => "no-cache",
        _ => "no-store",
    }
}

/// Whether the name has a hash of the content, such as `page-91dc972df3afbfca_bg.wasm`: 16 hexadecimal digits.
fn has_hash(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .unwrap_or_default()
        .split(['-', '_', '.'])
        .skip(1)
        .any(|part| part.len() == 16 && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
}
