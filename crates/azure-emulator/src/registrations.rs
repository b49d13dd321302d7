//! The app registrations, and the resources for which Entra issues tokens.

use serde::Deserialize;

use crate::directory::{CONTOSO, FABRIKAM, Tenant};

/// The app registration of a client.
#[derive(Debug, PartialEq)]
pub(crate) struct Application {
    pub(crate) client_id: &'static str,
    pub(crate) display_name: &'static str,
    /// The only tenant whose accounts can sign in, or `None` for a multitenant application.
    pub(crate) single_tenant: Option<&'static Tenant>,
    /// The tenant that owns the registration.
    pub(crate) owner: &'static Tenant,
    pub(crate) platform: Platform,
    pub(crate) redirect_uris: &'static [&'static str],
    /// The client secret. It is in the source code, so it protects nothing.
    pub(crate) secret: Option<&'static str>,
}

/// The type of the redirect URIs. It decides whether only a browser or only another program may redeem a code.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Platform {
    /// A single-page application: only a browser redeems its codes, by a cross-origin request.
    Spa,
    /// A web application: its server redeems the codes.
    Web,
    /// Entra's "Mobile and desktop applications": a program on the person's machine, without a secret.
    Native,
}

/// An API for which Entra issues access tokens.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Resource {
    pub(crate) app_id: &'static str,
    pub(crate) uri: &'static str,
    pub(crate) scopes: &'static [&'static str],
    pub(crate) token_format: TokenFormat,
}

/// The `requestedAccessTokenVersion` of a resource. It decides on the format, not the endpoint of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TokenFormat {
    V1,
    V2,
}

const PAGE: &[&str] = &["http://localhost:8080/", "http://localhost:8080/return.html"];

static APPLICATIONS: [Application; 5] = [
    Application {
        client_id: "acc00000-0000-4000-8000-000000000010",
        display_name: "ACS Sign-In",
        single_tenant: None,
        owner: &CONTOSO,
        platform: Platform::Spa,
        redirect_uris: PAGE,
        secret: None,
    },
    Application {
        client_id: "acc00000-0000-4000-8000-000000000011",
        display_name: "ACS Sign-In (Fabrikam only)",
        single_tenant: Some(&FABRIKAM),
        owner: &FABRIKAM,
        platform: Platform::Spa,
        redirect_uris: PAGE,
        secret: None,
    },
    Application {
        client_id: "acc00000-0000-4000-8000-000000000012",
        display_name: "ACS Sign-In (registered as a web application)",
        single_tenant: None,
        owner: &CONTOSO,
        platform: Platform::Web,
        redirect_uris: PAGE,
        secret: None,
    },
    Application {
        client_id: "acc00000-0000-4000-8000-000000000013",
        display_name: "ACS Sign-In (for the desktop)",
        single_tenant: None,
        owner: &CONTOSO,
        platform: Platform::Native,
        redirect_uris: &["http://localhost"],
        secret: None,
    },
    Application {
        client_id: "acc00000-0000-4000-8000-000000000014",
        display_name: "ACS Backend",
        single_tenant: Some(&CONTOSO),
        owner: &CONTOSO,
        platform: Platform::Web,
        redirect_uris: &[],
        secret: Some("azure-emulator-secret"),
    },
];

/// The scopes that the exchange of a Teams user's token needs, both of them.
pub(crate) const TEAMS_SCOPES: [&str; 2] = ["Teams.ManageCalls", "Teams.ManageChats"];

/// The scope that the exchange for Teams Phone extensibility needs.
pub(crate) const TEAMS_EXTENSION: &str = "TeamsExtension.ManageCalls";

/// Azure Communication Services: the audience of A1, a Teams user's token.
pub(crate) static ACS: Resource = Resource {
    app_id: "1fd5118e-2576-4263-8130-9503064c837a",
    uri: "https://auth.msft.communication.azure.com",
    scopes: &[TEAMS_SCOPES[0], TEAMS_SCOPES[1], TEAMS_EXTENSION],
    token_format: TokenFormat::V1,
};

/// Azure Communication Services Clients: the audience of an Entra ID user's token. The token format is a guess.
pub(crate) static ACS_CLIENTS: Resource = Resource {
    app_id: "2a04943b-b6a7-4f65-8786-2bb6131b59f6",
    uri: "https://communication.azure.com/clients",
    scopes: &["VoIP", "VoIP.Join", "Chat", "Chat.Join", "Chat.Join.Limited"],
    token_format: TokenFormat::V1,
};

