//! The CLI and `orchestrate` deploy the whole monorepo to one sandbox, one after the other, on a developer's machine and in
//! CI; `orchestrate` both from bundles and from directories. Done once, on another thread, for many tests.

use super::INSTALLATION;
use super::projects::{self, Project};
use super::request::Request;
use super::rig::{diff, events_of, is_about_projects, sandbox};
use super::scratch::Scratch;
use crate::installation::FROM_FOLDERS;
use futures::{StreamExt as _, stream};
use orchestrate::Sandbox;
use orchestrate::internals::RecordedRequest;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// All deployments, in order.
pub(crate) static RECORDING: LazyLock<Vec<Round>> = LazyLock::new(|| {
    let record = || actix::System::new().block_on(record());
    std::thread::spawn(record).join().unwrap()
});

/// Who deploys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Cli,
    /// `orchestrate`, from bundles that this CLI built.
    Bundles,
    /// `orchestrate`, from directories.
    Folders,
}

/// One deployment of every project.
pub(crate) struct Round {
    pub(crate) who: Who,
    /// Where it ran.
    pub(crate) place: &'static str,
    /// By name.
    pub(crate) projects: BTreeMap<String, Deployed>,
    /// Requests that are not about a project: `GET /next/accounts/acme`.
    pub(crate) others: Vec<String>,
}

/// One deployment of one project.
pub(crate) struct Deployed {
    pub(crate) requests: Vec<Request>,
    /// Its changes: `CREATE check home`.
    pub(crate) diff: Vec<String>,
}

async fn record() -> Vec<Round> {
    // Slow enough for intermediate events.
    let sandbox = sandbox(0.1);
    let projects = projects::all();
    let mut rounds = vec![];
    for (place, scratch) in [("on a machine", on_a_machine()), ("in CI", in_ci())] {
        let before = sandbox.requests().len();
        cli(&scratch, &sandbox, &projects).await;
        rounds.push(round(&sandbox, before, Who::Cli, place, &projects).await);
        let bundles = [(Who::Bundles, "projects.toml")];
        let bundles = bundles
            .into_iter()
            .filter(|_| INSTALLATION.made_the_bundles);
        for (who, manifest) in bundles.chain([(Who::Folders, FROM_FOLDERS)]) {
            let before = sandbox.requests().len();
            let args = ["deploy", "--config", manifest];
            scratch.orchestrate(sandbox.url(), &args).await.expect(0);
            rounds.push(round(&sandbox, before, who, place, &projects).await);
        }
    }
    rounds
}

/// The commit is read from git.
fn on_a_machine() -> Scratch {
    Scratch::new("Watch the warehouse's new systems")
}

/// The commit is read from variables, as a workflow sets them.
fn in_ci() -> Scratch {
    let scratch = Scratch::new("Not what the variables say")
        .set("CI", "true")
        .set("GITHUB_ACTIONS", "true")
        .set(
            "CHECKLY_REPO_SHA",
            "0123456789012345678901234567890123456789",
        )
        .set(
            "CHECKLY_REPO_URL",
            "https://git.example.com/shop/monitoring",
        )
        .set("CHECKLY_REPO_BRANCH", "refs/heads/grüße")
        .set("CHECKLY_REPO_COMMIT_OWNER", "")
        .set("CHECKLY_REPO_COMMIT_MESSAGE", "Größer:\n\n\"more\" 🛒")
        .set("CHECKLY_GITHUB_REPORT", " TRUE ");
    [
        "SOURCE",
        "CHECK_NAME",
        "PULL_REQUEST_NUMBER",
        "ENVIRONMENT_URL",
        "REPOSITORY",
        "SHA",
        "RUN_ID",
        "RUN_ATTEMPT",
        "WORKFLOW",
        "JOB",
        "EVENT_NAME",
        "REF",
        "HEAD_REF",
        "SERVER_URL",
    ]
    .iter()
    .fold(scratch, |scratch, name| {
        scratch.set(&format!("CHECKLY_GITHUB_{name}"), &format!("the {name}"))
    })
}

/// The CLI deploys every project, with one process per core.
async fn cli(scratch: &Scratch, sandbox: &Sandbox, projects: &[Project]) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let deployments = projects.iter().map(|project| async move {
        let (args, variables) = (project.deploy(), project.variables());
        let ended = scratch.cli(sandbox.url(), &args, &variables);
        let ended = ended.await.expect(0);
        let success = "Successfully deployed project";
        assert!(ended.stdout.contains(success), "{}", ended.stdout);
    });
    let deployments = stream::iter(deployments);
    deployments.buffer_unordered(cores).collect::<()>().await;
}

/// The requests since `before`.
async fn round(
    sandbox: &Sandbox,
    before: usize,
    who: Who,
    place: &'static str,
    projects: &[Project],
) -> Round {
    let requests = sandbox.requests().split_off(before);
    let (about, others): (Vec<_>, Vec<_>) = requests.into_iter().partition(is_about_projects);
    let mut deployed = BTreeMap::new();
    let mut count = 0;
    for Project { name, .. } in projects {
        let requests: Vec<_> = about.iter().filter(|one| is_of(one, name)).collect();
        let followed = requests.iter().find_map(|one| events_of(one)).unwrap();
        let diff = diff(sandbox, followed).await;
        count += requests.len();
        let requests = requests.into_iter().map(Request::new).collect();
        deployed.insert(name.clone(), Deployed { requests, diff });
    }
    assert_eq!(count, about.len(), "requests about no project of these");
    let line = |request: &RecordedRequest| format!("{} {}", request.method, request.path);
    Round {
        who,
        place,
        projects: deployed,
        others: others.iter().map(line).collect(),
    }
}

/// Whether a request is about the project of this name.
fn is_of(request: &RecordedRequest, name: &str) -> bool {
    if request.path != "/v1/projects/deploy" {
        return request.path.starts_with(&format!("/v1/projects/{name}/"));
    }
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    body["project"]["logicalId"] == name
}
