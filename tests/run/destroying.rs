//! Deleting projects: the order, conflicts, and failures.

use crate::model::Signal;
use crate::model::{DiffCounts, Event, Operation, RunResult};
use crate::tests::run::rig::{Rig, press};
use std::fs;

const DELETE: &str = "DELETE checkout?preserveResources=false&dryRun=false";

fn deleted(delete: usize) -> Option<DiffCounts> {
    let none = DiffCounts::default();
    Some(DiffCounts { delete, ..none })
}

/// `shared` ← `checkout` ← `shop`, all deployed.
async fn chain(script: &str) -> Rig {
    let rig = Rig::with_script(script)
        .project("shared", 5, "")
        .project("checkout", 5, "depends_on = [\"shared\"]")
        .project("shop", 5, "depends_on = [\"checkout\"]");
    assert_eq!(rig.deploy().await.report.exit_code, 0);
    rig
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deletion_costs_exactly_two_requests_and_leaves_nothing() {
    let rig = Rig::new().project("checkout", 3, "");
    rig.deploy().await;
    let before = rig.requests().len();
    let ran = rig.destroy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(ran.report.operation, Operation::Destroy);
    assert_eq!(ran.report.exit_code, 0);
    let row = ran.project("checkout");
    assert_eq!((row.diff, row.attempts), (deleted(3), 1));
    assert!(row.deployment_id.is_some());
    assert_eq!(row.bundle, None);
    assert_eq!(rig.requests()[before..], [DELETE, "GET events"]);
    let created = rig.deploy().await.project("checkout").diff;
    assert_eq!(created.map(|diff| diff.create), Some(3));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_missing_project_counts_as_deleted() {
    let rig = Rig::new().project("checkout", 3, "");
    let ran = rig.destroy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    let row = ran.project("checkout");
    assert_eq!((row.diff, row.deployment_id.clone()), (deleted(0), None));
    assert_eq!(rig.requests(), [DELETE]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn resources_are_preserved_on_request() {
    let rig = Rig::new().project("checkout", 3, "preserve_resources = true");
    rig.deploy().await;
    let ran = rig.destroy().await;
    let diff = ran.project("checkout").diff.unwrap();
    assert_eq!((diff.delete, diff.detach), (0, 3));
    let asked = "DELETE checkout?preserveResources=true&dryRun=false";
    assert_eq!(rig.count(asked), 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn dependents_go_first() {
    let rig = chain("").await;
    let ran = rig.destroy().await;
    assert_eq!(ran.report.exit_code, 0);
    let submitting = |event: &Event| matches!(event, Event::Submitting { .. });
    let finished = |event: &Event| matches!(event, Event::Finished(_));
    for (first, then) in [("shop", "checkout"), ("checkout", "shared")] {
        assert!(ran.first(then, submitting).seq > ran.first(first, finished).seq);
    }
    let waits_for = ran.events.iter().find_map(|event| match &event.event {
        Event::Queued { depends_on } if event.project.as_deref() == Some("shared") => {
            Some(depends_on.clone())
        }
        _ => None,
    });
    assert_eq!(waits_for, Some(vec!["checkout".to_owned()]));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn waves_do_not_order_deletions() {
    let first = "[[wave]]\nselect = ['shared']\nsoak = '10m'\n";
    let rig = Rig::new()
        .project("checkout", 1, "depends_on = ['shared']")
        .project("shared", 1, first);
    rig.deploy().await;
    let ran = rig.destroy().await;
    assert_eq!(ran.report.exit_code, 0);
    assert!(ran.seconds() < 60);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_dependencies_of_a_remaining_dependent_are_not_deleted() {
    let refused = "[[rule]]\nproject = \"shop\"\non = \"delete\"\nfault.status.code = 403\n";
    let rig = chain(refused).await;
    let ran = rig.destroy().await;
    assert_eq!(ran.result("shop"), "rejected http_403");
    for stays in ["checkout", "shared"] {
        assert_eq!(ran.result(stays), "skipped dependent_failed");
        assert_eq!(ran.project(stays).cause.as_deref(), Some("shop"));
        assert_eq!(rig.count(&format!("DELETE {stays}")), 0);
    }
    // The refused credentials explain every failure.
    assert_eq!(ran.report.exit_code, 77);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_blocker_is_awaited() {
    let rig = Rig::new().project("checkout", 3, "");
    rig.deploy().await;
    let blocker = rig.start_blocker("checkout", 100);
    let ran = rig.destroy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    let row = ran.project("checkout");
    assert_eq!((row.diff, row.attempts), (deleted(3), 2));
    assert_eq!(row.conflicts[0].deployment_id, blocker);
    assert!(ran.seconds() >= 99);
    assert_eq!(rig.count("POST cancel"), 0);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn on_conflict_applies_to_deletions() {
    for (policy, result, cancels) in [
        ("cancel", "succeeded", 1),
        ("fail", "conflicted conflict_policy", 0),
    ] {
        let keys = format!("on_conflict = \"{policy}\"");
        let rig = Rig::new().project("checkout", 3, &keys);
        rig.deploy().await;
        rig.start_blocker("checkout", 1000);
        let ran = rig.destroy().await;
        assert_eq!(ran.result("checkout"), result);
        assert_eq!(rig.count("POST cancel"), cancels);
        assert!(ran.seconds() < 10);
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_success_without_changes_is_a_success() {
    let script = "[[rule]]\non = \"events\"\nafter = 1\nfault.complete = \"null_result\"\n";
    let rig = Rig::with_script(script).project("checkout", 3, "");
    rig.deploy().await;
    let ran = rig.destroy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(ran.project("checkout").diff, None);
    assert_eq!(
        rig.count("GET completion"),
        0,
        "no status request was needed"
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deletion_that_fails_is_a_failure() {
    let script = "[[rule]]\non = \"delete\"\nfault.fail = { code = \"STUCK\" }\n";
    let rig = Rig::with_script(script).project("checkout", 3, "");
    rig.deploy().await;
    let ran = rig.destroy().await;
    assert_eq!(ran.result("checkout"), "failed deployment_failed");
    let error = ran.project("checkout").error.clone().unwrap();
    assert_eq!(error.code.as_deref(), Some("STUCK"));
    assert_eq!(ran.report.exit_code, 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deletion_without_a_response_is_retried_and_finds_nothing() {
    let script = "[[rule]]\non = \"delete\"\ntimes = 1\nfault.lose = \"reset\"\n";
    let rig = Rig::with_script(script).project("checkout", 3, "");
    rig.deploy().await;
    let ran = rig.destroy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert!(rig.count(DELETE) >= 2);
    assert_eq!(rig.destroy().await.project("checkout").attempts, 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_overloaded_api_is_retried() {
    let script = "[[rule]]\non = \"delete\"\ntimes = 2\nfault.status.code = 503\n";
    let rig = Rig::with_script(script).project("checkout", 3, "");
    rig.deploy().await;
    let ran = rig.destroy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(rig.count(DELETE), 3);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn one_signal_drains_deletions_and_two_cancel_them() {
    for (signals, result) in [(1, "succeeded"), (2, "cancelled interrupted")] {
        let rig = Rig::new().project("shared", 5, "").project(
            "checkout",
            100,
            "depends_on = [\"shared\"]",
        );
        rig.deploy().await;
        let mut left = signals;
        let ran = rig
            .destroy_watched(Box::new(move |event, sender| {
                if matches!(event.event, Event::Progress { .. }) {
                    press(sender, Signal::Sigint, std::mem::take(&mut left));
                }
            }))
            .await;
        assert_eq!(ran.result("checkout"), result);
        assert_eq!(ran.result("shared"), "interrupted interrupted");
        assert_eq!(ran.report.result, RunResult::Interrupted);
        assert_eq!(rig.count("DELETE shared"), 0);
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn with_a_known_logical_id_nothing_is_read_or_bundled() {
    let rig = Rig::new()
        .project("checkout", 3, "logical_id = \"checkout\"")
        .folder("shop", "exit 1", "logical_id = \"the-shop\"");
    fs::write(rig.bundle("checkout"), "no bundle").unwrap();
    let ran = rig.destroy().await;
    assert_eq!(ran.report.exit_code, 0);
    assert_eq!(rig.count(DELETE), 1);
    assert_eq!(rig.count("DELETE the-shop?"), 1);
    let bundling = |event: &&crate::model::RunEvent| {
        matches!(event.event, Event::Bundling { .. } | Event::Bundled(_))
    };
    assert_eq!(ran.events.iter().filter(bundling).count(), 0);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_directory_with_an_unknown_logical_id_is_bundled() {
    let rig = Rig::new()
        .folder("shop", "made the-shop", "")
        .folder("blog", "exit 1", "");
    let ran = rig.destroy().await;
    assert_eq!(ran.result("shop"), "succeeded");
    assert_eq!(rig.count("DELETE the-shop?"), 1);
    let row = ran.project("shop");
    assert_eq!(row.logical_id.as_deref(), Some("the-shop"));
    assert_eq!(row.bundle, None, "nothing was uploaded");
    assert_eq!(ran.result("blog"), "failed bundling_failed");
}
