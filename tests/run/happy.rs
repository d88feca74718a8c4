//! Runs without failures.

use crate::model::{DiffCounts, Event};
use crate::tests::run::rig::{Rig, write_bundle};

fn diff(create: usize, update: usize, delete: usize, detach: usize) -> Option<DiffCounts> {
    Some(DiffCounts {
        create,
        update,
        delete,
        detach,
    })
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_clean_deployment_costs_exactly_two_requests() {
    let rig = Rig::new().project("checkout", 3, "");
    let ran = rig.deploy().await;
    assert_eq!(ran.result("checkout"), "succeeded");
    assert_eq!(ran.report.exit_code, 0);
    assert_eq!(
        rig.requests(),
        [
            "POST deploy?dryRun=false&scheduleOnDeploy=true",
            "GET events"
        ]
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn the_settings_are_sent_to_the_server() {
    let keys = "schedule_on_deploy = false\npreserve_resources = true";
    let rig = Rig::new().project("checkout", 1, keys);
    rig.deploy().await;
    assert_eq!(
        rig.requests()[0],
        "POST deploy?dryRun=false&scheduleOnDeploy=false&preserveResources=true"
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_second_deployment_updates_and_deletes_or_preserves_removed_resources() {
    let rig = Rig::new()
        .project("a", 3, "")
        .project("b", 2, "preserve_resources = true");
    let first = rig.deploy().await;
    assert_eq!(first.project("a").diff, diff(3, 0, 0, 0));
    let second = rig.deploy().await;
    assert_eq!(second.project("a").diff, diff(0, 3, 0, 0));
    write_bundle(&rig.bundle("a"), "a", 2);
    write_bundle(&rig.bundle("b"), "b", 1);
    let third = rig.deploy().await;
    assert_eq!(third.project("a").diff, diff(0, 2, 1, 0));
    assert_eq!(third.project("b").diff, diff(0, 1, 0, 1));
    let deleted = &third.project("a").changes[2];
    assert_eq!(deleted.logical_id, "check-2");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn projects_run_in_parallel_within_the_limit() {
    let mut rig = Rig::new();
    for name in ["a", "b", "c", "d"] {
        rig = rig.project(name, 120, ""); // 10 s each in the sandbox
    }
    let all = rig.deploy().await;
    assert!((10..12).contains(&all.seconds()), "{} s", all.seconds());
    rig.overrides.concurrency = Some(2);
    let two = rig.deploy().await;
    assert!((20..24).contains(&two.seconds()), "{} s", two.seconds());
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_dependent_starts_at_the_end_of_its_dependency_not_of_a_wave() {
    let rig = Rig::new()
        .project("shared", 5, "")
        .project("slow", 700, "")
        .project("checkout", 5, "depends_on = [\"shared\"]");
    let ran = rig.deploy().await;
    let submitting = |event: &Event| matches!(event, Event::Submitting { .. });
    let finished = |event: &Event| matches!(event, Event::Finished(_));
    let started = ran.when("checkout", submitting);
    assert!(started >= ran.when("shared", finished));
    assert!(started < ran.when("slow", finished));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_run_of_many_projects_stays_within_its_slots() {
    let mut rig = Rig::new();
    rig.overrides.concurrency = Some(16);
    for n in 0..150 {
        rig = rig.project(&format!("p{n}"), 1, "");
    }
    let ran = rig.deploy().await;
    assert_eq!(ran.report.counts.values().sum::<usize>(), 150);
    assert_eq!(ran.report.exit_code, 0);
    let mut running: i32 = 0;
    let mut most = 0;
    for event in &ran.events {
        match event.event {
            Event::Bundling { .. } => running += 1,
            Event::Finished(_) => running -= 1,
            _ => {}
        }
        most = most.max(running);
    }
    assert_eq!(most, 16);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_new_heartbeat_check_costs_one_more_request_with_retries() {
    let script = "[[rule]]\non = 'other'\ntimes = 1\nfault.status.code = 503";
    let rig = Rig::with_script(script).project("checkout", 2, "");
    let bundle = rig.bundle("checkout");
    let text = std::fs::read_to_string(&bundle).unwrap();
    std::fs::write(&bundle, text.replacen("\"API\"", "\"HEARTBEAT\"", 1)).unwrap();
    let ran = rig.deploy().await;
    let changes = ran.project("checkout").changes.iter();
    let heartbeats: Vec<_> = changes.map(|change| change.heartbeat.clone()).collect();
    let [Some(heartbeat), None] = &heartbeats[..] else {
        panic!("{heartbeats:?}");
    };
    let url = heartbeat.ping_url.as_deref().unwrap();
    assert!(url.starts_with("https://ping.sandbox.invalid/"), "{url}");
    // The upload, the stream, the check, a probe after its failure, and the check again.
    assert_eq!(rig.requests().len(), 5, "{:?}", rig.requests());
    rig.deploy().await;
    assert_eq!(rig.requests().len(), 7, "it is no longer new");
}
