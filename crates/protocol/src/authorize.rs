//! The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, OIDC Core §3.1.2.1) and the way out (RP-initiated logout).

use form_urlencoded::Serializer;

use crate::{
    authority::Endpoints,
    config::Application,
    id_token::Identity,
    pkce::{Nonce, State, Verifier},
};

/// What OpenID Connect adds. `offline_access`, because B, and every renewal, is fetched with the refresh token.
const OIDC_SCOPES: [&str; 3] = ["openid", "profile", "offline_access"];

/// What one request asks for beside a sign-in.
#[derive(Debug, Default)]
pub struct Ask {
    /// Offer all accounts, also where one session would do.
    pub choose_account: bool,
    /// Do not ask the person anything (`prompt=none`).
    pub silent: bool,
    /// The claims challenge of the last refusal.
    pub claims: Option<String>,
    /// Who is expected.
    pub login_hint: Option<String>,
    /// Of which organization.
    pub domain_hint: Option<String>,
}

/// The address at which the person signs in, to come back to `redirect_uri`.
///
/// It asks for the scopes of both resources, so that consent is given once; each token request names one of them.
pub fn authorization_url(
    application: &Application,
    endpoints: &Endpoints,
    redirect_uri: &str,
    (verifier, state, nonce): (&Verifier, &State, &Nonce),
    ask: &Ask,
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
    if ask.silent {
        optional("prompt", Some("none"));
    } else if ask.choose_account {
        optional("prompt", Some("select_account"));
    }
    // Whoever chooses among all accounts is expected by nobody.
    if !ask.choose_account {
        optional("login_hint", ask.login_hint.as_deref());
        optional("domain_hint", ask.domain_hint.as_deref());
    }
    optional("claims", ask.claims.as_deref());
    format!("{}?{}", endpoints.authorization, query.finish())
}

/// The scopes of the first token request: one resource, and OIDC's.
pub fn first_scopes(application: &Application) -> Vec<&'static str> {
    OIDC_SCOPES.iter().chain(application.acs_scopes()).copied().collect()
}

/// Comes back from the authority after a sign-out. Nothing is done on its return, so it does not have to be unguessable.
const SIGNED_OUT: &str = "signed-out";

/// The address at which the person's session at the authority ends.
///
/// Without `logout_hint` Entra asks which account is meant (REP-12). It takes the `login_hint` claim for it, which a
/// registration has to ask for, and no user name; what another authority takes is its own choice (OpenID Connect
/// RP-Initiated Logout 1.0 §2), and there the user name is the next best.
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

/// The address at which an administrator grants consent for their organization: to what this page asks for, or, in the
/// older form, to everything that the registration of the application lists. `organization` is that of whoever is
/// here or expected; without it Entra asks the administrator who signs in.
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
    fn the_request_asks_for_a_code_with_s256_and_nothing_else() {
        // SEC-001, SEC-013, SEC-016
        let application = crate::config::tests::application();
        let endpoints = crate::authority::Authority::parse("https://login.microsoftonline.com/organizations/")
            .unwrap()
            .known_endpoints()
            .unwrap();
        let verifier = Verifier::from_stored("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        let ask = Ask {
            choose_account: true,
            claims: Some(r#"{"access_token":{}}"#.to_owned()),
            login_hint: Some("alice@fabrikam.example".to_owned()),
            ..Ask::default()
        };
        let random = (&verifier, &State::new(&[1; 32]), &Nonce::new(&[2; 32]));
        let url = authorization_url(&application, &endpoints, "https://page.example/", random, &ask);
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
