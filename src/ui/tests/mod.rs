//! The output of whole runs.

mod bar;
mod destroying;
mod drawing;
mod endings;
mod eventful;
mod fleet;
mod folders;
mod hostile;
mod picture;
mod preview;
pub(super) mod script;
mod terminal;
mod writers;

use super::style::{FailureOutput, Progress, Size};
use super::text::width;
use super::{Human, Options, Verbosity};
use crate::model::*;
use eventful::eventful;
use script::{Script, because, row};
use std::time::Duration;

const PLAIN: Options = Options {
    progress: Progress::Lines,
    verbosity: Verbosity::Normal,
    color: false,
    show_changes: false,
    status_level: None,
    failure_output: FailureOutput::Final,
    fold: None,
    is_ascii: false,
    has_taskbar: false,
};

const QUIET: Options = Options {
    verbosity: Verbosity::Quiet,
    ..PLAIN
};

/// The output of a run in this many columns.
fn shown(events: &[RunEvent], options: Options, columns: usize) -> String {
    shown_in(events, options, Size { columns, rows: 40 }, None)
}

/// The output of a run in a window of this size; `resume` is the command that finishes it.
fn shown_in(events: &[RunEvent], options: Options, size: Size, resume: Option<&str>) -> String {
    let human = Human::new(Vec::new(), options, move || size);
    let mut human = human.resumable(resume.map(Into::into));
    for event in events {
        human.event(event);
    }
    assert!(human.error().is_none());
    String::from_utf8(human.into_inner()).unwrap()
}

#[test]
fn an_eventful_run_at_60_columns() {
    insta::assert_snapshot!(shown(&eventful(), PLAIN, 60));
}

#[test]
fn an_eventful_run_at_100_columns() {
    insta::assert_snapshot!(shown(&eventful(), PLAIN, 100));
}

#[test]
fn an_eventful_run_at_200_columns() {
    insta::assert_snapshot!(shown(&eventful(), PLAIN, 200));
}

#[test]
fn an_eventful_run_in_color() {
    let color = Options {
        color: true,
        ..PLAIN
    };
    let colored = shown(&eventful(), color, 100);
    let bare = anstream::adapter::strip_str(&colored).to_string();
    assert_eq!(
        bare,
        shown(&eventful(), PLAIN, 100),
        "color changes no text"
    );
    insta::assert_snapshot!(colored.replace('\u{1b}', "␛"));
}

#[test]
fn an_eventful_run_quietly() {
    insta::assert_snapshot!(shown(&eventful(), QUIET, 100));
}

