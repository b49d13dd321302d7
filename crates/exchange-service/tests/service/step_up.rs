//! Step-up: a configured authentication context that callers must have (Entra's claim `acrs`).

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::bench::Bench;

async fn demanding() -> Bench {
    Bench::configured(|text| text.replace("[entra]", "[entra]\nauthentication_context = \"c1\"")).await
}

#[tokio::test]
async fn sends_a_claims_challenge_to_callers_without_the_authentication_context() {
    // SEC-079
    let bench = demanding().await;
    for token in [
        bench.token(),
        bench.token().claim("acrs", json!([])),
        bench.token().claim("acrs", json!(["c10", "C1"])),
        bench.token().claim("acrs", json!(["c1", 7])),
        bench.token().claim("acrs", json!({ "c1": true })),
    ] {
        let response = bench.exchange(&token.sign()).await;
        assert_eq!((response.status, response.code().as_str()), (401, "step_up_required"));
        let challenge = response.header("www-authenticate").unwrap();
        let claims = challenge.strip_prefix("Bearer error=\"insufficient_claims\", claims=\"").unwrap();
        let claims: Value = serde_json::from_slice(&STANDARD.decode(claims.trim_end_matches('"')).unwrap()).unwrap();
        assert_eq!(claims, json!({ "access_token": { "acrs": { "essential": true, "value": "c1" } } }));
        assert_eq!(
            response.header("access-control-expose-headers"),
            Some("retry-after, www-authenticate, x-correlation-id")
        );
        assert_eq!(bench.audited()[0]["reason"], "step_up_missing");
    }
    assert_eq!(bench.acs.requests().len(), 0);
    assert_eq!(bench.exchange(&bench.token().claim("acrs", json!(["c1", "c2"])).sign()).await.status, 200);
    assert_eq!(bench.exchange(&bench.token().claim("acrs", "c1").sign()).await.status, 200);
}

#[tokio::test]
async fn sends_no_claims_challenge_to_invalid_tokens() {
    // SEC-079, SEC-082
    let bench = demanding().await;
    for token in [bench.token().claim("exp", 1), bench.token().claim("azp", "x"), bench.token().without("oid")] {
        let response = bench.exchange(&token.sign()).await;
        assert_eq!(response.code(), "caller_token_refused");
        assert_eq!(response.header("www-authenticate"), Some("Bearer"));
    }
}
