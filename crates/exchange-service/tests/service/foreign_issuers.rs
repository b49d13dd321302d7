//! Caller tokens (B) that a portal issues: accepted where the portal is configured, and only for people of its tenant.

use std::sync::OnceLock;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    authority::*,
    bench::{Bench, token_body},
    callers::assert_refused,
    peer::{Peer, Reply},
};

const ISSUER: &str = "https://portal.example/sessions";
const AUDIENCE: &str = "acs-exchange";
const OTHER_PORTAL: &str = "https://other-portal.example";

struct Portals {
    bench: Bench,
    portal: Peer,
    other: Peer,
}

fn elliptic_key() -> &'static EcdsaKeyPair {
    static KEY: OnceLock<EcdsaKeyPair> = OnceLock::new();
    KEY.get_or_init(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
}

fn elliptic_jwk() -> Value {
    let point = elliptic_key().public_key().as_ref();
    json!({
        "kty": "EC", "crv": "P-256", "kid": "elliptic",
        "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..]),
    })
}

fn es256_of_the_portal(text: &[u8]) -> Vec<u8> {
    elliptic_key().sign(&SystemRandom::new(), text).unwrap().as_ref().to_vec()
}

/// A key without `issuer`, a member that only Entra has.
fn plain(id: &str, key: &aws_lc_rs::signature::RsaKeyPair) -> Value {
    let mut jwk = jwk(id, key, "x");
    jwk.as_object_mut().unwrap().remove("issuer");
    jwk
}

/// One portal that can vouch for people of Fabrikam, and one for people of Contoso.
async fn portals() -> Portals {
    portals_with("").await
}

/// The same, with more sections in the configuration.
async fn portals_with(sections: &str) -> Portals {
    let mut for_pss = plain("pss", key());
    for_pss["alg"] = "PS256".into();
    let keys = json!({ "keys": [plain("portal-1", key()), elliptic_jwk(), for_pss, jwk("of-entra", key(), "x")] });
    let portal = Peer::start(Reply::new(200, keys.to_string())).await;
    let keys = json!({ "keys": [plain("other-1", forgers_key())] });
    let other = Peer::start(Reply::new(200, keys.to_string())).await;
    let more = format!(
        "[[foreign_issuers]]\nissuer = {ISSUER:?}\njwks_url = \"{}/keys.json?v=1\"\n\
         algorithms = [\"RS256\", \"ES256\", \"PS256\"]\naudience = {AUDIENCE:?}\nclient_claim = \"client_id\"\n\
         clients = [\"web\", \"desktop\"]\nobject_id_claim = \"entra_oid\"\ntenant = {FABRIKAM:?}\n\
         [[foreign_issuers]]\nissuer = {OTHER_PORTAL:?}\njwks_url = \"{}\"\nalgorithms = [\"RS256\"]\n\
         audience = {AUDIENCE:?}\ntenant = {CONTOSO:?}\n[exchanges]",
        portal.address, other.address
    );
    let bench = Bench::configured(|text| text.replace("[exchanges]", &more) + "\n" + sections).await;
    Portals { bench, portal, other }
}

/// A valid token of the portal, for a test to change.
fn token() -> Token {
    Token {
        header: json!({ "alg": "RS256", "kid": "portal-1" }),
        claims: json!({
            "iss": ISSUER, "aud": AUDIENCE, "entra_oid": PERSON, "client_id": "web",
            "iat": NOW - 60, "exp": NOW + 600,
        }),
    }
}

fn signed(token: &Token, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    sign_raw(&token.header.to_string(), token.claims.to_string().as_bytes(), sign)
}

