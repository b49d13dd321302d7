//! The requests that the vault sends first when a person comes back from the authority. Its first file sends them before
//! the wasm and `config.json` are here, so that the connections are open when they are needed.

use sign_in::{
    config::{Application, Config, ProfileKind, SignInBy},
    exchange_client,
};

/// The addresses of the requests, which have no quotes ([`sign_in::address`]), and their media types. None where the
/// configuration leaves open which they are.
pub(super) fn of(config: &str) -> Vec<(String, &'static str)> {
    let Some(application) = only_application(config) else { return Vec::new() };
    let mut requests = vec![(of_authority(&application), "")];
    requests.extend(exchange_client::warm_up(&application.exchange).map(|request| (request.url, "application/json")));
    requests
}

/// The application of a page whose people sign in by redirect and have no choice. Where they sign in in a window, the page
/// stays, and no response comes back to it.
pub(super) fn only_application(config: &str) -> Option<Application> {
    let mut config = Config::parse(config.trim_start_matches('\u{feff}')).ok()?;
    let profile =
        config.profiles.pop().filter(|_| config.profiles.is_empty() && config.sign_in_by == SignInBy::Redirect)?;
    match profile.kind {
        ProfileKind::Entra(application) => Some(application),
        ProfileKind::Guest { .. } => None,
    }
}

/// The first request to the authority: its keys, or the discovery document that names them.
fn of_authority(Application { authority, keys_url, .. }: &Application) -> String {
    match (authority.known_endpoints(), keys_url) {
        (None, _) => authority.discovery_url(),
        (Some(_), Some(relay)) => relay.as_str().to_owned(),
        (Some(endpoints), None) => endpoints.jwks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = include_str!("../../../../public/config.json");
    const EXCHANGE: &str = "http://localhost:8403/exchange";

    #[test]
    fn are_to_the_authority_and_the_exchange_service() {
        // SEC-143
        let discovery = "http://localhost:8401/organizations/v2.0/.well-known/openid-configuration";
        let exchange = (EXCHANGE.to_owned(), "application/json");
        assert_eq!(of(CONFIG), [(discovery.to_owned(), ""), exchange.clone()]);
        let microsoft = CONFIG.replace("http://localhost:8401", "https://login.microsoftonline.com");
        let keys = "https://login.microsoftonline.com/organizations/discovery/v2.0/keys";
        assert_eq!(of(&microsoft), [(keys.to_owned(), ""), exchange]);
    }

    #[test]
    fn are_none_where_they_are_not_certain() {
        let by_window = CONFIG.replacen('{', "{ \"signInBy\": \"window\",", 1);
        assert!(Config::parse(&by_window).is_ok());
        for config in [by_window.as_str(), "{}", include_str!("../../../../docs/config.all-profiles.json")] {
            assert!(of(config).is_empty(), "{config}");
        }
    }
}
