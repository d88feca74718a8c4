//! Where the CLI misreads the commit, `orchestrate` does not; everything else is equal. If a later CLI is right, these
//! tests fail.

use super::INSTALLATION;
use super::projects::named;
use super::request::Request;
use super::rig::sandbox;
use super::scratch::Scratch;
use orchestrate::Sandbox;
use serde_json::{Value, json};

/// What the CLI and `orchestrate` report about the commit of this repository.
async fn repo_info(scratch: &Scratch) -> [Value; 2] {
    let project = named("shared-alerts");
    let cli = sandbox(0.0);
    scratch
        .cli(cli.url(), &project.deploy(), &[])
        .await
        .expect(0);
    let ours = sandbox(0.0);
    let args = [
        "deploy",
        "--config",
        INSTALLATION.manifest(),
        "--only",
        "shared-alerts",
    ];
    scratch.orchestrate(ours.url(), &args).await.expect(0);
    [cli, ours].map(|sandbox| said(&sandbox))
}

fn said(sandbox: &Sandbox) -> Value {
    let requests = sandbox.requests();
    let is_deploy = |path: &str| path == "/v1/projects/deploy";
    let deploy = requests.iter().find(|request| is_deploy(&request.path));
    Request::new(deploy.unwrap()).body.unwrap().repo_info
}

#[actix::test]
async fn the_message_is_the_subject_and_to_the_cli_the_last_line() {
    let scratch =
        Scratch::new("Watch the new\nwarehouse\n\nIt has doors.\n\nReviewed-by: Grace Hopper");
    scratch.git(&["checkout", "--quiet", "--detach"]);
    let [mut cli, ours] = repo_info(&scratch).await;
    assert_eq!(cli["branchName"], Value::Null);
    assert_eq!(cli["commitMessage"], "Reviewed-by: Grace Hopper");
    cli["commitMessage"] = "Watch the new warehouse".into();
    assert_eq!(cli, ours);
}

#[actix::test]
async fn orchestrate_reads_packed_commits_and_the_cli_does_not() {
    let scratch = Scratch::new("Watch the warehouse");
    scratch.git(&["gc", "--quiet"]);
    let [mut cli, ours] = repo_info(&scratch).await;
    assert_eq!(cli["commitMessage"], Value::Null);
    assert_eq!(cli.get("commitOwner"), None);
    cli["commitMessage"] = "Watch the warehouse".into();
    cli["commitOwner"] = json!("Ada Lovelace");
    assert_eq!(cli, ours);
}
