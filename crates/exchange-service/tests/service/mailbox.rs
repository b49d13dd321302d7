//! The return mailbox, and its abuse.

use std::{
    cell::Cell,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, request::Builder},
};
use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    bench::{Bench, PAGE_ORIGIN, Received},
    operations::metrics,
};

pub(crate) const RESPONSE: &str = "code=canary-code&state=canary-state&session_state=1";
const FORM: &str = "application/x-www-form-urlencoded";

async fn with_mailboxes() -> Bench {
    Bench::configured(|text| text + "\n[mailbox]\nstore = \"memory\"\n").await
}

pub(crate) struct Mailbox {
    path: String,
    key: String,
}

/// Reserves a mailbox, as the vault does first.
pub(crate) async fn reserve(bench: &Bench) -> Mailbox {
    let response = bench.send(of_page(Method::POST, "/mailbox").body(Body::empty()).unwrap()).await;
    assert_eq!(response.status, 201, "{}", response.body);
    let body: Value = serde_json::from_str(&response.body).unwrap();
    Mailbox {
        path: format!("/mailbox/{}", body["id"].as_str().unwrap()),
        key: body["key"].as_str().unwrap().to_owned(),
    }
}

/// Leaves a response in the mailbox, as the window does.
pub(crate) async fn leave(bench: &Bench, mailbox: &Mailbox, body: &str) -> Received {
    bench.send(letter(&mailbox.path, body)).await
}

/// Leaves a response, from an address of this site.
pub(crate) async fn leave_from(bench: &Bench, site: u16, mailbox: &Mailbox) -> Received {
    bench.send(from(of_site(site, 0), letter(&mailbox.path, RESPONSE))).await
}

/// Waits for the response, as the vault does.
pub(crate) async fn take(bench: &Bench, mailbox: &Mailbox) -> Received {
    bench.send(with_key(Method::GET, mailbox, &mailbox.key)).await
}

/// Releases the mailbox, as the vault does once it has the response.
pub(crate) async fn acknowledge(bench: &Bench, mailbox: &Mailbox) -> Received {
    bench.send(with_key(Method::DELETE, mailbox, &mailbox.key)).await
}

fn of_page(method: Method, path: &str) -> Builder {
    Request::builder().method(method).uri(path).header("origin", PAGE_ORIGIN)
}

fn letter(path: &str, body: &str) -> Request<Body> {
    of_page(Method::POST, path).header("content-type", FORM).body(Body::from(body.to_owned())).unwrap()
}

fn with_key(method: Method, mailbox: &Mailbox, key: &str) -> Request<Body> {
    let request = of_page(method, &mailbox.path).header("authorization", format!("Bearer {key}"));
    request.body(Body::empty()).unwrap()
}

fn from(address: impl Into<IpAddr>, mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address.into(), 4711)));
    request
}

/// An address in one of the 65,536 networks (/64) of a site (/48).
fn of_site(site: u16, network: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, site, network, 0, 0, 0, 1)
}

/// Asserts that the mailbox returns this response each time.
pub(crate) async fn assert_holds(bench: &Bench, mailbox: &Mailbox, response: &str) {
    for _ in 0..2 {
        let taken = take(bench, mailbox).await;
        assert_eq!(taken.status, 200, "{}", taken.body);
        let body: Value = serde_json::from_str(&taken.body).unwrap();
        assert_eq!(body, serde_json::json!({ "response": response }));
    }
}

/// Asserts that no mailbox is found, by the window or by the vault.
pub(crate) async fn assert_not_found(bench: &Bench, mailbox: &Mailbox) {
    for response in
        [leave(bench, mailbox, RESPONSE).await, take(bench, mailbox).await, acknowledge(bench, mailbox).await]
    {
        assert_eq!((response.status, response.code().as_str()), (404, "not_found"));
    }
}

#[tokio::test]
async fn keeps_a_response_until_it_is_acknowledged() {
    let bench = with_mailboxes().await;
    let mailbox = reserve(&bench).await;
    assert_eq!(leave(&bench, &mailbox, RESPONSE).await.status, 204);
    assert_holds(&bench, &mailbox, RESPONSE).await;
    assert_eq!(acknowledge(&bench, &mailbox).await.status, 204);
    assert_not_found(&bench, &mailbox).await;
}

