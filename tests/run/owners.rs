//! Project ownership: a project of another repository is not overwritten.

use crate::history::{Deployed, History, Target};
use crate::model::Event;
use crate::sandbox::Reply;
use crate::tests::run::rig::{Ran, Rig};
use serde_json::json;

const OURS: &str = "https://github.com/acme/shop";
const LIST: &str = "GET projects";

/// An account with `shop` from another repository, and a rig that would deploy it from ours.
async fn taken() -> Rig {
    let rig = Rig::new().project("shop", 1, "");
    rig.set_repository("shop", "git@github.com:umbrella/store.git");
    assert_eq!(rig.deploy().await.result("shop"), "succeeded");
    rig.set_repository("shop", OURS);
    rig
}

fn warnings(ran: &Ran) -> Vec<&str> {
    let events = ran.events.iter();
    let warning = events.filter_map(|event| match &event.event {
        Event::RunWarning { message } => Some(message.as_str()),
        _ => None,
    });
    warning.collect()
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_project_of_another_repository_is_not_overwritten() {
    let rig = taken().await;
    let rig = rig.project("blog", 1, "depends_on = [\"shop\"]");
    let sent = rig.requests().len();
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "rejected owned_by_another_repository");
    assert_eq!(ran.result("blog"), "skipped dependency_failed");
    assert_eq!(ran.project("blog").cause.as_deref(), Some("shop"));
    assert_eq!(ran.report.exit_code, 1);
    assert_eq!(ran.project("shop").attempts, 0);
    assert_eq!(rig.requests()[sent..], [LIST]);
    let error = ran.project("shop").error.as_ref().unwrap();
    assert_eq!(
        error.message,
        "account default has project \"shop\" from github.com/umbrella/store; this one is from github.com/acme/shop"
    );
    assert_eq!(
        error.hint.as_deref().unwrap(),
        "give it a unique `logicalId` in its Checkly configuration; if it is the same project and has moved, \
         pass --allow-takeover shop"
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn it_is_not_previewed_and_not_deleted_either() {
    let rig = taken().await;
    let sent = rig.requests().len();
    let ran = rig.preview().await;
    assert_eq!(ran.result("shop"), "rejected owned_by_another_repository");
    let ran = rig.destroy().await;
    assert_eq!(ran.result("shop"), "rejected owned_by_another_repository");
    assert_eq!(rig.requests()[sent..], [LIST, LIST]);
    let error = ran.project("shop").error.as_ref().unwrap();
    assert_eq!(
        error.hint.as_deref().unwrap(),
        "if you still want to delete it, pass --allow-takeover shop"
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_takeover_sends_no_list_request() {
    let rig = taken().await;
    let asked = rig.count(LIST);
    let mut plan = rig.plan();
    plan.jobs[0].check_owner = false;
    assert_eq!(rig.execute_plan(plan).await.result("shop"), "succeeded");
    assert_eq!(rig.count(LIST), asked);
    // From now on, it is ours.
    assert_eq!(rig.deploy().await.result("shop"), "succeeded");
    assert_eq!(rig.count(LIST), asked + 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn equal_repositories_may_have_different_urls() {
    let rig = Rig::new().project("shop", 1, "");
    rig.set_repository("shop", "git@github.com:Acme/shop.git");
    rig.deploy().await;
    rig.set_repository("shop", OURS);
    assert_eq!(rig.deploy().await.result("shop"), "succeeded");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_project_of_an_unknown_repository_costs_no_request() {
    let rig = Rig::new().project("shop", 1, "");
    assert_eq!(rig.deploy().await.result("shop"), "succeeded");
    assert_eq!(rig.count(LIST), 0);
    // If only the account's side is unknown, the project is not refused either.
    rig.set_repository("shop", OURS);
    assert_eq!(rig.deploy().await.result("shop"), "succeeded");
    assert_eq!(rig.count(LIST), 1);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn an_account_is_listed_once_for_all_projects_preview_and_deployment() {
    let mut rig = Rig::new();
    for name in ["a", "b", "c"] {
        rig = rig.project(name, 1, "");
        rig.set_repository(name, OURS);
    }
    let (preview, report) = rig.preview_and_deploy(|| ()).await;
    assert_eq!((preview.len(), report.exit_code), (3, 0));
    assert_eq!(rig.count(LIST), 1);
    assert_eq!(rig.count("POST deploy?dryRun=true"), 3);
    assert_eq!(rig.requests()[0], LIST, "before anything else");
}

/// The result of `shop`, and the number of list requests, if this program last deployed it from there.
async fn known_from(repository: Option<&str>) -> (String, String, usize) {
    known(taken().await, repository).await
}

async fn known(mut rig: Rig, repository: Option<&str>) -> (String, String, usize) {
    let state = tempfile::tempdir().unwrap();
    let history = History::open(state.path()).unwrap();
    let target = Target {
        api_url: rig.sandbox.url().to_owned(),
        account_id: "acme".to_owned(),
        logical_id: "shop".to_owned(),
    };
    let deployed = Deployed {
        repository: repository.map(str::to_owned),
        ..Deployed::of_digest("of another bundle")
    };
    history.record(&target, &deployed);
    rig.reuse.history = Some(history.clone());
    let asked = rig.count(LIST);
    let result = rig.deploy().await.result("shop");
    // The run has recorded its own deployment.
    history.record(&target, &deployed);
    let deployed = result;
    let deleted = rig.destroy().await.result("shop");
    (deployed, deleted, rig.count(LIST) - asked)
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_project_deployed_from_the_same_repository_is_not_checked() {
    let known = known_from(Some("github.com/Acme/shop")).await;
    assert_eq!(known, ("succeeded".into(), "succeeded".into(), 0));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_project_deployed_from_another_or_an_unknown_repository_is_checked() {
    for repository in [Some("github.com/umbrella/store"), None] {
        let refused = "rejected owned_by_another_repository".to_owned();
        let known = known_from(repository).await;
        assert_eq!(known, (refused.clone(), refused, 2), "{repository:?}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_project_in_the_history_is_sent_even_if_the_list_is_refused() {
    let refused = "rejected ownership_unverified".to_owned();
    for (repository, result) in [
        (None, "succeeded".to_owned()),
        (Some("github.com/umbrella/store"), refused),
    ] {
        let rig = taken().await;
        rig.answer(LIST, 99, Reply::json(403, "{}"));
        let known = known(rig, repository).await;
        assert_eq!(known, (result.clone(), result, 2), "{repository:?}");
    }
}

/// Two projects of ours, in an account with this answer to list requests.
fn unlisted(status: u16) -> Rig {
    let mut rig = Rig::new();
    for name in ["a", "b"] {
        rig = rig.project(name, 1, "");
        rig.set_repository(name, OURS);
    }
    let reply = Reply::json(status, json!({ "message": "not today" }).to_string());
    rig.answer(LIST, 99, reply);
    rig
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn if_the_list_is_refused_nothing_is_sent() {
    for status in [400, 403, 404] {
        let rig = unlisted(status);
        for ran in [rig.deploy().await, rig.preview().await, rig.destroy().await] {
            assert_eq!(ran.result("a"), "rejected ownership_unverified", "{status}");
            assert_eq!(ran.result("b"), "rejected ownership_unverified", "{status}");
            assert_eq!(ran.report.exit_code, 1);
            assert_eq!(ran.project("a").attempts, 0);
            let error = ran.project("a").error.as_ref().unwrap();
            assert_eq!(error.http_status, Some(status));
            assert_eq!(
                error.message,
                "cannot list the projects of account default (GET /next/projects: not today)"
            );
            assert_eq!(
                error.hint.as_deref().unwrap(),
                "allow the API key to list the account's projects, pass --allow-takeover NAME for a project that is \
                 yours, or disable the check: `ownership_check = false` in [accounts.default]"
            );
        }
        assert_eq!(rig.requests(), [LIST, LIST, LIST], "one a run");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn if_the_list_fails_it_is_retried_and_nothing_is_sent() {
    for (status, result) in [
        (429, "unavailable http_429"),
        (502, "unavailable http_502"),
        (503, "unavailable http_503"),
    ] {
        let rig = unlisted(status);
        let ran = rig.deploy().await;
        assert_eq!(
            (ran.result("a"), ran.result("b")),
            (result.into(), result.into())
        );
        assert_eq!(ran.report.exit_code, 75);
        assert_eq!(rig.count(LIST), 4, "the first one and three retries");
        // Each 5xx leads to a probe, which is answered.
        let probes = if status == 429 { 0 } else { 4 };
        assert_eq!(rig.requests().len(), 4 + probes, "{:?}", rig.requests());
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn if_the_credentials_are_refused_they_are_the_cause() {
    let rig = unlisted(401);
    let ran = rig.deploy().await;
    assert_eq!(ran.result("a"), "rejected http_401");
    assert_eq!(ran.report.exit_code, 77);
    assert_eq!(rig.requests(), [LIST]);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_list_from_a_retry_counts() {
    let rig = taken().await;
    rig.answer(LIST, 1, Reply::json(503, "{}"));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "rejected owned_by_another_repository");
    assert_eq!(warnings(&ran).len(), 0);
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_directory_is_checked_once_it_is_bundled() {
    let rig = taken().await;
    let script = r#"made shop; sed -i 's|"name":|"repoUrl":"https://github.com/acme/shop","name":|' "$bundle""#;
    let folder = rig.without_projects().folder("shop", script, "");
    let ran = folder.deploy().await;
    assert_eq!(ran.result("shop"), "rejected owned_by_another_repository");
    assert_eq!(folder.last_deployment("shop"), Some("SUCCEEDED"));
}

/// Renames every resource of a project's bundle except the first few.
fn rename(rig: &Rig, name: &str, kept: usize) {
    let file = rig.bundle(name);
    let mut bundle: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let resources = bundle["resources"].as_array_mut().unwrap();
    for (ix, resource) in resources.iter_mut().enumerate().skip(kept) {
        resource["logicalId"] = json!(format!("another-{ix}"));
    }
    std::fs::write(file, bundle.to_string()).unwrap();
}

/// An account with `shop`, which has three resources and no usable repository, and a rig with our `shop`, which has some of
/// the three.
async fn shared(theirs: Option<&str>, kept: usize) -> Rig {
    let rig = Rig::new().project("shop", 3, "");
    if let Some(theirs) = theirs {
        rig.set_repository("shop", theirs);
    }
    assert_eq!(rig.deploy().await.result("shop"), "succeeded");
    rename(&rig, "shop", kept);
    rig.set_repository("shop", OURS);
    rig
}

const DRY: &str = "POST deploy?dryRun=true&scheduleOnDeploy=true";

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_project_of_an_unknown_repository_without_common_resources_is_refused() {
    for theirs in [None, Some("https://github.com/checkly/checkly-cli")] {
        let rig = shared(theirs, 0).await;
        let sent = rig.requests().len();
        for ran in [rig.deploy().await, rig.preview().await] {
            assert_eq!(ran.result("shop"), "rejected owned_by_another_repository");
            assert_eq!(ran.report.exit_code, 1);
            let error = ran.project("shop").error.as_ref().unwrap();
            assert_eq!(
                error.message,
                "account default has a project \"shop\" that has no resource in common with this one: deploying would \
                 delete its 3 resources, and the account does not report which repository deployed it"
            );
            assert!(
                error
                    .hint
                    .as_deref()
                    .unwrap()
                    .ends_with("--allow-takeover shop")
            );
        }
        let asked = rig.requests();
        assert_eq!(asked[sent..], [LIST, DRY, LIST, DRY], "only dry runs");
        let mut plan = rig.plan();
        plan.jobs[0].check_owner = false;
        assert_eq!(rig.execute_plan(plan).await.result("shop"), "succeeded");
        assert_eq!(rig.count(DRY), 2);
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_deployment_that_keeps_any_resource_belongs_to_the_same_project() {
    let rig = shared(None, 1).await;
    let sent = rig.requests().len();
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "succeeded");
    let diff = ran.project("shop").diff.unwrap();
    assert_eq!((diff.create, diff.update, diff.delete), (2, 1, 2));
    assert_eq!(rig.requests()[sent..sent + 2], [LIST, DRY]);
    assert_eq!(rig.count(DRY), 1);
    assert_eq!(ran.project("shop").attempts, 1, "a dry run is no upload");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_previewed_project_is_not_checked_again() {
    let rig = shared(None, 1).await;
    let (preview, report) = rig.preview_and_deploy(|| ()).await;
    assert_eq!((preview.len(), report.exit_code), (1, 0));
    assert_eq!((rig.count(LIST), rig.count(DRY)), (1, 1));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_first_deployment_needs_no_dry_run() {
    let rig = Rig::new().project("shop", 1, "");
    rig.set_repository("shop", OURS);
    assert_eq!(rig.deploy().await.result("shop"), "succeeded");
    assert_eq!((rig.count(LIST), rig.count(DRY)), (1, 0));
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_failed_dry_run_is_retried_and_never_skipped() {
    let rig = shared(None, 1).await;
    rig.answer(DRY, 1, Reply::json(503, "{}"));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "succeeded");
    assert_eq!(ran.project("shop").attempts, 1);
    assert_eq!(rig.count(DRY), 2);
    let rig = shared(None, 1).await;
    let uploads = rig.count("POST deploy?dryRun=false&scheduleOnDeploy=true");
    rig.answer(DRY, 99, Reply::json(503, "{}"));
    let ran = rig.deploy().await;
    assert_eq!(ran.result("shop"), "unavailable http_503");
    assert_eq!(ran.project("shop").attempts, 0, "nothing was sent");
    assert_eq!(
        rig.count("POST deploy?dryRun=false&scheduleOnDeploy=true"),
        uploads
    );
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_template_of_an_unknown_repository_is_not_deleted() {
    let rig = Rig::new().project("boilerplate-project", 1, "");
    rig.deploy().await;
    rig.set_repository("boilerplate-project", OURS);
    let ran = rig.destroy().await;
    assert_eq!(
        ran.result("boilerplate-project"),
        "rejected owned_by_another_repository"
    );
    let rig = shared(None, 0).await;
    assert_eq!(rig.destroy().await.result("shop"), "succeeded");
}
