//! The settings: one small TOML file.

use reqwest::Url;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    cloud::{Cloud, Emulator},
    failure::Failure,
};

/// What the tenant is set up for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The display name of the page's registration.
    pub name: String,
    /// Entra and Graph.
    pub cloud: Cloud,
    /// The tenant of the registrations.
    pub tenant: String,
    /// The other tenants whose people can use the exchange service.
    pub other_tenants: Vec<String>,
    /// Whether people of other tenants can sign in.
    pub is_multitenant: bool,
    /// Whether Teams users sign in.
    pub teams: bool,
    /// Whether Entra ID users sign in.
    pub entra_id: bool,
    /// The address of the page, with a slash at its end.
    pub page: Url,
    /// The origin of the exchange service.
    pub exchange: Url,
    /// The endpoint of the ACS resource.
    pub acs_endpoint: String,
    /// The origins of the portals that show the page in a frame.
    pub portals: Vec<String>,
}

/// The file.
///
/// ```toml
/// name = "Calls"
/// tenant = "fab00000-0000-4000-8000-000000000001"
/// audience = "single-tenant"
/// users = ["teams"]
/// page = "https://signin.example.com/"
/// exchange = "https://exchange.example.com"
/// acs_endpoint = "https://calls.communication.azure.com"
/// ```
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    cloud: Option<String>,
    tenant: String,
    #[serde(default)]
    other_tenants: Vec<String>,
    audience: Audience,
    users: Vec<Users>,
    page: String,
    exchange: String,
    acs_endpoint: String,
    #[serde(default)]
    portals: Vec<String>,
    emulator: Option<Emulator>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Audience {
    SingleTenant,
    Multitenant,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Users {
    Teams,
    EntraId,
}

impl Settings {
    /// Reads and checks the text of the file.
    ///
    /// # Errors
    /// [`Failure::Settings`] with the first wrong key.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let file: File = toml::from_str(text).map_err(|error| wrong("settings", error.message()))?;
        // In the other clouds, ACS's permissions have other names, and those of China's cloud are in no public source.
        if file.cloud.as_ref().is_some_and(|cloud| cloud != "public") {
            return Err(wrong("cloud", "must be \"public\"; in other clouds, register as docs/administer.md says"));
        }
        let is_multitenant = file.audience == Audience::Multitenant;
        if file.name.trim().is_empty() || file.name.chars().any(char::is_control) || file.name.len() > 100 {
            return Err(wrong("name", "must have 1 to 100 characters"));
        }
        for tenant in [&file.tenant].into_iter().chain(&file.other_tenants) {
            if tenant.len() != 36 || Uuid::try_parse(tenant).is_err() {
                return Err(wrong("tenant", "must be the id of a tenant, a GUID"));
            }
        }
        if !is_multitenant && !file.other_tenants.is_empty() {
            return Err(wrong("other_tenants", "need audience = \"multitenant\""));
        }
        if file.users.is_empty() {
            return Err(wrong("users", "must have \"teams\", \"entra-id\", or both"));
        }
        let page = address("page", &file.page)?;
        if !page.path().ends_with('/') {
            return Err(wrong("page", "must end with a slash"));
        }
        let exchange = origin("exchange", &file.exchange)?;
        let acs = origin("acs_endpoint", &file.acs_endpoint)?;
        let portals = file.portals.iter().map(|portal| Ok(serialized(&origin("portals", portal)?)));
        Ok(Self {
            name: file.name,
            cloud: file.emulator.as_ref().map_or_else(|| Ok(Cloud::public()), Cloud::emulated)?,
            tenant: file.tenant.to_ascii_lowercase(),
            other_tenants: file.other_tenants.iter().map(|tenant| tenant.to_ascii_lowercase()).collect(),
            is_multitenant,
            teams: file.users.contains(&Users::Teams),
            entra_id: file.users.contains(&Users::EntraId),
            page,
            exchange,
            acs_endpoint: serialized(&acs),
            portals: portals.collect::<Result<_, Failure>>()?,
        })
    }

    /// The display name of the API's registration.
    pub(crate) fn api_name(&self) -> String {
        format!("{} API", self.name)
    }

    /// Graph's name for the supported account types.
    pub(crate) fn sign_in_audience(&self) -> &'static str {
        if self.is_multitenant { "AzureADMultipleOrgs" } else { "AzureADMyOrg" }
    }

    /// Both redirect URIs: the page, and the document to which the sign-in window comes back.
    pub(crate) fn redirect_uris(&self) -> [String; 2] {
        [self.page.to_string(), format!("{}return.html", self.page)]
    }

    /// The page's origin, as browsers send it.
    pub(crate) fn page_origin(&self) -> String {
        serialized(&self.page)
    }
}

/// An address over https, or http on this machine.
fn address(key: &str, text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).map_err(|_| wrong(key, "must be an address"))?;
    let host = url.host_str().unwrap_or_default();
    let is_local = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1" || host == "[::1]";
    let is_secure = url.scheme() == "https" || url.scheme() == "http" && is_local;
    let has_more = url.query().is_some() || url.fragment().is_some();
    if !is_secure || has_more || !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(key, "must begin with https:// and have no user, query or fragment"));
    }
    Ok(url)
}

fn origin(key: &str, text: &str) -> Result<Url, Failure> {
    let url = address(key, text)?;
    if url.path() == "/" { Ok(url) } else { Err(wrong(key, "must have no path")) }
}

pub(crate) fn serialized(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn wrong(key: &str, reason: &str) -> Failure {
    Failure::Settings { key: key.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    const GOOD: &str = r#"
        name = "Calls"
        tenant = "fab00000-0000-4000-8000-000000000001"
        audience = "single-tenant"
        users = ["teams"]
        page = "https://signin.example.com/"
        exchange = "https://exchange.example.com"
        acs_endpoint = "https://calls.communication.azure.com"
    "#;

    #[test]
    fn names_the_key_of_a_mistake() {
        let settings = Settings::parse(GOOD).unwrap();
        assert_eq!(settings.redirect_uris(), ["https://signin.example.com/", "https://signin.example.com/return.html"]);
        assert_eq!(settings.cloud.graph.as_str(), "https://graph.microsoft.com/v1.0/");
        for (from, to, key) in [
            ("\"Calls\"", "\"\"", "name"),
            ("fab00000-0000-4000-8000-000000000001", "organizations", "tenant"),
            ("users =", "cloud = \"us-government\"\nusers =", "cloud"),
            ("users =", "cloud = \"china\"\nusers =", "cloud"),
            ("[\"teams\"]", "[]", "users"),
            ("signin.example.com/", "signin.example.com/page", "page"),
            ("https://signin.example.com/", "http://signin.example.com/", "page"),
            ("https://exchange.example.com", "https://exchange.example.com/exchange", "exchange"),
            ("https://calls", "http://calls", "acs_endpoint"),
            ("users =", "graph = \"https://attacker.example\"\nusers =", "settings"),
            ("users =", "portals = [\"https://portal.example/x\"]\nusers =", "portals"),
            ("users =", "other_tenants = [\"fab00000-0000-4000-8000-000000000001\"]\nusers =", "other_tenants"),
        ] {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD, "{from}");
            let failure = Settings::parse(&text).unwrap_err().to_string();
            assert!(failure.starts_with(&format!("{key}: ")), "{failure}");
        }
    }
}
