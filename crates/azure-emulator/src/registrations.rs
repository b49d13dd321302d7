//! The applications that may sign people in, and the resources that tokens are for.

use serde::Deserialize;

use crate::directory::{CONTOSO, FABRIKAM, Tenant};

/// An app registration of a client.
#[derive(Debug, PartialEq)]
pub(crate) struct Application {
    pub(crate) client_id: &'static str,
    pub(crate) display_name: &'static str,
    /// The only tenant whose users it takes, if it takes those of one only.
    pub(crate) single_tenant: Option<&'static Tenant>,
    /// The tenant that owns the registration.
    pub(crate) owner: &'static Tenant,
    pub(crate) platform: Platform,
    pub(crate) redirect_uris: &'static [&'static str],
    /// What it proves itself with. Everyone knows it, so it is worth nothing.
    pub(crate) secret: Option<&'static str>,
}

/// The type of a redirect URI decides who may redeem a code: browsers only, or anything but browsers.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Platform {
    Spa,
    Web,
    /// "Mobile and desktop": a program on the person's machine, which has no secret and is no browser.
    Native,
}

/// An API that tokens are issued for.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Resource {
    pub(crate) app_id: &'static str,
    pub(crate) uri: &'static str,
    pub(crate) scopes: &'static [&'static str],
    pub(crate) token_format: TokenFormat,
}

/// `requestedAccessTokenVersion` of a resource: its own choice, whichever endpoint is asked.
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

/// What a Teams user's token needs, both of them.
pub(crate) const TEAMS_SCOPES: [&str; 2] = ["Teams.ManageCalls", "Teams.ManageChats"];

/// What a token for Teams Phone extensibility needs.
pub(crate) const TEAMS_EXTENSION: &str = "TeamsExtension.ManageCalls";

/// Azure Communication Services: what A1 is for.
pub(crate) static ACS: Resource = Resource {
    app_id: "1fd5118e-2576-4263-8130-9503064c837a",
    uri: "https://auth.msft.communication.azure.com",
    scopes: &[TEAMS_SCOPES[0], TEAMS_SCOPES[1], TEAMS_EXTENSION],
    token_format: TokenFormat::V1,
};

/// Azure Communication Services Clients: what an Entra ID user's own token is for. That it is a v1 token is a guess.
pub(crate) static ACS_CLIENTS: Resource = Resource {
    app_id: "2a04943b-b6a7-4f65-8786-2bb6131b59f6",
    uri: "https://communication.azure.com/clients",
    scopes: &["VoIP", "VoIP.Join", "Chat", "Chat.Join", "Chat.Join.Limited"],
    token_format: TokenFormat::V1,
};

/// The exchange service's own API: what B is for.
pub(crate) static EXCHANGE_API: Resource = Resource {
    app_id: "e8c00000-0000-4000-8000-000000000020",
    uri: "api://e8c00000-0000-4000-8000-000000000020",
    scopes: &["access_as_user"],
    token_format: TokenFormat::V2,
};

/// Microsoft Graph, which Entra means wherever a scope names no resource.
pub(crate) static GRAPH: Resource = Resource {
    app_id: "00000003-0000-0000-c000-000000000000",
    uri: "https://graph.microsoft.com",
    scopes: &["User.Read"],
    token_format: TokenFormat::V1,
};

impl Application {
    /// Those that there are without any seed.
    pub(crate) fn all() -> &'static [Self] {
        &APPLICATIONS
    }

    /// Whether people may be sent back to `uri`. Entra compares exactly, but ignores the port of `http://localhost`. Here
    /// the names below `localhost` do as well, which are sites of their own to a browser.
    pub(crate) fn returns_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| {
            *registered == uri || localhost_path(registered).is_some_and(|path| localhost_path(uri) == Some(path))
        })
    }
}

impl Resource {
    pub(crate) fn all() -> [&'static Self; 4] {
        [&ACS, &ACS_CLIENTS, &EXCHANGE_API, &GRAPH]
    }

    /// Whether this is one of ACS's two, which a tenant may lack.
    pub(crate) fn is_acs(&self) -> bool {
        *self == ACS || *self == ACS_CLIENTS
    }

    /// The resource with this identifier URI or application id.
    pub(crate) fn find(identifier: &str) -> Option<&'static Self> {
        Self::all().into_iter().find(|known| known.uri == identifier || known.app_id == identifier)
    }
}

/// What follows `http://localhost` or `http://name.localhost`, and the port.
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
    // `+80` parses as a number but is no port.
    port.bytes().all(|byte| byte.is_ascii_digit()).then(|| &with_port[port.len()..])
}

#[cfg(test)]
mod tests {
    use super::Application;

    fn find(client_id: &str) -> &'static Application {
        Application::all().iter().find(|app| app.client_id == client_id).unwrap()
    }

    #[test]
    fn the_port_of_localhost_is_ignored_and_nothing_else() {
        let app = find("acc00000-0000-4000-8000-000000000010");
        for uri in [
            "http://localhost:8080/",
            "http://localhost:45123/",
            "http://localhost/",
            "http://localhost:1/return.html",
            "http://app.localhost:45123/",
        ] {
            assert!(app.returns_to(uri), "{uri}");
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
            assert!(!app.returns_to(uri), "{uri}");
        }
    }

    #[test]
    fn a_desktop_application_returns_to_whichever_port_it_got() {
        let app = find("acc00000-0000-4000-8000-000000000013");
        assert!(app.returns_to("http://localhost:45123") && app.returns_to("http://localhost"));
        for uri in ["http://localhost:45123/path", "http://localhostevil.example", "http://localhost:45123evil"] {
            assert!(!app.returns_to(uri), "{uri}");
        }
    }
}
