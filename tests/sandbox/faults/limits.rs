//! The rate limit, and random faults.

use super::playing;
use std::time::Duration;

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_account_over_its_limit_gets_a_retry_after() {
    let rig = playing("[rate_limit]\nrequests = 2");
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(rig.get("/v1/runtimes").await.status, 200);
    tokio::time::advance(Duration::from_millis(1500)).await;
    assert_eq!(rig.again().await.status, 202);
    let seen = rig.raw("GET", "/v1/runtimes", None).await;
    assert_eq!(seen.status(), "HTTP/1.1 429 Too Many Requests");
    assert!(
        seen.text().contains("retry-after: 59\r\n"),
        "{}",
        seen.text()
    );
    assert_eq!(
        rig.get("/v1/runtimes").await.status,
        200,
        "a minute has passed"
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn random_faults_hit_their_share_reproducibly() {
    let script = "[random]\nseed = 7\nshare = 0.33\nfaults = [{ status = { code = 503 } }]";
    let mut runs = Vec::new();
    for _ in 0..2 {
        let rig = playing(script);
        let mut statuses = Vec::new();
        for _ in 0..100 {
            statuses.push(rig.get("/v1/private-locations").await.status);
        }
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    let hit = runs[0].iter().filter(|&&status| status == 503).count();
    assert!((25..=41).contains(&hit), "{hit} of 100");
    let other = playing(&script.replace("seed = 7", "seed = 8"));
    let mut statuses = Vec::new();
    for _ in 0..100 {
        statuses.push(other.get("/v1/private-locations").await.status);
    }
    assert_ne!(statuses, runs[0]);
}
