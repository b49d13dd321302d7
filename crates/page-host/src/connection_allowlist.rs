//! The header `Connection-Allowlist` (WICG Connection Allowlists; Chromium 152 and later).
//!
//! It limits what a Content Security Policy cannot: navigation, new windows, prefetches, preconnects and WebRTC. A
//! value that is not a list of structured fields (RFC 9651) blocks every request, those to the page's own origin included.

use crate::{Addresses, Authority, addresses::origin_of};

/// For scripts, styles, errors and everything else that connects to nothing but the page's own origin.
pub(crate) const OWN_ORIGIN: &str = "(response-origin)";

/// For the document, which leads to the authority, to sign in, to sign out, and for an administrator's consent, and to
/// the links of the configuration.
pub(crate) fn for_document(addresses: &Addresses) -> String {
    let endpoints = addresses.authorities.iter().flat_map(|authority| {
        let authorization = addresses.signs_in_by_redirect.then(|| authorization(authority));
        let others = if authority.is_entra { others_of_entra(authority) } else { vec![any_of_discovered(authority)] };
        authorization.into_iter().chain(others)
    });
    navigating_to(endpoints.chain(addresses.links.iter().map(|link| exact(link))))
}

/// For `window.html`, which leads to the authority to sign in.
pub(crate) fn for_window(addresses: &Addresses) -> String {
    navigating_to(addresses.authorities.iter().map(authorization))
}

/// For `return.html`, which connects to the return mailbox.
pub(crate) fn for_return(addresses: &Addresses) -> String {
    let mailbox = addresses.mailbox.as_deref();
    list(mailbox.map(|address| format!("{}/*", literal(address.trim_end_matches('/')))))
}

/// For the vault: the endpoints of the authority that it sends requests to, the exchange endpoints and the mailbox.
///
/// Not all of the authority's origin: script of the page can open a file of the vault as a document, and could lead
/// that to the authority with the client id of a stranger.
///
/// With `redirects=allow`, because the vault recognizes a redirect in the place of `config.json` (REP-02). It follows
/// none.
pub(crate) fn for_vault(addresses: &Addresses) -> String {
    let Addresses { authorities, exchanges, mailbox, .. } = addresses;
    let endpoints = authorities.iter().flat_map(|authority| {
        let base = authority.base();
        if authority.is_entra {
            ["/v2.0/.well-known/openid-configuration", "/discovery/v2.0/keys", "/oauth2/v2.0/token"]
                .map(|path| format!("{base}{path}"))
                .to_vec()
        } else {
            vec![authority.origin().to_owned()]
        }
    });
    let servers = exchanges.iter().map(String::as_str).chain(mailbox.as_deref().map(origin_of));
    format!("{};redirects=allow", list(endpoints.chain(servers.map(str::to_owned))))
}

/// With `redirects=allow`, because Entra answers with a redirect where a person is signed in already, or signs in at an
/// identity provider of their organization. The browser would block that redirect.
fn navigating_to(endpoints: impl Iterator<Item = String>) -> String {
    let value = list(endpoints);
    if value == OWN_ORIGIN { value } else { format!("{value};redirects=allow") }
}

/// A list of the page's own origin and these URL patterns, each once.
fn list(patterns: impl IntoIterator<Item = String>) -> String {
    let mut members = vec!["response-origin".to_owned()];
    for pattern in patterns {
        let member = format!("\"{}\"", pattern.replace('\\', "\\\\").replace('"', "\\\""));
        if !members.contains(&member) {
            members.push(member);
        }
    }
    format!("({})", members.join(" "))
}

fn authorization(authority: &Authority) -> String {
    if authority.is_entra {
        endpoint(authority, &format!("{}/oauth2/v2.0/authorize", authority.base()))
    } else {
        any_of_discovered(authority)
    }
}

