//! A thousand projects against an API that fails a third of all requests, and for a minute all of them, in virtual time: every
//! run ends, with a correct report. The faults are drawn from a seed, which is printed on failure.
//!
//! One seed by default, four in CI; `SOAK_SEEDS=1000 cargo test --release --lib soak -- --nocapture` runs more.

use crate::model::{Event, ProjectReport, ProjectResult, Reason, RunEvent};
use crate::sandbox::KnownDeployment;
use crate::tests::run::rig::{Ran, Rig};
use std::collections::HashMap;
use std::time::Duration;

const PROJECTS: usize = 1000;
const MINUTE: Duration = Duration::from_secs(60);

/// When the minute begins.
const OUTAGE: Duration = Duration::from_secs(900);

/// Every transient fault on the wire and in the API, and deployments that fail. No 404: two in a row, by chance, would
/// count as the truth.
const FAULTS: &str = "\"close\", \"reset\", \"html\", { lose = \"close\" }, { lose = \"reset\" }, \
    { cut_head = { bytes = 9 } }, { cut = { bytes = 30, then = \"end\" } }, \
    { cut = { frames = 2, then = \"reset\" } }, { status = { code = 429, retry_after = 3 } }, \
    { status = { code = 500 } }, { status = { code = 503 } }, \
    { status = { code = 422 } }, \"split_character\", \"crlf\", \"garbage\", \"backwards\", \"keep_alives\", \
    { error_frame = \"worker died\" }, { complete = \"missing\" }, { complete = \"foreign_id\" }, \
    { conflict = \"unknown\" }, { conflict = \"unnamed\" }, { blocker = { for = \"20s\" } }, \
    { blocker = { for = \"5s\", end = \"vanish\" } }, { fail = { at = 50, code = \"X\", message = \"no\" } }, \
    { takeover = { at = 50, for = \"10s\" } }";

async fn soak(seed: u64) -> (Rig, Ran) {
    let (from, until) = (OUTAGE.as_secs(), (OUTAGE + MINUTE).as_secs());
    let script = format!(
        "[random]\nseed = {seed}\nshare = 0.33\nfaults = [{FAULTS}]\n\
        [[rule]]\nfrom = \"{from}s\"\nuntil = \"{until}s\"\nfault.status = {{ code = 503 }}\n"
    );
    let mut rig = Rig::with_script(&script);
    rig.overrides.concurrency = Some(64);
    for n in 0..PROJECTS {
        // So many that no project uses them up by chance, and so fast that an outage would.
        let mut keys =
            String::from("retries = { count = 20, delay = \"1s\", max_delay = \"1s\" }\n");
        if n % 10 > 6 {
            keys += &format!("depends_on = [\"p{}\"]\n", n - 5);
        }
        if n % 7 == 0 {
            keys += "on_conflict = \"cancel\"\n";
        }
        rig = rig.project(&format!("p{n}"), 1 + n % 9, &keys);
    }
    let ran = rig.deploy().await;
    (rig, ran)
}

/// The report agrees with the server about every deployment.
fn assert_truth(row: &ProjectReport, known: &HashMap<&str, &KnownDeployment>, seed: u64) {
    let Some(id) = &row.deployment_id else {
        let accepted = [
            ProjectResult::Succeeded,
            ProjectResult::Failed,
            ProjectResult::Cancelled,
        ];
        assert!(!accepted.contains(&row.result), "seed {seed}: {row:?}");
        return;
    };
    let status = known[id.as_str()].status;
    match row.result {
        ProjectResult::Succeeded => assert_eq!(status, "SUCCEEDED", "seed {seed}: {row:?}"),
        ProjectResult::Failed => assert_eq!(status, "FAILED", "seed {seed}: {row:?}"),
        ProjectResult::Cancelled => assert_eq!(status, "CANCELLED", "seed {seed}: {row:?}"),
        // The connection was lost, and the report claims nothing.
        ProjectResult::Unavailable | ProjectResult::Rejected | ProjectResult::Detached => {}
        other => panic!("seed {seed}: {other} with a deployment on the server: {row:?}"),
    }
}

