//! The CLI works with the sandbox as documented for the API.

use super::projects::{Project, named};
use super::recording::{RECORDING, Who};
use super::rig::{last_diff, lines, sandbox};
use super::scratch::Scratch;
use serde_json::{Value, json};
use std::fs;

/// The smallest project.
fn project() -> Project {
    named("shared-alerts")
}

const CONFIG: [&str; 2] = ["--config", "shared-alerts/checkly.config.ts"];

#[test]
fn the_cli_deploys_every_project_and_again_everything_is_an_update() {
    let by_the_cli: Vec<_> = RECORDING.iter().filter(|one| one.who == Who::Cli).collect();
    for (round, expected) in by_the_cli.iter().zip(["CREATE ", "UPDATE "]) {
        for (name, deployed) in &round.projects {
            assert!(!deployed.diff.is_empty(), "{name}");
            let as_expected = |row: &String| row.starts_with(expected);
            assert!(deployed.diff.iter().all(as_expected), "{:?}", deployed.diff);
        }
    }
    assert_eq!(by_the_cli.len(), 2);
}

#[test]
fn orchestrate_does_not_change_what_the_cli_deployed() {
    for round in RECORDING.iter().filter(|one| one.who != Who::Cli) {
        for (name, deployed) in &round.projects {
            let created = &RECORDING[0].projects[name].diff;
            let updated: Vec<_> = created
                .iter()
                .map(|row| row.replace("CREATE", "UPDATE"))
                .collect();
            assert_eq!(deployed.diff, updated, "{name}");
        }
    }
}

#[actix::test]
async fn a_preview_shows_the_changes_and_applies_nothing() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Preview"));
    let args = [&["deploy", "--preview"][..], &CONFIG].concat();
    let ended = scratch.cli(sandbox.url(), &args, &[]).await.expect(0);
    assert!(ended.stdout.contains("Create:"), "{}", ended.stdout);
    let asked = lines(&sandbox.requests());
    assert_eq!(
        asked,
        ["POST /v1/projects/deploy?dryRun=true&scheduleOnDeploy=true"]
    );
    let mut args = project_args();
    args[0] = "preview";
    scratch.orchestrate(sandbox.url(), &args).await.expect(0);
    assert_eq!(lines(&sandbox.requests())[1..], asked, "the same requests");

    let args = project_args();
    scratch.orchestrate(sandbox.url(), &args).await.expect(0);
    let diff = last_diff(&sandbox).await;
    assert!(
        diff.iter().all(|row| row.starts_with("CREATE ")),
        "{diff:?}"
    );
}

#[actix::test]
async fn a_removed_resource_is_preserved_on_request_and_deleted_otherwise() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Retire a channel"));
    let project = project();
    for (flag, action) in [("--preserve-resources", "DETACHED"), ("--force", "DELETE")] {
        deploy_with_a_channel_more(&scratch, sandbox.url()).await;
        let args = [&project.deploy()[..], &[flag, "--output"]].concat();
        scratch.cli(sandbox.url(), &args, &[]).await.expect(0);
        let mut diff = last_diff(&sandbox).await;
        diff.retain(|row| !row.starts_with("UPDATE "));
        assert_eq!(diff, [format!("{action} alert-channel retired")]);
    }
}

#[actix::test]
async fn a_project_is_destroyed_once() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Close the shop"));
    let args = project_args();
    scratch.orchestrate(sandbox.url(), &args).await.expect(0);
    let before = sandbox.requests().len();
    let destroy = [&["destroy", "--force"][..], &CONFIG].concat();
    for _ in 0..2 {
        let ended = scratch.cli(sandbox.url(), &destroy, &[]).await.expect(0);
        let success = "have been successfully deleted";
        assert!(ended.stdout.contains(success), "{}", ended.stdout);
    }
    let asked = lines(&sandbox.requests()[before..]);
    scratch.orchestrate(sandbox.url(), &args).await.expect(0);
    let before = sandbox.requests().len();
    for _ in 0..2 {
        let mut destroy = [&args[..], &["--yes"]].concat();
        destroy[0] = "destroy";
        scratch.orchestrate(sandbox.url(), &destroy).await.expect(0);
    }
    assert_eq!(lines(&sandbox.requests()[before..]), asked);
    let delete = "DELETE /v1/projects/shared-alerts?preserveResources=false&dryRun=false";
    let events = "GET /v1/projects/shared-alerts/deployments/{id}/events";
    assert_eq!(asked, [delete, events, delete]);

    scratch.orchestrate(sandbox.url(), &args).await.expect(0);
    let diff = last_diff(&sandbox).await;
    assert!(
        diff.iter().all(|row| row.starts_with("CREATE ")),
        "{diff:?}"
    );
}

/// The arguments that make `orchestrate` deploy only this project.
fn project_args() -> [&'static str; 5] {
    [
        "deploy",
        "--config",
        "projects.toml",
        "--only",
        "shared-alerts",
    ]
}

/// The account has a channel that is no longer in the project.
async fn deploy_with_a_channel_more(scratch: &Scratch, url: &str) {
    let file = scratch.repo().join("bundles/shared-alerts.json");
    let mut bundle: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let channel = json!({"logicalId": "retired", "type": "alert-channel", "member": true,
        "payload": {"type": "EMAIL", "config": {"address": "oncall@example.com"}}});
    let resources = bundle["resources"].as_array_mut().unwrap();
    resources.retain(|resource| resource["logicalId"] != "retired");
    resources.push(channel);
    fs::write(file, bundle.to_string()).unwrap();
    scratch.orchestrate(url, &project_args()).await.expect(0);
}
