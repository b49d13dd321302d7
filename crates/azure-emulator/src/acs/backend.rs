//! The check of C: a trusted backend authenticates with the access key or with the token of an application.

use axum::{
    body::Bytes,
    http::{header::AUTHORIZATION, request::Parts},
};

use crate::{
    Emulator,
    acs::{acs_error::AcsError, entra_token::EntraToken, hmac},
};

/// Checks that the request comes from a trusted backend. A person's token is not accepted, because every person could
/// then create identities.
///
/// # Errors
/// [`AcsError::Denied`] for a wrong bearer token, and the errors of [`hmac::check`].
pub(super) fn check(emulator: &Emulator, head: &Parts, body: &Bytes) -> Result<(), AcsError> {
    let bearer = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match bearer {
        Some(token) => is_of_an_application(emulator, token).then_some(()).ok_or(AcsError::Denied),
        None => hmac::check(emulator.access_key(), emulator.acs_now(), &head.method, &head.uri, &head.headers, body),
    }
}

fn is_of_an_application(emulator: &Emulator, token: &str) -> bool {
    EntraToken::verify(emulator, token).is_some_and(|token| {
        // Microsoft's libraries request "https://communication.azure.com//.default", others without the second slash.
        token.text("aud").is_some_and(|aud| aud.trim_end_matches('/') == "https://communication.azure.com")
            && token.text("idtyp") == Some("app")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::is_of_an_application;
    use crate::{
        CONTOSO,
        emulator::tests::{NOW, emulator},
    };

    #[test]
    fn rejects_a_token_of_entra_with_one_wrong_claim() {
        let emulator = emulator();
        let good = json!({
            "aud": "https://communication.azure.com/",
            "iss": format!("http://localhost:8401/sts/{}/", CONTOSO.id),
            "nbf": NOW,
            "exp": NOW + 1,
            "idtyp": "app",
            "tid": CONTOSO.id,
        });
        let is_valid = |claims: &Value| {
            let token = emulator.state().signing_key().sign(claims);
            is_of_an_application(&emulator, &token)
        };
        assert!(is_valid(&good));
        for (name, value) in [
            ("aud", json!("https://communication.azure.com/clients")),
            ("iss", json!("http://evil.example/")),
            ("nbf", json!(NOW + 1)),
            ("exp", json!(NOW)),
            ("exp", Value::Null),
            ("idtyp", json!("user")),
            ("idtyp", Value::Null),
            ("tid", json!("organizations")),
        ] {
            let mut claims = good.clone();
            claims[name] = value;
            assert!(!is_valid(&claims), "{claims}");
        }
    }
}
