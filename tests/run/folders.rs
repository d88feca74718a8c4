//! Projects that are bundled from directories, by shell scripts that stand in for the Checkly CLI.

use crate::cache::Cache;
use crate::history::{Deployed, History, Target};
use crate::model::Signal;
use crate::model::{Event, Timestamp};
use crate::tests::run::rig::{Ran, Rig};
use std::fs;
use std::time::Duration;
use tempfile::TempDir;

/// The types of a project's events, in order.
fn events(ran: &Ran, project: &str) -> Vec<String> {
    let of_project = ran
        .events
        .iter()
        .filter(|event| event.project.as_deref() == Some(project));
    let kind = |event: &crate::model::RunEvent| {
        let json = serde_json::to_value(event).unwrap();
        let kind = json["type"].as_str().unwrap();
        kind.trim_start_matches("project.").to_owned()
    };
    of_project.map(kind).collect()
}

/// Writes a bundle once the file `go` exists, or fails.
fn made_after_go(name: &str) -> String {
    format!("for i in $(seq 500); do [ -e ../go ] && made {name} && exit; sleep 0.02; done; exit 1")
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_directory_is_bundled_then_deployed() {
    let rig = Rig::new().folder("shop", "made the-shop", "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "succeeded");
    assert_eq!(
        rig.requests().len(),
        2,
        "the CLI stood aside: {:?}",
        rig.requests()
    );
    let row = ran.project("shop");
    assert_eq!(row.logical_id.as_deref(), Some("the-shop"));
    let bundle = row.bundle.as_ref().unwrap();
    assert!(bundle.sha256.len() == 64 && bundle.gzip_bytes.is_some());
    let expected = ["queued", "bundling", "bundled", "submitting", "submitted"];
    assert_eq!(events(&ran, "shop")[..5], expected);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn two_directories_with_the_same_logical_id_are_not_sent() {
    let rig = Rig::new()
        .folder("shop", "made shop", "")
        .folder("copy-of-shop", "made shop", "")
        .folder("blog", "made blog", "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "rejected same_logical_id");
    assert_eq!(ran.result("copy-of-shop"), "rejected same_logical_id");
    assert_eq!(ran.project("shop").cause.as_deref(), Some("copy-of-shop"));
    assert_eq!(ran.result("blog"), "succeeded");
    assert_eq!(rig.count("POST deploy"), 1);
    assert_eq!(ran.report.exit_code, 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_bundle_with_the_declared_logical_id_of_another_project_is_not_sent() {
    let rig = Rig::new()
        .project("shop", 1, "")
        .folder("copy-of-shop", "made shop", "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "rejected same_logical_id");
    assert_eq!(ran.result("copy-of-shop"), "rejected same_logical_id");
    assert_eq!(rig.requests(), [""; 0]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn nothing_is_sent_before_all_logical_ids_are_known() {
    let rig = Rig::new()
        .project("quick", 1, "")
        .folder("slow", "made slow", "");
    let ran = rig.deploy().await;
    let submitting = |event: &Event| matches!(event, Event::Submitting { .. });
    let bundled = |event: &Event| matches!(event, Event::Bundled(_));
    let of = |name: &str, what: &dyn Fn(&Event) -> bool| {
        let is_it = |event: &crate::model::RunEvent| {
            event.project.as_deref() == Some(name) && what(&event.event)
        };
        ran.events.iter().position(is_it).unwrap()
    };
    assert!(of("quick", &submitting) > of("slow", &bundled));
    assert_eq!(ran.report.exit_code, 0);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn with_logical_ids_in_the_manifest_no_project_waits_for_bundling_of_others() {
    let mut rig = Rig::new()
        .folder("slow", &made_after_go("slow"), "logical_id = 'slow'")
        .folder("quick", "made quick", "logical_id = 'quick'");
    rig.overrides.bundle_concurrency = Some(2); // even with one processor
    let go = rig.dir("go");
    let ran = rig
        .deploy_watched(Box::new(move |event, _| {
            if matches!(event.event, Event::Submitting { .. }) {
                fs::write(&go, "").unwrap();
            }
        }))
        .await;
    assert_eq!(ran.result("quick"), "succeeded");
    assert_eq!(ran.result("slow"), "succeeded");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_bundle_with_an_unexpected_logical_id_is_not_sent() {
    let rig = Rig::new().folder("shop", "made blog", "logical_id = 'shop'");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "failed wrong_logical_id");
    assert_eq!(rig.requests(), [""; 0]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_directory_that_cannot_be_bundled_skips_only_its_dependents() {
    let rig = Rig::new()
        .folder(
            "shop",
            "echo 'frequency: must be 1, 2 or 5' >&2; exit 1",
            "",
        )
        .project("dashboards", 1, "depends_on = ['shop']")
        .project("blog", 1, "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "failed bundling_failed");
    let error = ran.project("shop").error.as_ref().unwrap();
    assert_eq!(
        error.output.as_deref(),
        Some("frequency: must be 1, 2 or 5")
    );
    assert_eq!(ran.result("dashboards"), "skipped dependency_failed");
    assert_eq!(ran.result("blog"), "succeeded");
    assert_eq!(ran.report.exit_code, 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn invalid_output_is_not_sent() {
    let rig = Rig::new().folder("shop", "echo '{}' >\"$bundle\"", "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "failed bundling_failed");
    assert_eq!(rig.requests(), [""; 0]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn refused_credentials_are_also_detected_during_bundling() {
    let refusal =
        "echo 'UnauthorizedError: Authentication failed with account id \"acme\"' >&2; exit 1";
    let rig = Rig::new().folder("shop", refusal, "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "rejected http_401");
    assert_eq!(ran.report.exit_code, 77);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn bundling_stops_at_its_time_limit() {
    let rig = Rig::new().folder("shop", "sleep 1000", "bundle_timeout = '2m'");
    let ran = rig
        .deploy_watched(Box::new(|event, _| {
            if matches!(event.event, Event::Bundling { .. }) {
                actix::spawn(tokio::time::advance(Duration::from_secs(121)));
            }
        }))
        .await;
    assert_eq!(ran.result("shop"), "failed bundling_timeout");
    assert_eq!(rig.requests(), [""; 0]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_signal_stops_bundling() {
    let rig = Rig::new().folder("shop", "sleep 1000", "").project(
        "dashboards",
        1,
        "depends_on = ['shop']",
    );
    let ran = rig
        .deploy_watched(Box::new(|event, signals| {
            if matches!(event.event, Event::Bundling { .. }) {
                signals.unbounded_send(Signal::Sigint).unwrap();
            }
        }))
        .await;
    assert_eq!(ran.result("shop"), "interrupted interrupted");
    assert_eq!(ran.result("dashboards"), "interrupted interrupted");
    assert_eq!(ran.report.exit_code, 130);
    assert_eq!(rig.requests(), [""; 0]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn requests_of_the_cli_count_toward_the_rate_limit() {
    let rate = "2/min".parse().unwrap();
    // The CLI's two requests use up the rate.
    let mut bundles = Rig::new().project("shop", 1, "");
    bundles.overrides.rate = Some(rate);
    let mut folders = Rig::new().folder("shop", "made shop", "");
    folders.overrides.rate = Some(rate);
    let (alone, with_cli) = (bundles.deploy().await, folders.deploy().await);
    let submitting = |event: &Event| matches!(event, Event::Submitted { .. });
    let waited = |ran: &Ran| {
        let started = ran.report.started_at;
        ran.when("shop", submitting).millis_since(started) / 1000
    };
    assert_eq!(waited(&alone), 0);
    assert!(waited(&with_cli) >= 60, "{} s", waited(&with_cli));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_cached_bundle_is_used_until_its_inputs_change() {
    let kept = TempDir::new().unwrap();
    let script = "echo made >>../made; made shop";
    let mut rig = Rig::new().folder("shop", script, "cache = true\ninputs = ['shop/*.ts']");
    rig.reuse.cache = Some(Cache::open(kept.path(), Timestamp(0)).unwrap());
    let times_made = || fs::read_to_string(rig.dir("made")).unwrap().lines().count();
    let is_cached = |ran: &Ran| {
        let cached = |event: &Event| matches!(event, Event::Bundled(it) if it.cached);
        ran.events.iter().any(|event| cached(&event.event))
    };
    assert!(!is_cached(&rig.deploy().await));
    let second = rig.deploy().await;
    assert!(is_cached(&second));
    assert_eq!(second.result("shop"), "succeeded");
    assert_eq!(times_made(), 1);
    fs::write(rig.dir("shop").join("checkly.config.ts"), "// changed").unwrap();
    assert!(!is_cached(&rig.deploy().await));
    assert_eq!(times_made(), 2);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_unchanged_project_is_skipped_on_request() {
    let kept = TempDir::new().unwrap();
    let history = History::open(kept.path()).unwrap();
    let mut rig = Rig::new().folder("shop", "made shop", "").project(
        "dashboards",
        1,
        "depends_on = ['shop']",
    );
    let first = rig.deploy().await;
    let target = Target {
        api_url: rig.sandbox.url().to_owned(),
        account_id: "acme".to_owned(),
        logical_id: "shop".to_owned(),
    };
    let deployed = Deployed::of_digest(&first.project("shop").bundle.as_ref().unwrap().sha256);
    history.record(&target, &deployed);
    rig.reuse.history = Some(history);
    rig.reuse.skip_unchanged = true;
    let second = rig.deploy().await;
    assert_eq!(second.result("shop"), "unchanged");
    assert_eq!(second.result("dashboards"), "succeeded");
    assert_eq!(second.report.exit_code, 0);
    assert_eq!(rig.count("POST deploy"), 3);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn inputs_that_match_nothing_are_reported_and_the_bundle_is_rebuilt() {
    let kept = TempDir::new().unwrap();
    let mut rig = Rig::new().folder(
        "shop",
        "made shop",
        "cache = true\ninputs = ['shop/**', 'shpo/**']",
    );
    rig.reuse.cache = Some(Cache::open(kept.path(), Timestamp(0)).unwrap());
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "succeeded");
    let warnings = ran.events.iter().filter_map(|event| match &event.event {
        Event::Bundled(bundled) => bundled.warning.clone(),
        _ => None,
    });
    let warnings: Vec<String> = warnings.collect();
    assert!(
        warnings.len() == 1 && warnings[0].contains("shpo/**"),
        "{warnings:?}"
    );
}
