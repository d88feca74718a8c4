//! Conflicts: the CLI works with the sandbox, and `orchestrate` sends the same requests as the CLI.

use super::INSTALLATION;
use super::projects::named;
use super::request::{Request, assert_same};
use super::rig::{is_about_projects, lines, sandbox};
use super::scratch::{ACCOUNT, Scratch};
use orchestrate::Sandbox;
use std::rc::Rc;
use std::time::Duration;

const PROJECT: &str = "shared-alerts";

/// Starts a blocking deployment at the moment of the next submission.
fn block(sandbox: &Rc<Sandbox>, duration: Duration) {
    let (weak, mut blocked) = (Rc::downgrade(sandbox), false);
    sandbox.intercept(move |request| {
        if request.path == "/v1/projects/deploy" && !blocked {
            blocked = true;
            let sandbox = weak.upgrade()?;
            let blocker = sandbox.start_blocker(ACCOUNT, PROJECT, duration);
            blocker.unwrap();
        }
        None
    });
}

/// The requests of the CLI and of `orchestrate` about the project, each with such a blocker.
async fn asked(duration: Duration, flag: &[&str]) -> [Vec<Request>; 2] {
    let scratch = Scratch::new("Make way");
    let project = named(PROJECT);
    let cli = sandbox(0.0);
    block(&cli, duration);
    let args = [&project.deploy()[..], flag].concat();
    scratch.cli(cli.url(), &args, &[]).await.expect(0);
    let ours = sandbox(0.0);
    block(&ours, duration);
    let args = [
        "deploy",
        "--config",
        INSTALLATION.manifest(),
        "--only",
        PROJECT,
    ];
    let args = [&args[..], flag].concat();
    scratch.orchestrate(ours.url(), &args).await.expect(0);
    [cli, ours].map(|sandbox| {
        let requests = sandbox.requests();
        let about = requests.iter().filter(|one| is_about_projects(one));
        about.map(Request::new).collect()
    })
}

const SUBMIT: &str = "POST /v1/projects/deploy?dryRun=false&scheduleOnDeploy=true";
const CANCEL: &str = "POST /v1/projects/shared-alerts/deployments/{id}/cancel";
const WAIT: &str = "GET /v1/projects/shared-alerts/deployments/{id}/completion?maxWaitSeconds=30";
const FOLLOW: &str = "GET /v1/projects/shared-alerts/deployments/{id}/events";

fn lines_of(requests: &[Request]) -> Vec<&str> {
    requests
        .iter()
        .map(|request| request.line.as_str())
        .collect()
}

#[actix::test]
async fn a_blocker_is_awaited() {
    let [cli, ours] = asked(Duration::from_millis(100), &[]).await;
    assert_eq!(lines_of(&cli), [SUBMIT, WAIT, SUBMIT, FOLLOW]);
    assert_same("waiting", &cli, &ours);
}

#[actix::test]
async fn a_blocker_is_cancelled_on_request() {
    let flag = ["--cancel-in-progress-deployment"];
    let [cli, ours] = asked(Duration::from_secs(3600), &flag).await;
    assert_eq!(lines_of(&cli), [SUBMIT, CANCEL, WAIT, SUBMIT, FOLLOW]);
    assert_same("cancelling", &cli, &ours);
}

#[actix::test]
async fn a_blocker_of_a_deletion_is_cancelled_on_request() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Make way"));
    let deploy = ["deploy", "--config", "projects.toml", "--only", PROJECT];
    scratch.orchestrate(sandbox.url(), &deploy).await.expect(0);
    let before = sandbox.requests().len();
    let blocker = sandbox.start_blocker(ACCOUNT, PROJECT, Duration::from_secs(3600));
    assert!(blocker.is_some());
    let args = [
        "destroy",
        "--force",
        "--cancel-in-progress-deployment",
        "--config",
        "shared-alerts/checkly.config.ts",
    ];
    scratch.cli(sandbox.url(), &args, &[]).await.expect(0);
    let delete = "DELETE /v1/projects/shared-alerts?preserveResources=false&dryRun=false";
    let asked = lines(&sandbox.requests()[before..]);
    assert_eq!(asked, [delete, CANCEL, WAIT, delete, FOLLOW]);
}