#[tokio::test]
async fn delivers_a_response_to_a_waiting_vault_at_once() {
    let bench = with_mailboxes().await;
    let mailbox = reserve(&bench).await;
    tokio::time::pause();
    let began = Instant::now();
    let (taken, left) = tokio::join!(take(&bench, &mailbox), async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        leave(&bench, &mailbox, "error=access_denied&state=s").await
    });
    assert_eq!((taken.status, left.status), (200, 204));
    // Timers have a resolution of a millisecond.
    assert!(began.elapsed() < Duration::from_millis(3010), "at once: {:?}", began.elapsed());
}

#[tokio::test]
async fn a_wait_ends_after_ten_seconds() {
    // SEC-095
    let bench = with_mailboxes().await;
    let mailbox = reserve(&bench).await;
    tokio::time::pause();
    let began = Instant::now();
    let response = take(&bench, &mailbox).await;
    assert_eq!((response.status, response.body.as_str(), began.elapsed().as_secs()), (204, "", 10));
    // While draining, a wait ends at once.
    bench.service.drain();
    assert_eq!(take(&bench, &mailbox).await.status, 204);
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn refuses_a_second_response_and_keeps_the_first() {
    let bench = with_mailboxes().await;
    let mailbox = reserve(&bench).await;
    assert_eq!(leave(&bench, &mailbox, RESPONSE).await.status, 204);
    for body in [RESPONSE, "code=other&state=canary-state"] {
        let response = leave(&bench, &mailbox, body).await;
        assert_eq!((response.status, response.code().as_str()), (409, "mailbox_filled"));
    }
    assert_holds(&bench, &mailbox, RESPONSE).await;
}

#[tokio::test]
async fn a_released_mailbox_accepts_nothing() {
    let bench = with_mailboxes().await;
    let mailbox = reserve(&bench).await;
    assert_eq!(acknowledge(&bench, &mailbox).await.status, 204);
    assert_not_found(&bench, &mailbox).await;
}

#[tokio::test]
async fn a_mailbox_ends_after_five_minutes_filled_or_not() {
    let bench = with_mailboxes().await;
    let (filled, empty) = (reserve(&bench).await, reserve(&bench).await);
    bench.clock.forward(299);
    assert_eq!(leave(&bench, &filled, RESPONSE).await.status, 204);
    assert_holds(&bench, &filled, RESPONSE).await;
    bench.clock.forward(1);
    assert_not_found(&bench, &filled).await;
    assert_not_found(&bench, &empty).await;
}

#[tokio::test]
async fn answers_404_for_an_id_that_was_not_reserved() {
    let (bench, other) = (with_mailboxes().await, with_mailboxes().await);
    // An id of another deployment is treated as an invented one.
    let foreign = reserve(&other).await;
    let invented = |id: &str| Mailbox { path: format!("/mailbox/{id}"), key: foreign.key.clone() };
    for mailbox in [invented("x"), invented(&"A".repeat(75)), invented("%00"), invented("%ff"), invented("a%2Fb")] {
        assert_not_found(&bench, &mailbox).await;
    }
    assert_not_found(&bench, &foreign).await;
}

#[tokio::test]
async fn only_its_own_key_opens_a_mailbox() {
    let bench = with_mailboxes().await;
    let (mailbox, other) = (reserve(&bench).await, reserve(&bench).await);
    assert_eq!(leave(&bench, &mailbox, RESPONSE).await.status, 204);
    let id = mailbox.path.rsplit('/').next().unwrap();
    for method in [Method::GET, Method::DELETE] {
        let mut requests: Vec<_> =
            ["", "x", id, &other.key].map(|key| with_key(method.clone(), &mailbox, key)).into_iter().collect();
        let plain = || of_page(method.clone(), &mailbox.path);
        let bearer = format!("Bearer {}", mailbox.key);
        for builder in [
            plain(),
            plain().header("authorization", format!("Basic {}", mailbox.key)),
            plain().header("authorization", &bearer).header("authorization", &bearer),
        ] {
            requests.push(builder.body(Body::empty()).unwrap());
        }
        for request in requests {
            let response = bench.send(request).await;
            assert_eq!((response.status, response.code().as_str()), (401, "mailbox_key_refused"));
            assert_eq!(response.header("www-authenticate"), Some("Bearer"));
        }
    }
    assert_holds(&bench, &mailbox, RESPONSE).await;
}

#[tokio::test]
async fn accepts_only_one_well_formed_authorization_response() {
    let bench = with_mailboxes().await;
    let mailbox = reserve(&bench).await;
    for body in
        ["", "hello", "code=a", "code=a&code=b&state=c", "code=a&state=b&access_token=c", "code=a&error=b&state=c"]
    {
        let response = leave(&bench, &mailbox, body).await;
        assert_eq!((response.status, response.code().as_str()), (400, "malformed_request"), "{body}");
    }
    let large = leave(&bench, &mailbox, &format!("state=a&code={}", "b".repeat(16 * 1024))).await;
    assert_eq!((large.status, large.code().as_str()), (413, "too_large"));
    for media_type in ["application/json", "text/plain", "multipart/form-data", ""] {
        let mut request = letter(&mailbox.path, RESPONSE);
        request.headers_mut().insert("content-type", media_type.parse().unwrap());
        let response = bench.send(request).await;
        assert_eq!((response.status, response.code().as_str()), (415, "unsupported_media_type"), "{media_type}");
    }
    // The refused requests left the mailbox empty.
    assert_eq!(leave(&bench, &mailbox, RESPONSE).await.status, 204);
    let brings = of_page(Method::POST, "/mailbox").body(Body::from("x")).unwrap();
    assert_eq!(bench.send(brings).await.status, 400);
}

#[tokio::test]
async fn only_the_pages_origin_can_reserve_and_fill_a_mailbox() {
    // SEC-090, SEC-091
    let bench = with_mailboxes().await;
    let mailbox = reserve(&bench).await;
    for path in ["/mailbox", &mailbox.path] {
        for origin in [None, Some("https://evil.example"), Some("null")] {
            let mut request = letter(path, if path == "/mailbox" { "" } else { RESPONSE });
            request.headers_mut().remove("origin");
            if let Some(origin) = origin {
                request.headers_mut().insert("origin", origin.parse().unwrap());
            }
            let response = bench.send(request).await;
            assert_eq!((response.status, response.code().as_str()), (403, "origin_not_allowed"), "{path} {origin:?}");
        }
    }
    assert_eq!(leave(&bench, &mailbox, RESPONSE).await.status, 204);
}

#[tokio::test]
async fn limits_an_address_in_filling_and_in_guessing_keys() {
    // SEC-097
    let bench = with_mailboxes().await;
    let mailbox = reserve(&bench).await;
    let mut refused = 0;
    for _ in 0..241 {
        let mailbox = reserve(&bench).await;
        let response = bench.send(from([192, 0, 2, 1], letter(&mailbox.path, RESPONSE))).await;
        refused += usize::from(response.status == 429 && response.code() == "rate_limited");
    }
    assert_eq!(refused, 1);
    assert_eq!(bench.send(from([192, 0, 2, 2], letter(&mailbox.path, RESPONSE))).await.status, 204);
    // A release counts for the limit of the address, too, even with the right key.
    let give_up = from([192, 0, 2, 1], with_key(Method::DELETE, &mailbox, &mailbox.key));
    assert_eq!(bench.send(give_up).await.status, 429);

    let mut statuses = std::collections::BTreeMap::new();
    for _ in 0..700 {
        let guess = from([192, 0, 2, 3], with_key(Method::GET, &mailbox, "guess"));
        *statuses.entry(bench.send(guess).await.status).or_insert(0) += 1;
    }
    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), [(401, 600), (429, 100)]);
    let reserve = from([192, 0, 2, 3], of_page(Method::POST, "/mailbox").body(Body::empty()).unwrap());
    assert_eq!(bench.send(reserve).await.status, 429);
}

