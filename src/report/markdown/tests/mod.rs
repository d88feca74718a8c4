//! Reports in Markdown: typical ones, long ones, and those with hostile text.

mod hostile;
mod long;

use crate::log::{Activity, Lane, Segment, Timeline};
use crate::model::*;

fn to_markdown(report: &Report) -> String {
    super::to_markdown(
        report,
        &Timeline::default(),
        Some("orchestrate resume run-1"),
    )
}

/// A row of a project that took two seconds.
fn row(name: &str, result: ProjectResult) -> ProjectReport {
    ProjectReport {
        started_at: Some(Timestamp(0)),
        finished_at: Timestamp(2000),
        attempts: 1,
        ..ProjectReport::bare(name, result)
    }
}

fn because(name: &str, result: ProjectResult, reason: Reason) -> ProjectReport {
    ProjectReport {
        reason: Some(reason),
        ..row(name, result)
    }
}

/// A row of a project with these changes.
fn changed(name: &str, changes: Vec<Change>) -> ProjectReport {
    ProjectReport {
        diff: Some(DiffCounts::of(&changes)),
        changes,
        ..row(name, ProjectResult::Succeeded)
    }
}

/// This many checks created, updated, deleted, and preserved.
fn checks(name: &str, counts: [usize; 4]) -> ProjectReport {
    let actions = [
        Action::Create,
        Action::Update,
        Action::Delete,
        Action::Detached,
    ];
    let all = actions
        .into_iter()
        .zip(counts)
        .flat_map(|(action, n)| std::iter::repeat_n(action, n));
    let named = all
        .enumerate()
        .map(|(n, action)| Change::bare(action, "check", &format!("{name}-{n}")));
    changed(name, named.collect())
}

fn report(operation: Operation, result: RunResult, projects: Vec<ProjectReport>) -> Report {
    let mut counts = std::collections::BTreeMap::new();
    for project in &projects {
        *counts.entry(project.result).or_insert(0) += 1;
    }
    Report {
        version: REPORT_VERSION,
        run: RunId("run-1".into()),
        operation,
        manifest: "projects.toml".into(),
        started_at: Timestamp(0),
        finished_at: Timestamp(12_300),
        duration_ms: 12_300,
        result,
        exit_code: 0,
        counts,
        hooks: Vec::new(),
        projects,
    }
}

fn preview(projects: Vec<ProjectReport>) -> String {
    to_markdown(&report(Operation::Preview, RunResult::Succeeded, projects))
}

#[test]
fn an_eventful_preview() {
    let refused = ProjectReport {
        error: Some(ErrorInfo {
            code: Some("VALIDATION_ERROR".into()),
            message: "check \"home\" has no `locations`".into(),
            http_status: Some(400),
            hint: Some("see https://www.checklyhq.com/docs".into()),
            ..ErrorInfo::default()
        }),
        ..because("mail", ProjectResult::Rejected, Reason::Http(400))
    };
    let unbundled = ProjectReport {
        error: Some(ErrorInfo {
            message: "npx checkly deploy ended with exit code 1".into(),
            output: Some("Error: Cannot find module './alerts'\n    at checkly.config.ts:3".into()),
            ..ErrorInfo::default()
        }),
        ..because("blog", ProjectResult::Failed, Reason::BundlingFailed)
    };
    let mut projects = vec![
        checks("shared-alerts", [4, 0, 0, 0]),
        changed(
            "acme-monitoring-checkout-europe-production",
            vec![
                Change::bare(Action::Create, "check", "cart-v2"),
                Change::bare(Action::Create, "alert-channel-subscription", "cart-v2#mail"),
                Change::bare(Action::Update, "check", "pay"),
                Change::bare(Action::Delete, "check-group", "legacy"),
                Change::bare(Action::Delete, "check", "cart-v1"),
                Change::bare(
                    Action::Delete,
                    "private-location-check-assignment",
                    "cart-v1#eu",
                ),
            ],
        ),
        ProjectReport {
            result: ProjectResult::Unchanged,
            ..checks("search", [0, 3, 0, 0])
        },
        checks("status-page", [0, 2, 0, 3]),
        refused,
        unbundled,
        checks("internal", [0, 3, 1, 0]),
    ];
    projects.extend((0..11).map(|n| checks(&format!("team-{n}"), [0, 2, 0, 0])));
    insta::assert_snapshot!(to_markdown(&report(
        Operation::Preview,
        RunResult::Failed,
        projects
    )));
}