#[tokio::test]
async fn accepts_a_portals_token_for_people_of_its_tenant() {
    let Portals { bench, portal, other } = portals().await;
    let elliptic = token().header("alg", "ES256").header("kid", "elliptic");
    let other_portals = Token {
        claims: json!({
            "iss": OTHER_PORTAL, "aud": [AUDIENCE, "x"], "oid": PERSON, "iat": NOW, "exp": NOW + 900,
        }),
        ..token().header("kid", "other-1")
    };
    for (what, token, tenant, client, issuer) in [
        ("RS256", token().sign(), FABRIKAM, json!("web"), ISSUER),
        ("ES256", signed(&elliptic, es256_of_the_portal), FABRIKAM, json!("web"), ISSUER),
        (
            "PS256",
            token().header("alg", "PS256").header("kid", "pss").sign_with(key(), &RSA_PSS_SHA256),
            FABRIKAM,
            json!("web"),
            ISSUER,
        ),
        (
            "the whole quarter of an hour",
            token().claim("iat", NOW).claim("exp", NOW + 900).sign(),
            FABRIKAM,
            json!("web"),
            ISSUER,
        ),
        (
            "its own tenant, named",
            token().claim("tid", FABRIKAM).claim("nbf", NOW).sign(),
            FABRIKAM,
            json!("web"),
            ISSUER,
        ),
        ("the other client", token().claim("client_id", "desktop").sign(), FABRIKAM, json!("desktop"), ISSUER),
        (
            "the other portal",
            other_portals.sign_with(forgers_key(), &RSA_PKCS1_SHA256),
            CONTOSO,
            Value::Null,
            OTHER_PORTAL,
        ),
    ] {
        assert_eq!(bench.exchange(&token).await.status, 200, "{what}");
        let audited = &bench.audited()[0];
        assert_eq!((&audited["tid"], &audited["oid"]), (&json!(tenant), &json!(PERSON)), "{what}");
        assert_eq!((&audited["azp"], &audited["foreign_issuer"]), (&client, &json!(issuer)), "{what}");
    }
    let sent: Value = serde_json::from_slice(&bench.acs.requests()[0].body).unwrap();
    assert_eq!((&sent["userId"], &sent["appId"]), (&json!(PERSON), &json!(PAGE)));
    assert_eq!(portal.requests().len(), 1);
    assert_eq!(portal.requests()[0].line, "GET /keys.json?v=1");
    assert_eq!(other.requests().len(), 1);
    assert_eq!(bench.entra.requests().len(), 0);
    // Tokens of Entra are accepted as before.
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
}

