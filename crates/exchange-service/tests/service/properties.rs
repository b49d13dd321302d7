//! Generated requests: none makes the service panic, and each refusal is a documented one.

use std::net::{IpAddr, SocketAddr};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderName, HeaderValue, Request},
};
use exchange_service::Configuration;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::{
    authority::NOW,
    bench::{A1, ACCESS_KEY, Bench, builder, request},
    mailbox::{leave, reserve, take},
};

const CASES: u32 = 200;

/// A service with limits that no test reaches.
fn bench(runtime: &Runtime) -> Bench {
    let limits = "\n[limits]\nper_user_and_minute = 100000\nper_tenant_and_minute = 100000\nacs_requests_per_30_seconds = 1000000\ntrusted_proxies = 1\n\
                  per_address_and_minute = 100000\n[mailbox]\nstore = \"memory\"\n";
    runtime.block_on(Bench::configured(|text| text + limits))
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn for_any<S: Strategy>(strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&strategy, test).unwrap();
}

/// Any value of a header that hyper accepts.
fn header_value() -> impl Strategy<Value = HeaderValue> {
    let byte = prop_oneof![4 => 0x20..0x7f_u8, 1 => 0x80..=0xff_u8];
    vec(byte, 0..300).prop_map(|bytes| HeaderValue::from_bytes(&bytes).unwrap())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 20, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec(("[a-zA-Z]{0,12}", inner), 0..5).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn with(name: HeaderName, value: HeaderValue, mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert(name, value);
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4711))));
    request
}

#[test]
fn refuses_any_other_authorization_header_without_asking_acs() {
    // SEC-080, SEC-099
    let runtime = runtime();
    let bench = bench(&runtime);
    let bearer =
        header_value().prop_map(|value| HeaderValue::from_bytes(&[b"Bearer ", value.as_bytes()].concat()).unwrap());
    for_any(prop_oneof![header_value(), bearer], |value| {
        // Only some refusals a minute of an address have a record (REV-04).
        bench.clock.forward(60);
        let response = runtime.block_on(bench.send(with("authorization".parse().unwrap(), value, request("x"))));
        prop_assert_eq!((response.status, response.code()), (401, "caller_token_refused".to_owned()));
        prop_assert!(bench.audited()[0]["reason"].is_string());
        Ok(())
    });
    assert_eq!(bench.acs.requests().len(), 0);
}

#[test]
fn accepts_no_other_value_of_a_checked_claim() {
    // SEC-072 to SEC-076, SEC-078, SEC-099
    let runtime = runtime();
    let bench = bench(&runtime);
    let claim =
        prop::sample::select(vec!["iss", "tid", "azp", "ver", "scp", "oid", "exp", "nbf", "iat", "aud", "name"]);
    let time = (-400..400_i64).prop_map(|seconds| Value::from(NOW.cast_signed() + seconds));
    for_any((claim, prop_oneof![2 => any_json(), 1 => time]), |(name, value)| {
        let good = bench.token();
        // Of times, all numbers within five minutes of the clock are valid. Of other claims, only the expected value
        // is.
        let number = |is_good: fn(f64) -> bool| value.as_f64().is_some_and(is_good);
        let is_as_good = match name {
            "exp" => number(|ends| (NOW as f64 - 299.0..=9_007_199_254_740_992.0).contains(&ends)),
            "nbf" | "iat" => number(|begins| (0.0..NOW as f64 + 301.0).contains(&begins)),
            "name" => true,
            _ => good.claims[name] == value,
        };
        let status = runtime.block_on(bench.exchange(&good.claim(name, value).sign())).status;
        prop_assert_eq!(status, if is_as_good { 200 } else { 401 }, "{}", name);
        bench.audited();
        Ok(())
    });
}

#[test]
fn reads_or_refuses_any_other_token_header() {
    // SEC-069, SEC-070, SEC-080, SEC-099
    let runtime = runtime();
    let bench = bench(&runtime);
    let member = prop_oneof![Just("alg".to_owned()), Just("kid".to_owned()), Just("typ".to_owned()), "[a-z0-9]{0,5}"];
    for_any((member, any_json()), |(name, value)| {
        let decides = matches!(name.as_str(), "alg" | "kid" | "crit" | "nonce");
        let status = runtime.block_on(bench.exchange(&bench.token().header(&name, value).sign())).status;
        // 503: the fetches for unknown keys are used up.
        let is_refused = status == 401 || (status == 503 && name == "kid");
        prop_assert!(is_refused || (status == 200 && !decides), "{} {}", status, name);
        bench.audited();
        Ok(())
    });
}

#[test]
fn accepts_only_bodies_of_the_contract() {
    // SEC-089, SEC-093, SEC-099
    let runtime = runtime();
    let bench = bench(&runtime);
    let token = bench.token().sign();
    let body = prop_oneof![
        vec(any::<u8>(), 0..400),
        any_json().prop_map(|value| value.to_string().into_bytes()),
        any_json().prop_map(|value| json!({ "accessToken": value }).to_string().into_bytes()),
        any_json().prop_map(|value| json!({ "accessToken": A1, "more": value }).to_string().into_bytes()),
    ];
    for_any(body, |body| {
        let read = serde_json::from_slice::<Value>(&body).ok();
        let response = runtime.block_on(bench.send(builder(&token).body(Body::from(body)).unwrap()));
        let is_contract = read.is_some_and(|read| {
            read.as_object().is_some_and(|it| it.len() == 1)
                && read["accessToken"].as_str().is_some_and(|it| !it.is_empty())
        });
        if is_contract {
            prop_assert!(matches!(response.status, 200 | 400), "{}", response.body);
        } else {
            prop_assert_eq!((response.status, response.code()), (400, "malformed_request".to_owned()));
        }
        bench.audited();
        Ok(())
    });
}