#[test]
fn an_eventful_deployment() {
    let projects = vec![
        checks("checkout", [2, 1, 1, 0]),
        ProjectReport {
            error: Some(ErrorInfo {
                code: Some("PLAN_LIMITS_EXCEEDED".into()),
                message: "You have reached the limit of 50 browser checks of your plan.".into(),
                ..ErrorInfo::default()
            }),
            deployment_id: Some("7f3c-11".into()),
            ..because("payments", ProjectResult::Failed, Reason::DeploymentFailed)
        },
        skipped("dashboards", "payments"),
        skipped("reports", "payments"),
        row("mail", ProjectResult::Unchanged),
        ProjectReport {
            conflicts: vec![ConflictRecord {
                deployment_id: "other-9".into(),
                policy: OnConflict::Wait,
                waited_ms: 1_800_000,
                cancel_error: None,
            }],
            ..because(
                "search",
                ProjectResult::Conflicted,
                Reason::ConflictDeadline,
            )
        },
        ProjectReport {
            deployment_id: Some("dep-10".into()),
            ..because("catalog", ProjectResult::Detached, Reason::Interrupted)
        },
        ProjectReport {
            started_at: None,
            attempts: 0,
            ..because("jobs", ProjectResult::Interrupted, Reason::Interrupted)
        },
    ];
    insta::assert_snapshot!(to_markdown(&report(
        Operation::Deploy,
        RunResult::Interrupted,
        projects
    )));
}

#[test]
fn a_deletion() {
    let there = ProjectReport {
        deployment_id: Some("dep-1".into()),
        ..checks("shop", [0, 0, 2, 0])
    };
    let projects = vec![there, row("gone", ProjectResult::Succeeded)];
    let deleted = report(Operation::Destroy, RunResult::Succeeded, projects);
    insta::assert_snapshot!(to_markdown(&deleted));
}

#[test]
fn a_preview_without_changes_is_short() {
    insta::assert_snapshot!(preview(vec![checks("shop", [0, 0, 0, 0])]));
    insta::assert_snapshot!(preview(vec![]));
}

#[test]
fn the_first_line_of_a_preview_counts_deletions() {
    let verdict = |projects| {
        preview(projects)
            .lines()
            .nth(2)
            .unwrap_or_default()
            .to_owned()
    };
    let failed = || row("mail", ProjectResult::Failed);
    for (projects, expected) in [
        (
            vec![checks("a", [1, 0, 1, 0]), checks("b", [0, 0, 2, 0])],
            "**2 of 2 projects would delete 3 resources.**",
        ),
        (
            vec![checks("a", [0, 0, 1, 0])],
            "**1 of 1 project would delete 1 resource.**",
        ),
        (
            vec![checks("a", [1, 9, 0, 0])],
            "**Nothing would be deleted.**",
        ),
        (
            vec![checks("a", [0, 9, 0, 0])],
            "**Nothing would be created or deleted.**",
        ),
        (
            vec![checks("a", [0, 9, 0, 0]), failed()],
            "**1 of 2 projects could not be previewed.** Of the others, **nothing would be created or deleted.**",
        ),
        (
            vec![failed(), checks("a", [0, 0, 1, 0])],
            "**1 of 2 projects could not be previewed.** Of the others, **1 would delete 1 resource.**",
        ),
        (vec![failed()], "**1 of 1 project could not be previewed.**"),
    ] {
        assert_eq!(verdict(projects), expected);
    }
}