/// The API of the exchange service: the audience of B, the caller token.
pub(crate) static EXCHANGE_API: Resource = Resource {
    app_id: "e8c00000-0000-4000-8000-000000000020",
    uri: "api://e8c00000-0000-4000-8000-000000000020",
    scopes: &["access_as_user"],
    token_format: TokenFormat::V2,
};

/// Microsoft Graph: the resource of a scope that names none.
pub(crate) static GRAPH: Resource = Resource {
    app_id: "00000003-0000-0000-c000-000000000000",
    uri: "https://graph.microsoft.com",
    scopes: &["User.Read"],
    token_format: TokenFormat::V1,
};

impl Application {
    /// The applications that exist without a seed.
    pub(crate) fn all() -> &'static [Self] {
        &APPLICATIONS
    }

    /// Whether `uri` is a registered redirect URI.
    ///
    /// Entra compares exactly, but ignores the port of `http://localhost`. The emulator also accepts names below
    /// `localhost`, so that a test can serve a page from several sites.
    pub(crate) fn has_redirect_uri(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| {
            *registered == uri || localhost_path(registered).is_some_and(|path| localhost_path(uri) == Some(path))
        })
    }
}

impl Resource {
    /// The resources that exist without a registration by Graph.
    pub(crate) fn all() -> [&'static Self; 4] {
        [&ACS, &ACS_CLIENTS, &EXCHANGE_API, &GRAPH]
    }

    /// Whether this is one of the two resources of ACS, whose service principals a tenant can lack.
    pub(crate) fn is_acs(&self) -> bool {
        *self == ACS || *self == ACS_CLIENTS
    }

    /// Whether this is the resource with this identifier URI or application id.
    pub(crate) fn is_called(&self, identifier: &str) -> bool {
        self.uri == identifier || self.app_id == identifier
    }
}

/// The part of an address after `http://localhost` or `http://name.localhost` and the port.
fn localhost_path(uri: &str) -> Option<&str> {
    let rest = uri.strip_prefix("http://")?;
    let (host, rest) = rest.split_at(rest.find([':', '/']).unwrap_or(rest.len()));
    let plain = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
    if host != "localhost" && !host.strip_suffix(".localhost").is_some_and(plain) {
        return None;
    }
    let Some(with_port) = rest.strip_prefix(':') else {
        return (rest.is_empty() || rest.starts_with('/')).then_some(rest);
    };
    let port = with_port.split('/').next()?;
    port.parse::<u16>().ok()?;
    // `+80` parses as a number but is not a port.
    port.bytes().all(|byte| byte.is_ascii_digit()).then(|| &with_port[port.len()..])
}

#[cfg(test)]
mod tests {
    use super::Application;

    fn find(client_id: &str) -> &'static Application {
        Application::all().iter().find(|app| app.client_id == client_id).unwrap()
    }

    #[test]
    fn ignores_the_port_of_localhost_only() {
        let app = find("acc00000-0000-4000-8000-000000000010");
        for uri in [
            "http://localhost:8080/",
            "http://localhost:45123/",
            "http://localhost/",
            "http://localhost:1/return.html",
            "http://app.localhost:45123/",
        ] {
            assert!(app.has_redirect_uri(uri), "{uri}");
        }
        for uri in [
            "http://localhost",
            "http://localhost:8080",
            "http://localhost:8080/?a=1",
            "http://localhost:8080/RETURN.html",
            "http://localhost:8080/other",
            "http://localhost:80a/",
            "http://localhost:+80/",
            "http://localhost:99999/",
            "http://localhost.evil.example/",
            "http://.localhost/",
            "http://evil.example/.localhost:8080/",
            "http://app@x.localhost:8080/",
            "http://localhost:8080@evil.example/",
            "http://user@localhost:8080/",
            "https://localhost:8080/",
            "http://127.0.0.1:8080/",
        ] {
            assert!(!app.has_redirect_uri(uri), "{uri}");
        }
    }

    #[test]
    fn a_desktop_application_can_use_any_port() {
        let app = find("acc00000-0000-4000-8000-000000000013");
        assert!(app.has_redirect_uri("http://localhost:45123"));
        assert!(app.has_redirect_uri("http://localhost"));
        for uri in ["http://localhost:45123/path", "http://localhostevil.example", "http://localhost:45123evil"] {
            assert!(!app.has_redirect_uri(uri), "{uri}");
        }
    }
}
