use crate::Authority;

/// The other addresses that the headers name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// The Entra authority of each profile that has one. The vault can connect to it, the document cannot: the document
    /// can only navigate to its endpoints.
    pub authorities: Vec<Authority>,
    /// Whether the document navigates to the authority to sign in (`signInBy` is `redirect`). Otherwise only
    /// `window.html` does.
    pub signs_in_by_redirect: bool,
    /// The origins of the exchange endpoints, such as `https://exchange.example.com`. The vault can connect to them.
    pub exchanges: Vec<String>,
    /// The address of the return mailboxes (`mailboxUrl`), if there is one. `return.html` and the vault can connect to
    /// it.
    pub mailbox: Option<String>,
    /// The addresses that the document can lead people to, such as `continueUrl` and the privacy statement.
    pub links: Vec<String>,
    /// The origins that can show the page in a frame.
    pub portals: Vec<String>,
}

/// The origin of an http or https address.
pub(crate) fn origin_of(address: &str) -> &str {
    let host = address.find("://").map_or(0, |colon| colon + 3);
    address[host..].find('/').map_or(address, |path| &address[..host + path])
}