#[test]
fn an_eventful_run_verbosely_with_its_changes() {
    let verbose = Options {
        verbosity: Verbosity::Verbose,
        show_changes: true,
        ..PLAIN
    };
    insta::assert_snapshot!(shown(&eventful(), verbose, 100));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for columns in [40, 60, 80, 100, 200] {
        for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
            let options = Options {
                verbosity,
                show_changes: true,
                ..PLAIN
            };
            for line in shown(&eventful(), options, columns).lines() {
                assert!(width(line) <= columns, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn a_run_that_succeeds_is_one_line_quietly() {
    let run = Script::new(&["checkout"])
        .accepted("checkout", "dep-1")
        .at(3200)
        .succeeded("checkout", 3200, [1, 0, 0, 0])
        .over(RunResult::Succeeded);
    insta::assert_snapshot!(shown(&run, QUIET, 80), @"1 project: 1 succeeded · 3.2 s");
    let deletes = Script::new(&["checkout"])
        .succeeded("checkout", 3200, [1, 0, 2, 0])
        .over(RunResult::Succeeded);
    insta::assert_snapshot!(shown(&deletes, QUIET, 80), @"1 project: 1 succeeded · 0 ms · 2 deleted");
    insta::assert_snapshot!(shown(&run, PLAIN, 80), @r"
    00:00   orchestrate 0.1.0 · deploying 1 project to account prod (5c2ac9b4) at
            api.checklyhq.com · projects.toml · at most 8 at once
    00:00   checkout  uploading
    00:00   checkout  accepted
    00:03 ✓ checkout  succeeded in 3.2 s: 1 created

    ✓ 1 succeeded: 1 created

    1 project: 1 succeeded · 3.2 s
    ");
}

#[test]
fn unselected_dependencies_are_named_without_duplicates() {
    let mut run = Script::new(&["checkout", "mail"]);
    let Event::RunPlanned { projects } = &mut run.events[1].event else {
        panic!("planned second");
    };
    projects[0].unselected_dependencies = vec!["alerts".into(), "evil\u{1b}[2J".into()];
    let more = ["alerts", "a", "b", "c", "d"].map(String::from);
    projects[1].unselected_dependencies = more.into();
    let shown = shown(&run.events, PLAIN, 100);
    assert_eq!(
        shown.lines().last(),
        Some("00:00   assumed to be deployed (not selected): alerts, evil, a, b, c and 1 more")
    );
}

#[test]
fn an_empty_run_has_zero_projects() {
    let run = Script::new(&[]).over(RunResult::Succeeded);
    insta::assert_snapshot!(shown(&run, PLAIN, 80), @r"
    00:00   orchestrate 0.1.0 · deploying 0 projects to account prod (5c2ac9b4) at
            api.checklyhq.com · projects.toml · at most 8 at once

    0 projects · 0 ms
    ");
}

#[test]
fn without_progress_there_are_only_the_summary_and_responses_to_signals() {
    let none = Options {
        progress: Progress::None,
        ..PLAIN
    };
    let run = Script::new(&["checkout", "mail"])
        .accepted("checkout", "dep-1")
        .ended(row("mail", ProjectResult::Superseded))
        .at(2000)
        .interrupted(Signal::Sigterm, 1, OnInterrupt::Drain, &["checkout"])
        .at(3200)
        .succeeded("checkout", 3200, [0, 0, 0, 0])
        .over(RunResult::Interrupted);
    insta::assert_snapshot!(shown(&run, none, 80), @r"
    00:02 ! SIGTERM: nothing new starts; waiting for 1 deployment (checkout) to
            finish. Send the signal again to cancel it.

    ✓ 1 succeeded: no changes

    ✗ mail superseded
        why         a newer deployment of the project cancelled this one
        next        deploy again if the newer deployment lacks these changes

    2 projects: 1 succeeded, 1 superseded · 3.2 s · interrupted by a signal
    ");
}

#[test]
fn excluded_projects_are_not_failures() {
    let run = Script::new(&["checkout", "mail"])
        .ended(row("checkout", ProjectResult::Skipped))
        .ended(row("mail", ProjectResult::Unchanged))
        .over(RunResult::Succeeded);
    insta::assert_snapshot!(shown(&run, PLAIN, 80), @r"
    00:00   orchestrate 0.1.0 · deploying 2 projects to account prod (5c2ac9b4) at
            api.checklyhq.com · projects.toml · at most 8 at once
    00:00 ✓ mail      unchanged, nothing sent

    ✓ 1 unchanged
    ○ 1 skipped on purpose

    2 projects: 1 unchanged, 1 skipped · 0 ms
    ");
}

#[test]
fn projects_that_a_timeout_kept_from_starting_are_one_entry() {
    let late = |name| because(name, ProjectResult::TimedOut, Reason::RunTimeout);
    let mut stopped = late("checkout");
    stopped.started_at = Some(stopped.finished_at);
    let run = Script::new(&["checkout", "search", "mail"])
        .at(60_000)
        .ended(stopped)
        .ended(late("search"))
        .ended(late("mail"))
        .over(RunResult::TimedOut);
    insta::assert_snapshot!(shown(&run, QUIET, 80), @r"
    01:00 ✗ checkout  timed out after 1 min: the run exceeded its timeout
                      (--timeout)

    ✗ 2 timed out
        projects    search, mail
        why         the run exceeded its timeout (--timeout)
        next        raise --timeout, then deploy again

    ✗ checkout timed out
        why         the run exceeded its timeout (--timeout)
        next        raise --timeout, then deploy again

    3 projects: 3 timed out · 1 min · exceeded --timeout
    ");
}

#[test]
fn projects_that_a_signal_kept_from_starting_are_one_entry() {
    let pending = |name| because(name, ProjectResult::Interrupted, Reason::Interrupted);
    let run = Script::new(&["search", "mail"])
        .at(1000)
        .ended(pending("search"))
        .ended(pending("mail"))
        .over(RunResult::Interrupted);
    insta::assert_snapshot!(shown(&run, QUIET, 80), @r"
    ! 2 interrupted
        projects    search, mail
        why         a signal interrupted the run; nothing was sent

    Deploy again to complete the remaining projects.
    2 projects: 2 interrupted · 1 s · interrupted by a signal
    ");
}

#[test]
fn without_a_block_the_state_is_a_line_every_30_seconds() {
    let mut script = Script::new(&["checkout", "search", "mail"]);
    script
        .accepted("checkout", "dep-1")
        .progress("checkout", 40);
    script
        .submitting("search", 1)
        .conflict("search", "dep-7", OnConflict::Wait);
    let mut human = Human::new(Vec::new(), PLAIN, || Size {
        columns: 80,
        rows: 24,
    });
    for event in &script.events {
        human.event(event);
    }
    for second in 0..95 {
        human.tick(Duration::from_secs(second));
    }
    let text = String::from_utf8(human.into_inner()).unwrap();
    let alive: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.contains("00:30"))
        .collect();
    insta::assert_snapshot!(alive.join("\n"), @r"
    00:30   13%, 1 deploying, 1 blocked, 1 queued: checkout 40%, search blocked
            (29:30 left, by deployment dep-7)
    01:00   13%, 1 deploying, 1 blocked, 1 queued: checkout 40%, search blocked
            (29:00 left, by deployment dep-7)
    01:30   13%, 1 deploying, 1 blocked, 1 queued: checkout 40%, search blocked
            (28:30 left, by deployment dep-7)
    ");
}

#[test]
fn a_quiet_run_states_only_that_it_has_waited_for_a_minute() {
    let lines = |options| {
        let mut script = Script::new(&["checkout", "search"]);
        script.accepted("checkout", "dep-1");
        let mut human = Human::new(Vec::new(), options, || Size {
            columns: 80,
            rows: 24,
        });
        script.events.iter().for_each(|event| human.event(event));
        for second in 1..=59 {
            human.tick(Duration::from_secs(second));
        }
        // Another one begins, and the first goes on.
        let from = script.events.len();
        script.at(59_000).accepted("search", "dep-2");
        script.at(59_000).succeeded("checkout", 59_000, [0; 4]);
        let rest = script.events.iter().skip(from);
        rest.for_each(|event| human.event(event));
        for second in 60..=180 {
            human.tick(Duration::from_secs(second));
        }
        String::from_utf8(human.into_inner()).unwrap()
    };
    insta::assert_snapshot!(lines(QUIET), @r"
    01:59   50%, 1 succeeded, 1 deploying: search 0%
    02:59   50%, 1 succeeded, 1 deploying: search 0%
    ");
    let none = Options {
        progress: Progress::None,
        ..QUIET
    };
    assert_eq!(lines(none), "");
}

/// 100 projects that progress a thousand times.
#[test]
fn percentages_are_in_one_line_every_30_seconds_for_the_whole_run() {
    let names: Vec<String> = (0..100).map(|n| format!("project-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut script = Script::new(&names);
    for name in &names {
        script.accepted(name, "dep");
    }
    let mut human = Human::new(Vec::new(), PLAIN, || Size {
        columns: 200,
        rows: 24,
    });
    script.events.iter().for_each(|event| human.event(event));
    for second in 0..90 {
        script.events.clear();
        script.at(second * 1000);
        for name in &names {
            script.progress(name, u8::try_from(second).unwrap());
        }
        script.events.iter().for_each(|event| human.event(event));
        human.tick(Duration::from_secs(second));
    }
    let text = String::from_utf8(human.into_inner()).unwrap();
    let percentages: Vec<&str> = text.lines().filter(|line| line.contains('%')).collect();
    insta::assert_snapshot!(percentages.join("\n"), @r"
    00:30   30%, 100 deploying: project-0 30%, project-1 30%, project-2 30%, project-3 30%, project-4 30% and 95 more
    01:00   60%, 100 deploying: project-0 60%, project-1 60%, project-2 60%, project-3 60%, project-4 60% and 95 more
    ");
}

#[test]
fn a_long_error_message_is_truncated() {
    let run = Script::new(&["checkout"])
        .ended(ProjectReport {
            error: Some(ErrorInfo {
                message: "<br>bad gateway ".repeat(10_000),
                ..ErrorInfo::default()
            }),
            ..because("checkout", ProjectResult::Unavailable, Reason::Http(502))
        })
        .over(RunResult::Failed);
    let text = shown(&run, QUIET, 80);
    assert!(text.contains("<br>bad gateway") && text.contains('…'));
    assert!(text.len() < 2000, "{} bytes", text.len());
}

#[test]
fn the_time_of_a_project_names_what_the_rate_limit_took_of_it() {
    let mut run = Script::new(&["shop", "blog"]);
    run.at(1_000).bundling("shop").bundling("blog");
    run.at(1_200)
        .project("shop", Event::Throttled { delay_ms: 5_000 });
    run.at(1_200)
        .project("blog", Event::Throttled { delay_ms: 400 });
    run.at(1_600).accepted("blog", "dep-1");
    run.at(2_000).succeeded("blog", 1_000, [1, 0, 0, 0]);
    // Its turn is later than announced.
    run.at(6_200)
        .project("shop", Event::Throttled { delay_ms: 800 });
    run.at(6_999).submitting("shop", 1);
    run.at(7_000).ended(ProjectReport {
        started_at: Some(Timestamp(script::START + 1_000)),
        ..because("shop", ProjectResult::Rejected, Reason::Http(401))
    });
    let text = shown(&run.over(RunResult::Failed), PLAIN, 100);
    assert!(
        text.contains("shop  rejected after 6 s (5.7 s rate limited): "),
        "{text}"
    );
    assert!(text.contains("blog  succeeded in 1 s: 1 created"), "{text}");
}
