//! The rules of the guard.

use super::saved::SavedResource;
use super::*;
use crate::model::*;

fn change(action: Action, kind: &str, logical_id: &str) -> Change {
    Change {
        action,
        kind: kind.into(),
        logical_id: logical_id.into(),
        physical_id: None,
        heartbeat: None,
    }
}

/// A project that would delete these checks and make a few other changes.
fn row(name: &str, deletes: &[&str]) -> ProjectReport {
    let mut changes = vec![
        change(Action::Create, "check", "new"),
        change(Action::Update, "check", "old"),
        change(Action::Detached, "check", "kept"),
        change(Action::Delete, "alert-channel-subscription", "old#mail"),
    ];
    let deleted = |id: &&str| change(Action::Delete, "check", id);
    changes.extend(deletes.iter().map(deleted));
    ProjectReport {
        logical_id: Some(format!("{name}-id")),
        account_id: Some("acc-1".into()),
        attempts: 1,
        diff: Some(DiffCounts::of(&changes)),
        changes,
        bundle: Some(BundleFacts {
            sha256: format!("digest of {name}"),
            resources: 1,
            bytes: 1,
            gzip_bytes: None,
        }),
        ..ProjectReport::bare(name, ProjectResult::Succeeded)
    }
}

fn report(projects: Vec<ProjectReport>) -> Report {
    Report {
        version: 2,
        run: RunId("run-1".into()),
        operation: Operation::Preview,
        manifest: "projects.toml".into(),
        started_at: Timestamp(0),
        finished_at: Timestamp(1_795_371_420_000),
        duration_ms: 0,
        result: RunResult::Succeeded,
        exit_code: 0,
        counts: [].into(),
        hooks: vec![],
        projects,
    }
}

const API: &str = "https://api.checklyhq.com";

fn saved() -> SavedPlan {
    let report = report(vec![row("shop", &["home", "api"]), row("blog", &[])]);
    SavedPlan::of(&report, API, &[false, true])
}

/// The differences from the plan after a change of the two projects.
fn differences(change: impl FnOnce(&mut CurrentState, &mut CurrentState)) -> Vec<String> {
    let mut shop = CurrentState::of(&row("shop", &["home", "api"]), false);
    let mut blog = CurrentState::of(&row("blog", &[]), true);
    change(&mut shop, &mut blog);
    saved().differences(API, &[shop, blog])
}

fn check(logical_id: &str) -> SavedResource {
    SavedResource {
        kind: "check".into(),
        logical_id: logical_id.into(),
    }
}

#[test]
fn deletions_are_sorted_by_project_and_name_without_internal_resources() {
    let rows = [row("shop", &["home", "api"]), row("blog", &["feed"])];
    let listed: Vec<_> = deletions(&rows)
        .iter()
        .map(|it| format!("{} {}", it.project, it.change.logical_id))
        .collect();
    assert_eq!(listed, ["shop api", "shop home", "blog feed"]);
    assert_eq!(
        deletions(&rows)[2].to_string(),
        "delete check feed of project blog from account prod"
    );
}

#[test]
fn a_deletion_is_serialized_with_its_project_and_account() {
    let rows = [row("shop", &["home"])];
    let told = serde_json::to_value(deletions(&rows)).unwrap();
    let expected = serde_json::json!([
        { "project": "shop", "account": "prod", "action": "DELETE", "type": "check", "logicalId": "home" }
    ]);
    assert_eq!(told, expected);
}

#[test]
fn a_limit_is_exceeded_by_one_more_than_it_allows() {
    let rows = [row("shop", &["home", "api"]), row("blog", &["feed"])];
    let over = |max_deletes, of_projects: [Option<usize>; 2]| -> Vec<String> {
        let budget = Budget {
            max_deletes,
            max_projects: None,
        };
        limit_violations(budget, &of_projects, &rows)
    };
    assert!(over(None, [None, None]).is_empty());
    assert!(over(Some(3), [Some(2), Some(1)]).is_empty());
    assert_eq!(
        over(Some(2), [Some(2), Some(0)]),
        [
            "3 resources would be deleted; max_deletes allows 2",
            "blog: 1 resource would be deleted; the project's max_deletes allows 0"
        ]
    );
}

