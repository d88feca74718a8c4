//! The end of a run with failures: equal ones together, and the last lines say which projects failed, and why.

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

#[test]
fn equal_failures_are_one_block_and_the_last_lines_name_all_at_60_columns() {
    let options = Options {
        status_level: Some(StatusLevel::None),
        ..PLAIN
    };
    insta::assert_snapshot!(shown(&red(), options, 60));
}

#[test]
fn equal_failures_are_one_block_and_the_last_lines_name_all_at_100_columns() {
    let options = Options {
        status_level: Some(StatusLevel::Fail),
        ..PLAIN
    };
    insta::assert_snapshot!(shown(&red(), options, 100));
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