#[test]
fn a_mailbox_accepts_again_what_it_returned() {
    // SEC-099
    let runtime = runtime();
    let bench = bench(&runtime);
    let name = prop_oneof![
        3 => prop::sample::select(vec!["code", "state", "iss", "error", "error_description", "session_state", "client_info"]),
        1 => prop::sample::select(vec!["access_token", "id_token", "x", "", "%63ode"]),
    ];
    let form = vec((name, "[!-%'-~]{0,12}"), 0..7)
        .prop_map(|pairs| pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"));
    let body = prop_oneof![4 => form, 1 => "\\PC{0,80}"];
    for_any(body, |body| {
        runtime.block_on(async {
            let (one, other) = (reserve(&bench).await, reserve(&bench).await);
            let left = leave(&bench, &one, &body).await;
            if left.status != 204 {
                prop_assert_eq!((left.status, left.code()), (400, "malformed_request".to_owned()));
                return Ok(());
            }
            let kept = take(&bench, &one).await.body;
            let response = serde_json::from_str::<Value>(&kept).unwrap()["response"].as_str().unwrap().to_owned();
            prop_assert!(!response.contains("_token="), "{}", response);
            prop_assert_eq!(leave(&bench, &other, &response).await.status, 204);
            prop_assert_eq!(take(&bench, &other).await.body, kept);
            bench.audited();
            Ok(())
        })
    });
}

#[test]
fn logs_a_valid_address_for_any_forwarded_header() {
    // SEC-097, SEC-099
    let runtime = runtime();
    let bench = bench(&runtime);
    let entries = "([0-9a-f:.]{0,20}|192\\.0\\.2\\.1(:[0-9]{1,6})?|\\[::1\\]:1)(, ?[0-9a-f:.\\[\\]]{0,20}){0,3}";
    let forwarded = prop_oneof![header_value(), entries.prop_map(|text| HeaderValue::from_str(&text).unwrap())];
    for_any(forwarded, |forwarded| {
        bench.clock.forward(60);
        let asked = with("x-forwarded-for".parse().unwrap(), forwarded, request("x"));
        prop_assert_eq!(runtime.block_on(bench.send(asked)).status, 401);
        let address = bench.audited()[0]["address"].as_str().unwrap().parse::<IpAddr>();
        prop_assert!(address.is_ok());
        Ok(())
    });
}

#[test]
fn sends_acs_a_well_formed_trace_for_any_traceparent() {
    // SEC-099, SEC-121
    let runtime = runtime();
    let bench = bench(&runtime);
    let token = bench.token().sign();
    let near = "(00|01|cc|ff)-[0-9a-fA-F]{31,33}-[0-9a-f]{15,17}-[0-9a-f]{1,3}(-x)?";
    let trace = prop_oneof![header_value(), near.prop_map(|text| HeaderValue::from_str(&text).unwrap())];
    for_any(trace, |trace| {
        let asked = with("traceparent".parse().unwrap(), trace, request(&token));
        prop_assert_eq!(runtime.block_on(bench.send(asked)).status, 200);
        let sent = bench.acs.requests().last().unwrap().headers["traceparent"].to_str().unwrap().to_owned();
        let parts: Vec<_> = sent.split('-').collect();
        prop_assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [2, 32, 16, 2]);
        let lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        prop_assert_eq!(parts[0], "00");
        prop_assert!(parts.concat().bytes().all(lower), "{}", sent);
        prop_assert!(parts[1].bytes().any(|it| it != b'0'), "{}", sent);
        bench.audited();
        Ok(())
    });
}

#[test]
fn names_the_key_and_never_the_value_of_a_wrong_configuration() {
    // SEC-099, SEC-115, SEC-124
    let good = include_str!("../../exchange-service.dev.toml");
    let lines: Vec<_> = good.lines().filter(|line| line.contains(" = ")).collect();
    let value = prop_oneof![
        "\"canary[ -!#-\\[\\]-~]{0,30}\"",
        "-?[0-9]{1,20}",
        Just("true".to_owned()),
        Just("[]".to_owned()),
        Just("[\"canary\"]".to_owned()),
        Just("{ canary = 1 }".to_owned()),
        "\\PC{0,20}canary",
    ];
    let parse =
        |text: &str| Configuration::parse(text, |name| (name == "ACS_ACCESS_KEY").then(|| ACCESS_KEY.to_owned()));
    for_any((prop::sample::select(lines), value), |(line, value)| {
        let key = line.split(" = ").next().unwrap();
        match parse(&good.replacen(line, &format!("{key} = {value}"), 1)) {
            Ok(configuration) => prop_assert!(parse(&configuration.masked()).is_ok(), "{}", configuration.masked()),
            Err(error) => {
                prop_assert!(!error.key.is_empty());
                prop_assert!(!error.to_string().contains("canary"), "{}", error);
            }
        }
        Ok(())
    });
    for_any("\\PC{0,200}", |text| {
        prop_assert!(parse(&text).is_err());
        Ok(())
    });
}
