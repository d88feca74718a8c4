//! The interrupt ladder in every phase of a deployment: what one, two and three signals do, and that the report tells the
//! truth about it. The truth is the sandbox's: it is asked afterwards.

mod before_it_is_sent_again;
mod while_a_bundle_is_sent;
mod while_a_deployment_is_being_cancelled;
mod while_a_deployment_is_followed;
mod while_bundles_are_read;
mod while_somebody_else_is_in_the_way;

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Ended, Running, orchestrate, results};
use serde_json::Value;

/// What the projects of these tests meet, by their names. The first rule only counts.
const SCRIPT: &str = r#"
[[rule]]
after = 1_000_000
fault = "hang"

# The API has accepted the deployment, and takes its time to say so.
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
fault.status = { code = 503, retry_after = 600 }

[[rule]]
project = "taken-meanwhile"
on = "deploy"
delay = "400ms"
fault.blocker = { for = "ever" }

# A deployment that runs for ever, and ends at once when it is cancelled.
[[rule]]
project = "endless"
on = "deploy"
fault.stall = { at = 30 }

# Cancelled, it goes on for a while, or for good.
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

# Whoever wants to cancel it comes too late.
[[rule]]
project = "unstoppable"
on = "cancel"
fault.status = { code = 503, retry_after = 1 }
"#;

const RETRIES: &str =
    "[defaults]\nretries = { count = 2, delay = '10ms', max_delay = '20ms', jitter = false }";

/// A sandbox with the script; deployments that nothing happens to take about half a second.
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

/// A run of these projects, once `event` has happened to the first of them.
fn run_until(sandbox: &Sandbox, projects: &[&str], event: &str) -> (Running, Folder) {
    let folder = Folder::of(projects).with(RETRIES);
    let mut run = run(sandbox, &folder, "");
    while run.event(event)["project"] != projects[0] {}
    (run, folder)
}

/// Sends the signals one by one: each when it has been said what the one before does.
fn climb(run: &mut Running, signals: &[(&str, &str)]) {
    for (name, step) in signals {
        run.signal(name);
        assert_eq!(run.event("run.interrupted")["data"]["step"], *step);
    }
}

const DRAIN: (&str, &str) = ("INT", "drain");
const CANCEL: (&str, &str) = ("INT", "cancel");
const DETACH: (&str, &str) = ("INT", "detach");

/// The results, once the report is known to be whole, and true of every deployment that it names. `theirs` are the
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

/// What the row says of its deployment is so, and nothing of ours runs unless it says that it may.
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

/// The first project's deployment runs, and the report says which it is.
#[track_caller]
fn still_runs(sandbox: &Sandbox, report: &Value) {
    let row = &report["projects"][0];
    let holder = sandbox.occupy(row["logical_id"].as_str().unwrap(), "1ms");
    assert_eq!(row["deployment_id"], holder.unwrap_err());
}
