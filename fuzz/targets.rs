//! What a stranger may write, for each parser, and what has to hold of whatever is taken. The programs in `fuzz_targets`
//! feed them by libFuzzer, the test `fuzz_targets` of protocol by its corpus and by chance.

use messages::{Connect, FromPortal, FromWindow, Hints};
use protocol::{
    authority::{Authority, Endpoints},
    callback as answer,
    config::Config,
    http::Response,
    id_token::{Expectations, UnverifiedIdToken},
    pkce::{Nonce, State},
    secret::SecretText,
    token,
};

const ACS: &str = "https://auth.msft.communication.azure.com/Teams.ManageCalls";
/// What the corpus answers: 32 bytes of 1, in base64url.
const SENT: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

fn endpoints() -> Endpoints {
    let authority = Authority::parse("https://login.microsoftonline.com/organizations/").expect("it is one");
    authority.known_endpoints().expect("Microsoft's clouds are known")
}

/// The fragment that comes back from the authority: a code is taken only beside the one state that was sent.
pub(crate) fn callback(data: &[u8]) {
    let fragment = text(data);
    let of = |name: &'static str| {
        let pairs = form_urlencoded::parse(fragment.as_bytes()).filter(move |(key, _)| key == name);
        pairs.map(|(_, value)| value.into_owned()).collect::<Vec<_>>()
    };
    if let Ok(code) = answer::check(&fragment, State::new(&[1; 32]), &endpoints()) {
        assert_eq!((of("state"), of("code")), (vec![SENT.to_owned()], vec![code.expose().to_owned()]));
        assert!(!code.expose().is_empty());
        assert!(of("error").is_empty() && of("access_token").is_empty() && of("id_token").is_empty());
        assert!(answer::is_answer(&fragment) && answer::belongs(&fragment, &State::new(&[1; 32])));
    }
    let _ = (answer::is_consent(&fragment), answer::consent(&fragment, &State::new(&[1; 32])));
}

/// The token endpoint's answer; its first byte chooses the status.
pub(crate) fn token_response(data: &[u8]) {
    let (first, body) = data.split_first().map_or((0, data), |(first, body)| (*first, body));
    let status = [200, 200, 200, 400, 401, 429, 503][usize::from(first) % 7];
    let response = Response::plain(status, text(body));
    match token::read(&response, &[ACS]) {
        Ok(tokens) => assert!(status == 200 && !tokens.access_token.expose().is_empty()),
        Err(error) => assert!(!error.problem().code.code().is_empty()),
    }
}

/// An ID token whose signature is good: nobody is let in by it but the person of the one who issued it.
pub(crate) fn id_token(data: &[u8]) {
    let sent = text(data);
    let Ok(token) = UnverifiedIdToken::parse(SecretText::new(sent.clone())) else { return };
    assert!(sent.starts_with(token.signing_input()) && token.signing_input().matches('.').count() == 1);
    let endpoints = endpoints();
    let client_id = "acc00000-0000-4000-8000-000000000010".parse().expect("it is a GUID");
    let nonce = Nonce::new(&[1; 32]);
    let expected = Expectations { issuer: &endpoints.issuer, client_id: &client_id, nonce, now: 1_795_248_000 };
    if let Ok(person) = token.signature_checked(true).and_then(|signed| signed.validate(expected)) {
        let issuer = format!("https://login.microsoftonline.com/{}/v2.0", person.tenant.as_str());
        assert!(endpoints.issuer.admits(&issuer, &person.tenant));
        assert_eq!((person.tenant.as_str().len(), person.object.as_str().len()), (36, 36));
    }
}

/// `config.json`: what is taken leads nowhere that is not protected on the way, and what is not is named.
pub(crate) fn config(data: &[u8]) {
    match Config::parse(&text(data)) {
        Ok(config) => {
            let address = config.redirect_uri.as_str();
            let on_this_machine =
                ["http://localhost", "http://127.0.0.1"].iter().any(|start| address.starts_with(start))
                    || address.contains(".localhost");
            assert!(address.starts_with("https://") || on_this_machine, "{address}");
            assert!(!config.profiles.is_empty());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// What is said around the page and in its window: whatever is taken is short, and asks for nothing but what there is.
pub(crate) fn portal_messages(data: &[u8]) {
    let said = text(data);
    if let Some(Connect { nonce, hints, .. }) = Connect::parse(&said) {
        assert!(said.len() <= 8 * 1024 && (22..=128).contains(&nonce.len()));
        assert!(nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{nonce}");
        let Hints { login_hint, domain_hint, profile, locale, .. } = hints;
        for hint in [login_hint, domain_hint, profile, locale].into_iter().flatten() {
            assert!((1..=320).contains(&hint.chars().count()) && !hint.contains(char::is_control), "{hint:?}");
        }
    }
    if let Some(FromPortal::GetToken { id } | FromPortal::SignOut { id }) = FromPortal::parse(&said) {
        assert!(said.len() <= 8 * 1024 && said.contains(&id.to_string()));
    }
    let _: Result<FromWindow, _> = serde_json::from_str(&said);
}
