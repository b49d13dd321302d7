use crate::addresses::origin_of;

/// The authority of one profile, with the page's application there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The address in `config.json`, such as `https://login.microsoftonline.com/organizations/`.
    pub address: String,
    /// The application's id, in lower case.
    pub client_id: String,
    /// Whether its endpoints have the paths of Entra. Those of any other authority are in its discovery document, so
    /// the headers cannot name them.
    pub is_entra: bool,
}

impl Authority {
    pub(crate) fn origin(&self) -> &str {
        origin_of(&self.address)
    }

    /// The tenant in the path, with `*` for the authority of all organizations.
    pub(crate) fn tenant(&self) -> &str {
        match self.base().rsplit('/').next().unwrap_or_default() {
            "organizations" => "*",
            tenant => tenant,
        }
    }

    /// The address without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        self.address.trim_end_matches('/')
    }
}
