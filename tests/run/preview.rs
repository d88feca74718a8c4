//! Dry runs: what they report, and that they change nothing.

use crate::history::{Deployed, History, Target};
use crate::model::Signal;
use crate::model::{DiffCounts, Event, OnConflict, Operation};
use crate::sandbox::Reply;
use crate::tests::run::rig::{Rig, write_bundle};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;
use tempfile::TempDir;

const DRY_RUN: &str = "POST deploy?dryRun=true";

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_preview_costs_one_request_and_reports_the_changes() {
    let rig = Rig::new().project("a", 3, "");
    rig.deploy().await;
    write_bundle(&rig.bundle("a"), "a", 2);
    let before = rig.requests().len();
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "succeeded");
    assert_eq!(ran.report.operation, Operation::Preview);
    assert_eq!(ran.report.exit_code, 0);
    let diff = DiffCounts {
        update: 2,
        delete: 1,
        ..DiffCounts::default()
    };
    assert_eq!(ran.project("a").diff, Some(diff));
    assert_eq!(ran.project("a").changes[2].logical_id, "check-2");
    assert_eq!(ran.project("a").deployment_id, None);
    assert_eq!(
        rig.requests()[before..],
        ["POST deploy?dryRun=true&scheduleOnDeploy=true"]
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_preview_changes_nothing_on_the_server() {
    let rig = Rig::new().project("a", 3, "");
    rig.preview().await;
    assert_eq!(rig.last_deployment("a"), None);
    let again = rig.preview().await;
    assert_eq!(again.project("a").diff.map(|diff| diff.create), Some(3));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn dependencies_and_failures_do_not_delay_other_previews() {
    let script = "[[rule]]\nproject = 'shared'\nfault.status = { code = 402 }\n";
    let rig = Rig::with_script(script).project("shared", 1, "").project(
        "checkout",
        1,
        "depends_on = [\"shared\"]",
    );
    let ran = rig.preview().await;
    assert_eq!(ran.result("shared"), "rejected http_402");
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(ran.report.exit_code, 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_transient_failure_of_a_dry_run_is_retried() {
    let rig = Rig::new().project("a", 1, "");
    rig.answer(DRY_RUN, 2, Reply::json(503, json!({}).to_string()));
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "succeeded");
    assert_eq!(ran.project("a").attempts, 3);
    rig.answer(DRY_RUN, 9, Reply::json(503, json!({}).to_string()));
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "unavailable http_503");
    assert_eq!(ran.report.exit_code, 75);
}

/// The server refuses the next dry run because of another client's deployment, which takes this many seconds.
fn refused_for(rig: &Rig, seconds: u64) {
    let blocker = rig.start_blocker("a", seconds);
    let busy = json!({ "message": "busy", "deploymentId": blocker });
    rig.answer(DRY_RUN, 1, Reply::json(409, busy.to_string()));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_blocked_dry_run_waits_for_the_blocker() {
    let rig = Rig::new().project("a", 1, "");
    refused_for(&rig, 100);
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "succeeded");
    assert!((99_000..117_000).contains(&ran.project("a").conflicts[0].waited_ms));
    assert_eq!(rig.count(DRY_RUN), 2);
    assert_eq!(rig.count("GET completion?maxWaitSeconds=30"), 4);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_preview_never_cancels_and_fails_with_the_policy_fail() {
    let rig = Rig::new().project("a", 1, "on_conflict = \"cancel\"");
    refused_for(&rig, 10);
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "succeeded");
    assert_eq!(ran.project("a").conflicts[0].policy, OnConflict::Wait);
    assert_eq!(rig.count("POST cancel"), 0);
    let rig = Rig::new().project("a", 1, "on_conflict = \"fail\"");
    refused_for(&rig, 10);
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "conflicted conflict_policy");
    assert_eq!(rig.requests().len(), 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_lost_response_to_a_dry_run_has_no_consequences() {
    let rig = Rig::with_script("[[rule]]\nfault = { lose = \"close\" }\n").project("a", 1, "");
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "unavailable no_response");
    assert_eq!(ran.project("a").cause, None);
    let message = &ran.project("a").error.as_ref().unwrap().message;
    assert!(!message.contains("may have"), "{message}");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn one_signal_ends_a_preview_at_once() {
    let rig = Rig::with_script("[[rule]]\nfault = \"hang\"\n").project("a", 1, "");
    let ran = rig
        .preview_watched(Box::new(|event, signals| {
            if matches!(event.event, Event::Previewing { .. }) {
                signals.unbounded_send(Signal::Sigint).unwrap();
            }
        }))
        .await;
    assert_eq!(ran.result("a"), "interrupted interrupted");
    assert_eq!(ran.report.exit_code, 130);
    assert_eq!(ran.seconds(), 0);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deployment_after_a_preview_reuses_its_bundles() {
    let script = "echo made >>../made; made shop";
    let rig =
        Rig::new()
            .folder("shop", script, "")
            .project("checkout", 2, "depends_on = [\"shop\"]");
    let bundle = rig.bundle("checkout");
    let (preview, report) = rig
        .preview_and_deploy(move || write_bundle(&bundle, "checkout", 7))
        .await;
    assert_eq!(report.exit_code, 0);
    assert_eq!(report.operation, Operation::Deploy);
    assert_eq!(fs::read_to_string(rig.dir("made")).unwrap(), "made\n");
    assert_eq!(preview.len(), 2);
    for (before, after) in preview.iter().zip(&report.projects) {
        assert_eq!(before.bundle, after.bundle);
        assert_eq!(before.diff, after.diff);
    }
    assert_eq!(rig.count(DRY_RUN), 2);
    assert_eq!(rig.count("POST deploy?dryRun=false"), 2);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_preview_and_its_deployment_share_the_rate_limit() {
    let mut rig = Rig::new();
    rig.overrides.rate = Some("2/min".parse().unwrap());
    rig = rig.project("a", 1, "");
    // The dry run and the upload at once, the event stream when the window has slid.
    let (_, report) = rig.preview_and_deploy(|| ()).await;
    assert!(
        (61..65).contains(&(report.duration_ms / 1000)),
        "{} ms",
        report.duration_ms
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn two_hundred_dry_runs_cost_two_hundred_requests_within_the_rate_limit() {
    let mut rig = Rig::new();
    rig.overrides.concurrency = Some(50);
    for n in 0..200 {
        rig = rig.project(&format!("p{n}"), 1, "");
    }
    let ran = rig.preview().await;
    assert_eq!(ran.report.exit_code, 0);
    assert_eq!(rig.requests().len(), 200);
    assert!(ran.seconds() < 5, "{} s", ran.seconds());
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn two_hundred_projects_use_one_payload_each_for_preview_and_deployment() {
    let mut rig = Rig::new();
    rig.overrides.concurrency = Some(50);
    rig.overrides.rate = Some("300/min".parse().unwrap());
    for n in 0..200 {
        rig = rig.project(&format!("p{n}"), 1, "");
    }
    // After its dry run, a bundle cannot be read, let alone compressed, again.
    let folder = rig.dir("");
    rig.sandbox.intercept(move |request| {
        if request.query.starts_with("dryRun=true") {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let name = body["project"]["logicalId"].as_str().unwrap();
            fs::remove_file(folder.join(format!("{name}.json"))).unwrap();
        }
        None
    });
    let (preview, report) = rig.preview_and_deploy(|| ()).await;
    assert_eq!((preview.len(), report.exit_code), (200, 0));
    assert_eq!(rig.count(DRY_RUN), 200);
    assert_eq!(rig.count("POST deploy?dryRun=false"), 200);
    let at: Vec<Duration> = rig.sandbox.requests().iter().map(|it| it.at).collect();
    assert_eq!(at.len(), 600, "and an event stream each");
    let minute = Duration::from_secs(60);
    for (nth, pair) in at.iter().zip(&at[300..]).enumerate() {
        assert!(
            *pair.1 - *pair.0 >= minute,
            "301 requests a minute from {nth} on"
        );
    }
}

/// A history with the bundle of a project as the last one deployed.
fn remember(rig: &Rig, folder: &TempDir, project: &str, sha256: &str) -> History {
    let history = History::open(folder.path()).unwrap();
    let target = Target {
        api_url: rig.sandbox.url().to_owned(),
        account_id: "acme".to_owned(),
        logical_id: project.to_owned(),
    };
    let deployed = Deployed::of_digest(sha256);
    history.record(&target, &deployed);
    history
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_last_deployed_bundle_is_unchanged_unless_the_account_has_changed() {
    let kept = TempDir::new().unwrap();
    let mut rig = Rig::new().project("a", 2, "");
    let deployed = rig.deploy().await;
    let sha256 = deployed.project("a").bundle.clone().unwrap().sha256;
    rig.reuse.history = Some(remember(&rig, &kept, "a", &sha256));
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "unchanged");
    assert_eq!(ran.project("a").diff.map(|diff| diff.update), Some(2));
    // Another client deploys another state: the same bundle would change it.
    let last = rig.reuse.history.take();
    write_bundle(&rig.bundle("a"), "a", 1);
    rig.deploy().await;
    write_bundle(&rig.bundle("a"), "a", 2);
    rig.reuse.history = last;
    let ran = rig.preview().await;
    assert_eq!(ran.result("a"), "succeeded");
    assert_eq!(ran.project("a").diff.map(|diff| diff.create), Some(1));
    // A project that a deployment would skip is not previewed.
    rig.reuse.skip_unchanged = true;
    let before = rig.requests().len();
    assert_eq!(rig.preview().await.result("a"), "unchanged");
    assert_eq!(rig.requests().len(), before);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_preview_ignores_waves() {
    let canary_first = "[[wave]]\nselect = ['canary']\nsoak = '10m'\n";
    let rig = Rig::new()
        .project("fleet", 1, "")
        .project("canary", 1, canary_first);
    let ran = rig.preview().await;
    assert_eq!(ran.report.exit_code, 0);
    assert_eq!(ran.seconds(), 0);
}