#[test]
fn many_similar_projects_are_one_row() {
    let same = |n: usize| (0..n).map(|n| row(&format!("p{n}"), ProjectResult::Unchanged));
    let said = preview(same(10).collect());
    assert!(said.contains("| `p9`: unchanged (same bundle) |"), "{said}");
    let said = preview(same(11).chain([checks("shop", [1, 0, 0, 0])]).collect());
    assert!(!said.contains("`p9`"), "{said}");
    assert!(said.contains("| 11 projects: unchanged (same bundle) | | | | |\n"));
    assert!(said.contains("| **all** | 1 | – | – | – |\n"));
    let projects = same(11).chain([checks("shop", [1, 0, 0, 0])]).collect();
    let said = to_markdown(&report(Operation::Deploy, RunResult::Succeeded, projects));
    assert!(
        said.contains("| 11 projects | ✓ unchanged | | |\n"),
        "{said}"
    );
}

fn rejected(name: &str, message: &str) -> ProjectReport {
    ProjectReport {
        error: Some(ErrorInfo {
            message: message.into(),
            http_status: Some(400),
            ..ErrorInfo::default()
        }),
        ..because(name, ProjectResult::Rejected, Reason::Http(400))
    }
}

fn skipped(name: &str, culprit: &str) -> ProjectReport {
    ProjectReport {
        cause: Some(culprit.into()),
        started_at: None,
        ..because(name, ProjectResult::Skipped, Reason::DependencyFailed)
    }
}

#[test]
fn equal_failures_are_shown_once_and_a_single_project_by_its_name() {
    let projects = vec![
        checks("fine", [1, 0, 0, 0]),
        skipped("shop-eu", "shop"),
        ProjectReport {
            started_at: None,
            attempts: 0,
            ..because("jobs", ProjectResult::TimedOut, Reason::RunTimeout)
        },
        skipped("pay-eu", "pay"),
        skipped("shop-us", "shop"),
        rejected("shop", "no locations"),
        rejected("pay", "no frequency"),
        ProjectReport {
            deployment_id: Some("dep-1".into()),
            ..rejected("mail", "no locations")
        },
        ProjectReport {
            deployment_id: Some("dep-2".into()),
            ..rejected("docs", "no locations")
        },
    ];
    insta::assert_snapshot!(to_markdown(&report(
        Operation::Deploy,
        RunResult::Failed,
        projects
    )));
}

