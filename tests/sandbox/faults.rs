//! Each fault of a script, as a client sees it on the wire.

use crate::raw::{End, Seen};
use crate::rig::{Got, Rig, diff, project, rig_with};
use orchestrate::sandbox::{Options, Reply, Script};
use serde_json::{Value, json};
use std::time::Duration;

/// A sandbox that plays this script.
fn playing(script: &str) -> Rig {
    let script: Script = script.parse().unwrap();
    rig_with(&Options {
        script: Some(script),
        ..Options::default()
    })
}

/// A sandbox in which requests of one kind meet one fault, once.
fn once(on: &str, fault: &str) -> Rig {
    playing(&format!(
        "[[rule]]\non = \"{on}\"\ntimes = 1\nfault = {fault}"
    ))
}

impl Rig {
    async fn raw_deploy(&self) -> Seen {
        let body = project("checkout", &["a"]);
        self.raw("POST", "/v1/projects/deploy", Some(&body)).await
    }

    async fn again(&self) -> Got {
        self.deploy("", &project("checkout", &["a"])).await
    }

    /// The id of a new deployment of `checkout`, which takes 0.48 s.
    async fn begun(&self) -> String {
        let got = self.again().await;
        assert_eq!(got.status, 202, "{}", got.body);
        got.body["id"].as_str().unwrap().to_owned()
    }

    async fn of(&self, id: &str, rest: &str) -> Got {
        let path = format!("/v1/projects/checkout/deployments/{id}{rest}");
        self.get(&path).await
    }
}

#[actix::test]
async fn a_status_has_a_body_in_the_shape_of_the_api() {
    let rig = once("deploy", "{ status = { code = 503 } }");
    let got = rig.again().await;
    let refusal = (
        503,
        "Service Unavailable",
        "The sandbox was told to answer 503",
    );
    assert_eq!(got.refusal(), refusal);
    assert_eq!(rig.again().await.status, 202, "nothing was deployed before");
}

#[actix::test]
async fn a_status_may_have_another_body_and_say_when_to_come_back() {
    let rig = once(
        "deploy",
        r#"{ status = { code = 429, body = "slow", content_type = "text/plain", retry_after = 7 } }"#,
    );
    let seen = rig.raw_deploy().await;
    let text = seen.text();
    assert_eq!(seen.status(), "HTTP/1.1 429 Too Many Requests");
    assert!(text.contains("retry-after: 7\r\n") && text.contains("content-type: text/plain\r\n"));
    assert_eq!(seen.body(), "slow");
}

#[actix::test]
async fn a_page_of_html_is_no_answer() {
    let rig = once("deploy", "\"html\"");
    let seen = rig.raw_deploy().await;
    assert_eq!(seen.status(), "HTTP/1.1 200 OK");
    assert!(seen.text().contains("content-type: text/html"));
    assert!(seen.body().starts_with("<!doctype html>"));
    assert_eq!(rig.again().await.status, 202, "nothing was deployed before");
}

#[actix::test]
async fn a_connection_closes_resets_or_hangs_before_anything_happens() {
    for (fault, end) in [
        ("close", End::Closed),
        ("reset", End::Reset),
        ("hang", End::Open),
    ] {
        let rig = once("deploy", &format!("{fault:?}"));
        let seen = rig.raw_deploy().await;
        assert_eq!((seen.text().as_str(), seen.end), ("", end), "{fault}");
        assert_eq!(rig.again().await.status, 202, "{fault}");
    }
}

#[actix::test]
async fn a_lost_reply_leaves_the_deployment_running() {
    for (how, end) in [
        ("close", End::Closed),
        ("reset", End::Reset),
        ("hang", End::Open),
    ] {
        let rig = once("deploy", &format!("{{ lose = {how:?} }}"));
        let body = project("checkout", &["a"]);
        let seen = rig.raw_deploy().await;
        assert_eq!((seen.text().as_str(), seen.end), ("", end), "{how}");
        let what = rig.deploy("dryRun=true", &body).await;
        let expected = match end {
            End::Open => "UPDATE check a", // a minute went by
            End::Closed | End::Reset => "CREATE check a",
        };
        assert_eq!(diff(&what.body), [expected], "{how}");
        tokio::time::sleep(Duration::from_millis(480)).await;
        let what = rig.deploy("dryRun=true", &body).await;
        assert_eq!(diff(&what.body), ["UPDATE check a"], "{how}");
    }
}

