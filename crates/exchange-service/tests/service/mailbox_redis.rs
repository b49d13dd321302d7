//! Return mailboxes that several instances share in a real Redis on loopback.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    bench::Bench,
    mailbox::{
        RESPONSE, acknowledge, assert_holds, assert_newcomers_are_taken, assert_not_found,
        assert_one_wait_at_a_mailbox, leave, leave_from, reserve, take,
    },
};

/// A Redis that keeps nothing on disk and ends with its test.
pub(crate) struct Redis {
    process: Child,
    port: u16,
    /// User, password and an `@`, or nothing for the default user, who has all rights.
    user: &'static str,
}

impl Redis {
    pub(crate) fn start() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed: `cargo xtask test` does that on Debian, as root");
        let redis = Self { process, port, user: "" };
        // Polled so often that a failure means that Redis does not start.
        for _ in 0..10_000 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return redis;
            }
            std::thread::yield_now();
        }
        panic!("redis-server does not answer on port {port}");
    }

    /// From now on, instances connect as a user with only the rights that the README documents.
    pub(crate) fn restrict(&mut self) {
        let readme = include_str!("../../README.md");
        let rights = readme.lines().find_map(|line| line.strip_prefix("ACL SETUSER exchange-service on ")).unwrap();
        let rights = rights.replace("<password>", "canary").replace('"', "");
        let command: Vec<_> =
            ["ACL", "SETUSER", "exchange-service", "on"].into_iter().chain(rights.split(' ')).collect();
        assert_eq!(self.ask(&command), "OK\n");
        self.user = "exchange-service:canary@";
    }

    /// Starts one of several instances that share this Redis and a secret.
    async fn instance(&self, secret: &str) -> Bench {
        self.instance_with(secret, |text| text).await
    }

    /// The same, with more changes to the configuration.
    pub(crate) async fn instance_with(&self, secret: &str, change: impl FnOnce(String) -> String) -> Bench {
        static FILES: AtomicU32 = AtomicU32::new(0);
        let file = |text: &str| {
            let number = FILES.fetch_add(1, Ordering::Relaxed);
            let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("mailbox-{}-{number}", self.port));
            fs::write(&path, text).unwrap();
            path
        };
        let address = file(&format!("redis://{}127.0.0.1:{}\n", self.user, self.port));
        let secret = file(secret);
        let section = format!(
            "\n[mailbox]\nstore = \"redis\"\nredis_url_file = '{}'\nsecret_file = '{}'\n",
            address.display(),
            secret.display()
        );
        Bench::configured(|text| change(format!("scales_out = true\n{text}{section}"))).await
    }

    /// The names of all keys.
    pub(crate) fn keys(&self) -> String {
        self.ask(&["keys", "*"])
    }

    fn ask(&self, command: &[&str]) -> String {
        let response = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(command).output().unwrap();
        String::from_utf8(response.stdout).unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER: &str = "HxECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[tokio::test]
async fn a_response_left_at_one_instance_is_fetched_at_another() {
    let redis = Redis::start();
    let (one, other) = (redis.instance(SECRET).await, redis.instance(SECRET).await);
    let mailbox = reserve(&one).await;
    assert_eq!(redis.keys(), "\n", "a reservation needs no memory");
    assert_eq!(leave(&other, &mailbox, RESPONSE).await.status, 204);
    assert_eq!(leave(&one, &mailbox, RESPONSE).await.code(), "mailbox_filled");
    assert_holds(&one, &mailbox, RESPONSE).await;
    assert_holds(&other, &mailbox, RESPONSE).await;
    assert_eq!(acknowledge(&one, &mailbox).await.status, 204);
    assert_not_found(&one, &mailbox).await;
    assert_not_found(&other, &mailbox).await;
}

#[tokio::test]
async fn the_documented_redis_rights_are_enough_for_mailboxes() {
    let mut redis = Redis::start();
    redis.restrict();
    let bench = redis.instance(SECRET).await;
    let mailbox = reserve(&bench).await;
    assert_eq!(leave(&bench, &mailbox, RESPONSE).await.status, 204);
    assert_holds(&bench, &mailbox, RESPONSE).await;
    assert_eq!(acknowledge(&bench, &mailbox).await.status, 204);
    assert_not_found(&bench, &mailbox).await;
}

#[tokio::test]
async fn a_wait_at_one_instance_gets_the_response_left_at_another() {
    let redis = Redis::start();
    let (one, other) = (redis.instance(SECRET).await, redis.instance(SECRET).await);
    let mailbox = reserve(&one).await;
    let (taken, left) = tokio::join!(take(&one, &mailbox), leave(&other, &mailbox, RESPONSE));
    assert_eq!((taken.status, left.status), (200, 204));
}

#[tokio::test]
async fn deployments_with_different_secrets_do_not_share_mailboxes() {
    let redis = Redis::start();
    let (one, other) = (redis.instance(SECRET).await, redis.instance(OTHER).await);
    assert_not_found(&other, &reserve(&one).await).await;
    let over = reserve(&one).await;
    one.clock.forward(300);
    assert_not_found(&one, &over).await;
    assert_eq!(redis.keys(), "\n");
}

#[tokio::test]
async fn responses_of_a_few_addresses_do_not_keep_others_out_of_redis() {
    // REV-08: all instances share the accounts, which end with the responses that they count.
    let redis = Redis::start();
    let (bench, other) = (redis.instance(SECRET).await, redis.instance(SECRET).await);
    assert_newcomers_are_taken(&bench).await;
    let total = || redis.ask(&["hget", "acs-sign-in:{mailbox}:held", "total"]).trim().parse::<u64>().unwrap();
    assert!(((32 << 20) - 16_384..=32 << 20).contains(&total()), "{}", total());
    let keys = redis.keys();
    let (accounts, answers): (Vec<_>, Vec<_>) =
        keys.split_whitespace().partition(|key| ["held", "ends", "sites", ":site:"].iter().any(|it| key.contains(it)));
    // One for each address that left responses, and three for all together.
    assert_eq!(accounts.len(), 3 + 21 + 2);
    for (key, most) in accounts.into_iter().map(|key| (key, 600)).chain([(answers[0], 60)]) {
        let life: i64 = redis.ask(&["ttl", key]).trim().parse().unwrap();
        assert!((1..=most).contains(&life), "{key} {life}");
    }
    // Responses end after a minute. Each change removes a hundred ended ones.
    other.clock.forward(60);
    let before = total();
    assert_eq!(leave(&other, &reserve(&other).await, RESPONSE).await.status, 204);
    assert!(total() + 99 * 8 * 1024 < before, "{before} {}", total());
}

#[tokio::test]
async fn evicts_the_older_of_two_equal_sites_in_redis() {
    // REV-08: the order decides, and not the address.
    for sites in [[1, 2], [2, 1]] {
        let redis = Redis::start();
        let bench = redis.instance(SECRET).await;
        let [first, second, newcomer] = [reserve(&bench).await, reserve(&bench).await, reserve(&bench).await];
        assert_eq!(leave_from(&bench, sites[0], &first).await.status, 204);
        assert_eq!(leave_from(&bench, sites[1], &second).await.status, 204);
        // As if other sites had filled the store.
        redis.ask(&["hset", "acs-sign-in:{mailbox}:held", "total", "33554432"]);
        assert_eq!(leave_from(&bench, 3, &newcomer).await.status, 204);
        redis.ask(&["hset", "acs-sign-in:{mailbox}:held", "total", "2048"]);
        assert_holds(&bench, &second, RESPONSE).await;
        assert_holds(&bench, &newcomer, RESPONSE).await;
        // The response of the first site is gone, so its mailbox accepts another one.
        assert_eq!(leave_from(&bench, sites[0], &first).await.status, 204, "{sites:?}");
    }
}

#[tokio::test]
async fn a_sites_age_is_that_of_its_oldest_remaining_response_in_redis() {
    // REV-08
    let redis = Redis::start();
    let bench = redis.instance(SECRET).await;
    let mailboxes = [reserve(&bench).await, reserve(&bench).await, reserve(&bench).await, reserve(&bench).await];
    for (site, mailbox) in [1, 2, 1].into_iter().zip(&mailboxes) {
        assert_eq!(leave_from(&bench, site, mailbox).await.status, 204);
    }
    let sites = || redis.ask(&["zrange", "acs-sign-in:{mailbox}:sites", "0", "-1", "withscores"]);
    let before = sites();
    assert_eq!(before.lines().filter(|line| line.contains("2001:db8")).count(), 2, "{before}");
    // The released response does not count for its site any more.
    assert_eq!(acknowledge(&bench, &mailboxes[0]).await.status, 204);
    redis.ask(&["hset", "acs-sign-in:{mailbox}:held", "total", "33554432"]);
    assert_eq!(leave_from(&bench, 3, &mailboxes[3]).await.status, 204);
    redis.ask(&["hset", "acs-sign-in:{mailbox}:held", "total", "2048"]);
    assert_holds(&bench, &mailboxes[2], RESPONSE).await;
    assert_eq!(leave_from(&bench, 2, &mailboxes[1]).await.status, 204, "{}", sites());
}

#[tokio::test]
async fn an_instance_whose_clock_is_ahead_deletes_no_responses_of_others() {
    // REV-08
    let redis = Redis::start();
    let (bench, ahead) = (redis.instance(SECRET).await, redis.instance(SECRET).await);
    let mailbox = reserve(&bench).await;
    assert_eq!(leave(&bench, &mailbox, RESPONSE).await.status, 204);
    ahead.clock.forward(200);
    assert_eq!(leave(&ahead, &reserve(&ahead).await, RESPONSE).await.status, 204);
    assert_holds(&bench, &mailbox, RESPONSE).await;
}

#[tokio::test]
async fn starts_its_accounts_again_after_redis_evicted_them() {
    // REV-08
    let redis = Redis::start();
    let bench = redis.instance(SECRET).await;
    let first = reserve(&bench).await;
    assert_eq!(leave(&bench, &first, RESPONSE).await.status, 204);
    for lost in ["held", "ends", "sites", "site:"] {
        redis.ask(&["del", &format!("acs-sign-in:{{mailbox}}:{lost}")]);
        redis.ask(&["hset", "acs-sign-in:{mailbox}:held", "total", "33554432"]);
        let mailbox = reserve(&bench).await;
        assert_eq!(leave(&bench, &mailbox, RESPONSE).await.status, 204, "{lost}");
        assert_holds(&bench, &mailbox, RESPONSE).await;
    }
    assert_eq!(acknowledge(&bench, &first).await.status, 204);
    assert_not_found(&bench, &first).await;
}

#[tokio::test]
async fn a_newer_wait_ends_the_older_one_at_the_same_mailbox_in_redis() {
    // REV-07
    let redis = Redis::start();
    assert_one_wait_at_a_mailbox(&redis.instance(SECRET).await).await;
}

#[tokio::test]
async fn answers_503_without_redis_and_logs_no_response() {
    // SEC-118
    let redis = Redis::start();
    let bench = redis.instance(SECRET).await;
    let mailbox = reserve(&bench).await;
    drop(redis);
    for response in
        [leave(&bench, &mailbox, RESPONSE).await, take(&bench, &mailbox).await, acknowledge(&bench, &mailbox).await]
    {
        assert_eq!((response.status, response.code().as_str()), (503, "mailbox_unavailable"));
        assert_eq!(response.header("retry-after"), Some("1"));
    }
    assert!(!bench.raw_log().contains("canary"), "{}", bench.raw_log());
}