#[tokio::test]
async fn counts_the_65536_networks_of_a_site_together() {
    // SEC-096, SEC-097
    let bench = with_mailboxes().await;
    let mut refused = 0;
    for network in 0..250 {
        let mailbox = reserve(&bench).await;
        let request = from(of_site(1, network), letter(&mailbox.path, RESPONSE));
        refused += usize::from(bench.send(request).await.status == 429);
    }
    assert_eq!(refused, 10);
}

/// Leaves this many responses of the greatest length, 200 from each address.
async fn flood(bench: &Bench, count: u32) {
    let long = format!("state=a&code={}", "b".repeat(8 * 1024 - 13));
    for number in 0..count {
        let mailbox = reserve(bench).await;
        let address = [198, 51, 100, u8::try_from(number / 200).unwrap()];
        assert_eq!(bench.send(from(address, letter(&mailbox.path, &long))).await.status, 204, "{number}");
    }
}

/// REV-08: responses of a few addresses filled the store, and then other people's responses were refused.
pub(crate) async fn assert_newcomers_are_taken(bench: &Bench) {
    let first = reserve(bench).await;
    assert_eq!(bench.send(from([192, 0, 2, 1], letter(&first.path, RESPONSE))).await.status, 204);
    // 4096 of them fill 32 MiB.
    flood(bench, 4200).await;
    let newcomer = reserve(bench).await;
    assert_eq!(bench.send(from([192, 0, 2, 2], letter(&newcomer.path, RESPONSE))).await.status, 204);
    for mailbox in [&first, &newcomer] {
        assert_holds(bench, mailbox, RESPONSE).await;
    }
}

