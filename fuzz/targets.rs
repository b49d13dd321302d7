//! One function for each parser of untrusted input, with the invariants of every accepted value. The programs in
//! `fuzz_targets` call them from libFuzzer; `crates/sign-in/tests/fuzz_targets.rs` calls them with the corpus and with
//! random input.

use contract::{UnixTime, secret::SecretText};
use messages::{Connect, FromPortal, FromWindow, Hints};
use sign_in::{
    authority::{Authority, Endpoints},
    callback,
    config::Config,
    http::Response,
    id_token::{Expectations, UnverifiedIdToken},
    pkce::{Nonce, State},
    token::{self, TokenError},
};

const ACS: &str = "https://auth.msft.communication.azure.com/Teams.ManageCalls";
/// The `state` of the corpus: 32 bytes of value 1, in base64url.
const STATE: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

fn endpoints() -> Endpoints {
    let authority =
        Authority::parse("https://login.microsoftonline.com/organizations/").expect("a constant authority is valid");
    authority.known_endpoints().expect("Microsoft's clouds are known")
}

/// The fragment of the authorization response: a code is accepted only with the one `state` that was sent.
pub(crate) fn callback(data: &[u8]) {
    let fragment = text(data);
    let values = |name: &'static str| {
        let pairs = form_urlencoded::parse(fragment.as_bytes()).filter(move |(key, _)| key == name);
        pairs.map(|(_, value)| value.into_owned()).collect::<Vec<_>>()
    };
    if let Ok(code) = callback::check(&fragment, State::new(&[1; 32]), &endpoints()) {
        assert_eq!((values("state"), values("code")), (vec![STATE.to_owned()], vec![code.expose().to_owned()]));
        assert!(!code.expose().is_empty());
        for forbidden in ["error", "access_token", "id_token"] {
            assert_eq!(values(forbidden), [""; 0], "{forbidden}");
        }
        assert!(callback::is_authorization_response(&fragment), "{fragment:?}");
        assert!(callback::belongs(&fragment, &State::new(&[1; 32])), "{fragment:?}");
    }
    let _ = (callback::is_consent(&fragment), callback::consent(&fragment, &State::new(&[1; 32])));
}

/// The response of the token endpoint. The first byte chooses the status.
pub(crate) fn token_response(data: &[u8]) {
    let (first, body) = data.split_first().map_or((0, data), |(first, body)| (*first, body));
    let status = [200, 200, 200, 400, 401, 429, 503][usize::from(first) % 7];
    let response = Response::plain(status, text(body));
    match token::read(&response, &[ACS]) {
        Ok(tokens) => {
            assert_eq!(status, 200);
            let token = tokens.access_token.expose();
            // Anything else would make a browser throw where it is put into a header (RFC 6749 appendix A.12).
            assert!(!token.is_empty(), "{status}");
            assert!(token.bytes().all(|byte| byte.is_ascii_graphic()), "{token:?}");
        }
        Err(error) => {
            let is_expected = match &error {
                TokenError::ScopeMissing => status == 200,
                TokenError::Unreadable => matches!(status, 200 | 400 | 401),
                TokenError::Unavailable => matches!(status, 429 | 503),
                // A server that fails must not end a sign-in: only a problem that can pass is read from its body.
                TokenError::Refused(refusal) => {
                    matches!(status, 400 | 401) || (status != 200 && refusal.problem().code.is_retryable())
                }
            };
            assert!(is_expected, "{status}: {error:?}");
        }
    }
}

/// An ID token with a valid signature: only a user of the tenant that issued it is signed in.
pub(crate) fn id_token(data: &[u8]) {
    let sent = text(data);
    let Ok(token) = UnverifiedIdToken::parse(SecretText::new(sent.clone())) else { return };
    assert!(sent.starts_with(token.signing_input()), "the signed part is the beginning of the token");
    assert_eq!(token.signing_input().matches('.').count(), 1);
    let endpoints = endpoints();
    let client_id = "acc00000-0000-4000-8000-000000000010".parse().expect("a constant GUID is valid");
    let nonce = Nonce::new(&[1; 32]);
    let expected = Expectations {
        issuer: &endpoints.issuer,
        client_id: &client_id,
        nonce,
        now: UnixTime::from_seconds(1_795_248_000),
    };
    if let Ok(person) = token.signature_checked(true).and_then(|signed| signed.validate(expected)) {
        let issuer = format!("https://login.microsoftonline.com/{}/v2.0", person.tenant.as_str());
        assert!(endpoints.issuer.admits(&issuer, &person.tenant), "{issuer}");
        assert_eq!((person.tenant.as_str().len(), person.object.as_str().len()), (36, 36));
    }
}

/// `config.json`: the redirect URI of an accepted file is `https`, or `http` on loopback. A rejection names the key.
pub(crate) fn config(data: &[u8]) {
    match Config::parse(&text(data)) {
        Ok(config) => {
            for address in config.links().chain([config.redirect_uri.as_str()]) {
                assert!(address.starts_with("https://") || is_http_on_loopback(address), "{address}");
            }
            assert!(!config.profiles.is_empty(), "a page without profiles can sign in no one");
        }
        Err(error) => {
            let text = error.to_string();
            let (key, reason) = text.split_once(' ').expect("a key and a reason");
            assert_ne!(key, "", "{text:?}");
            assert_ne!(reason, "", "{text:?}");
        }
    }
}

/// Whether an address is `http` on loopback, by the rules of browsers (RFC 6761 §6.3). It compares the host and not the
/// whole address, because the path may contain any name.
fn is_http_on_loopback(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("http://") else { return false };
    let host = &rest[..rest.find(['/', ':', '?', '#']).unwrap_or(rest.len())];
    matches!(host, "localhost" | "127.0.0.1") || host.ends_with(".localhost")
}

/// Messages of a portal and of the sign-in window: an accepted message is short, and so are its parts.
pub(crate) fn portal_messages(data: &[u8]) {
    let message = text(data);
    if let Some(Connect { nonce, hints, .. }) = Connect::parse(&message) {
        assert!(message.len() <= 8 * 1024, "{} bytes", message.len());
        assert!((22..=128).contains(&nonce.len()), "{nonce}");
        assert!(nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{nonce}");
        let Hints { login_hint, domain_hint, profile, locale, .. } = hints;
        for hint in [login_hint, domain_hint, profile, locale].into_iter().flatten() {
            assert!((1..=320).contains(&hint.chars().count()), "{hint:?}");
            assert!(!hint.contains(char::is_control), "{hint:?}");
        }
    }
    if let Some(FromPortal::GetToken { id } | FromPortal::SignOut { id }) = FromPortal::parse(&message) {
        assert!(message.len() <= 8 * 1024, "{} bytes", message.len());
        let mut numbers = message.split(|c: char| !c.is_ascii_digit());
        assert!(numbers.any(|number| number == id.to_string()), "{id} is not in {message:?}");
    }
    let _ = FromWindow::parse(&message);
}
