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
    mailbox::{ANSWER, acknowledge, assert_holds, assert_nobodys, leave, reserve, take},
};

/// Keeps nothing on disk, and ends with the test.
struct Redis {
    process: Child,
    port: u16,
}

impl Redis {
    fn start() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", &port.to_string()])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed: `cargo xtask test` does that on Debian, as root");
        let redis = Self { process, port };
        // Connecting is tried so often that only a Redis that does not start at all is missed.
        for _ in 0..10_000 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return redis;
            }
            std::thread::yield_now();
        }
        panic!("redis-server does not answer on port {port}");
    }

    /// One of several instances that share this Redis and a secret.
    async fn instance(&self, secret: &str) -> Bench {
        static FILES: AtomicU32 = AtomicU32::new(0);
        let file = |text: &str| {
            let number = FILES.fetch_add(1, Ordering::Relaxed);
            let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("mailbox-{}-{number}", self.port));
            fs::write(&path, text).unwrap();
            path
        };
        let address = file(&format!("redis://127.0.0.1:{}\n", self.port));
        let secret = file(secret);
        let section = format!(
            "\n[mailbox]\nstore = \"redis\"\nredis_url_file = '{}'\nsecret_file = '{}'\n",
            address.display(),
            secret.display()
        );
        Bench::configured(|text| format!("scales_out = true\n{text}{section}")).await
    }

    /// Whatever is in it.
    fn keys(&self) -> String {
        let command = ["-p", &self.port.to_string(), "keys", "*"].map(str::to_owned);
        String::from_utf8(Command::new("redis-cli").args(command).output().unwrap().stdout).unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
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
async fn without_its_redis_a_mailbox_is_unavailable_and_nothing_is_logged_of_it() {
    // security 118
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
