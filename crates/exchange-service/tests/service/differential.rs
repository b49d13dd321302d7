//! The same tokens are given to this service and to the validator of another library. Where the results differ, this
//! service is the one that refuses.
//!
//! Both have the same issuer, audience and algorithm, and neither checks times here, so differences come from parsing.

use std::collections::BTreeMap;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};

use crate::{
    authority::*,
    bench::{Bench, UNLIMITED, good_key},
};

/// Whether the other library accepts a token. It does not check times: it knows no clock but the machine's.
fn other_accepts(token: &str, authority: &str) -> bool {
    let jwk = good_key(authority);
    let key = DecodingKey::from_rsa_components(jwk["n"].as_str().unwrap(), jwk["e"].as_str().unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[API]);
    validation.set_issuer(&[format!("{authority}/{FABRIKAM}/v2.0")]);
    validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss"]);
    (validation.validate_exp, validation.validate_nbf) = (false, false);
    decode::<Value>(token, &key, &validation).is_ok()
}

/// Tokens, each with the name of what parsers could read differently.
fn corpus(bench: &Bench) -> Vec<(&'static str, String)> {
    let t = || bench.token();
    let (header, claims) = (t().header.to_string(), t().claims.to_string());
    let raw = |header: &str, claims: &str| sign_raw(header, claims.as_bytes(), rs256);
    let with_header = |more: &str| raw(&format!("{{{more},{}", &header[1..]), &claims);
    let with_claim = |more: &str| raw(&header, &format!("{{{more},{}", &claims[1..]));
    let good = t().sign();
    let parts: Vec<_> = good.split('.').collect();
    let spelled = |at: usize, text: String| {
        let mut parts = parts.clone();
        parts[at] = &text;
        parts.join(".")
    };
    let bytes = |at: usize| URL_SAFE_NO_PAD.decode(parts[at]).unwrap();
    // Signed over another encoding than base64url without padding.
    let signed_as = |engine: &dyn Fn(&[u8]) -> String| {
        let text = format!("{}.{}", engine(header.as_bytes()), engine(claims.as_bytes()));
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(rs256(text.as_bytes())))
    };
    let nested = URL_SAFE_NO_PAD.encode(&good);
    vec![
        ("good", good.clone()),
        ("good, with spaces in its JSON", raw(&format!(" {header}\n"), &format!("\t{claims} "))),
        ("duplicate claim, the last is good", with_claim(r#""aud":"x""#)),
        ("duplicate claim, equal", with_claim(&format!(r#""aud":"{API}""#))),
        ("duplicate claim inside another", with_claim(r#""x":{"a":1,"a":2}"#)),
        ("duplicate claim by an escape", with_claim(r#""\u0061ud":"x""#)),
        ("duplicate header, the last is good", with_header(r#""alg":"none""#)),
        ("duplicate header, equal", with_header(r#""alg":"RS256""#)),
        ("duplicate kid", with_header(r#""kid":"other""#)),
        ("crit, empty", with_header(r#""crit":[]"#)),
        ("crit, unknown", with_header(r#""crit":["x"]"#)),
        ("crit, exp", with_header(r#""crit":["exp"]"#)),
        ("crit, b64", with_header(r#""b64":false,"crit":["b64"]"#)),
        ("b64 alone", with_header(r#""b64":false"#)),
        ("nonce in the header", with_header(r#""nonce":"n""#)),
        ("zip", with_header(r#""zip":"DEF""#)),
        ("nested", raw(&header, &format!("\"{nested}\""))),
        ("cty JWT", with_header(r#""cty":"JWT""#)),
        ("typ at+jwt", t().header("typ", "at+jwt").sign()),
        ("typ a number", t().header("typ", 7).sign()),
        ("cty nothing", t().header("cty", Value::Null).sign()),
        ("jku a number", t().header("jku", 7).sign()),
        ("x5t a list", t().header("x5t", json!(["x"])).sign()),
        ("x5c a text", t().header("x5c", "MIIB").sign()),
        ("jwk a text", t().header("jwk", "x").sign()),
        ("no kid", raw(r#"{"alg":"RS256"}"#, &claims)),
        ("kid a number", t().header("kid", 7).sign()),
        ("alg none", raw(r#"{"alg":"none","kid":"key-1"}"#, &claims)),
        ("alg in lower case", t().header("alg", "rs256").sign()),
        ("alg HS256", sign_raw(r#"{"alg":"HS256","kid":"key-1"}"#, claims.as_bytes(), hs256_with_the_public_key)),
        ("alg PS256", sign_raw(r#"{"alg":"PS256","kid":"key-1"}"#, claims.as_bytes(), ps256)),
        ("alg RS512", sign_raw(r#"{"alg":"RS512","kid":"key-1"}"#, claims.as_bytes(), rs512)),
        ("alg ES256", sign_raw(r#"{"alg":"ES256","kid":"key-1"}"#, claims.as_bytes(), es256)),
        ("padded", signed_as(&|it| URL_SAFE.encode(it))),
        ("the other base64", signed_as(&|it| STANDARD.encode(it))),
        ("signature padded", spelled(2, URL_SAFE.encode(bytes(2)))),
        ("signature with a space", spelled(2, format!("{} a", parts[2]))),
        ("signature with other bits at its end", spelled(2, other_last_bits(parts[2]))),
        ("signature with a zero before", spelled(2, URL_SAFE_NO_PAD.encode([&[0], &bytes(2)[..]].concat()))),
        ("signature without its last byte", spelled(2, URL_SAFE_NO_PAD.encode(&bytes(2)[..255]))),
        ("no signature", spelled(2, String::new())),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{good}.")),
        ("five parts", format!("{good}..")),
        ("spaces around", format!(" {good} ")),
        ("claims in a list", raw(&header, &format!("[{claims}]"))),
        ("claims twice", raw(&header, &format!("{claims}{claims}"))),
        ("a byte order mark", raw(&header, &format!("\u{feff}{claims}"))),
        ("no UTF-8", sign_raw(&header, &[claims.as_bytes(), b"\xff"].concat(), rs256)),
        ("no UTF-8 within", sign_raw(&header, &claims.replace("Megan", "\u{1}").into_bytes(), rs256)),
        ("deep", with_claim(&format!(r#""x":{}{}"#, "[".repeat(100), "]".repeat(100)))),
        ("deeper", with_claim(&format!(r#""x":{}{}"#, "[".repeat(5000), "]".repeat(5000)))),
        ("16 KiB", with_claim(&format!(r#""x":"{}""#, "a".repeat(16 * 1024)))),
        ("aud a list with us", t().claim("aud", json!([API, PAGE])).sign()),
        ("aud a list with us and a number", t().claim("aud", json!([API, 7])).sign()),
        (
            "iss a list with Entra's",
            t().claim("iss", json!([format!("{}/{FABRIKAM}/v2.0", bench.entra.address)])).sign(),
        ),
        ("iss with a slash", t().claim("iss", format!("{}/{FABRIKAM}/v2.0/", bench.entra.address)).sign()),
        ("exp a fraction", t().claim("exp", 1_895_248_000.5).sign()),
        ("exp a text", t().claim("exp", "1895248000").sign()),
        ("exp huge", raw(&header, &claims.replace(&format!("{}", NOW + 3600), "1e300"))),
        ("no nbf", t().without("nbf").sign()),
        ("an ID token", t().claim("nonce", "n").sign()),
        ("app only", t().claim("idtyp", "app").sign()),
        ("another application", t().claim("azp", API).sign()),
        ("no oid", t().without("oid").sign()),
    ]
}

/// The tokens that only this service refuses, and the reason in its audit record.
const STRICTER: [(&str, &str); 14] = [
    ("16 KiB", "too_long"),
    ("an ID token", "id_token"),
    ("another application", "client_not_allowed"),
    ("app only", "app_only"),
    ("crit, b64", "critical_header"),
    ("crit, empty", "critical_header"),
    ("crit, exp", "critical_header"),
    ("crit, unknown", "critical_header"),
    ("cty nothing", "malformed"),
    ("duplicate claim inside another", "malformed"),
    ("iss a list with Entra's", "wrong_issuer"),
    ("no kid", "no_key_id"),
    ("no oid", "object_id_missing"),
    ("nonce in the header", "sealed_for_another"),
];

/// Another spelling of the same bytes: the last letter has two bits that decoders drop.
fn other_last_bits(part: &str) -> String {
    let (rest, last) = part.split_at(part.len() - 1);
    let next = char::from(last.as_bytes()[0] + 1);
    format!("{rest}{next}")
}

#[tokio::test]
async fn accepts_no_token_that_another_library_refuses() {
    // SEC-078, SEC-080
    let bench = Bench::configured(|text| text + UNLIMITED).await;
    let authority = bench.entra.address.clone();
    let mut stricter = BTreeMap::new();
    for (what, token) in corpus(&bench) {
        let (ours, other) = (bench.exchange(&token).await.status == 200, other_accepts(&token, &authority));
        assert!(other || !ours, "{what}: accepted here and refused there");
        if other && !ours {
            let reason = bench.audited().last().unwrap()["reason"].as_str().unwrap().to_owned();
            stricter.insert(what, reason);
        }
    }
    let known: BTreeMap<_, _> = STRICTER.into_iter().map(|(what, reason)| (what, reason.to_owned())).collect();
    assert_eq!(stricter, known);
}

#[tokio::test]
async fn refuses_every_changed_byte_of_a_token() {
    // SEC-080
    let bench = Bench::configured(|text| text + UNLIMITED).await;
    let (authority, good) = (bench.entra.address.clone(), bench.token().sign().into_bytes());
    let change = (0..good.len(), 0x20..0x7f_u8, prop::sample::select(vec!["replace", "insert", "remove", "cut"]));
    let mut runner = TestRunner::default();
    for _ in 0..400 {
        let (at, byte, how) = change.new_tree(&mut runner).unwrap().current();
        let mut changed = good.clone();
        match how {
            "replace" => changed[at] = byte,
            "insert" => changed.insert(at, byte),
            "remove" => drop(changed.remove(at)),
            _ => changed.truncate(at),
        }
        let same = changed == good;
        let changed = String::from_utf8(changed).unwrap();
        let ours = bench.exchange(&changed).await.status == 200;
        // A token has one spelling, so only the unchanged token is accepted here.
        assert_eq!(ours, same, "{how} {at} {byte}");
        assert!(other_accepts(&changed, &authority) || !ours, "{how} {at} {byte}");
        bench.audited();
    }
}
