//! The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, OIDC Core §3.1.2.1) and the
//! sign-out request (RP-Initiated Logout).

use form_urlencoded::Serializer;

use crate::{
    authority::Endpoints,
    config::Application,
    id_token::Identity,
    pkce::{Nonce, State, Verifier},
};

/// The scopes of OpenID Connect. `offline_access`, because B and every renewal need a refresh token.
const OIDC_SCOPES: [&str; 3] = ["openid", "profile", "offline_access"];

/// The options of one authorization request.
#[derive(Debug, Default)]
pub struct AuthorizationOptions {
    /// Offer all accounts, even if one session would do (`prompt=select_account`).
    pub choose_account: bool,
    /// Do not ask the person anything (`prompt=none`).
    pub silent: bool,
    /// The claims challenge of the last refusal.
    pub claims: Option<String>,
    /// The username of the expected account.
    pub login_hint: Option<String>,
    /// The domain of the expected account.
    pub domain_hint: Option<String>,
}

/// The address where the person signs in. The authority then redirects to `redirect_uri`.
///
/// The request has the scopes of both resources, so that the person consents once. Each token request has those of one.
pub fn authorization_url(
    application: &Application,
    endpoints: &Endpoints,
    redirect_uri: &str,
    (verifier, state, nonce): (&Verifier, &State, &Nonce),
    options: &AuthorizationOptions,
) -> String {
    let scopes: Vec<&str> = OIDC_SCOPES.into_iter().chain(application.scopes()).collect();
    let mut query = Serializer::new(String::new());
    query
        .append_pair("client_id", application.client_id.as_str())
        .append_pair("response_type", "code")
        // A fragment reaches neither server logs nor Referer headers.
        .append_pair("response_mode", "fragment")
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("scope", &scopes.join(" "))
        .append_pair("state", state.as_str())
        .append_pair("nonce", nonce.as_str())
        .append_pair("code_challenge", &verifier.challenge())
        .append_pair("code_challenge_method", "S256");
    let mut optional = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    };
    if options.silent {
        optional("prompt", Some("none"));
    } else if options.choose_account {
        optional("prompt", Some("select_account"));
    }
    // A hint would preselect an account, but the person must choose one.
    if !options.choose_account {
        optional("login_hint", options.login_hint.as_deref());
        optional("domain_hint", options.domain_hint.as_deref());
    }
    optional("claims", options.claims.as_deref());
    format!("{}?{}", endpoints.authorization, query.finish())
}

/// The scopes of the first token request: one resource, and OIDC's.
pub fn first_scopes(application: &Application) -> Vec<&'static str> {
    OIDC_SCOPES.iter().chain(application.acs_scopes()).copied().collect()
}

/// The `state` of a sign-out. Its return has no effect, so it may be guessable.
const SIGNED_OUT: &str = "signed-out";

/// The address that ends the person's session at the authority.
///
/// Without `logout_hint`, Entra asks for the account (REP-12). Entra accepts the `login_hint` claim, an optional claim
/// of the app registration, but no username. What other authorities accept is their choice (OpenID Connect RP-Initiated
/// Logout 1.0 §2), so they get the username if there is no claim.
pub fn end_session_url(
    application: &Application,
    endpoints: &Endpoints,
    redirect_uri: &str,
    identity: &Identity,
) -> Option<String> {
    let username = identity.username.as_ref().filter(|_| !application.authority.is_microsofts());
    let mut query = Serializer::new(String::new());
    query
        .append_pair("client_id", application.client_id.as_str())
        .append_pair("post_logout_redirect_uri", redirect_uri)
        .append_pair("state", SIGNED_OUT);
    if let Some(hint) = identity.login_hint.as_ref().or(username) {
        query.append_pair("logout_hint", hint);
    }
    endpoints.end_session.as_ref().map(|url| format!("{url}?{}", query.finish()))
}

/// The address where an administrator grants consent for their organization: to the scopes of this page or, with
/// `registered`, to every permission of the app registration (the older endpoint). `organization` is that of the person
/// who signs in; without it, Entra uses the organization of the administrator.
pub fn consent_url(
    application: &Application,
    organization: Option<&str>,
    redirect_uri: &str,
    registered: bool,
    state: Option<&State>,
) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("client_id", application.client_id.as_str());
    if !registered {
        query.append_pair("scope", &application.scopes().collect::<Vec<_>>().join(" "));
    }
    query.append_pair("redirect_uri", redirect_uri);
    if let Some(state) = state {
        query.append_pair("state", state.as_str());
    }
    let version = if registered { "" } else { "/v2.0" };
    format!("{}{version}/adminconsent?{}", application.authority.consent_base(organization), query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authorization_request_is_for_a_code_with_s256_and_nothing_else() {
        // SEC-001, SEC-013, SEC-016
        let application = crate::config::tests::application();
        let endpoints = crate::authority::Authority::parse("https://login.microsoftonline.com/organizations/")
            .unwrap()
            .known_endpoints()
            .unwrap();
        let verifier = Verifier::from_stored("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        let options = AuthorizationOptions {
            choose_account: true,
            claims: Some(r#"{"access_token":{}}"#.to_owned()),
            login_hint: Some("alice@fabrikam.example".to_owned()),
            ..AuthorizationOptions::default()
        };
        let random = (&verifier, &State::new(&[1; 32]), &Nonce::new(&[2; 32]));
        let url = authorization_url(&application, &endpoints, "https://page.example/", random, &options);
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
