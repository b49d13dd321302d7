use crate::{Header, HostHeaders};

/// Paths with the same headers, for hosts whose configuration names paths by patterns. It then stays valid when names
/// with hashes change.
pub(super) struct Rule {
    /// A name for the host's configuration.
    pub(super) name: &'static str,
    /// The pattern.
    pub(super) paths: Paths,
    /// A path of this kind, by which the profile is asked.
    sample: &'static str,
}

/// A pattern of paths.
pub(super) enum Paths {
    /// These paths.
    Exact(&'static [&'static str]),
    /// A regular expression.
    Matching(&'static str),
}

/// The name of a file with a hash, and of its compressed copies.
macro_rules! hashed {
    ($folder:literal) => {
        concat!("^", $folder, r"[^/]+-[0-9a-f]{16}(_bg)?\.[a-z]+(\.(br|gz))?$")
    };
}

/// All paths with headers of their own. The first match counts. Every other path has the headers of an error.
pub(super) const RULES: [Rule; 7] = [
    Rule { name: "document", paths: Paths::Exact(&["/", "/index.html"]), sample: "/" },
    Rule { name: "window", paths: Paths::Exact(&["/window.html"]), sample: "/window.html" },
    Rule { name: "return", paths: Paths::Exact(&["/return.html"]), sample: "/return.html" },
    Rule {
        name: "embed_pinned",
        paths: Paths::Matching(hashed!("/embed/")),
        sample: "/embed/acs-sign-in-0123456789abcdef.js",
    },
    Rule { name: "embed", paths: Paths::Matching("^/embed/"), sample: "/embed/acs-sign-in.js" },
    Rule { name: "vault", paths: Paths::Matching("^/vault/"), sample: "/vault/loader-0123456789abcdef.js" },
    Rule { name: "hashed", paths: Paths::Matching(hashed!("/")), sample: "/boot-0123456789abcdef.js" },
];

impl Rule {
    pub(super) fn headers(&self, headers: &HostHeaders) -> Vec<Header> {
        headers.of_file(self.sample)
    }
}
