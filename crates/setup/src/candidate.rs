//! A registration that has the wanted name and is not in the record. By default, each member of a tenant may register
//! applications, with each name and each tag, so neither is proof of who made it.

use std::fmt;

use serde_json::Value;

use crate::{
    failure::Failure,
    graph::Graph,
    json::{list, text},
};

/// What an administrator compares before the registration is used. Texts of the tenant, without control characters.
#[derive(Debug)]
pub struct Candidate {
    /// The application id.
    pub app_id: String,
    /// The names of the owners. `None` if the token may not read them.
    pub owners: Option<Vec<String>>,
    /// The redirect URIs of all platforms.
    pub redirect_uris: Vec<String>,
    /// The number of secrets and certificates.
    pub credentials: usize,
}

impl Candidate {
    /// Reads the owners of a registration, and describes it.
    ///
    /// # Errors
    /// Those of a request, except that Graph refuses the owners.
    pub(crate) async fn read(graph: &Graph, application: &Value) -> Result<Self, Failure> {
        let id = text(&application["id"]);
        let owners = match graph.list(&format!("applications/{id}/owners")).await {
            Ok(owners) => Some(owners.iter().map(owner).collect()),
            Err(Failure::Refused(_)) => None,
            Err(failure) => return Err(failure),
        };
        Ok(Self {
            app_id: plain(text(&application["appId"])),
            owners,
            redirect_uris: redirect_uris(application),
            credentials: credentials(application),
        })
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |texts: &[String]| if texts.is_empty() { "none".to_owned() } else { texts.join(", ") };
        let owners = match &self.owners {
            Some(owners) => joined(owners),
            None => "not readable, see the Entra admin center".to_owned(),
        };
        let Self { app_id, redirect_uris, credentials, .. } = self;
        write!(f, "{app_id} (owners: {owners}; redirect URIs: {}; ", joined(redirect_uris))?;
        write!(f, "secrets and certificates: {credentials})")
    }
}

/// The redirect URIs of all platforms: a code can go to each of them.
pub(crate) fn redirect_uris(application: &Value) -> Vec<String> {
    let platforms = ["spa", "web", "publicClient"].map(|platform| list(&application[platform]["redirectUris"]));
    platforms.into_iter().flatten().map(|uri| plain(text(uri))).collect()
}

/// The number of secrets and certificates. With one, an application acts without a person.
pub(crate) fn credentials(application: &Value) -> usize {
    list(&application["passwordCredentials"]).len() + list(&application["keyCredentials"]).len()
}

fn owner(owner: &Value) -> String {
    let names = ["userPrincipalName", "displayName", "id"].map(|name| text(&owner[name]));
    plain(names.into_iter().find(|name| !name.is_empty()).unwrap_or("without a name"))
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{credentials, owner, redirect_uris};

    #[test]
    fn describes_all_platforms_and_kinds_of_credentials_without_control_characters() {
        let application = json!({
            "spa": { "redirectUris": ["https://a.example/"] },
            "web": { "redirectUris": ["https://b.example/"] },
            "publicClient": { "redirectUris": ["app://c\u{1b}[2J"] },
            "passwordCredentials": [{ "displayName": "secret" }],
            "keyCredentials": [{ "displayName": "certificate" }],
        });
        assert_eq!(redirect_uris(&application), ["https://a.example/", "https://b.example/", "app://c\u{fffd}[2J"]);
        assert_eq!(credentials(&application), 2);
        assert_eq!(credentials(&json!({})), 0);
        assert_eq!(owner(&json!({ "id": "1", "displayName": "Mallory\n" })), "Mallory\u{fffd}");
    }
}