#[tokio::test]
async fn responses_of_a_few_addresses_do_not_keep_others_out() {
    // REV-08
    assert_newcomers_are_taken(&with_mailboxes().await).await;
}

#[tokio::test]
async fn drops_a_response_that_is_not_fetched_within_a_minute() {
    // REV-08
    let bench = with_mailboxes().await;
    let mailbox = reserve(&bench).await;
    assert_eq!(leave(&bench, &mailbox, RESPONSE).await.status, 204);
    bench.clock.forward(59);
    assert_holds(&bench, &mailbox, RESPONSE).await;
    bench.clock.forward(1);
    bench.service.drain();
    assert_eq!(take(&bench, &mailbox).await.status, 204);
    assert!(metrics(&bench).await.contains("exchange_mailboxes_in_use 0\n"));
}

#[tokio::test]
async fn one_site_can_hold_256_waits_at_most() {
    // REV-07
    let bench = with_mailboxes().await;
    tokio::time::pause();
    let wait = async |address: IpAddr| {
        let mailbox = reserve(&bench).await;
        let began = Instant::now();
        let response = bench.send(from(address, with_key(Method::GET, &mailbox, &mailbox.key))).await;
        (response.status, began.elapsed().as_secs())
    };
    let crowd = join_all((0..1100).map(|number| wait(of_site(1, number % 11).into())));
    let (crowd, victim) = tokio::join!(crowd, async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        wait([192, 0, 2, 1].into()).await
    });
    assert_eq!(victim, (204, 10));
    assert_eq!(crowd.iter().filter(|response| **response == (204, 10)).count(), 256);
    assert_eq!(crowd.iter().filter(|response| **response == (503, 0)).count(), 1100 - 256);
}

#[tokio::test]
async fn a_full_waiting_room_evicts_a_wait_of_the_largest_site() {
    // REV-07
    let bench = with_mailboxes().await;
    let victims = reserve(&bench).await;
    tokio::time::pause();
    let wait = async |site: u16, network: u16| {
        let mailbox = reserve(&bench).await;
        bench.send(from(of_site(site, network), with_key(Method::GET, &mailbox, &mailbox.key))).await.status
    };
    let crowd = join_all((0..1100).map(|number| wait(number % 5, number % 11)));
    let (crowd, taken, left) = tokio::join!(
        crowd,
        async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            bench.send(from([192, 0, 2, 1], with_key(Method::GET, &victims, &victims.key))).await
        },
        async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            let waiting = metrics(&bench).await.contains("exchange_mailbox_waiters 1024\n");
            (waiting, leave(&bench, &victims, RESPONSE).await.status)
        }
    );
    assert_eq!((taken.status, left), (200, (true, 204)));
    // Later sites took places of sites that had one more.
    assert!(crowd.iter().all(|status| [204, 503].contains(status)), "{crowd:?}");
    assert!(crowd.iter().filter(|status| **status == 204).count() >= 1024);
}

/// The number of waits, by the metrics.
async fn waiting(bench: &Bench) -> usize {
    let page = metrics(bench).await;
    let count = page.lines().find_map(|line| line.strip_prefix("exchange_mailbox_waiters ")).unwrap();
    count.parse().unwrap()
}

/// REV-07: any number of requests could wait at one mailbox.
pub(crate) async fn assert_one_wait_at_a_mailbox(bench: &Bench) {
    let mailbox = reserve(bench).await;
    let (older_ended, most) = (Cell::new(false), Cell::new(0));
    let (older, newer, ()) = tokio::join!(
        async {
            let response = take(bench, &mailbox).await;
            older_ended.set(true);
            (response.status, leave(bench, &mailbox, RESPONSE).await.status)
        },
        async {
            while waiting(bench).await == 0 {
                tokio::task::yield_now().await;
            }
            take(bench, &mailbox).await.status
        },
        async {
            while !older_ended.get() {
                most.set(waiting(bench).await.max(most.get()));
                tokio::task::yield_now().await;
            }
        }
    );
    // The older wait ends without a response, and the newer one gets it.
    assert_eq!((older, newer, most.get()), ((204, 204), 200, 1));
}