/// A deployment that still runs after the run belongs to another client, or is named or admitted in the report.
fn assert_nothing_hidden(row: &ProjectReport, running: &[&KnownDeployment], seed: u64) {
    for deployment in running.iter().filter(|one| one.logical_id == row.name) {
        let named = row
            .deployment_id
            .as_ref()
            .is_some_and(|id| id.as_str() == deployment.id);
        let in_the_way =
            (row.conflicts.iter()).any(|one| one.deployment_id.as_str() == deployment.id);
        let owned_up = row.reason == Some(Reason::NoResponse)
            || row
                .cause
                .as_deref()
                .is_some_and(|cause| cause.contains("may have started"));
        let taken_over = row.reason == Some(Reason::CancelledByOthers);
        assert!(
            named || in_the_way || owned_up || taken_over,
            "seed {seed}: {deployment:?} is hidden by {row:?}"
        );
    }
}

/// After a conflict that named its blocker, the next upload follows the blocker's end.
fn assert_no_upload_over_a_blocker(ran: &Ran, known: &HashMap<&str, &KnownDeployment>, seed: u64) {
    let mut blockers: HashMap<&str, Duration> = HashMap::new();
    for RunEvent {
        project, event, ts, ..
    } in &ran.events
    {
        let Some(project) = project.as_deref() else {
            continue;
        };
        match event {
            Event::Conflict {
                deployment_id: id, ..
            } => {
                // A blocker that the server does not have, or that never ends, cannot be awaited.
                let ended = known.get(id.as_str()).and_then(|one| one.ended);
                blockers.insert(project, ended.unwrap_or_default());
            }
            Event::Submitting { .. } => {
                let at = Duration::from_millis(ts.millis_since(ran.report.started_at));
                let ended = blockers.remove(project).unwrap_or_default();
                assert!(
                    at + Duration::from_millis(50) >= ended,
                    "seed {seed}: {project} was uploaded at {at:?}, over a blocker that ended at {ended:?}"
                );
            }
            _ => {}
        }
    }
}

/// Projects wait for the end of the outage: requests that were pending when it began fail, and a few seconds later only probes
/// are sent. None of them ends a project.
fn assert_outage_is_a_pause(rig: &Rig, ran: &Ran, seed: u64) {
    let ended = OUTAGE + MINUTE;
    let requests = rig.sandbox.requests();
    let of_outage = requests
        .iter()
        .filter(|one| (OUTAGE + MINUTE / 6..ended).contains(&one.at));
    let sent: Vec<_> = of_outage.collect();
    // Pauses of up to 10 s.
    assert!(
        (4..=12).contains(&sent.len()),
        "seed {seed}: {} requests during the outage: {sent:#?}",
        sent.len()
    );
    let rows = ran.report.projects.iter();
    let lost: Vec<_> = rows
        .filter(|row| row.result == ProjectResult::Unavailable)
        .collect();
    assert!(lost.is_empty(), "seed {seed}: {lost:?}");
}

fn most_in_a_minute(rig: &Rig) -> usize {
    let at: Vec<Duration> = rig.sandbox.requests().iter().map(|one| one.at).collect();
    let mut first = 0;
    let in_minute = |(last, now): (usize, &Duration)| {
        while at[first] + MINUTE <= *now {
            first += 1;
        }
        last + 1 - first
    };
    at.iter().enumerate().map(in_minute).max().unwrap_or(0)
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn with_a_third_of_requests_failing_and_a_minute_of_outage_the_report_is_correct() {
    let seeds = std::env::var("SOAK_SEEDS")
        .ok()
        .and_then(|seeds| seeds.parse().ok())
        .unwrap_or(1);
    for seed in 0..seeds {
        let (rig, ran) = soak(seed).await;
        let deployments = rig.sandbox.deployments();
        let known: HashMap<&str, &KnownDeployment> = deployments
            .iter()
            .map(|one| (one.id.as_str(), one))
            .collect();
        let running: Vec<_> = deployments
            .iter()
            .filter(|one| one.ended.is_none())
            .collect();
        assert_eq!(ran.report.projects.len(), PROJECTS);
        for row in &ran.report.projects {
            assert_truth(row, &known, seed);
            assert_nothing_hidden(row, &running, seed);
        }
        assert_no_upload_over_a_blocker(&ran, &known, seed);
        assert_outage_is_a_pause(&rig, &ran, seed);
        let most = most_in_a_minute(&rig);
        assert!(most <= 600, "seed {seed}: {most} requests in a minute");
        println!(
            "seed {seed}: {:?}, {} s, {most} requests in the busiest minute",
            ran.report.counts,
            ran.seconds()
        );
    }
}