/// Sign-out and both addresses of consent. An administrator grants it for an organization, so its path is not known for
/// the authority of all organizations.
fn others_of_entra(authority: &Authority) -> Vec<String> {
    let organization = format!("{}/{}", authority.origin(), authority.tenant());
    vec![
        endpoint(authority, &format!("{}/oauth2/v2.0/logout", authority.base())),
        endpoint(authority, &format!("{organization}/v2.0/adminconsent")),
        endpoint(authority, &format!("{organization}/adminconsent")),
    ]
}

/// An authority redirects to every application that is registered there, also to a stranger's. So only requests of the
/// page's own application are allowed.
fn endpoint(authority: &Authority, path: &str) -> String {
    format!("{path}?client_id={}&*", authority.client_id)
}

/// The backslash, because `?` after `*` would be a modifier of the pattern.
fn any_of_discovered(authority: &Authority) -> String {
    format!("{}/*\\?client_id={}&*", authority.origin(), authority.client_id)
}

/// A pattern that matches this address without query and fragment. A pattern without `?` and `#` matches any query and
/// any fragment, in which script could send what it has.
fn exact(address: &str) -> String {
    format!("{}?#", literal(address))
}

/// A pattern that matches this address, with any query and fragment. The colons of its scheme and port are no syntax, because no letter follows
/// them.
fn literal(address: &str) -> String {
    let (origin, path) = address.split_at(origin_of(address).len());
    let escaped = path.chars().flat_map(|character| {
        let is_syntax = matches!(character, '*' | '+' | '?' | ':' | '{' | '}' | '(' | ')' | '\\');
        is_syntax.then_some('\\').into_iter().chain([character])
    });
    origin.chars().chain(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sfv::{BareItem, ListEntry, Parser};

    const PAGE: &str = "acc00000-0000-4000-8000-000000000010";

    fn at(address: &str, is_entra: bool) -> Authority {
        Authority { address: address.into(), client_id: PAGE.into(), is_entra }
    }

    fn addresses(authorities: Vec<Authority>) -> Addresses {
        let mailbox = Some("https://exchange.example.com/mailbox".into());
        Addresses { authorities, signs_in_by_redirect: true, mailbox, ..Addresses::default() }
    }

    /// The patterns of a value, and whether it allows redirects. Fails unless the value is what browsers accept: a list
    /// with one inner list, of the token and of strings.
    fn parsed(value: &str) -> (Vec<String>, bool) {
        let list = Parser::new(value).parse::<sfv::List>().unwrap();
        let [ListEntry::InnerList(inner)] = &list[..] else { panic!("{value}") };
        let (first, patterns) = inner.items.split_first().unwrap();
        assert!(matches!(&first.bare_item, BareItem::Token(token) if token.as_str() == "response-origin"), "{value}");
        let patterns = patterns.iter().map(|item| match &item.bare_item {
            BareItem::String(pattern) => pattern.as_str().to_owned(),
            other => panic!("{other:?} in {value}"),
        });
        let allows_redirects = match inner.params.iter().collect::<Vec<_>>()[..] {
            [] => false,
            [(name, BareItem::Token(token))] if name.as_str() == "redirects" => token.as_str() == "allow",
            _ => panic!("{value}"),
        };
        (patterns.collect(), allows_redirects)
    }

    #[test]
    fn the_document_leads_only_to_endpoints_of_its_application() {
        let addresses = addresses(vec![
            at("https://login.microsoftonline.com/organizations/", true),
            at("https://login.microsoftonline.us/fab00000-0000-4000-8000-000000000001", true),
        ]);
        let expected = [
            "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize",
            "https://login.microsoftonline.com/organizations/oauth2/v2.0/logout",
            "https://login.microsoftonline.com/*/v2.0/adminconsent",
            "https://login.microsoftonline.com/*/adminconsent",
            "https://login.microsoftonline.us/fab00000-0000-4000-8000-000000000001/oauth2/v2.0/authorize",
            "https://login.microsoftonline.us/fab00000-0000-4000-8000-000000000001/oauth2/v2.0/logout",
            "https://login.microsoftonline.us/fab00000-0000-4000-8000-000000000001/v2.0/adminconsent",
            "https://login.microsoftonline.us/fab00000-0000-4000-8000-000000000001/adminconsent",
        ]
        .map(|path| format!("{path}?client_id={PAGE}&*"));
        assert_eq!(parsed(&for_document(&addresses)), (expected.to_vec(), true));
        let by_window = Addresses { signs_in_by_redirect: false, ..addresses.clone() };
        let (patterns, allows_redirects) = parsed(&for_document(&by_window));
        assert!(!patterns.iter().any(|pattern| pattern.contains("/authorize")), "{patterns:?}");
        assert!(patterns.len() == 6 && allows_redirects, "{patterns:?}");
        assert_eq!(parsed(&for_window(&addresses)), (vec![expected[0].clone(), expected[4].clone()], true));
    }

    #[test]
    fn an_authority_with_unknown_paths_gets_only_requests_of_the_application() {
        let addresses = addresses(vec![at("http://localhost:9000/fab00000-0000-4000-8000-000000000001/", false)]);
        let expected = (vec![format!("http://localhost:9000/*\\?client_id={PAGE}&*")], true);
        assert_eq!(parsed(&for_document(&addresses)), expected);
        assert_eq!(parsed(&for_window(&addresses)), expected);
    }

    #[test]
    fn the_document_leads_to_links_without_query_and_fragment() {
        // SEC-015
        let links = vec!["https://portal.example.com/".into(), "http://localhost:8090/a:b/c".into()];
        let only = Addresses { links, ..Addresses::default() };
        let expected = ["https://portal.example.com/?#", "http://localhost:8090/a\\:b/c?#"].map(str::to_owned);
        assert_eq!(parsed(&for_document(&only)), (expected.to_vec(), true));
        for value in [for_window(&only), for_return(&only)] {
            assert_eq!(value, OWN_ORIGIN);
        }
        assert_eq!(parsed(&for_vault(&only)), (Vec::new(), true));
    }

    #[test]
    fn without_an_authority_no_other_origin_can_be_reached() {
        let none = Addresses::default();
        for value in [for_document(&none), for_window(&none), for_return(&none)] {
            assert_eq!(value, OWN_ORIGIN);
        }
        assert_eq!(parsed(OWN_ORIGIN), (Vec::new(), false));
        assert_eq!(parsed(&for_vault(&none)), (Vec::new(), true));
    }

    #[test]
    fn the_return_reaches_only_the_mailbox() {
        let addresses = addresses(Vec::new());
        assert_eq!(parsed(&for_return(&addresses)), (vec!["https://exchange.example.com/mailbox/*".into()], false));
        let odd = Addresses { mailbox: Some("https://exchange.example.com/a:b/{c}/".into()), ..addresses };
        let escaped = "https://exchange.example.com/a\\:b/\\{c\\}/*".to_owned();
        assert_eq!(parsed(&for_return(&odd)), (vec![escaped], false));
    }

    #[test]
    fn the_vault_reaches_only_its_servers() {
        let exchanges = vec!["https://exchange.example.com".into(), "https://acs.example.com".into()];
        let entra = at("https://login.microsoftonline.com/organizations/", true);
        let known = Addresses { exchanges, ..addresses(vec![entra.clone(), entra]) };
        let expected = [
            "https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration",
            "https://login.microsoftonline.com/organizations/discovery/v2.0/keys",
            "https://login.microsoftonline.com/organizations/oauth2/v2.0/token",
            "https://exchange.example.com",
            "https://acs.example.com",
        ];
        assert_eq!(parsed(&for_vault(&known)), (expected.map(str::to_owned).to_vec(), true));
        let discovered = addresses(vec![at("http://localhost:9000/fab00000-0000-4000-8000-000000000001/", false)]);
        let expected = ["http://localhost:9000", "https://exchange.example.com"].map(str::to_owned);
        assert_eq!(parsed(&for_vault(&discovered)), (expected.to_vec(), true));
    }
}
