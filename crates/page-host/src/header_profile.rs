use crate::{
    Addresses, Authority, Choices, PathKind, addresses::origin_of, connection_allowlist, path_kind::cache_control,
};

/// A name in lower case, and its value.
pub type Header = (&'static str, String);

/// The headers of production for each path.
#[derive(Debug, Clone)]
pub struct HeaderProfile {
    addresses: Addresses,
    choices: Choices,
}

const DOCUMENT: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
                        worker-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                        require-trusted-types-for 'script'; trusted-types default";

impl HeaderProfile {
    /// The profile of a page with these addresses.
    pub fn new(addresses: Addresses, choices: Choices) -> Self {
        Self { addresses, choices }
    }

    /// The headers of each response for a path, whatever its status. They do not depend on the request otherwise.
    pub fn headers(&self, path: &str) -> Vec<Header> {
        let kind = PathKind::of(path);
        let addresses = &self.addresses;
        let mailbox = addresses.mailbox.as_deref().map(origin_of);
        let policy = match kind {
            PathKind::Window => static_policy("'self'"),
            PathKind::Return => static_policy(mailbox.unwrap_or("'none'")),
            PathKind::Vault => self.vault_policy(),
            _ => self.document_policy(),
        };
        let allowlist = match kind {
            PathKind::Document => connection_allowlist::for_document(addresses),
            PathKind::Window => connection_allowlist::for_window(addresses),
            PathKind::Return => connection_allowlist::for_return(addresses),
            PathKind::Vault => connection_allowlist::for_vault(addresses),
            PathKind::EmbedSdk | PathKind::Hashed | PathKind::Other => connection_allowlist::OWN_ORIGIN.to_owned(),
        };
        let is_for_other_origins =
            kind == PathKind::EmbedSdk || (self.choices.isolated_portals && kind == PathKind::Document);
        let mut headers = vec![
            ("cache-control", cache_control(path).to_owned()),
            ("connection-allowlist", allowlist),
            ("content-security-policy", policy),
            (
                "cross-origin-resource-policy",
                if is_for_other_origins { "cross-origin" } else { "same-origin" }.to_owned(),
            ),
            // For every file: if one document, such as an error page, lacks it, the browser clusters the window by site.
            ("origin-agent-cluster", "?1".to_owned()),
            (
                "permissions-policy",
                "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()".to_owned(),
            ),
            ("referrer-policy", "no-referrer".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ];
        // With this header, the two documents of the window flow could not reach the page that opened them.
        if !matches!(kind, PathKind::Window | PathKind::Return) {
            headers.push(("cross-origin-opener-policy", "same-origin-allow-popups".to_owned()));
        }
        if self.choices.isolated_portals {
            // For every file, because a worker must isolate itself, too.
            headers.push(("cross-origin-embedder-policy", "require-corp".to_owned()));
        }
        if kind == PathKind::Vault {
            // Script in the page could open one of these files as a document, and send requests from there to what the
            // vault's policy allows: the authority's token endpoint, with a code and a verifier of its own. This makes a
            // navigation a download; a worker ignores it.
            headers.push(("content-disposition", "attachment".to_owned()));
        }
        if kind == PathKind::EmbedSdk {
            headers.push(("access-control-allow-origin", "*".to_owned()));
        }
        headers
    }

    fn document_policy(&self) -> String {
        let portals = &self.addresses.portals;
        let ancestors = if portals.is_empty() { "'none'".to_owned() } else { portals.join(" ") };
        format!("{DOCUMENT}; frame-ancestors {ancestors}")
    }

    /// The servers of the vault, each once.
    fn vault_origins(&self) -> Vec<&str> {
        let Addresses { authorities, exchanges, mailbox, .. } = &self.addresses;
        let authorities = authorities.iter().map(Authority::origin);
        let others = exchanges.iter().map(String::as_str).chain(mailbox.as_deref().map(origin_of));
        let mut origins = Vec::new();
        for origin in authorities.chain(others) {
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        origins
    }

    /// The policy of a worker comes from its own response, and not from the document.
    fn vault_policy(&self) -> String {
        let origins = self.vault_origins().join(" ");
        format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' {origins}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types default"
        )
    }
}

/// The policy of `window.html`, which reads its configuration, and of `return.html`, which can connect to the mailbox.
/// `img-src` is for the icon. Without one, the browser would request `/favicon.ico`.
fn static_policy(connect: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {connect}; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn authority(address: &str) -> Vec<Authority> {
        vec![Authority { address: address.into(), client_id: "<client id>".into(), is_entra: true }]
    }

    fn header(path: &str, name: &str) -> String {
        let addresses = Addresses {
            authorities: authority("http://entra.example/organizations"),
            signs_in_by_redirect: true,
            exchanges: vec!["http://service.example".into()],
            mailbox: Some("http://service.example/mailbox".into()),
            links: Vec::new(),
            portals: vec!["https://one.example".into(), "https://two.example".into()],
        };
        let profile = HeaderProfile::new(addresses, Choices::default());
        profile.headers(path).into_iter().find(|(known, _)| *known == name).unwrap().1
    }

    fn default_profile() -> HeaderProfile {
        HeaderProfile::new(Addresses::default(), Choices::default())
    }

    #[test]
    fn guide_and_development_server_have_the_policies_of_the_tests() {
        const GUIDE: &str = include_str!("../../../docs/hosting.md");
        const DEVELOPMENT: &str = include_str!("../../../Trunk.toml");
        let addresses = Addresses {
            authorities: authority("https://login.microsoftonline.com/organizations/"),
            signs_in_by_redirect: true,
            exchanges: vec!["https://exchange.example.com".into()],
            mailbox: Some("https://exchange.example.com/mailbox".into()),
            links: vec!["https://portal.example.com/".into()],
            portals: vec!["https://portal.example.com".into()],
        };
        let production = HeaderProfile::new(addresses, Choices::default());
        let written = |text: &'static str, quote: char| -> Vec<BTreeSet<&'static str>> {
            let policies = text.split(quote).filter(|part| part.starts_with("default-src"));
            policies.map(|policy| policy.split("; ").collect()).collect()
        };
        for policy in [production.document_policy(), production.vault_policy(), static_policy("'self'")] {
            assert!(written(GUIDE, '`').contains(&policy.split("; ").collect()), "{policy}");
        }
        for path in ["/", "/window.html", "/return.html", "/vault/loader.js", "/boot.js"] {
            let allowlist = production.headers(path).into_iter().find(|(name, _)| *name == "connection-allowlist");
            let (_, value) = allowlist.unwrap();
            assert!(GUIDE.contains(&format!("`{value}`")), "{path}: {value}");
        }
        // Trunk sends one policy with all files: that of the document, with the servers that the vault connects to.
        let servers = "http://localhost:8401 http://localhost:8402 http://localhost:8403 http://localhost:8404";
        let addresses = Addresses { portals: vec!["http://localhost:8090".into()], ..Addresses::default() };
        let development = HeaderProfile::new(addresses, Choices::default());
        let policy =
            development.document_policy().replace("connect-src 'self';", &format!("connect-src 'self' {servers};"));
        assert!(written(DEVELOPMENT, '"').contains(&policy.split("; ").collect()), "{policy}");
        let allowlist = format!("(response-origin \"{}\");redirects=allow", servers.replace(' ', "\" \""));
        assert!(DEVELOPMENT.contains(&format!("\n\"Connection-Allowlist\" = '{allowlist}'\n")), "{allowlist}");
    }

    #[test]
    fn every_file_has_the_headers_that_the_guide_lists_for_every_file() {
        // REV-01, SEC-055, SEC-056, SEC-062
        const GUIDE: &str = include_str!("../../../docs/hosting.md");
        const DEVELOPMENT: &str = include_str!("../../../Trunk.toml");
        let section = GUIDE.split("\n## For every file\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
        let rows: Vec<_> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once("` | `"))
            .map(|(name, value)| (name, value.split('`').next().unwrap_or_default()))
            // Loopback has no https.
            .filter(|(name, _)| *name != "Strict-Transport-Security")
            .collect();
        assert!(rows.contains(&("Origin-Agent-Cluster", "?1")), "{rows:?}");
        for (name, value) in rows {
            assert!(DEVELOPMENT.contains(&format!("\n\"{name}\" = \"{value}\"\n")), "{name} in Trunk.toml");
            for path in
                ["/", "/boot.js", "/vault/vault.js", "/window.html", "/return.html", "/config.json", "/no-such-file"]
            {
                assert_eq!(header(path, &name.to_ascii_lowercase()), value, "{name} of {path}");
            }
        }
    }

    #[test]
    fn documents_of_the_window_flow_have_no_coop_and_reach_only_the_mailbox() {
        // SEC-042
        for path in ["/window.html", "/return.html"] {
            let names: Vec<_> = default_profile().headers(path).into_iter().map(|(name, _)| name).collect();
            assert!(!names.contains(&"cross-origin-opener-policy"), "{path}");
        }
        assert_eq!(header("/", "cross-origin-opener-policy"), "same-origin-allow-popups");
        assert!(header("/window.html", "content-security-policy").contains("connect-src 'self';"));
        assert!(header("/return.html", "content-security-policy").contains("connect-src http://service.example;"));
    }

    #[test]
    fn the_document_connects_to_no_other_origin_and_the_vault_to_two() {
        // SEC-060
        let policy = header("/", "content-security-policy");
        assert!(policy.contains("connect-src 'self';"), "{policy}");
        for path in ["/vault/vault.js", "/vault/vault_bg.wasm", "/vault/loader.js"] {
            let policy = header(path, "content-security-policy");
            assert!(policy.contains("connect-src 'self' http://entra.example http://service.example;"), "{policy}");
            assert!(policy.ends_with("; require-trusted-types-for 'script'; trusted-types default"), "{policy}");
        }
    }

    #[test]
    fn each_kind_of_path_has_its_own_connection_allowlist() {
        // SEC-142
        let all = |path: &str| header(path, "connection-allowlist");
        for (path, part) in [
            ("/", "/oauth2/v2.0/authorize?"),
            ("/index.html", "/oauth2/v2.0/logout?"),
            ("/window.html", "/oauth2/v2.0/authorize?"),
            ("/return.html", "(response-origin \"http://service.example/mailbox/*\")"),
            (
                "/vault/loader.js",
                "\"http://entra.example/organizations/oauth2/v2.0/token\" \"http://service.example\");redirects=allow",
            ),
        ] {
            assert!(all(path).contains(part), "{path}: {}", all(path));
        }
        assert!(!all("/window.html").contains("/logout?"));
        for path in ["/boot.js", "/config.json", "/embed/acs-sign-in.js", "/no-such-file", "/style-1efd5f9a7d09c70.css"]
        {
            assert_eq!(all(path), "(response-origin)", "{path}");
        }
    }

    #[test]
    fn only_portals_can_show_the_document_in_a_frame() {
        // SEC-049
        let policy = header("/", "content-security-policy");
        assert!(policy.ends_with("; frame-ancestors https://one.example https://two.example"), "{policy}");
        assert!(default_profile().document_policy().ends_with("; frame-ancestors 'none'"));
    }

    #[test]
    fn only_the_embed_sdk_is_for_other_origins() {
        assert_eq!(header("/embed/acs-sign-in.js", "access-control-allow-origin"), "*");
        assert_eq!(header("/embed/acs-sign-in.js", "cross-origin-resource-policy"), "cross-origin");
        for path in ["/", "/boot.js", "/vault/vault.js", "/config.json", "/embed", "/no-such-file"] {
            assert_eq!(header(path, "cross-origin-resource-policy"), "same-origin", "{path}");
            let allows = |(name, _): &(&str, String)| *name == "access-control-allow-origin";
            assert!(!default_profile().headers(path).iter().any(allows), "{path}");
        }
    }

    #[test]
    fn a_host_for_isolated_portals_isolates_all_files_and_shares_only_the_document() {
        // SEC-053
        let header = |path: &str, name: &str| {
            let choices = Choices { isolated_portals: true };
            let all = HeaderProfile::new(Addresses::default(), choices).headers(path);
            all.into_iter().find(|(known, _)| *known == name).unwrap().1
        };
        for (path, shared_with) in [
            ("/", "cross-origin"),
            ("/index.html", "cross-origin"),
            ("/boot.js", "same-origin"),
            ("/vault/loader.js", "same-origin"),
            ("/config.json", "same-origin"),
        ] {
            assert_eq!(header(path, "cross-origin-embedder-policy"), "require-corp", "{path}");
            assert_eq!(header(path, "cross-origin-resource-policy"), shared_with, "{path}");
        }
        let proper = default_profile().headers("/");
        assert!(!proper.iter().any(|(name, _)| *name == "cross-origin-embedder-policy"));
    }

    #[test]
    fn only_files_with_a_hash_in_their_name_are_cached() {
        // SEC-063
        for path in ["/", "/index.html", "/404.html", "/config.json", "/boot.js", "/vault/vault.js", "/no-such-file.js"]
        {
            assert_eq!(header(path, "cache-control"), "no-store", "{path}");
        }
        assert_eq!(header("/embed/acs-sign-in.js", "cache-control"), "no-cache");
        for path in [
            "/acs-sign-in-91dc972df3afbfca.js",
            "/acs-sign-in-91dc972df3afbfca_bg.wasm",
            "/icon-01efd5f9a7d09c70.svg",
            "/embed/acs-sign-in-91dc972df3afbfca.js",
            "/vault/loader-91dc972df3afbfca.js",
            "/vault/vault-91dc972df3afbfca_bg.wasm",
        ] {
            assert!(header(path, "cache-control").ends_with("immutable"), "{path}");
        }
    }
}
