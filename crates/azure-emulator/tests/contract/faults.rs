use axum::http::{Method, StatusCode};
use azure_emulator::{Clock, Emulator, Faults, Options, Outage, serve, url_of};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    backend::signed,
    browser::{Browser, Form, NOW, Response},
};

const ALICE: &str = "alice@fabrikam.example";
const EXCHANGE: &str = "/teamsUser/:exchangeAccessToken?api-version=2023-10-01";
const TOKEN: &str = "/organizations/oauth2/v2.0/token";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// The response of the token endpoint during an outage.
async fn token_while(outage: Outage) -> Response {
    let mut browser = Browser::new();
    let redemption = browser.code_for(ALICE, "organizations").await;
    browser.emulator.set_faults(Faults { token: Some(outage), ..Faults::default() });
    browser.token("organizations", &redemption).await
}

/// The response of an exchange at ACS during an outage.
async fn exchange_while(outage: Outage) -> Response {
    let browser = Browser::new();
    browser.emulator.set_faults(Faults { exchange: Some(outage), ..Faults::default() });
    signed(&browser, Method::POST, EXCHANGE, "{}").await
}

async fn each_while(outage: Outage) -> [Response; 2] {
    [token_while(outage).await, exchange_while(outage).await]
}

// SEC-141
#[tokio::test]
async fn a_throttled_endpoint_sends_retry_after_in_seconds_or_as_a_date() {
    for (outage, retry_after) in
        [(Outage::ThrottledSeconds, "2"), (Outage::ThrottledDate, "Sat, 21 Nov 2026 08:00:02 GMT")]
    {
        for response in each_while(outage).await {
            assert_eq!(response.status, StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(response.header("retry-after"), Some(retry_after));
        }
    }
}

#[tokio::test]
async fn an_unavailable_endpoint_sends_503_without_a_body() {
    for response in each_while(Outage::Unavailable).await {
        assert_eq!((response.status, response.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, ""));
        assert_eq!(response.header("retry-after"), None);
    }
}

#[tokio::test]
async fn a_malformed_body_is_not_json_and_an_oversized_one_is() {
    for response in each_while(Outage::Malformed).await {
        assert_eq!(response.status, StatusCode::OK);
        let error = serde_json::from_str::<Value>(&response.body).unwrap_err();
        assert!(error.is_eof(), "{error}");
    }
    for response in each_while(Outage::Oversized).await {
        assert!(response.body.len() > 10 << 20, "{}", response.body.len());
        assert!(response.json().is_object());
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_endpoint_sends_the_right_response_five_seconds_late() {
    let before = tokio::time::Instant::now();
    assert_eq!(token_while(Outage::Slow).await.status, StatusCode::OK);
    assert_eq!(before.elapsed().as_secs(), 5);
    assert_eq!(exchange_while(Outage::Slow).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(before.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn a_dropped_connection_closes_without_a_response() {
    let entra = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let acs = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = entra.local_addr().unwrap().port();
    let emulator = Emulator::new(Options {
        entra_url: url_of(&entra).unwrap(),
        acs_url: url_of(&acs).unwrap(),
        clock: Clock::stopped_at(NOW),
        coop: false,
    });
    emulator.set_faults(Faults { token: Some(Outage::Dropped), ..Faults::default() });
    tokio::spawn(serve(emulator, entra, acs));

    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("POST {TOKEN} HTTP/1.1\r\nhost: localhost:{port}\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    // The read ends only because the server closes the connection, which the request did not ask for. With a reset it
    // fails, which is a close, too.
    let _ = stream.read_to_end(&mut response).await;
    assert_eq!(String::from_utf8(response).unwrap(), "");
}

#[tokio::test]
async fn a_browser_can_read_an_outage_and_its_preflight_succeeds() {
    assert_eq!(token_while(Outage::Unavailable).await.header("access-control-allow-origin"), Some("*"));
    let mut browser = Browser::new();
    browser.emulator.set_faults(Faults { token: Some(Outage::Unavailable), ..Faults::default() });
    assert_eq!(browser.send(Method::OPTIONS, TOKEN, &[], "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_fault_keys_without_cors_hides_the_keys_from_pages() {
    let mut browser = Browser::new();
    browser.emulator.set_faults(Faults { keys_without_cors: true, ..Faults::default() });
    let keys = browser.get("/organizations/discovery/v2.0/keys").await;
    assert_eq!((keys.status, keys.header("access-control-allow-origin")), (StatusCode::OK, None));
    let metadata = browser.get("/organizations/v2.0/.well-known/openid-configuration").await;
    assert_eq!(metadata.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn the_control_page_sets_and_shows_faults() {
    let mut browser = Browser::new();
    assert!(!browser.get("/emulator/").await.body.contains(" selected"));
    let form = Form::new(&[("idToken", "expired"), ("token", "slow"), ("exchange", ""), ("keysWithoutCors", "on")]);
    let own = [FORM, ("sec-fetch-site", "same-origin")];
    let set = browser.send(Method::POST, "/emulator/fault", &own, &form.encode()).await;
    assert_eq!((set.status, set.header("location")), (StatusCode::FOUND, Some("/emulator/")));

    let page = browser.get("/emulator/").await;
    assert!(page.header("content-security-policy").is_some());
    for shown in ["\"expired\" selected", "\"slow\" selected", "\"keysWithoutCors\" checked"] {
        assert!(page.body.contains(shown), "{shown}");
    }
    assert!(!page.body.contains("\"pkceUnchecked\" checked"));
    browser.send(Method::POST, "/emulator/reset", &own, "").await;
    assert!(!browser.get("/emulator/").await.body.contains(" selected"));
}

#[tokio::test]
async fn advancing_the_clock_expires_codes() {
    let mut browser = Browser::new();
    let redemption = browser.code_for(ALICE, "organizations").await;
    let json = [("content-type", "application/json")];
    for body in ["", "{}", r#"{"advance":-1}"#, r#"{"advance":4294967296}"#, r#"{"advance":"1"}"#] {
        let response = browser.send(Method::POST, "/emulator/clock", &json, body).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let response = browser.send(Method::POST, "/emulator/clock", &json, r#"{"advance":300}"#).await;
    assert_eq!(response.json()["now"], NOW + 300);
    let own = [FORM, ("sec-fetch-site", "same-origin")];
    assert_eq!(browser.send(Method::POST, "/emulator/clock", &own, "advance=300").await.status, StatusCode::FOUND);
    assert_eq!(browser.token("organizations", &redemption).await.json()["error_codes"][0], 70008);
}

#[tokio::test]
async fn rejects_changes_from_other_sites() {
    let mut browser = Browser::new();
    for site in ["cross-site", "same-site", "none"] {
        for path in ["/emulator/fault", "/emulator/clock", "/emulator/keys", "/emulator/reset"] {
            let response = browser.send(Method::POST, path, &[FORM, ("sec-fetch-site", site)], "token=slow").await;
            assert_eq!(response.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
        }
    }
    assert_eq!(
        browser.send(Method::POST, "/emulator/reset", &[FORM], "").await.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}

#[tokio::test]
async fn publishes_a_new_key_next_to_the_old_one() {
    let mut browser = Browser::new();
    browser.send(Method::POST, "/emulator/keys", &[("content-type", "application/json")], "{}").await;
    let keys = browser.get("/organizations/discovery/v2.0/keys").await.json();
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(2));
}
