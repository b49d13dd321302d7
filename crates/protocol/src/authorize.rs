//! The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, OIDC Core §3.1.2.1) and the way out (RP-initiated logout).

use form_urlencoded::Serializer;

use crate::{
    authority::Endpoints,
    config::Config,
    pkce::{Nonce, State, Verifier},
};

/// What OpenID Connect adds. `offline_access`, because B, and every renewal, is fetched with the refresh token.
const OIDC_SCOPES: &str = "openid profile offline_access";

/// What one request asks for beside a sign-in.
#[derive(Debug, Default)]
pub struct Ask {
    /// Offer all accounts, also where one session would do.
    pub choose_account: bool,
    /// The claims challenge of the last refusal.
    pub claims: Option<String>,
}

/// The address at which the person signs in.
///
/// It asks for the scopes of both resources, so that consent is given once; each token request names one of them.
pub fn authorization_url(
    config: &Config,
    endpoints: &Endpoints,
    verifier: &Verifier,
    state: &State,
    nonce: &Nonce,
    ask: &Ask,
) -> String {
    let scopes: Vec<&str> = first_scopes(config).into_iter().chain(config.exchange.caller_scope()).collect();
    let mut query = Serializer::new(String::new());
    query
        .append_pair("client_id", config.client_id.as_str())
        .append_pair("response_type", "code")
        // A fragment reaches neither server logs nor Referer headers.
        .append_pair("response_mode", "fragment")
        .append_pair("redirect_uri", config.redirect_uri.as_str())
        .append_pair("scope", &scopes.join(" "))
        .append_pair("state", state.as_str())
        .append_pair("nonce", nonce.as_str())
        .append_pair("code_challenge", &verifier.challenge())
        .append_pair("code_challenge_method", "S256");
    if ask.choose_account {
        query.append_pair("prompt", "select_account");
    }
    if let Some(claims) = &ask.claims {
        query.append_pair("claims", claims);
    }
    format!("{}?{}", endpoints.authorization, query.finish())
}

/// The scopes of the first token request: one resource, and OIDC's.
pub fn first_scopes(config: &Config) -> Vec<&'static str> {
    OIDC_SCOPES.split(' ').chain(config.exchange.acs_scopes().iter().copied()).collect()
}

/// The address at which the person's session at the authority ends.
pub fn end_session_url(config: &Config, endpoints: &Endpoints) -> Option<String> {
    let query = Serializer::new(String::new())
        .append_pair("client_id", config.client_id.as_str())
        .append_pair("post_logout_redirect_uri", config.redirect_uri.as_str())
        .finish();
    endpoints.end_session.as_ref().map(|url| format!("{url}?{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_asks_for_a_code_with_s256_and_nothing_else() {
        // security 1, 13, 16
        let config = Config::parse(crate::config::tests::GOOD).unwrap();
        let endpoints = crate::authority::Authority::parse("https://login.microsoftonline.com/organizations/")
            .unwrap()
            .known_endpoints()
            .unwrap();
        let verifier = Verifier::from_stored("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        let ask = Ask { choose_account: true, claims: Some(r#"{"access_token":{}}"#.to_owned()) };
        let url = authorization_url(&config, &endpoints, &verifier, &State::new(&[1; 32]), &Nonce::new(&[2; 32]), &ask);
        let (base, query) = url.split_once('?').unwrap();
        assert_eq!(base, "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize");
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            pairs,
            [
                ("client_id", "acc00000-0000-4000-8000-000000000010"),
                ("response_type", "code"),
                ("response_mode", "fragment"),
                ("redirect_uri", "https://page.example/"),
                (
                    "scope",
                    "openid profile offline_access https://auth.msft.communication.azure.com/Teams.ManageCalls \
                     https://auth.msft.communication.azure.com/Teams.ManageChats \
                     api://e8c00000-0000-4000-8000-000000000020/access_as_user"
                ),
                ("state", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"),
                ("nonce", "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"),
                ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
                ("code_challenge_method", "S256"),
                ("prompt", "select_account"),
                ("claims", r#"{"access_token":{}}"#),
            ]
        );
    }
}