#[test]
fn the_table_has_all_projects_failures_first() {
    let projects = vec![
        row("good", ProjectResult::Succeeded),
        skipped("skipped", "bad"),
        row("left", ProjectResult::Detached),
        row("bad", ProjectResult::Failed),
        row("same", ProjectResult::Unchanged),
        row("late", ProjectResult::TimedOut),
    ];
    let names = |page: &str| {
        let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
        let rows = rows.filter_map(|row| row.split_once('`')?.1.split_once('`'));
        rows.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    for operation in [Operation::Deploy, Operation::Destroy, Operation::Preview] {
        let page = to_markdown(&report(operation, RunResult::Failed, projects.clone()));
        let expected = ["bad", "late", "left", "skipped", "good", "same"];
        assert_eq!(names(&page), expected, "{page}");
    }
}

#[test]
fn a_run_that_can_be_finished_says_how() {
    let command = "To finish this run:\n\n```sh\norchestrate resume run-1\n```\n";
    let of = |result| {
        let projects = vec![row("shop", result), row("pay", ProjectResult::Succeeded)];
        report(Operation::Deploy, RunResult::Failed, projects)
    };
    for result in ProjectResult::ALL {
        let is_open = !matches!(result, ProjectResult::Succeeded | ProjectResult::Unchanged);
        // Without a reason, the user excluded it.
        let is_open = is_open && *result != ProjectResult::Skipped;
        let page = to_markdown(&of(*result));
        assert_eq!(page.contains(command), is_open, "{page}");
    }
    let page = super::to_markdown(&of(ProjectResult::Failed), &Timeline::default(), None);
    assert!(!page.contains("finish"), "{page}");
}

#[test]
fn the_time_names_the_wait_for_the_account() {
    let of = |activities: &[(Activity, u64, u64)]| {
        let segments = activities.iter().map(|(activity, from, to)| Segment {
            activity: *activity,
            from: Timestamp(*from),
            to: Timestamp(*to),
        });
        let lane = Lane {
            project: PlannedProject::bare("shop"),
            is_directory: false,
            segments: segments.collect(),
            delays: vec![],
        };
        let timeline = Timeline {
            lanes: vec![lane],
            ..Timeline::default()
        };
        let shop = ProjectReport {
            started_at: Some(Timestamp(1000)),
            finished_at: Timestamp(9000),
            ..row("shop", ProjectResult::Rejected)
        };
        let report = report(Operation::Deploy, RunResult::Failed, vec![shop]);
        let page = super::to_markdown(&report, &timeline, None);
        let (_, time) = page.split_once("| ✗ rejected |  | ").unwrap();
        time.split_once(" |").unwrap().0.to_owned()
    };
    use Activity::{Bundling, Deploying, RateLimited, Unavailable, Waiting};
    for (activities, expected) in [
        (&[][..], "8 s"),
        (&[(Deploying, 1000, 9000)], "8 s"),
        (
            &[
                (Bundling, 1000, 1100),
                (RateLimited, 1100, 8000),
                (Deploying, 8000, 9000),
            ],
            "8 s (6.9 s rate limited)",
        ),
        (
            &[
                (RateLimited, 1000, 2500),
                (Unavailable, 3000, 6000),
                (RateLimited, 6000, 7000),
            ],
            "8 s (2.5 s rate limited, 3 s waiting for the API)",
        ),
        // Another deployment is not the account.
        (&[(Waiting, 1000, 9000)], "8 s"),
        // Too short to matter.
        (&[(RateLimited, 1000, 1999)], "8 s"),
        // That of the preview, before it started.
        (&[(RateLimited, 0, 1000)], "8 s"),
    ] {
        assert_eq!(of(activities), expected, "{activities:?}");
    }
}

#[test]
fn failed_hooks_are_reported_with_their_project_or_run() {
    let failed = |hook, says: &str, output: &str| HookRecord {
        hook,
        exit_code: Some(1),
        duration_ms: 7,
        error: Some(says.into()),
        output: Some(output.into()),
        report: None,
    };
    let mut shop = ProjectReport::bare("shop", ProjectResult::Failed);
    shop.reason = Some(Reason::DeploymentFailed);
    shop.started_at = Some(Timestamp(0));
    let last = "its on_failure hook page ended with exit code 1";
    shop.hooks = vec![failed(Hook::OnFailure, last, "no one is on call")];
    let mut report = report(Operation::Deploy, RunResult::Failed, vec![shop]);
    let post = "the run's post hook thaw ended with exit code 1";
    report.hooks = vec![failed(Hook::Post, post, "still frozen")];
    let page = to_markdown(&report);
    let warning = "- **warning:** its `on_failure` hook page ended with exit code 1\n";
    assert!(page.contains(warning), "{page}");
    assert!(page.contains("### ✗ the run's post hook thaw ended with exit code 1\n"));
    assert!(page.contains("still frozen"), "{page}");
}

#[test]
fn notes_follow_the_table_without_duplicates() {
    let note = |source, message: &str| Note {
        source,
        message: message.into(),
        constructs: vec![],
    };
    let noted = |name, notes| ProjectReport {
        notes,
        ..row(name, ProjectResult::Succeeded)
    };
    let old = || {
        note(
            NoteSource::Cli,
            "Use of deprecated Construct: use CheckGroupV2",
        )
    };
    let list = note(
        NoteSource::Project,
        "cannot read the list\n```\n    at x.ts:1",
    );
    let projects = vec![
        noted("shop", vec![old()]),
        noted("watts", vec![old(), list]),
    ];
    let page = to_markdown(&report(Operation::Deploy, RunResult::Succeeded, projects));
    let (_, notes) = page.split_once("### Notes").unwrap();
    insta::assert_snapshot!(notes, @r"
    `watts`: printed during bundling:

    ````text
    cannot read the list
    ```
        at x.ts:1
    ````


    `shop`, `watts`: note from the Checkly CLI: Use of deprecated Construct: use `CheckGroupV2`
    ");
}
