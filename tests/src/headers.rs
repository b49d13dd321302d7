use page_host::{Addresses, Choices, Header, HeaderProfile};

/// The header profile of the page's host: correct, or with one mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// The headers that production must send.
    Proper,
    /// Sends a Content Security Policy with the vault's files only.
    WithoutDocumentPolicy,
    /// Sends no Content Security Policy with the vault's files.
    WithoutVaultPolicy,
    /// Sends the document's policy as one that browsers only report.
    DocumentPolicyReported,
    /// Sends the vault's policy as one that browsers only report.
    VaultPolicyReported,
    /// Sends no `frame-ancestors`.
    WithoutFrameAncestors,
    /// Sends no `Origin-Agent-Cluster`, a header that WebKit does not support.
    WithoutAgentCluster,
    /// Sends no `Connection-Allowlist`, a header that only Chromium supports.
    WithoutConnectionAllowlist,
    /// Sends `Connection-Allowlist` without `redirects=allow`.
    WithoutAllowedRedirects,
    /// Sends neither a Content Security Policy nor `Connection-Allowlist`, nor the vault's files as downloads.
    WithoutPolicies,
    /// The headers that production can send for portals that isolate themselves (`Cross-Origin-Embedder-Policy`).
    ForIsolatedPortals,
}

/// The profile from which this host deviates, if it has a mistake.
pub(crate) fn profile(addresses: &Addresses, host: Host) -> HeaderProfile {
    HeaderProfile::new(addresses.clone(), Choices { isolated_portals: host == Host::ForIsolatedPortals })
}

/// The headers of this host for a path.
pub(crate) fn headers(path: &str, addresses: &Addresses, host: Host) -> Vec<Header> {
    let is_vault = path.starts_with("/vault/");
    let mut headers = profile(addresses, host).headers(path);
    headers.retain(|(name, _)| match *name {
        "content-security-policy" => match host {
            Host::WithoutDocumentPolicy => is_vault,
            Host::WithoutVaultPolicy => !is_vault,
            Host::WithoutPolicies => false,
            _ => true,
        },
        "content-disposition" => host != Host::WithoutPolicies,
        "connection-allowlist" => !matches!(host, Host::WithoutConnectionAllowlist | Host::WithoutPolicies),
        "origin-agent-cluster" => host != Host::WithoutAgentCluster,
        _ => true,
    });
    if (host, is_vault) == (Host::DocumentPolicyReported, false)
        || (host, is_vault) == (Host::VaultPolicyReported, true)
    {
        for (name, _) in headers.iter_mut().filter(|(name, _)| *name == "content-security-policy") {
            *name = "content-security-policy-report-only";
        }
    }
    if host == Host::WithoutAllowedRedirects {
        for (_, value) in headers.iter_mut().filter(|(name, _)| *name == "connection-allowlist") {
            *value = value.replace(";redirects=allow", "");
        }
    }
    if host == Host::WithoutFrameAncestors {
        for (_, value) in headers.iter_mut().filter(|(name, _)| *name == "content-security-policy") {
            if let Some((policy, _)) = value.split_once("; frame-ancestors http") {
                *value = policy.to_owned();
            }
        }
    }
    // Browsers then report each violation to the record of the messages.
    for (_, value) in headers.iter_mut().filter(|(name, _)| *name == "content-security-policy") {
        value.push_str("; report-uri /said");
    }
    headers
}
