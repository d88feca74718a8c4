//! The rules of the guard.

use super::*;
use crate::model::*;

/// A project that would delete these checks and make a few other changes.
fn row(name: &str, deletes: &[&str]) -> ProjectReport {
    let mut changes = vec![
        Change::bare(Action::Create, "check", "new"),
        Change::bare(Action::Update, "check", "old"),
        Change::bare(Action::Detached, "check", "kept"),
        Change::bare(Action::Delete, "alert-channel-subscription", "old#mail"),
    ];
    let deleted = |id: &&str| Change::bare(Action::Delete, "check", id);
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

/// A project before a deployment, and the row of its preview.
struct Now {
    planned: PlannedProject,
    row: Option<ProjectReport>,
}

fn now(name: &str, deletes: &[&str], preserve_resources: bool) -> Now {
    let planned = PlannedProject {
        account_id: "acc-1".into(),
        policy: ProjectPolicy {
            preserve_resources,
            ..ProjectPolicy::bare()
        },
        ..PlannedProject::bare(name)
    };
    let row = Some(row(name, deletes));
    Now { planned, row }
}

/// The differences from the plan after a change of the two projects.
fn differences(change: impl FnOnce(&mut Now, &mut Now)) -> Vec<String> {
    let mut shop = now("shop", &["home", "api"], false);
    let mut blog = now("blog", &[], true);
    change(&mut shop, &mut blog);
    let both = [&shop, &blog].map(|it| (&it.planned, it.row.as_ref()));
    saved().differences(API, both.into_iter())
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
    assert!(differences(|shop, _| shop.row = Some(row("shop", &["home"]))).is_empty());
}

#[test]
fn unknown_values_are_not_compared() {
    assert!(differences(|shop, blog| (shop.row, blog.row) = (None, None)).is_empty());
}

#[test]
fn every_difference_is_reported() {
    let all = differences(|shop, blog| {
        shop.planned.account_id = "acc-2".into();
        let mut of_shop = row("shop", &["home", "api", "cart"]);
        of_shop.bundle.as_mut().unwrap().sha256 = "another".into();
        shop.row = Some(of_shop);
        blog.planned.policy.preserve_resources = false;
        blog.row = Some(ProjectReport {
            logical_id: Some("blog-2".into()),
            ..row("blog", &["feed"])
        });
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
fn what_is_known_before_the_preview_is_compared_before_it() {
    let all = differences(|shop, blog| {
        shop.planned.logical_id = Some("shop-2".into());
        shop.planned.bundle = row("another", &[]).bundle;
        (shop.row, blog.row) = (None, None);
    });
    assert_eq!(
        all,
        [
            "shop: its logical id changed from shop-id to shop-2",
            "shop: its bundle changed from digest of shop to digest of another",
        ]
    );
}

#[test]
fn another_api_and_a_removed_project_are_differences() {
    let Now { planned, row } = now("blog", &[], true);
    let blog = [(&planned, row.as_ref())];
    assert_eq!(
        saved().differences("http://127.0.0.1:3000", blog.into_iter()),
        [
            "the API changed from https://api.checklyhq.com to http://127.0.0.1:3000",
            "shop: no longer in the manifest",
        ]
    );
}
