use std::borrow::Cow;

use super::Installation;
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
    Matching(Cow<'static, str>),
}

/// The name of a file with a hash, and of its compressed copies.
macro_rules! hashed {
    ($folder:literal) => {
        concat!("^", $folder, r"[^/]+-[0-9a-f]{16}(_bg)?\.[a-z]+(\.(br|gz))?$")
    };
}

/// All paths with headers of their own. The first match counts. Every other path has the headers of an error.
pub(super) fn rules(installation: &Installation) -> Vec<Rule> {
    let exact = |name, paths: &'static [&'static str]| Rule { name, paths: Paths::Exact(paths), sample: paths[0] };
    let matching = |name, pattern: &'static str, sample| Rule { name, paths: Paths::Matching(pattern.into()), sample };
    let mut rules = vec![
        exact("document", &["/", "/index.html"]),
        exact("window", &["/window.html"]),
        exact("return", &["/return.html"]),
        matching("embed_pinned", hashed!("/embed/"), "/embed/acs-sign-in-0123456789abcdef.js"),
        matching("embed", "^/embed/", "/embed/acs-sign-in.js"),
    ];
    for path in installation.files.iter().filter(|path| path.starts_with(LOADER)) {
        let pattern = format!("^{}$", path.replace('.', "[.]"));
        let sample = "/vault/loader-0123456789abcdef.js";
        rules.push(Rule { name: "vault_loader", paths: Paths::Matching(pattern.into()), sample });
    }
    // The loader of another build has the policy of another configuration. While the server has the configuration of
    // this build, a browser must not store that file with the policy of this one.
    rules.push(matching("other_loader", "^/vault/loader-", "/vault/loader.js"));
    rules.push(matching("vault", "^/vault/", "/vault/vault-0123456789abcdef.js"));
    rules.push(matching("languages", hashed!("/languages/"), "/languages/en-0123456789abcdef.json"));
    rules.push(matching("hashed", hashed!("/"), "/boot-0123456789abcdef.js"));
    rules
}

/// The beginning of the path of the vault's first file, whose hash is also that of its policy.
const LOADER: &str = "/vault/loader-";

impl Rule {
    pub(super) fn headers(&self, headers: &HostHeaders) -> Vec<Header> {
        headers.for_file(self.sample)
    }
}
