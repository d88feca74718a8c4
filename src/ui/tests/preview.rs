//! The output of previews.

use super::*;

/// Six projects: new, changed, unchanged, with preserved resources, with internal changes, rejected.
fn eventful_preview() -> Vec<RunEvent> {
    let names = [
        "shared-alerts",
        "acme-monitoring-checkout-europe-production",
        "search",
        "status-page",
        "internal",
        "mail",
    ];
    let mut s = Script::of(Operation::Preview, &names);
    for name in names {
        s.bundling(name).project(
            name,
            Event::Previewing {
                attempt: 1,
                gzip_bytes: None,
            },
        );
    }
    s.at(400).succeeded("shared-alerts", 380, [4, 0, 0, 0]);
    s.succeeded(names[1], 390, [1, 12, 2, 0]);
    s.at(800).ended(ProjectReport {
        diff: Some(DiffCounts {
            update: 3,
            ..DiffCounts::default()
        }),
        changes: vec![Change::bare(Action::Update, "check", "same"); 3],
        ..row("search", ProjectResult::Unchanged)
    });
    s.succeeded("status-page", 700, [0, 0, 0, 3]);
    let changes = vec![
        Change::bare(Action::Update, "check", "home"),
        Change::bare(Action::Create, "alert-channel-subscription", "home#mail"),
        Change::bare(
            Action::Delete,
            "private-location-check-assignment",
            "home#eu",
        ),
        Change::bare(
            Action::Delete,
            "private-location-group-assignment",
            "all#eu",
        ),
    ];
    s.at(900).ended(ProjectReport {
        diff: Some(DiffCounts::of(&changes)),
        changes,
        ..row("internal", ProjectResult::Succeeded)
    });
    s.at(1000).ended(ProjectReport {
        error: Some(ErrorInfo {
            message: "check \"home\" is not valid".into(),
            http_status: Some(400),
            ..ErrorInfo::default()
        }),
        started_at: Some(Timestamp(script::START)),
        attempts: 1,
        ..because("mail", ProjectResult::Rejected, Reason::Http(400))
    });
    s.over(RunResult::Failed)
}

#[test]
fn a_preview_at_60_columns() {
    insta::assert_snapshot!(shown(&eventful_preview(), PLAIN, 60));
}

#[test]
fn a_preview_at_100_columns() {
    insta::assert_snapshot!(shown(&eventful_preview(), PLAIN, 100));
}

#[test]
fn a_preview_at_200_columns() {
    insta::assert_snapshot!(shown(&eventful_preview(), PLAIN, 200));
}

#[test]
fn a_preview_in_color() {
    let colored = Options {
        color: true,
        ..PLAIN
    };
    insta::assert_snapshot!(shown(&eventful_preview(), colored, 100));
}

#[test]
fn a_preview_lists_resources_on_request_but_not_internal_ones() {
    let options = Options {
        show_changes: true,
        ..QUIET
    };
    let shown = shown(&eventful_preview(), options, 100);
    assert!(shown.contains("- check acme-monitoring-checkout-europe-production-13\n"));
    assert!(!shown.contains("assignment") && !shown.contains("subscription"));
    insta::assert_snapshot!(shown);
}

#[test]
fn resources_of_unchanged_projects_are_not_listed() {
    let options = Options {
        show_changes: true,
        ..PLAIN
    };
    let shown = shown(&eventful_preview(), options, 100);
    assert!(shown.contains("~ check home\n"), "{shown}");
    assert!(!shown.contains("~ check same\n"), "{shown}");
}