#[actix::test]
async fn a_reply_breaks_off_in_its_head() {
    for (then, end) in [
        ("close", End::Closed),
        ("reset", End::Reset),
        ("hang", End::Open),
    ] {
        let rig = once(
            "deploy",
            &format!("{{ cut_head = {{ bytes = 10, then = {then:?} }} }}"),
        );
        let seen = rig.raw_deploy().await;
        assert_eq!((seen.text().as_str(), seen.end), ("HTTP/1.1 2", end));
    }
}

#[actix::test]
async fn a_reply_breaks_off_in_its_body() {
    for (then, end) in [
        ("close", End::Closed),
        ("reset", End::Reset),
        ("hang", End::Open),
        ("end", End::Open), // of the reply; the connection is kept
    ] {
        let rig = once(
            "deploy",
            &format!("{{ cut = {{ bytes = 7, then = {then:?} }} }}"),
        );
        let seen = rig.raw_deploy().await;
        assert_eq!((seen.body().as_str(), seen.end), ("{\"id\":\"", end));
        let whole = seen.text().contains("content-length: 7\r\n");
        assert_eq!(
            whole,
            then == "end",
            "the length is that of the whole reply"
        );
        assert_eq!(rig.again().await.status == 202, seen.end == End::Open);
    }
}

#[actix::test]
async fn a_stream_breaks_off_after_frames_and_bytes() {
    for (then, end, last) in [
        ("close", End::Closed, "event: pro"),
        ("reset", End::Reset, "event: pro"),
        ("hang", End::Open, "event: pro"),
        ("end", End::Open, ""),
    ] {
        let rig = once(
            "events",
            &format!("{{ cut = {{ frames = 2, bytes = 10, then = {then:?} }} }}"),
        );
        let id = rig.begun().await;
        let seen = rig.raw_events(&id).await;
        let chunks = seen.chunks();
        assert!(chunks[1].ends_with(b"\"progress\":10,\"status\":\"RUNNING\"}\n\n"));
        assert_eq!(chunks[2], b"event: pro");
        assert_eq!(chunks.last().unwrap().as_slice(), last.as_bytes(), "{then}");
        assert_eq!(seen.end, end, "{then}");
    }
}

/// The whole event stream of a deployment, with one fault, as text.
async fn stream(fault: &str) -> String {
    let rig = once("events", fault);
    let id = rig.begun().await;
    let seen = rig.raw_events(&id).await;
    let chunks = seen.chunks();
    assert_eq!(chunks.last().unwrap(), b"", "{fault}: the reply ends");
    String::from_utf8_lossy(&chunks.concat()).into_owned()
}

fn data(text: &str) -> Value {
    let data: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .collect();
    serde_json::from_str(&data.join("\n")).unwrap()
}

#[actix::test]
async fn lines_may_end_in_other_ways() {
    for (fault, end) in [("\"crlf\"", "\r\n"), ("\"cr\"", "\r")] {
        let text = stream(fault).await;
        let first = [
            "event: progress",
            "data: {\"progress\":0,\"status\":\"RUNNING\"}",
            "",
            "",
        ];
        assert!(text.starts_with(&first.join(end)), "{text}");
        assert_eq!(text.replace(end, "").find('\n'), None);
    }
}

#[actix::test]
async fn a_byte_order_mark_may_come_first() {
    assert!(
        stream("\"bom\"")
            .await
            .starts_with("\u{feff}event: progress\n")
    );
}

#[actix::test]
async fn data_may_take_several_lines() {
    let text = stream("\"data_lines\"").await;
    let (first, rest) = text.split_once("\n\n").unwrap();
    let lines = "event: progress\ndata: {\ndata:   \"progress\": 0,\ndata:   \"status\": \"RUNNING\"\ndata: }";
    assert_eq!(first, lines);
    let (_, last) = rest.rsplit_once("event: complete\n").unwrap();
    assert_eq!(data(last)["status"], "SUCCEEDED");
}

