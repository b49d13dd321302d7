//! Primary and secondary access key, and key files that change while the service runs.

use std::{fs, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    bench::{ACCESS_KEY, Bench, token_body},
    peer::Reply,
};

/// A key of the 64 bytes that count up from `first`.
fn key(first: u8) -> String {
    STANDARD.encode((first..first + 64).collect::<Vec<_>>())
}

fn file(name: &str, key: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, key).unwrap();
    path
}

async fn with_files(primary: &PathBuf, secondary: Option<&PathBuf>) -> Bench {
    let mut acs = format!("[acs]\naccess_key_file = {primary:?}");
    if let Some(secondary) = secondary {
        acs += &format!("\nsecondary_access_key_file = {secondary:?}");
    }
    Bench::configured(|text| text.replace("[acs]", &acs)).await
}

fn denied() -> Reply {
    Reply::new(401, json!({ "error": { "code": "Denied", "message": "x" } }).to_string())
}

fn good() -> Reply {
    Reply::new(200, token_body("2026-11-21T09:04:04Z"))
}

#[tokio::test]
async fn retries_once_with_the_other_key_when_acs_denies_the_first() {
    // SEC-111
    let bench = with_files(&file("two-1", ACCESS_KEY), Some(&file("two-2", &key(100)))).await;
    let token = bench.token().sign();
    bench.acs.replies([denied(), good()]);
    assert_eq!(bench.exchange(&token).await.status, 200);
    // The key that worked is tried first from now on.
    assert_eq!(bench.exchange(&token).await.status, 200);
    let asked = bench.acs.requests();
    let with_second: Vec<_> = asked.iter().map(|asked| asked.signed_with(&key(100))).collect();
    assert_eq!(with_second, [false, true, true]);
    assert!(asked[0].signed_with(ACCESS_KEY), "the configured order comes first");

    bench.acs.reply(denied());
    assert_eq!(bench.exchange(&token).await.code(), "acs_refused_service");
    assert_eq!(bench.acs.requests().len(), 5);
}

#[tokio::test]
async fn does_not_retry_with_the_other_key_when_acs_refuses_the_persons_token() {
    // SEC-108, SEC-111
    let bench = with_files(&file("person-1", ACCESS_KEY), Some(&file("person-2", &key(100)))).await;
    bench.acs.reply(Reply::new(401, json!({ "error": { "code": "InvalidAccessToken", "message": "x" } }).to_string()));
    assert_eq!(bench.exchange(&bench.token().sign()).await.code(), "entra_token_refused");
    assert_eq!(bench.acs.requests().len(), 1);
}

#[tokio::test]
async fn reads_a_replaced_key_file_after_ten_seconds() {
    // SEC-111
    let path = file("replaced", ACCESS_KEY);
    let bench = with_files(&path, None).await;
    let token = bench.token().sign();
    assert_eq!(bench.exchange(&token).await.status, 200);
    fs::write(&path, key(100)).unwrap();
    bench.clock.forward(9);
    assert_eq!(bench.exchange(&token).await.status, 200);
    bench.clock.forward(1);
    assert_eq!(bench.exchange(&token).await.status, 200);
    let asked = bench.acs.requests();
    assert!(asked[1].signed_with(ACCESS_KEY), "nine seconds after the file changed");
    assert!(asked[2].signed_with(&key(100)), "ten seconds after the file changed");
    assert!(!bench.raw_log().contains(&key(100)[..20]));
}

#[tokio::test]
async fn a_reload_reads_a_replaced_key_file_at_once() {
    // SEC-111
    let path = file("emergency", ACCESS_KEY);
    let bench = with_files(&path, None).await;
    fs::write(&path, key(100)).unwrap();
    bench.service.reload().await;
    assert_eq!(bench.exchange(&bench.token().sign()).await.status, 200);
    assert!(bench.acs.requests()[0].signed_with(&key(100)));
}

#[tokio::test]
async fn keeps_the_last_key_while_its_file_has_no_usable_one() {
    // SEC-111
    let path = file("half", ACCESS_KEY);
    let bench = with_files(&path, None).await;
    let token = bench.token().sign();
    for bad in ["", "AAEC", "not base64!"] {
        fs::write(&path, bad).unwrap();
        bench.clock.forward(10);
        assert_eq!(bench.exchange(&token).await.status, 200);
    }
    fs::remove_file(&path).unwrap();
    bench.clock.forward(10);
    assert_eq!(bench.exchange(&token).await.status, 200);
    assert!(bench.acs.requests().iter().all(|asked| asked.signed_with(ACCESS_KEY)));
    assert!(bench.raw_log().contains("the last one stays"));
}

#[tokio::test]
#[cfg(unix)]
async fn warns_of_a_key_file_that_every_user_can_read() {
    // SEC-115
    use std::os::unix::fs::PermissionsExt;
    for (mode, warned) in [(0o600, false), (0o440, false), (0o644, true)] {
        let path = file("mode", ACCESS_KEY);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let bench = with_files(&path, None).await;
        assert_eq!(bench.raw_log().contains("every user of this machine"), warned, "{mode:o}");
        fs::remove_file(&path).unwrap();
    }
}
