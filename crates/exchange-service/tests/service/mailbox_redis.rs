//! Return mailboxes of several instances, in a real Redis on loopback.

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
        ANSWER, acknowledge, assert_holds, assert_newcomers_are_taken, assert_nobodys, assert_one_wait_at_a_mailbox,
        leave, leave_from, reserve, take,
    },
};

/// Keeps nothing on disk, and ends with the test.
pub(crate) struct Redis {
    process: Child,
    port: u16,
    /// User and password, with an `@` behind them; nothing for the one that may do everything.
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
        // Connecting is tried so often that only a Redis that does not start at all is missed.
        for _ in 0..10_000 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return redis;
            }
            std::thread::yield_now();
        }
        panic!("redis-server does not answer on port {port}");
    }

    /// From now on instances come as a user with the rights that the README tells operators to give.
    pub(crate) fn restrict(&mut self) {
        let readme = include_str!("../../README.md");
        let rights = readme.lines().find_map(|line| line.strip_prefix("ACL SETUSER exchange-service on ")).unwrap();
        let rights = rights.replace("<password>", "canary").replace('"', "");
        let command: Vec<_> =
            ["ACL", "SETUSER", "exchange-service", "on"].into_iter().chain(rights.split(' ')).collect();
        assert_eq!(self.ask(&command), "OK\n");
        self.user = "exchange-service:canary@";
    }

    /// One of several instances that share this Redis and a secret.
    async fn instance(&self, secret: &str) -> Bench {
        self.instance_with(secret, |text| text).await
    }

    /// The same, with a configuration that is changed further.
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

    /// Whatever is in it.
    pub(crate) fn keys(&self) -> String {
        self.ask(&["keys", "*"])
    }

    fn ask(&self, command: &[&str]) -> String {
        let answer = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(command).output().unwrap();
        String::from_utf8(answer.stdout).unwrap()
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
async fn what_is_left_at_one_instance_is_taken_at_the_other() {
    let redis = Redis::start();
    let (one, other) = (redis.instance(SECRET).await, redis.instance(SECRET).await);
    let mailbox = reserve(&one).await;
    assert_eq!(redis.keys(), "\n", "a reservation costs no memory anywhere");
    assert_eq!(leave(&other, &mailbox, ANSWER).await.status, 204);
    assert_eq!(leave(&one, &mailbox, ANSWER).await.code(), "mailbox_filled");
    assert_holds(&one, &mailbox, ANSWER).await;
    assert_holds(&other, &mailbox, ANSWER).await;
    assert_eq!(acknowledge(&one, &mailbox).await.status, 204);
    assert_nobodys(&one, &mailbox).await;
    assert_nobodys(&other, &mailbox).await;
}

#[tokio::test]
async fn a_user_of_redis_with_the_documented_rights_is_enough_for_mailboxes() {
    let mut redis = Redis::start();
    redis.restrict();
    let bench = redis.instance(SECRET).await;
    let mailbox = reserve(&bench).await;
    assert_eq!(leave(&bench, &mailbox, ANSWER).await.status, 204);
    assert_holds(&bench, &mailbox, ANSWER).await;
    assert_eq!(acknowledge(&bench, &mailbox).await.status, 204);
    assert_nobodys(&bench, &mailbox).await;
}

#[tokio::test]
async fn a_vault_that_waits_at_one_instance_gets_what_comes_to_the_other() {
    let redis = Redis::start();
    let (one, other) = (redis.instance(SECRET).await, redis.instance(SECRET).await);
    let mailbox = reserve(&one).await;
    let (taken, left) = tokio::join!(take(&one, &mailbox), leave(&other, &mailbox, ANSWER));
    assert_eq!((taken.status, left.status), (200, 204));
}

#[tokio::test]
async fn another_deployment_in_the_same_redis_knows_none_of_the_ids() {
    let redis = Redis::start();
    let (one, other) = (redis.instance(SECRET).await, redis.instance(OTHER).await);
    assert_nobodys(&other, &reserve(&one).await).await;
    let over = reserve(&one).await;
    one.clock.forward(300);
    assert_nobodys(&one, &over).await;
    assert_eq!(redis.keys(), "\n");
}

#[tokio::test]
async fn answers_of_a_few_addresses_do_not_keep_others_out_of_a_redis() {
    // REV-08: the accounts are those of all instances, and end with what they count.
    let redis = Redis::start();
    let (bench, other) = (redis.instance(SECRET).await, redis.instance(SECRET).await);
    assert_newcomers_are_taken(&bench).await;
    let total = || redis.ask(&["hget", "acs-sign-in:{mailbox}:held", "total"]).trim().parse::<u64>().unwrap();
    assert!(((32 << 20) - 16_384..=32 << 20).contains(&total()), "{}", total());
    let keys = redis.keys();
    let (accounts, answers): (Vec<_>, Vec<_>) =
        keys.split_whitespace().partition(|key| ["held", "ends", "sites", ":site:"].iter().any(|it| key.contains(it)));
    // One for each address that left answers, and the three of all.
    assert_eq!(accounts.len(), 3 + 21 + 2);
    for (key, most) in accounts.into_iter().map(|key| (key, 600)).chain([(answers[0], 60)]) {
        let life: i64 = redis.ask(&["ttl", key]).trim().parse().unwrap();
        assert!((1..=most).contains(&life), "{key} {life}");
    }
    // A minute later they are worth nothing any more, and each change clears a hundred of them away.
    other.clock.forward(60);
    let before = total();
    assert_eq!(leave(&other, &reserve(&other).await, ANSWER).await.status, 204);
    assert!(total() + 99 * 8 * 1024 < before, "{before} {}", total());
}

#[tokio::test]
async fn of_sites_that_hold_the_same_the_one_that_came_first_gives_way_in_a_redis() {
    // REV-08: and not the one with the greatest address.
    for sites in [[1, 2], [2, 1]] {
        let redis = Redis::start();
        let bench = redis.instance(SECRET).await;
        let [first, second, newcomer] = [reserve(&bench).await, reserve(&bench).await, reserve(&bench).await];
        assert_eq!(leave_from(&bench, sites[0], &first).await.status, 204);
        assert_eq!(leave_from(&bench, sites[1], &second).await.status, 204);
        // As if others had filled the room.
        redis.ask(&["hset", "acs-sign-in:{mailbox}:held", "total", "33554432"]);
        assert_eq!(leave_from(&bench, 3, &newcomer).await.status, 204);
        redis.ask(&["hset", "acs-sign-in:{mailbox}:held", "total", "2048"]);
        assert_holds(&bench, &second, ANSWER).await;
        assert_holds(&bench, &newcomer, ANSWER).await;
        // Nothing is there any more, so there is room for another answer.
        assert_eq!(leave_from(&bench, sites[0], &first).await.status, 204, "{sites:?}");
    }
}

#[tokio::test]
async fn a_site_whose_oldest_answer_was_taken_is_as_young_as_its_next_one_in_a_redis() {
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
    // It counts for who gave it up, by then.
    assert_eq!(acknowledge(&bench, &mailboxes[0]).await.status, 204);
    redis.ask(&["hset", "acs-sign-in:{mailbox}:held", "total", "33554432"]);
    assert_eq!(leave_from(&bench, 3, &mailboxes[3]).await.status, 204);
    redis.ask(&["hset", "acs-sign-in:{mailbox}:held", "total", "2048"]);
    assert_holds(&bench, &mailboxes[2], ANSWER).await;
    assert_eq!(leave_from(&bench, 2, &mailboxes[1]).await.status, 204, "{}", sites());
}

#[tokio::test]
async fn an_instance_whose_clock_is_ahead_deletes_no_answers_of_the_others() {
    // REV-08
    let redis = Redis::start();
    let (bench, ahead) = (redis.instance(SECRET).await, redis.instance(SECRET).await);
    let mailbox = reserve(&bench).await;
    assert_eq!(leave(&bench, &mailbox, ANSWER).await.status, 204);
    ahead.clock.forward(200);
    assert_eq!(leave(&ahead, &reserve(&ahead).await, ANSWER).await.status, 204);
    assert_holds(&bench, &mailbox, ANSWER).await;
}

#[tokio::test]
async fn accounts_that_a_redis_evicted_are_begun_anew() {
    // REV-08
    let redis = Redis::start();
    let bench = redis.instance(SECRET).await;
    let first = reserve(&bench).await;
    assert_eq!(leave(&bench, &first, ANSWER).await.status, 204);
    for lost in ["held", "ends", "sites", "site:"] {
        redis.ask(&["del", &format!("acs-sign-in:{{mailbox}}:{lost}")]);
        redis.ask(&["hset", "acs-sign-in:{mailbox}:held", "total", "33554432"]);
        let mailbox = reserve(&bench).await;
        assert_eq!(leave(&bench, &mailbox, ANSWER).await.status, 204, "{lost}");
        assert_holds(&bench, &mailbox, ANSWER).await;
    }
    assert_eq!(acknowledge(&bench, &first).await.status, 204);
    assert_nobodys(&bench, &first).await;
}

#[tokio::test]
async fn a_newer_wait_ends_the_older_one_at_the_same_mailbox_of_a_redis() {
    // REV-07
    let redis = Redis::start();
    assert_one_wait_at_a_mailbox(&redis.instance(SECRET).await).await;
}

#[tokio::test]
async fn without_its_redis_a_mailbox_is_unavailable_and_nothing_is_logged_of_it() {
    // SEC-118
    let redis = Redis::start();
    let bench = redis.instance(SECRET).await;
    let mailbox = reserve(&bench).await;
    drop(redis);
    for answer in
        [leave(&bench, &mailbox, ANSWER).await, take(&bench, &mailbox).await, acknowledge(&bench, &mailbox).await]
    {
        assert_eq!((answer.status, answer.code().as_str()), (503, "mailbox_unavailable"));
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    assert!(!bench.raw_log().contains("canary"), "{}", bench.raw_log());
}