#[actix::test]
async fn a_frame_arrives_in_two_parts() {
    let rig = once("events", "\"split_frame\"");
    let id = rig.begun().await;
    let seen = rig.raw_events(&id).await;
    let chunks = seen.chunks();
    assert_eq!(chunks.len(), 2 * 11 + 1);
    assert_eq!(chunks[0], b"event: progress\ndata: {\"prog");
    assert_eq!(chunks[1], b"ress\":0,\"status\":\"RUNNING\"}\n\n");
    let first = seen
        .reads
        .iter()
        .position(|read| read.ends_with(b"prog\r\n"));
    assert!(first.is_some(), "one read does not hold both");
}

#[actix::test]
async fn a_character_arrives_in_two_parts() {
    let rig = once("events", "\"split_character\"");
    let id = rig.begun().await;
    let chunks = rig.raw_events(&id).await.chunks();
    assert_eq!(chunks.len(), 2 * 11 + 1);
    for pair in chunks.chunks_exact(2) {
        assert!(std::str::from_utf8(&pair[0]).is_err());
        let whole = String::from_utf8(pair.concat()).unwrap();
        assert!(whole.contains("\"note\":\"geprüft\""), "{whole}");
    }
}

#[actix::test]
async fn there_may_be_nothing_but_keep_alives() {
    let rig = once("events", "\"keep_alives\"");
    let id = rig.begun().await;
    let seen = rig.raw_events(&id).await;
    assert_eq!(seen.chunks(), [b": keep-alive\n\n"; 4]);
    assert_eq!((seen.end, seen.millis / 100), (End::Open, 450));
}

#[actix::test]
async fn garbage_comes_before_the_true_frames() {
    let text = stream("\"garbage\"").await;
    assert!(text.contains("event: surprise\n") && text.contains("\u{fffd}"));
    assert_eq!(text.matches("\"status\":\"RUNNING\"").count(), 10);
    assert_eq!(text.matches("event: complete\n").count(), 1);
}

#[actix::test]
async fn progress_goes_backwards() {
    let text = stream("\"backwards\"").await;
    let progress: Vec<_> = text
        .split("\n\n")
        .filter(|frame| frame.starts_with("event: progress"))
        .map(|frame| data(frame)["progress"].as_u64().unwrap())
        .collect();
    assert_eq!(progress, [100, 90, 80, 70, 60, 50, 40, 30, 20, 10]);
}

#[actix::test]
async fn a_stream_reports_an_error_and_ends() {
    let text = stream("{ error_frame = \"Größe überschritten\" }").await;
    assert_eq!(
        text,
        "event: error\ndata: {\"message\":\"Größe überschritten\"}\n\n"
    );
}

#[actix::test]
async fn the_last_frame_is_not_what_it_should_be() {
    let last = |text: String| text.split("event: complete\n").nth(1).map(str::to_owned);
    let complete = async |how: &str| last(stream(&format!("{{ complete = {how:?} }}")).await);
    assert_eq!(complete("missing").await, None);
    let null = data(&complete("null_result").await.unwrap());
    assert_eq!(
        (&null["status"], &null["result"]),
        (&json!("SUCCEEDED"), &Value::Null)
    );
    let foreign = data(&complete("foreign_id").await.unwrap());
    assert_eq!(foreign["id"], "00000000-0000-4000-8000-000000000000");
    assert_eq!(foreign["status"], "SUCCEEDED");
    let garbled = complete("garbled").await.unwrap();
    let json = garbled.trim_end().strip_prefix("data: ").unwrap();
    assert!(serde_json::from_str::<Value>(json).is_err(), "{json}");
}

#[actix::test]
async fn a_conflict_names_a_deployment_that_is_not_found_or_none() {
    let rig = once("deploy", "{ conflict = \"unknown\" }");
    let got = rig.again().await;
    assert_eq!(got.status, 409);
    let id = got.body["deploymentId"].as_str().unwrap();
    assert_eq!(rig.of(id, "/completion").await.status, 404);
    let rig = once("deploy", "{ conflict = \"unnamed\" }");
    let got = rig.again().await;
    assert_eq!((got.status, got.body.get("deploymentId")), (409, None));
    assert_eq!(rig.again().await.status, 202);
}

