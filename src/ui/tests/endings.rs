//! The end of a run with failures: equal ones together, and the last lines say which projects failed, and why.

use super::script::START;
use super::*;
use crate::ui::style::StatusLevel;

fn plan_limit(name: &str) -> ProjectReport {
    ProjectReport {
        attempts: 1,
        deployment_id: Some(format!("dep-{name}").into()),
        error: Some(ErrorInfo {
            code: Some("PLAN_LIMITS_EXCEEDED".into()),
            message: "The plan allows 50 browser checks.".into(),
            ..ErrorInfo::default()
        }),
        ..because(name, ProjectResult::Failed, Reason::DeploymentFailed)
    }
}

/// Forty projects: six exceed a limit of the plan, one is rejected, one depends on it, and the others succeed.
fn red() -> Vec<RunEvent> {
    let names: Vec<String> = (0..40).map(|n| format!("team-{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut run = Script::new(&names);
    for (n, name) in names.iter().enumerate() {
        run.at(100 * n as u64);
        match n {
            3 => run.ended(ProjectReport {
                error: Some(ErrorInfo {
                    message: "\"frequency\" must be one of 1, 2, 5, 10".into(),
                    http_status: Some(400),
                    ..ErrorInfo::default()
                }),
                ..because(name, ProjectResult::Rejected, Reason::Http(400))
            }),
            4 => run.ended(ProjectReport {
                cause: Some(names[3].into()),
                ..because(name, ProjectResult::Skipped, Reason::DependencyFailed)
            }),
            n if n % 6 == 5 => run.ended(plan_limit(name)),
            _ => run.succeeded(name, 900, [1, 2, 0, 0]),
        };
    }
    run.over(RunResult::Failed)
}

/// The end in a window of this size.
fn end_of(run: &[RunEvent], columns: usize, rows: usize) -> String {
    let options = Options {
        status_level: Some(StatusLevel::None),
        ..PLAIN
    };
    shown_in(run, options, Size { columns, rows }, None)
}

#[test]
fn equal_failures_are_one_block() {
    insta::assert_snapshot!(end_of(&red(), 60, 40));
    insta::assert_snapshot!(end_of(&red(), 100, 40));
}

/// The list is left out if the details fit, and has what to do next if that fits.
#[test]
fn the_last_screen_says_what_failed_and_why_and_what_to_do_next() {
    let list = |rows| {
        let text = end_of(&red(), 60, rows);
        text.split_once("40 projects: ").unwrap().1.to_owned()
    };
    let all = (5..=22).rev().map(|rows| (rows, list(rows)));
    let all = Vec::from_iter(all.map(|(rows, list)| format!("{rows} rows: {list}")));
    let distinct = all.iter().filter(|it| {
        let of = |it: &str| it.split_once(": ").map(|it| it.1.to_owned());
        all.iter().find(|other| of(other) == of(it)) == Some(it)
    });
    insta::assert_snapshot!(Vec::from_iter(distinct.cloned()).join("\n"));
}

/// Twelve projects are stopped by a signal: before they start, before a retry, and during an upload.
fn interrupted() -> Vec<RunEvent> {
    let names: Vec<String> = (0..12).map(|n| format!("team-{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut run = Script::new(&names);
    for (n, name) in names.iter().enumerate() {
        run.at(1000);
        match n {
            0 => run.succeeded(name, 900, [1, 0, 0, 0]),
            1 => run.ended(plan_limit(name)),
            2 | 3 => run.ended(ProjectReport {
                attempts: 1,
                started_at: Some(Timestamp(START)),
                ..because(name, ProjectResult::Interrupted, Reason::Interrupted)
            }),
            4 => run.ended(ProjectReport {
                attempts: 1,
                cause: Some(
                    "a request received no usable response; it may have started a deployment"
                        .into(),
                ),
                ..because(name, ProjectResult::Detached, Reason::Interrupted)
            }),
            _ => run.ended(because(
                name,
                ProjectResult::Interrupted,
                Reason::Interrupted,
            )),
        };
    }
    run.over(RunResult::Interrupted)
}

#[test]
fn an_interrupted_run_ends_with_what_to_do_about_all_its_projects() {
    let text = shown(&interrupted(), QUIET, 100);
    insta::assert_snapshot!(text);
    // However many projects there are, nothing but one sentence is about those that were stopped.
    let small = end_of(&interrupted(), 60, 12);
    let (_, list) = small.split_once("12 projects: ").unwrap();
    assert!(
        list.contains("! team-04: ") && !list.contains("team-02"),
        "{list}"
    );
    assert!(small.contains("\nDeploy again to complete the remaining projects.\n"));
}

#[test]
fn the_command_that_finishes_the_run_can_be_copied_from_a_narrow_terminal() {
    let command = "orchestrate resume '/srv/deployments/acme monitoring/01a219e6-6b77-7000-8000-00000000000b.jsonl'";
    let size = Size {
        columns: 60,
        rows: 40,
    };
    let text = shown_in(&interrupted(), QUIET, size, Some(command));
    let mut lines = text
        .lines()
        .skip_while(|line| *line != "To finish this run:");
    assert_eq!(lines.nth(1), Some(&*format!("    {command}")), "{text}");
    // It is the only advice about how to go on.
    assert!(
        !text.contains("deploy again") && !text.contains("Deploy again"),
        "{text}"
    );
}

/// The uploads, and conflicts that have been resolved, are not shown.
#[test]
fn failures_that_read_alike_are_equal() {
    let conflict = ConflictRecord {
        deployment_id: "dep-9".into(),
        policy: OnConflict::Wait,
        waited_ms: 12_000,
        cancel_error: None,
    };
    let hook = HookRecord {
        hook: Hook::Pre,
        exit_code: Some(0),
        duration_ms: 17,
        error: None,
        output: None,
        report: None,
    };
    let run = Script::new(&["a", "b", "c", "d"])
        .ended(plan_limit("a"))
        .ended(ProjectReport {
            attempts: 3,
            ..plan_limit("b")
        })
        .ended(ProjectReport {
            conflicts: vec![conflict],
            ..plan_limit("c")
        })
        .ended(ProjectReport {
            hooks: vec![hook],
            ..plan_limit("d")
        })
        .over(RunResult::Failed);
    let text = end_of(&run, 100, 40);
    assert!(
        text.contains("✗ 4 failed\n    projects    a, b, c, d\n"),
        "{text}"
    );
}

#[test]
fn failures_that_name_a_deployment_or_an_account_are_not_equal() {
    let blocked = |name: &str, id: &str| ProjectReport {
        conflicts: vec![ConflictRecord {
            deployment_id: id.into(),
            policy: OnConflict::Wait,
            waited_ms: 12_000,
            cancel_error: None,
        }],
        ..because(name, ProjectResult::Conflicted, Reason::ConflictDeadline)
    };
    let refused = |name: &str, account: &str| ProjectReport {
        account: account.into(),
        ..because(name, ProjectResult::Rejected, Reason::Http(401))
    };
    let run = Script::new(&["a", "b", "c", "d"])
        .ended(blocked("a", "dep-1"))
        .ended(blocked("b", "dep-2"))
        .ended(refused("c", "eu"))
        .ended(refused("d", "us"))
        .over(RunResult::Failed);
    let text = end_of(&run, 100, 40);
    for part in [
        "dep-1 after 12 s",
        "dep-2 after 12 s",
        "account eu",
        "account us",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// One sentence says what happened, and one how to go on.
#[test]
fn a_lost_response_is_explained_once() {
    let lost = ProjectReport {
        attempts: 4,
        cause: Some("a request received no usable response; it may have started a deployment".into()),
        error: Some(ErrorInfo {
            message: "The connection broke before a response arrived (connection reset); the API may have accepted the request.".into(),
            ..ErrorInfo::default()
        }),
        ..because("stock", ProjectResult::Unavailable, Reason::NoResponse)
    };
    let limited = ProjectReport {
        error: Some(ErrorInfo {
            message: "Too many requests.".into(),
            http_status: Some(429),
            hint: Some("Lower the account's `rate`, or set `--rate`; then try again.".into()),
            ..ErrorInfo::default()
        }),
        ..ProjectReport {
            reason: Some(Reason::Http(429)),
            name: "pricing".into(),
            ..lost.clone()
        }
    };
    let run = Script::new(&["stock", "pricing"])
        .ended(lost)
        .ended(limited)
        .over(RunResult::Failed);
    insta::assert_snapshot!(end_of(&run, 100, 40));
}

#[test]
fn the_reason_of_a_failure_has_three_lines_and_that_of_a_skipped_project_one() {
    let message =
        "Validation failed: \"frequency\" must be one of [1, 2, 5, 10, 15, 30, 60] ".repeat(4);
    let run = Script::new(&["search-staging", "search-production-eu"])
        .ended(ProjectReport {
            error: Some(ErrorInfo {
                message,
                http_status: Some(400),
                ..ErrorInfo::default()
            }),
            ..because("search-staging", ProjectResult::Rejected, Reason::Http(400))
        })
        .ended(ProjectReport {
            cause: Some("search-staging".into()),
            ..because(
                "search-production-eu",
                ProjectResult::Skipped,
                Reason::DependencyFailed,
            )
        })
        .over(RunResult::Failed);
    let text = shown(&run, PLAIN, 60);
    let lines = text.lines().skip(2).take_while(|line| !line.is_empty());
    insta::assert_snapshot!(Vec::from_iter(lines).join("\n"));
}

#[test]
fn the_details_of_a_failure_are_printed_when_asked_for() {
    let mut run = Script::new(&["checkout"]);
    let run = run
        .at(900)
        .ended(plan_limit("checkout"))
        .over(RunResult::Failed);
    let details = "    deployment  dep-checkout";
    let times = |failure_output| {
        let options = Options {
            failure_output,
            ..PLAIN
        };
        let text = shown(&run, options, 80);
        let total = text.find("1 project: 1 failed").unwrap();
        let (before, after) = text.split_at(total);
        assert!(!after.contains(details));
        (
            before.matches(details).count(),
            after.contains("✗ checkout: "),
        )
    };
    assert_eq!(times(FailureOutput::Immediate), (1, true));
    assert_eq!(times(FailureOutput::Final), (1, false));
    assert_eq!(times(FailureOutput::Both), (2, false));
    assert_eq!(times(FailureOutput::Never), (0, true));
}

#[test]
fn each_status_level_shows_what_the_one_before_shows_and_more() {
    let levels = StatusLevel::ALL.iter().map(|level| {
        let options = Options {
            status_level: Some(*level),
            verbosity: Verbosity::Quiet,
            ..PLAIN
        };
        let text = shown(&eventful(), options, 100);
        let lines = text.lines().filter(|line| line.starts_with("0"));
        Vec::from_iter(lines.map(str::to_owned))
    });
    let levels = Vec::from_iter(levels);
    // Only the responses to signals.
    assert!(levels[0].iter().all(|line| line.contains(" ! SIGINT: ")));
    for pair in levels.windows(2) {
        assert!(pair[0].len() < pair[1].len(), "{pair:#?}");
        assert!(
            pair[0].iter().all(|line| pair[1].contains(line)),
            "{pair:#?}"
        );
    }
}

/// Deployments that are followed are mentioned only if there are any.
#[test]
fn a_resumed_run_says_what_is_left_to_do() {
    let start = || Resumption::Start {
        maybe_sent_at: None,
    };
    let follow = || Resumption::Follow {
        deployment_id: "dep-1".into(),
    };
    let line = |left: [Resumption; 3]| {
        let names = ["a", "b", "c"];
        let mut run = Script::new(&names);
        let projects = names.iter().zip(left);
        let projects = projects.map(|(name, resumption)| ResumedProject {
            name: (*name).into(),
            resumption,
        });
        run.run(Event::RunResumed {
            version: "0.1.0".into(),
            limits: Limits::bare(8),
            projects: projects.collect(),
        });
        let text = shown(&run.events, PLAIN, 100);
        text.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(
        line([Resumption::Skip, start(), start()]),
        "00:00   resuming: 1 project finished, 2 to deploy"
    );
    assert_eq!(
        line([Resumption::Skip, follow(), start()]),
        "00:00   resuming: 1 project finished, 1 running, 1 to deploy"
    );
}
