//! The allowance of ACS that several instances share in a real Redis on loopback.

use crate::{
    bench::Bench,
    mailbox_redis::{Redis, SECRET},
    operations::metrics,
};

/// Several instances for one ACS resource. With two requests a minute, a tenant can send one at once and the next after
/// 30 seconds, which is longer than a test: Redis counts by its own clock.
async fn instances(redis: &Redis, number: usize, limits: &str) -> Vec<Bench> {
    let mut all: Vec<Bench> = vec![];
    for _ in 0..number {
        let acs = all.first().map(|first| first.acs.address.clone());
        let bench = redis.instance_with(SECRET, |text| {
            let own = text.lines().find(|line| line.starts_with("endpoint")).unwrap().to_owned();
            let endpoint = acs.map_or(own.clone(), |acs| format!("endpoint = {acs:?}"));
            text.replace(&own, &endpoint) + "\n[limits]\n" + limits
        });
        all.push(bench.await);
    }
    all
}

async fn status(bench: &Bench) -> u16 {
    bench.exchange(&bench.token().sign()).await.status
}

#[tokio::test]
async fn rev_02_instances_with_one_redis_share_the_allowance_of_acs() {
    let redis = Redis::start();
    let limits = "acs_requests_per_30_seconds = 10\nper_tenant_and_minute = 2\n";
    let all = instances(&redis, 2, limits).await;
    assert_eq!(status(&all[0]).await, 200);
    let refused = all[1].exchange(&all[1].token().sign()).await;
    assert_eq!((refused.status, refused.code().as_str()), (429, "rate_limited"));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert!(metrics(&all[1]).await.contains("exchange_acs_allowance_shared 1\n"));
    // Another resource has its own allowance.
    let other = instances(&redis, 1, limits).await;
    assert_eq!(status(&other[0]).await, 200);
}

#[tokio::test]
async fn rev_02_the_documented_redis_rights_are_enough_to_share_the_allowance() {
    let mut redis = Redis::start();
    redis.restrict();
    // A low limit, so that the counters in Redis outlive the test.
    let all = instances(&redis, 1, "acs_requests_per_30_seconds = 10\nper_tenant_and_minute = 2\n").await;
    assert_eq!(status(&all[0]).await, 200);
    assert!(metrics(&all[0]).await.contains("exchange_acs_allowance_shared 1\n"));
    let keys = redis.keys();
    assert_eq!(keys.split_whitespace().count(), 2);
    assert!(keys.lines().all(|key| key.starts_with("acs-sign-in:{allowance:")), "{keys}");
}

#[tokio::test]
async fn rev_02_without_redis_an_instance_uses_only_its_own_share() {
    let redis = Redis::start();
    // Without a configured number of instances, the service assumes ten.
    let all = instances(&redis, 1, "").await;
    drop(redis);
    // A tenth of the fifty requests that a tenant can send at once.
    for _ in 0..5 {
        assert_eq!(status(&all[0]).await, 200);
    }
    assert_eq!(status(&all[0]).await, 429);
    assert!(metrics(&all[0]).await.contains("exchange_acs_allowance_shared 0\n"));
    assert!(all[0].raw_log().contains("this process keeps to its own share"));
}