#[test]
fn no_line_of_a_preview_is_wider_than_the_terminal() {
    for columns in [30, 39, 40, 41, 60, 80, 100, 200] {
        for show_changes in [false, true] {
            let options = Options {
                progress: Progress::None,
                show_changes,
                ..PLAIN
            };
            for line in shown(&eventful_preview(), options, columns).lines() {
                assert!(width(line) <= columns, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn a_preview_of_one_project_has_no_total() {
    let run = Script::of(Operation::Preview, &["shop"])
        .succeeded("shop", 100, [2, 0, 0, 0])
        .over(RunResult::Succeeded);
    insta::assert_snapshot!(shown(&run, QUIET, 80), @r"
    PROJECT    CREATE   UPDATE   DELETE PRESERVE
    shop            2        -        -        -

    1 project: 1 previewed · 0 ms
    ");
}

/// Previewed, with these deletions.
fn found(s: &mut Script, name: &str, deletions: usize) {
    s.project(
        name,
        Event::Previewing {
            attempt: 1,
            gzip_bytes: None,
        },
    );
    let changes =
        (0..deletions).map(|n| Change::bare(Action::Delete, "check", &format!("old-{n}")));
    let changes = changes.collect();
    let same_bundle = false;
    s.project(
        name,
        Event::Previewed {
            changes,
            same_bundle,
        },
    );
}

#[test]
fn a_preview_before_a_deployment_prints_one_line() {
    let mut s = Script::previewed(&["shop", "blog"]);
    found(&mut s, "shop", 0);
    found(s.at(5_000), "blog", 1);
    s.run(Event::RunPreviewed).at(60_000).approved();
    s.at(61_000).accepted("shop", "dep-1");
    let run = s.at(62_000).succeeded("shop", 100, [2, 0, 0, 0]);
    let run = run
        .succeeded("blog", 100, [0, 0, 1, 0])
        .over(RunResult::Succeeded);
    insta::assert_snapshot!(shown(&run, PLAIN, 80), @r"
    00:00   checking 2 projects in account prod (5c2ac9b4) at api.checklyhq.com for
            deletions
    00:00   orchestrate 0.1.0 · deploying 2 projects to account prod (5c2ac9b4) at
            api.checklyhq.com · projects.toml · at most 8 at once
    00:01   shop  uploading
    00:01   shop  accepted
    00:02 ✓ shop  succeeded in 100 ms: 2 created
    00:02 ✓ blog  succeeded in 100 ms: 1 deleted

    ✓ 2 succeeded: 2 created, 1 deleted

    2 projects: 2 succeeded · 1 min 2 s
    ");
    assert!(!shown(&run, QUIET, 80).contains("checking"));
}

#[test]
fn a_preview_before_a_deployment_names_its_blocker() {
    let mut s = Script::previewed(&["shop"]);
    s.conflict("shop", "dep-1", OnConflict::Wait);
    found(&mut s, "shop", 1);
    s.run(Event::RunPreviewed);
    let run = s.events.clone();
    insta::assert_snapshot!(shown(&run, PLAIN, 80), @r"
    00:00   checking 1 project in account prod (5c2ac9b4) at api.checklyhq.com for
            deletions
    00:00 ! shop  blocked by deployment dep-1; waiting for it to finish
    ");
}

#[test]
fn a_failed_preview_before_a_deployment_is_shown_as_that_deployment() {
    let mut s = Script::previewed(&["shop", "mail"]);
    found(&mut s, "shop", 1);
    let error = ErrorInfo {
        message: "check \"home\" is not valid".into(),
        http_status: Some(400),
        ..ErrorInfo::default()
    };
    s.at(1000).ended(ProjectReport {
        error: Some(error),
        ..because("mail", ProjectResult::Rejected, Reason::Http(400))
    });
    let refusal = Refusal {
        reason: Reason::PreviewFailed,
        details: vec![],
        exit_code: None,
    };
    s.run(Event::RunPreviewed).run(Event::RunRefused(refusal));
    s.ended(because(
        "shop",
        ProjectResult::Skipped,
        Reason::PreviewFailed,
    ));
    insta::assert_snapshot!(shown(&s.over(RunResult::Failed), PLAIN, 80));
}

#[test]
fn a_refused_run_leaves_the_explanation_to_the_command() {
    let mut s = Script::previewed(&["shop"]);
    found(&mut s, "shop", 1);
    let refusal = Refusal {
        reason: Reason::NotConfirmed,
        details: vec![],
        exit_code: Some(1),
    };
    s.run(Event::RunPreviewed).run(Event::RunRefused(refusal));
    s.ended(because(
        "shop",
        ProjectResult::Skipped,
        Reason::NotConfirmed,
    ));
    let shown = shown(&s.over(RunResult::Failed), PLAIN, 80);
    assert_eq!(
        shown.lines().count(),
        2,
        "only the first line, wrapped: {shown}"
    );
}