#[tokio::test]
async fn every_bad_token_of_a_portal_gets_the_same_response_and_its_own_reason() {
    // SEC-069 to SEC-071, SEC-073, SEC-074, SEC-076 to SEC-078, SEC-080, SEC-082, SEC-120
    let Portals { bench, portal, other } = portals().await;
    let t = token;
    let good = t().sign();
    let (text, _) = good.rsplit_once('.').unwrap();
    let with_alg = |alg: &str, sign: fn(&[u8]) -> Vec<u8>| signed(&t().header("alg", alg), sign);
    for (vector, token, reason) in [
        ("none", with_alg("none", |_| vec![]), "algorithm_not_allowed"),
        ("nOnE", with_alg("nOnE", |_| vec![]), "algorithm_not_allowed"),
        ("HS256 with the public key", with_alg("HS256", hs256_with_the_public_key), "algorithm_not_allowed"),
        ("RS512", with_alg("RS512", rs512), "algorithm_not_allowed"),
        ("PS256 with a key for RS256", with_alg("PS256", ps256), "algorithm_not_allowed"),
        ("ES256 with an RSA key", with_alg("ES256", es256_of_the_portal), "algorithm_not_allowed"),
        ("RS256 with a key for PS256", t().header("kid", "pss").sign(), "algorithm_not_allowed"),
        ("RS256 with an elliptic key", t().header("kid", "elliptic").sign(), "algorithm_not_allowed"),
        ("PS256 called RS256", with_alg("RS256", ps256), "signature_wrong"),
        (
            "ES256 with an unpublished key",
            signed(&t().header("alg", "ES256").header("kid", "elliptic"), es256),
            "signature_wrong",
        ),
        ("a forger", t().sign_with(forgers_key(), &RSA_PKCS1_SHA256), "signature_wrong"),
        ("no signature", format!("{text}."), "signature_wrong"),
        (
            "an algorithm that the other portal was not allowed",
            signed(&t().claim("iss", OTHER_PORTAL).header("alg", "ES256").header("kid", "x"), es256_of_the_portal),
            "algorithm_not_allowed",
        ),
        (
            "jwk",
            t().header("jwk", plain("portal-1", forgers_key())).sign_with(forgers_key(), &RSA_PKCS1_SHA256),
            "signature_wrong",
        ),
        ("jku", t().header("jku", "http://localhost/canary").header("kid", "x").sign(), "unknown_key"),
        ("crit", t().header("crit", json!(["exp"])).sign(), "critical_header"),
        ("no kid", t().header("kid", Value::Null).sign(), "no_key_id"),
        ("a key of Entra's", t().header("kid", "of-entra").sign(), "key_of_another_issuer"),
        (
            "a key of the other portal",
            t().header("kid", "other-1").sign_with(forgers_key(), &RSA_PKCS1_SHA256),
            "unknown_key",
        ),
        ("the other portal's name", t().claim("iss", OTHER_PORTAL).sign(), "unknown_key"),
        ("iss with a slash", t().claim("iss", format!("{ISSUER}/")).sign(), "tenant_not_a_guid"),
        ("iss longer", t().claim("iss", format!("{ISSUER}.evil.example")).sign(), "tenant_not_a_guid"),
        ("iss in upper case", t().claim("iss", ISSUER.to_uppercase()).sign(), "tenant_not_a_guid"),
        ("iss a list", t().claim("iss", json!([ISSUER])).sign(), "tenant_not_a_guid"),
        (
            "iss with a tenant of Entra's",
            t().claim("iss", "https://x.example").claim("tid", FABRIKAM).sign(),
            "wrong_issuer",
        ),
        ("no iss", t().without("iss").sign(), "tenant_not_a_guid"),
        (
            "iss twice",
            {
                let claims = t().claims.to_string().replacen('{', &format!("{{\"iss\":{ISSUER:?},"), 1);
                sign_raw(&t().header.to_string(), claims.as_bytes(), rs256)
            },
            "malformed",
        ),
        ("for another", t().claim("aud", "other").sign(), "not_for_us"),
        ("for the Entra API", t().claim("aud", API).sign(), "not_for_us"),
        ("for ours in upper case", t().claim("aud", AUDIENCE.to_uppercase()).sign(), "not_for_us"),
        ("no aud", t().without("aud").sign(), "not_for_us"),
        ("for ours and no text", t().claim("aud", json!([AUDIENCE, 7])).sign(), "not_for_us"),
        ("another client", t().claim("client_id", "Web").sign(), "client_not_allowed"),
        ("no client", t().without("client_id").sign(), "client_not_allowed"),
        ("clients in a list", t().claim("client_id", json!(["web"])).sign(), "client_not_allowed"),
        ("a tenant that it may not vouch for", t().claim("tid", CONTOSO).sign(), "tenant_not_allowed"),
        ("a tenant that is no text", t().claim("tid", json!([FABRIKAM])).sign(), "tenant_not_allowed"),
        ("no object id", t().without("entra_oid").sign(), "object_id_missing"),
        ("an e-mail address", t().claim("entra_oid", "megan@fabrikam.example").sign(), "object_id_missing"),
        ("oid, which is not the claim", t().without("entra_oid").claim("oid", PERSON).sign(), "object_id_missing"),
        ("expired", t().claim("iat", NOW - 700).claim("exp", NOW - 300).sign(), "expired"),
        ("not yet", t().claim("nbf", NOW + 301).sign(), "not_yet_valid"),
        ("from the future", t().claim("iat", NOW + 301).sign(), "issued_in_future"),
        ("a second too long", t().claim("iat", NOW).claim("exp", NOW + 901).sign(), "lives_too_long"),
        ("a year", t().claim("exp", NOW + 365 * 86400).sign(), "lives_too_long"),
        ("issued at the beginning of time", t().claim("iat", 0).sign(), "lives_too_long"),
        ("ended before it began", t().claim("iat", NOW + 30).claim("exp", NOW + 20).sign(), "lives_too_long"),
        ("no exp", t().without("exp").sign(), "times_missing"),
        ("no iat", t().without("iat").sign(), "times_missing"),
        ("exp a text", t().claim("exp", (NOW + 60).to_string()).sign(), "times_missing"),
        ("exp 2^63", t().claim("exp", 1u64 << 63).sign(), "times_missing"),
        ("nbf a text", t().claim("nbf", "x").sign(), "times_missing"),
        ("Entra's own, signed by the portal", bench.token().header("kid", "portal-1").sign(), "unknown_key"),
        (
            "Entra's own, by ES256",
            signed(&bench.token().header("alg", "ES256"), es256_of_the_portal),
            "algorithm_not_allowed",
        ),
        ("Entra's own, by PS256", signed(&bench.token().header("alg", "PS256"), ps256), "algorithm_not_allowed"),
    ] {
        // A reload allows fetches of keys again.
        bench.service.reload().await;
        let response = bench.exchange(&token).await;
        assert_refused(&bench, vector, response, reason);
    }
    assert!(portal.requests().iter().all(|asked| asked.line == "GET /keys.json?v=1"));
    assert!(other.requests().iter().all(|asked| asked.line == "GET /"));
}

