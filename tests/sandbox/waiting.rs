//! Following a deployment: its status, its event stream, its completion, and its cancellation.

use crate::tests::sandbox::rig::{project, rig};
use awc::http::Method;
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::time::Duration;

fn path(id: &str, rest: &str) -> String {
    format!("/v1/projects/checkout/deployments/{id}{rest}")
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_stream_reports_every_step_and_then_the_end() {
    let rig = rig();
    let started = rig.deploy("", &project("checkout", &["a", "b", "c"])).await;
    let id = started.body["id"].as_str().unwrap();
    let events = rig.events(id).await;
    let progress = |percent: u32| {
        format!("event: progress\ndata: {{\"progress\":{percent},\"status\":\"RUNNING\"}}\n\n")
    };
    assert_eq!(events[0], (60, progress(0)));
    assert_eq!(events[5], (350, progress(50)));
    assert_eq!(events[9].1, progress(90));
    assert_eq!(events.len(), 11);
    let (millis, last) = &events[10];
    assert_eq!(*millis, 640);
    let data = last.strip_prefix("event: complete\ndata: ").unwrap();
    let complete: Value = serde_json::from_str(data.strip_suffix("\n\n").unwrap()).unwrap();
    assert_eq!(complete["status"], "SUCCEEDED");
    assert_eq!(complete, rig.get(&path(id, "")).await.body);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_finished_deployment_is_reported_as_complete_at_once() {
    let rig = rig();
    let done = rig.deployed("", &["a"]).await;
    let before = rig.millis();
    let events = rig.events(done["id"].as_str().unwrap()).await;
    assert_eq!((events.len(), rig.millis()), (1, before));
    assert!(events[0].1.starts_with("event: complete\n"));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_late_stream_begins_with_the_current_progress() {
    let rig = rig();
    let blocker = rig.blocker(100);
    tokio::time::advance(Duration::from_secs(60)).await;
    let events = rig.events(&blocker).await;
    assert_eq!(events[0].0, 60_000);
    assert!(events[0].1.contains("\"progress\":50,"));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_silent_stream_sends_a_keep_alive_every_15_seconds() {
    let rig = rig();
    let blocker = rig.blocker(400); // starts after 40 s, then a step every 36 s
    let events = rig.events(&blocker).await;
    let first: Vec<_> = events[..6]
        .iter()
        .map(|(at, text)| (*at, &text[..5]))
        .collect();
    assert_eq!(
        first,
        [
            (15_000, ": kee"),
            (30_000, ": kee"),
            (40_000, "event"),
            (55_000, ": kee"),
            (70_000, ": kee"),
            (76_000, "event"),
        ]
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_long_poll_answers_at_the_end() {
    let rig = rig();
    let blocker = rig.blocker(20);
    let got = rig
        .get(&path(&blocker, "/completion?maxWaitSeconds=30"))
        .await;
    assert_eq!((got.status, rig.millis()), (200, 20_000));
    assert_eq!(got.body["status"], "SUCCEEDED");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_long_poll_times_out_after_the_requested_time() {
    let rig = rig();
    let blocker = rig.blocker(100);
    let got = rig
        .get(&path(&blocker, "/completion?maxWaitSeconds=7"))
        .await;
    let (status, error, message) = got.refusal();
    assert_eq!((status, error), (408, "Request Time-out"));
    assert_eq!(message, "The deployment is still in progress after 7 s");
    assert_eq!(rig.millis(), 7_000);
    let got = rig.get(&path(&blocker, "/completion")).await;
    assert_eq!((got.status, rig.millis()), (408, 37_000), "30 s by default");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_long_poll_accepts_1_to_30_seconds() {
    let rig = rig();
    let blocker = rig.blocker(100);
    for (query, message) in [
        (
            "maxWaitSeconds=0",
            "\"maxWaitSeconds\" must be between 1 and 30",
        ),
        (
            "maxWaitSeconds=31",
            "\"maxWaitSeconds\" must be between 1 and 30",
        ),
        ("maxWaitSeconds=soon", "\"maxWaitSeconds\" must be a number"),
        ("wait=1", "\"wait\" is not allowed"),
    ] {
        let got = rig
            .get(&path(&blocker, &format!("/completion?{query}")))
            .await;
        assert_eq!(got.refusal(), (400, "Bad Request", message));
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_cancelled_deployment_ends_soon_and_wakes_all_waiters() {
    let rig = rig();
    let blocker = rig.blocker(1000);
    let poll = path(&blocker, "/completion");
    let poll = async { (rig.get(&poll).await, rig.millis()) };
    let mut waiting = std::pin::pin!(futures::future::join(rig.events(&blocker), poll));
    let early = tokio::time::timeout(Duration::from_secs(10), &mut waiting).await;
    assert!(early.is_err(), "both wait");
    let cancel = path(&blocker, "/cancel");
    let (asked, (events, (completed, at))) =
        futures::future::join(rig.post(&cancel), waiting).await;
    assert_eq!(asked.status, 200);
    assert_eq!(asked.body["status"], "PENDING");
    let requested = asked.body["cancelRequestedAt"].as_str().unwrap();
    assert!(requested.starts_with("2026-11-22T18:17:10.00"));
    assert_eq!((completed.status, at), (200, 10_200));
    assert_eq!(completed.body["status"], "CANCELLED");
    assert_eq!(completed.body["result"], json!(null));
    let (at, last) = events.last().unwrap();
    assert_eq!(*at, 10_200);
    assert!(last.starts_with("event: complete\n") && last.contains("\"CANCELLED\""));
    assert_eq!(rig.deploy("", &project("checkout", &[])).await.status, 202);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn cancelling_is_idempotent_and_does_not_affect_a_final_deployment() {
    let rig = rig();
    let blocker = rig.blocker(1000);
    let first = rig.post(&path(&blocker, "/cancel")).await;
    tokio::time::advance(Duration::from_millis(100)).await;
    let second = rig.post(&path(&blocker, "/cancel")).await;
    assert_eq!((second.status, &second.body), (200, &first.body));
    tokio::time::advance(Duration::from_millis(100)).await;
    let late = rig.post(&path(&blocker, "/cancel")).await;
    assert_eq!(
        (late.status, &late.body["status"]),
        (200, &json!("CANCELLED"))
    );
    let done = rig.deployed("", &["a"]).await;
    let id = done["id"].as_str().unwrap();
    assert_eq!(rig.post(&path(id, "/cancel")).await.body, done);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_unknown_deployment_is_not_found_anywhere() {
    let rig = rig();
    rig.blocker(10);
    let message = "Project \"checkout\" has no deployment \"x y\"";
    for got in [
        rig.get(&path("x%20y", "")).await,
        rig.get(&path("x%20y", "/events")).await,
        rig.get(&path("x%20y", "/completion")).await,
        rig.post(&path("x%20y", "/cancel")).await,
    ] {
        assert_eq!(got.refusal(), (404, "Not Found", message));
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_disconnected_client_leaves_the_deployment_running() {
    let rig = rig();
    let blocker = rig.blocker(100);
    let request = rig.request(Method::GET, &path(&blocker, "/events"));
    let mut stream = request.send().await.unwrap();
    assert!(stream.next().await.is_some());
    drop(stream);
    let events = rig.events(&blocker).await;
    assert!(events.last().unwrap().1.contains("\"SUCCEEDED\""));
}
