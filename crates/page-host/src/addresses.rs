/// The other origins that the headers name, such as `https://login.microsoftonline.com`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// The Entra authorities. The vault can connect to them, the document cannot.
    pub authorities: Vec<String>,
    /// The exchange endpoints, with the same rule.
    pub exchanges: Vec<String>,
    /// The return mailbox, if there is one. `return.html` can connect to it.
    pub mailbox: Option<String>,
    /// The origins that can show the page in a frame.
    pub portals: Vec<String>,
}