#[tokio::test]
async fn compares_the_identity_of_acs_with_the_tenant_of_the_portal() {
    // SEC-077
    let Portals { bench, .. } = portals().await;
    for (tenant, status) in [(FABRIKAM, 200), (CONTOSO, 422)] {
        let identity = format!("8:acs:ac500000-0000-4000-8000-000000000030_{tenant}_{PERSON}");
        let issued = json!({
            "identity": { "id": identity }, "accessToken": { "token": "d", "expiresOn": "2026-11-21T09:00:00Z" },
        });
        bench.acs.reply(Reply::new(200, issued.to_string()));
        let body = axum::body::Body::from(json!({ "accessToken": "a1" }).to_string());
        let request = crate::bench::builder_to("/exchange/entra-id", &token().sign()).body(body).unwrap();
        assert_eq!(bench.send(request).await.status, status, "{tenant}");
    }
}

#[tokio::test]
async fn caches_a_portals_keys_as_those_of_entra() {
    // SEC-083, SEC-084, SEC-113
    let Portals { bench, portal, .. } = portals().await;
    let at = |seconds: u64| token().claim("iat", NOW + seconds).claim("exp", NOW + seconds + 600).sign();
    assert_eq!(bench.exchange(&at(0)).await.status, 200);
    for invented in 0..20 {
        let expected = if invented < 2 { 401 } else { 503 };
        assert_eq!(bench.exchange(&token().header("kid", format!("x{invented}")).sign()).await.status, expected);
    }
    assert_eq!(portal.requests().len(), 3, "three fetches in five minutes");
    portal.reply(Reply::new(500, "down"));
    let ends = "2026-11-22T09:00:00Z";
    bench.clock.forward(23 * 3600);
    bench.acs.reply(Reply::new(200, token_body(ends)));
    assert_eq!(bench.exchange(&at(23 * 3600)).await.status, 200, "cached keys last for a day");
    bench.clock.forward(3600);
    assert_eq!(bench.exchange(&at(24 * 3600)).await.code(), "keys_unavailable");
    // People who sign in by Entra are not affected.
    bench.acs.reply(Reply::new(200, token_body(ends)));
    assert_eq!(bench.exchange(&bench.token().claim("exp", NOW + 90_000).sign()).await.status, 200);
}

#[tokio::test]
async fn a_portals_keys_are_not_relayed_to_pages() {
    // SEC-071
    let Portals { bench, portal, .. } = portals().await;
    let request = axum::http::Request::get("/keys").body(axum::body::Body::empty()).unwrap();
    let response = bench.send(request).await;
    let document: Value = serde_json::from_str(&response.body).unwrap();
    let ids: Vec<_> = document["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
    assert_eq!(ids, ["key-1"]);
    assert_eq!(portal.requests().len(), 0);
}

#[tokio::test]
async fn rev_03_a_portals_requests_do_not_use_up_the_limits_of_entras() {
    let Portals { bench, .. } = portals_with("[limits]\nper_user_and_minute = 3\nper_tenant_and_minute = 200\n").await;
    // The portal can sign any number of tokens in this person's name.
    for _ in 0..3 {
        assert_eq!(bench.exchange(&token().sign()).await.status, 200);
    }
    assert_eq!(bench.exchange(&token().sign()).await.code(), "rate_limited");
    for _ in 0..3 {
        assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
    }
    assert_eq!(bench.exchange(&bench.token().sign()).await.code(), "rate_limited");

    let Portals { bench, .. } = portals_with("[limits]\nper_tenant_and_minute = 4\n").await;
    // The same for the limit of the tenant: people that the portal invents use up the portal's part only.
    let invented = |person: u8| token().claim("entra_oid", format!("32c0a5db-05ec-78ea-51ab-3f06b32939{person:02x}"));
    let mut person = 0;
    while bench.exchange(&invented(person).sign()).await.status == 200 {
        person += 1;
    }
    assert!(person > 0);
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
}

#[tokio::test]
async fn rev_02_a_portal_cannot_use_up_the_allowance_of_acs() {
    let Portals { bench, .. } = portals().await;
    let denied = json!({ "error": { "code": "InvalidAccessToken", "message": "x" } }).to_string();
    let good = bench.acs.reply_now();
    bench.acs.reply(Reply::new(401, denied));
    for person in 0..200_u32 {
        let token = token().claim("entra_oid", format!("32c0a5db-05ec-78ea-51ab-3f06b32{person:05x}")).sign();
        bench.exchange_with(&token, "junk").await;
    }
    // At most an eighth of the 500 requests that ACS allows in 30 seconds.
    assert!(bench.acs.requests().len() <= 62, "{}", bench.acs.requests().len());
    bench.acs.reply(good);
    let issuer = format!("{}/{CONTOSO}/v2.0", bench.entra.address);
    let contosos = bench.token().claim("tid", CONTOSO).claim("iss", issuer).sign();
    for other in [contosos, bench.token().sign()] {
        assert_eq!(bench.exchange(&other).await.status, 200);
    }
}
