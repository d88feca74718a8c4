//! One, two, and three signals in every phase of a deployment. The report must agree with the state of the sandbox after the
//! run.

mod before_a_retry;
mod while_blocked;
mod while_cancelling;
mod while_reading_bundles;
mod while_running;
mod while_uploading;

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Ended, Running, orchestrate, results};
use serde_json::Value;

/// The faults of the projects in these tests, by name. The first rule only counts.
const SCRIPT: &str = r#"
[[rule]]
after = 1_000_000
fault = "hang"

# The API accepts the deployment and responds late.
[[rule]]
project = "hesitant"
on = "deploy"
delay = "400ms"

[[rule]]
project = "silent"
on = "deploy"
fault.lose = "hang"

[[rule]]
project = "lost"
on = "deploy"
fault.lose = "close"

[[rule]]
project = "overloaded"
on = "deploy"
fault.status = { code = 503, retry_after = 100 }

[[rule]]
project = "taken-meanwhile"
on = "deploy"
delay = "400ms"
fault.blocker = { for = "ever" }

# A deployment that never finishes, but can be cancelled at once.
[[rule]]
project = "endless"
on = "deploy"
fault.stall = { at = 30 }

# After a cancellation, it runs for a while, or forever.
[[rule]]
project = "lingering"
on = "deploy"
fault.stall = { at = 30, on_cancel = { after = "400ms" } }

[[rule]]
project = "deaf"
on = "deploy"
fault.stall = { at = 30, on_cancel = "ignore" }

[[rule]]
project = "protected"
on = "deploy"
fault.stall = { at = 30, on_cancel = "refuse" }

# A deployment that finishes before a cancel takes effect.
[[rule]]
project = "unstoppable"
on = "cancel"
fault.status = { code = 503, retry_after = 1 }
"#;

const RETRIES: &str =
    "[defaults]\nretries = { count = 2, delay = '10ms', max_delay = '20ms', jitter = false }";

/// A sandbox with the script; deployments without faults take about half a second.
fn sandbox() -> Sandbox {
    Sandbox::scripted(1.0, SCRIPT)
}

fn run(sandbox: &Sandbox, folder: &Folder, flags: &str) -> Running {
    orchestrate(&format!(
        "{flags} --yes --message-format json --report-file x.json --api-url"
    ))
    .arg(&sandbox.url)
    .within(folder.path())
    .start()
}

/// A run of these projects, after `event` of the first one.
fn run_until(sandbox: &Sandbox, projects: &[&str], event: &str) -> (Running, Folder) {
    let folder = Folder::of(projects).with(RETRIES);
    let mut run = run(sandbox, &folder, "");
    while run.event(event)["project"] != projects[0] {}
    (run, folder)
}

/// Sends the signals one by one, each after the message about the previous one.
fn climb(run: &mut Running, signals: &[(&str, &str)]) {
    for (name, step) in signals {
        run.signal(name);
        assert_eq!(run.event("run.interrupted")["data"]["step"], *step);
    }
}

const DRAIN: (&str, &str) = ("INT", "drain");
// Another signal: the same one within a second would be one press.
const CANCEL: (&str, &str) = ("TERM", "cancel");
const DETACH: (&str, &str) = ("INT", "detach");

/// The results, after asserting that the report is complete and correct about every deployment in it. `theirs` are the
/// deployments of others.
#[track_caller]
fn true_results(ended: &Ended, folder: &Folder, sandbox: &Sandbox, theirs: &[&str]) -> Vec<String> {
    let report = ended.report();
    assert_eq!(report, folder.json("x.json"));
    assert_eq!(report["result"], "interrupted");
    assert_eq!(report["exit_code"], ended.code());
    for row in report["projects"].as_array().unwrap() {
        check_row(row, sandbox, theirs);
    }
    results(&report)
}

/// Asserts that the row is correct about its deployment, and that none of ours is running unless the row reports it.
#[track_caller]
fn check_row(row: &Value, sandbox: &Sandbox, theirs: &[&str]) {
    let project = row["logical_id"].as_str().unwrap();
    let result = row["result"].as_str().unwrap();
    let status = row["deployment_id"]
        .as_str()
        .map(|id| sandbox.deployment(project, id)["status"].clone());
    match (result, status) {
        ("succeeded", Some(status)) => assert_eq!(status, "SUCCEEDED", "{row}"),
        ("cancelled", Some(status)) => assert_eq!(status, "CANCELLED", "{row}"),
        ("interrupted", None) | ("detached", _) => {}
        (_, status) => panic!("{status:?}: {row}"),
    }
    if let Err(id) = sandbox.occupy(project, "1ms") {
        let may_run = result == "detached" || theirs.contains(&id.as_str());
        assert!(may_run, "{id} runs: {row}");
    }
}

/// Asserts that the first project's deployment is running and named in the report.
#[track_caller]
fn still_runs(sandbox: &Sandbox, report: &Value) {
    let row = &report["projects"][0];
    let holder = sandbox.occupy(row["logical_id"].as_str().unwrap(), "1ms");
    assert_eq!(row["deployment_id"], holder.unwrap_err());
}