#[actix::test]
async fn a_deployment_fails_on_the_way() {
    let rig = once(
        "deploy",
        r#"{ fail = { at = 60, code = "PLAN_LIMITS_EXCEEDED", message = "Too many checks" } }"#,
    );
    let id = rig.begun().await;
    let events = rig.events(&id).await;
    let (at, last) = events.last().unwrap();
    assert_eq!((events.len(), *at), (7, 300));
    let last = data(last);
    assert_eq!(
        (&last["status"], &last["progress"]),
        (&json!("FAILED"), &json!(60))
    );
    let error = json!({ "code": "PLAN_LIMITS_EXCEEDED", "message": "Too many checks" });
    assert_eq!((&last["error"], &last["result"]), (&error, &Value::Null));
    let what = rig
        .deploy("dryRun=true", &project("checkout", &["a"]))
        .await;
    assert_eq!(diff(&what.body), ["CREATE check a"]);
}

#[actix::test]
async fn a_dead_deployment_is_reaped() {
    let rig = once("deploy", r#"{ stall = { at = 30, reaped_after = "10m" } }"#);
    let id = rig.begun().await;
    let poll = rig.of(&id, "/completion").await;
    assert_eq!((poll.status, rig.millis()), (408, 30_000));
    let events = rig.events(&id).await;
    let (at, last) = events.last().unwrap();
    assert_eq!(at / 1000, 600);
    let last = data(last);
    assert_eq!(
        (&last["status"], &last["progress"]),
        (&json!("FAILED"), &json!(30))
    );
    assert_eq!(last["error"]["code"], "INTERNAL_ERROR");
}

#[actix::test]
async fn a_dead_deployment_may_never_end_and_not_hear() {
    let rig = once("deploy", r#"{ stall = { on_cancel = "ignore" } }"#);
    let id = rig.begun().await;
    let asked = rig
        .post(&format!("/v1/projects/checkout/deployments/{id}/cancel"))
        .await;
    assert!(asked.status == 200 && asked.body["cancelRequestedAt"].is_string());
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    let now = rig.of(&id, "").await.body;
    assert_eq!(
        (&now["status"], &now["progress"]),
        (&json!("RUNNING"), &json!(50))
    );
}

#[actix::test]
async fn a_newer_deployment_takes_over() {
    let rig = once("deploy", r#"{ takeover = { at = 50, for = "20s" } }"#);
    let id = rig.begun().await;
    let events = rig.events(&id).await;
    let (at, last) = events.last().unwrap();
    let last = data(last);
    assert_eq!((*at, &last["status"]), (260, &json!("CANCELLED")));
    assert_eq!(last["cancelRequestedAt"], last["endedAt"]);
    let refused = rig.again().await;
    let newer = refused.body["deploymentId"].as_str().unwrap();
    assert_ne!(newer, id);
    let done = rig.of(newer, "/completion").await;
    assert_eq!(
        (&done.body["status"], rig.millis()),
        (&json!("SUCCEEDED"), 20_260)
    );
    assert_eq!(rig.again().await.status, 202);
}

/// A blocker that a deployment met, and how that was refused.
async fn blocked(rig: &Rig) -> String {
    let got = rig.again().await;
    assert_eq!(got.status, 409);
    got.body["deploymentId"].as_str().unwrap().to_owned()
}

async fn cancelled(rig: &Rig, id: &str) -> Got {
    rig.post(&format!("/v1/projects/checkout/deployments/{id}/cancel"))
        .await
}

#[actix::test]
async fn a_blocker_is_in_the_way_for_a_time() {
    let rig = once("deploy", r#"{ blocker = { for = "20s" } }"#);
    let id = blocked(&rig).await;
    let done = rig.of(&id, "/completion").await;
    assert_eq!(
        (&done.body["status"], rig.millis()),
        (&json!("SUCCEEDED"), 20_000)
    );
    assert_eq!(rig.again().await.status, 202);
}

#[actix::test]
async fn a_blocker_may_never_end_and_stop_when_asked() {
    let rig = once("deploy", r#"{ blocker = { for = "ever" } }"#);
    let id = blocked(&rig).await;
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    assert_eq!(blocked(&rig).await, id);
    let before = rig.millis();
    assert_eq!(cancelled(&rig, &id).await.status, 200);
    let done = rig.of(&id, "/completion").await;
    assert_eq!(
        (&done.body["status"], rig.millis() - before),
        (&json!("CANCELLED"), 200)
    );
}

#[actix::test]
async fn a_blocker_refuses_or_ignores_its_cancellation_or_takes_its_time() {
    let manner = |manner: &str| {
        let fault = format!("{{ blocker = {{ for = \"20s\", on_cancel = {manner} }} }}");
        once("deploy", &fault)
    };
    let rig = manner("\"refuse\"");
    let id = blocked(&rig).await;
    let message = "You are not allowed to cancel this deployment";
    assert_eq!(
        cancelled(&rig, &id).await.refusal(),
        (403, "Forbidden", message)
    );
    assert_eq!(rig.of(&id, "").await.body["cancelRequestedAt"], Value::Null);
    let rig = manner("\"ignore\"");
    let id = blocked(&rig).await;
    let asked = cancelled(&rig, &id).await;
    assert!(asked.status == 200 && asked.body["cancelRequestedAt"].is_string());
    let done = rig.of(&id, "/completion").await;
    assert_eq!(
        (&done.body["status"], rig.millis()),
        (&json!("SUCCEEDED"), 20_000)
    );
    let rig = manner("{ after = \"8s\" }");
    let id = blocked(&rig).await;
    cancelled(&rig, &id).await;
    let done = rig.of(&id, "/completion").await;
    assert_eq!(
        (&done.body["status"], rig.millis()),
        (&json!("CANCELLED"), 8_000)
    );
}

#[actix::test]
async fn a_blocker_fails_or_vanishes() {
    let rig = once("deploy", r#"{ blocker = { for = "20s", end = "fail" } }"#);
    let id = blocked(&rig).await;
    let done = rig.of(&id, "/completion").await;
    assert_eq!(
        (&done.body["status"], rig.millis()),
        (&json!("FAILED"), 20_000)
    );
    let rig = once("deploy", r#"{ blocker = { for = "20s", end = "vanish" } }"#);
    let id = blocked(&rig).await;
    let gone = rig.of(&id, "/completion").await;
    assert_eq!((gone.status, rig.millis()), (404, 20_000));
    assert_eq!(rig.again().await.status, 202);
}

#[actix::test]
async fn a_reply_is_held_back_but_not_what_it_tells() {
    let rig = playing("[[rule]]\non = \"deploy\"\ntimes = 1\ndelay = \"3s\"");
    let body = project("checkout", &["a"]);
    let got = rig.deploy("", &body).await;
    assert_eq!((got.status, rig.millis()), (202, 3_000));
    let done = rig.of(got.body["id"].as_str().unwrap(), "").await.body;
    assert_eq!(done["endedAt"], "2026-11-22T18:17:00.480Z");
}

#[actix::test]
async fn a_fault_comes_after_its_delay() {
    let rig = playing(
        "[[rule]]\non = \"deploy\"\ndelay = \"30s\"\nfault.status.code = 504\n\
         [[rule]]\non = \"dry_run\"\ndelay = \"5s\"\nfault = \"reset\"",
    );
    let seen = rig.raw_deploy().await;
    assert_eq!(
        (seen.status().as_str(), seen.millis),
        ("HTTP/1.1 504 Gateway Timeout", 30_000)
    );
    let body = project("checkout", &[]);
    let seen = rig
        .raw("POST", "/v1/projects/deploy?dryRun=true", Some(&body))
        .await;
    assert_eq!((seen.end, seen.millis), (End::Reset, 5_000));
}

#[actix::test]
async fn an_account_over_its_limit_is_told_when_to_come_back() {
    let rig = playing("[rate_limit]\nrequests = 2");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(rig.get("/v1/runtimes").await.status, 200);
    tokio::time::sleep(Duration::from_millis(1500)).await;
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
        "a minute went by"
    );
}

#[actix::test]
async fn chance_hits_the_share_and_the_same_requests_again() {
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

#[actix::test]
async fn a_hook_can_do_what_a_script_can() {
    let rig = crate::rig::rig();
    let fault = serde_json::from_value(json!({ "lose": "reset" })).unwrap();
    rig.sandbox.intercept(move |request| {
        let fault = Reply::Fault(Clone::clone(&fault));
        (request.method == "POST").then(|| Reply::After(Duration::from_secs(2), fault.into()))
    });
    let seen = rig.raw_deploy().await;
    assert_eq!(
        (seen.text().as_str(), seen.end, seen.millis),
        ("", End::Reset, 2_000)
    );
    rig.sandbox.intercept(|_| Some(Reply::Handle));
    let what = rig
        .deploy("dryRun=true", &project("checkout", &["a"]))
        .await;
    assert_eq!(diff(&what.body), ["UPDATE check a"]);
}