#[tokio::test]
async fn a_newer_wait_ends_the_older_one_at_the_same_mailbox() {
    // REV-07
    let bench = with_mailboxes().await;
    assert_one_wait_at_a_mailbox(&bench).await;
    // It ends at once, and not by itself after ten seconds.
    let mailbox = reserve(&bench).await;
    tokio::time::pause();
    let began = Instant::now();
    let older = async { (take(&bench, &mailbox).await.status, began.elapsed()) };
    let newer = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        take(&bench, &mailbox).await.status
    };
    let ((older, waited), newer) = tokio::join!(older, newer);
    assert_eq!((older, newer), (204, 204));
    assert!(waited < Duration::from_millis(1010), "{waited:?}");
}

#[tokio::test]
async fn releasing_a_mailbox_ends_its_wait_without_a_refusal() {
    // Each sign-in through a window ends with such a release, which was logged and counted as denied.
    let bench = with_mailboxes().await;
    let mailbox = reserve(&bench).await;
    tokio::time::pause();
    let began = Instant::now();
    let (taken, given_up) = tokio::join!(take(&bench, &mailbox), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        acknowledge(&bench, &mailbox).await
    });
    assert_eq!((taken.status, taken.body.as_str(), given_up.status), (204, "", 204));
    assert!(began.elapsed() < Duration::from_millis(1010), "at once: {:?}", began.elapsed());
    assert!(!metrics(&bench).await.contains("exchange_decisions_total{"));
    assert_eq!(bench.audited().len(), 0);
    assert_not_found(&bench, &mailbox).await;
}

#[tokio::test]
async fn counts_waits_and_ends_them_when_it_drains() {
    // SEC-122, SEC-123
    let bench = with_mailboxes().await;
    let (filled, mailbox) = (reserve(&bench).await, reserve(&bench).await);
    assert_eq!(leave(&bench, &filled, RESPONSE).await.status, 204);
    tokio::time::pause();
    let began = Instant::now();
    let (taken, page) = tokio::join!(take(&bench, &mailbox), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let page = metrics(&bench).await;
        bench.service.drain();
        page
    });
    assert_eq!(taken.status, 204);
    assert!(began.elapsed() < Duration::from_millis(1010), "at once: {:?}", began.elapsed());
    for line in ["exchange_mailboxes_in_use 1", "exchange_mailbox_waiters 1"] {
        assert!(page.lines().any(|written| written == line), "{line}\n{page}");
    }
}

#[tokio::test]
async fn logs_no_response_and_no_mailbox_key() {
    // SEC-118
    let bench = with_mailboxes().await;
    let mailbox = reserve(&bench).await;
    for body in ["code=canary-code", RESPONSE, RESPONSE] {
        leave(&bench, &mailbox, body).await;
    }
    assert_holds(&bench, &mailbox, RESPONSE).await;
    bench.send(with_key(Method::GET, &mailbox, "canary-key")).await;
    acknowledge(&bench, &mailbox).await;
    let log = bench.raw_log();
    for code in ["mailbox_filled", "mailbox_key_refused"] {
        assert!(log.contains(code), "{code} is not in {log}");
    }
    for secret in ["canary", &mailbox.key] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
}

#[tokio::test]
async fn a_preflight_allows_the_mailbox_key_in_the_header() {
    // SEC-090
    let bench = with_mailboxes().await;
    let mailbox = reserve(&bench).await;
    for (path, methods) in [("/mailbox", "POST"), (&mailbox.path, "GET, POST, DELETE")] {
        let response = bench.send(of_page(Method::OPTIONS, path).body(Body::empty()).unwrap()).await;
        assert_eq!((response.status, response.header("access-control-allow-methods")), (204, Some(methods)));
        assert_eq!(
            response.header("access-control-allow-headers"),
            Some("authorization, content-type, traceparent, x-correlation-id")
        );
        let response = bench.send(of_page(Method::PUT, path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.code(), "method_not_allowed");
    }
}

#[tokio::test]
async fn there_are_no_mailboxes_unless_they_are_configured() {
    let bench = Bench::start().await;
    let response = bench.send(of_page(Method::POST, "/mailbox").body(Body::empty()).unwrap()).await;
    assert_eq!((response.status, response.code().as_str()), (404, "not_found"));
}
