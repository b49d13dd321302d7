//! A service with its two peers, a clock that tests move, and a log that tests read.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use exchange_service::{Clock, Configuration, ExchangeService, UnixTime};
use serde_json::{Value, json};
use tower::ServiceExt;
use tracing::{level_filters::LevelFilter, subscriber::DefaultGuard};

use crate::{
    authority::{NOW, Token, jwk, key},
    peer::{Peer, Reply},
};

pub(crate) const PAGE_ORIGIN: &str = "http://localhost:8080";
pub(crate) const ACCESS_KEY: &str =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
pub(crate) const A1: &str = "canary-a1";
pub(crate) const D: &str = "canary-d";

/// Limits above the number of requests of any test.
pub(crate) const UNLIMITED: &str = "\n[limits]\nper_user_and_minute = 100000\nper_tenant_and_minute = 1000000\n\
                                    acs_requests_per_30_seconds = 1000000\n";

pub(crate) struct Bench {
    pub(crate) acs: Peer,
    pub(crate) entra: Peer,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) service: ExchangeService,
    router: Router,
    log: Log,
    _subscriber: DefaultGuard,
}

pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A wall clock and a monotonic clock, which only tests move.
#[derive(Default)]
pub(crate) struct ManualClock {
    passed: AtomicU64,
    set_back: AtomicU64,
}

impl ManualClock {
    pub(crate) fn forward(&self, seconds: u64) {
        self.passed.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Sets the wall clock back by this much in total. The monotonic clock stays.
    pub(crate) fn set_back(&self, seconds: u64) {
        self.set_back.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(NOW)
            .after(self.passed.load(Ordering::SeqCst))
            .before(self.set_back.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.passed.load(Ordering::SeqCst))
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::configured(|text| text).await
    }

    /// Starts a service with a changed copy of `exchange-service.toml`.
    pub(crate) async fn configured(change: impl FnOnce(String) -> String) -> Self {
        Self::started(change, None).await
    }

    /// Starts a service with the queued log that the program uses.
    pub(crate) async fn logging_to(log: exchange_service::Log) -> Self {
        Self::started(|text| text, Some(log)).await
    }

    async fn started(change: impl FnOnce(String) -> String, queues: Option<exchange_service::Log>) -> Self {
        // Every level of every library, not only what the service logs by default.
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt().json();
        let _subscriber = match &queues {
            Some(queues) => tracing::subscriber::set_default(subscriber.with_writer(queues.clone()).finish()),
            None => {
                let writer = log.clone();
                let subscriber = subscriber.with_max_level(LevelFilter::TRACE).with_writer(move || writer.clone());
                tracing::subscriber::set_default(subscriber.finish())
            }
        };

        let entra = Peer::start(Reply::Silence).await;
        let acs = Peer::start(Reply::new(200, token_body("2026-11-21T09:04:04.5998266+00:00"))).await;
        entra.reply(Reply::new(200, json!({ "keys": [good_key(&entra.address)] }).to_string()));
        let clock = Arc::new(ManualClock::default());
        let text = include_str!("exchange-service.toml")
            .replace("http://localhost:8401", &entra.address)
            .replace("http://localhost:8402", &acs.address);
        let environment = |name: &str| (name == "ACS_ACCESS_KEY").then(|| ACCESS_KEY.to_owned());
        let configuration = Configuration::parse(&change(text), environment).unwrap();
        let service = match queues {
            Some(queues) => ExchangeService::logging_to(queues, configuration, clock.clone()),
            None => ExchangeService::new(configuration, clock.clone()),
        };
        let service = service.unwrap();
        let router = service.router();
        Self { acs, entra, clock, service, router, log, _subscriber }
    }

    /// A valid token, for a test to change.
    pub(crate) fn token(&self) -> Token {
        Token::good(&self.entra.address)
    }

    pub(crate) fn publish(&self, keys: &[Value]) {
        self.entra.reply(Reply::new(200, json!({ "keys": keys }).to_string()));
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Received {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Received {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Sends the page's request with this B.
    pub(crate) async fn exchange(&self, caller_token: &str) -> Received {
        self.send(request(caller_token)).await
    }

    /// Sends the page's request with this B and this A1.
    pub(crate) async fn exchange_with(&self, caller_token: &str, a1: &str) -> Received {
        let body = json!({ "accessToken": a1 }).to_string();
        self.send(builder(caller_token).body(Body::from(body)).unwrap()).await
    }

    /// The audit records since the last call.
    pub(crate) fn audited(&self) -> Vec<Value> {
        let text = self.raw_log();
        self.log.0.lock().unwrap().clear();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("one object a line"));
        lines.filter(|line| line["target"] == "exchange_service::audit").map(|line| line["fields"].clone()).collect()
    }

    pub(crate) fn raw_log(&self) -> String {
        String::from_utf8(self.log.0.lock().unwrap().clone()).unwrap()
    }
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn code(&self) -> String {
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem["status"], self.status);
        assert_eq!(problem["correlationId"], self.header("x-correlation-id").unwrap());
        assert_eq!(problem["type"], format!("urn:acs-sign-in:problem:{}", problem["code"].as_str().unwrap()));
        problem["code"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn request(caller_token: &str) -> Request<Body> {
    builder(caller_token).body(Body::from(json!({ "accessToken": A1 }).to_string())).unwrap()
}

pub(crate) fn builder(caller_token: &str) -> axum::http::request::Builder {
    builder_to("/exchange", caller_token)
}

pub(crate) fn builder_to(path: &str, caller_token: &str) -> axum::http::request::Builder {
    Request::post(path)
        .header("origin", PAGE_ORIGIN)
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {caller_token}"))
}

pub(crate) fn good_key(authority: &str) -> Value {
    jwk("key-1", key(), &format!("{authority}/{{tenantid}}/v2.0"))
}

pub(crate) fn token_body(expires_on: &str) -> String {
    json!({ "token": D, "expiresOn": expires_on }).to_string()
}