#[test]
fn too_many_projects_are_detected_without_a_preview() {
    let budget = Budget {
        max_deletes: None,
        max_projects: Some(2),
    };
    assert_eq!(too_many_projects(budget, 2), None);
    let violation = too_many_projects(budget, 3).unwrap();
    assert_eq!(violation, "3 projects selected; max_projects allows 2");
    assert_eq!(too_many_projects(Budget::default(), 9), None);
}

#[test]
fn a_plan_contains_the_preview_and_no_secrets() {
    insta::assert_snapshot!(String::from_utf8(saved().to_json()).unwrap(), @r#"
    {
      "version": 1,
      "orchestrate": "0.1.0",
      "run": "run-1",
      "planned_at": "2026-11-22T18:17:00.000Z",
      "manifest": "projects.toml",
      "api_url": "https://api.checklyhq.com",
      "projects": [
        {
          "name": "shop",
          "logical_id": "shop-id",
          "account": "prod",
          "account_id": "acc-1",
          "sha256": "digest of shop",
          "preserve_resources": false,
          "deletes": [
            {
              "type": "check",
              "logicalId": "api"
            },
            {
              "type": "check",
              "logicalId": "home"
            }
          ]
        },
        {
          "name": "blog",
          "logical_id": "blog-id",
          "account": "prod",
          "account_id": "acc-1",
          "sha256": "digest of blog",
          "preserve_resources": true,
          "deletes": []
        }
      ]
    }
    "#);
}

#[test]
fn a_plan_survives_a_round_trip_and_other_files_are_rejected() {
    assert_eq!(SavedPlan::from_json(&saved().to_json()), Ok(saved()));
    let why = |json: &str| SavedPlan::from_json(json.as_bytes()).unwrap_err();
    assert!(why("{}").starts_with("not a saved plan: missing field `version`"));
    assert!(why("[1").starts_with("not a saved plan"));
    assert!(why(r#"{"version": 1}"#).starts_with("not a saved plan"));
    assert_eq!(
        why(r#"{"version": 2}"#),
        "the plan has version 2; this orchestrate reads version 1"
    );
}

#[test]
fn a_matching_plan_has_no_differences_even_with_fewer_deletions() {
    assert!(differences(|_, _| ()).is_empty());
    assert!(differences(|shop, _| _ = shop.deletes.as_mut().unwrap().pop_first()).is_empty());
}

#[test]
fn unknown_values_are_not_compared() {
    let unknown = |shop: &mut CurrentState, _: &mut CurrentState| {
        (shop.sha256, shop.logical_id, shop.deletes) = (None, None, None);
    };
    assert!(differences(unknown).is_empty());
}

#[test]
fn every_difference_is_reported() {
    let all = differences(|shop, blog| {
        shop.sha256 = Some("another".into());
        shop.account_id = "acc-2".into();
        shop.deletes.as_mut().unwrap().insert(check("cart"));
        blog.preserve_resources = false;
        blog.logical_id = Some("blog-2".into());
        blog.deletes.as_mut().unwrap().insert(check("feed"));
    });
    assert_eq!(
        all,
        [
            "shop: its account changed from acc-1 to acc-2",
            "shop: its bundle changed from digest of shop to another",
            "shop: would now also delete check cart",
            "blog: its logical id changed from blog-id to blog-2",
            "blog: its preserve_resources changed from true to false",
            "blog: would now also delete check feed",
        ]
    );
}

#[test]
fn another_api_and_a_removed_project_are_differences() {
    let now = [CurrentState::of(&row("blog", &[]), true)];
    assert_eq!(
        saved().differences("http://127.0.0.1:3000", &now),
        [
            "the API changed from https://api.checklyhq.com to http://127.0.0.1:3000",
            "shop: no longer in the manifest",
        ]
    );
}
