//! Deletions, whose texts mention neither uploads nor deployments.

use super::*;

/// Deleted, nothing to delete, blocked, rejected, and skipped because of that.
fn eventful_deletion() -> Vec<RunEvent> {
    let names = ["shop", "blog", "search", "mail", "shared"];
    let mut s = Script::of(Operation::Destroy, &names);
    s.accepted("shop", "dep-1").progress("shop", 50);
    s.submitting("blog", 1).at(100).ended(ProjectReport {
        diff: Some(DiffCounts::default()),
        started_at: Some(Timestamp(script::START)),
        attempts: 1,
        ..row("blog", ProjectResult::Succeeded)
    });
    s.submitting("search", 1);
    s.conflict("search", "dep-9", OnConflict::Wait);
    s.at(2_000)
        .submitting("search", 2)
        .submitted("search", "dep-2");
    s.succeeded("shop", 1_900, [0, 0, 4, 0]);
    s.at(3_000).succeeded("search", 2_800, [0, 0, 0, 7]);
    s.submitting("mail", 1).ended(ProjectReport {
        started_at: Some(Timestamp(script::START)),
        attempts: 1,
        ..because("mail", ProjectResult::Rejected, Reason::Http(422))
    });
    s.ended(ProjectReport {
        cause: Some("mail".into()),
        ..because("shared", ProjectResult::Skipped, Reason::DependentFailed)
    });
    s.over(RunResult::Failed)
}

#[test]
fn a_deletion_at_100_columns() {
    let shown = shown(&eventful_deletion(), PLAIN, 100);
    assert!(
        !shown.contains("deploy again") && !shown.contains("upload"),
        "{shown}"
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn several_deletion_requests_are_counted() {
    let deleted = ProjectReport {
        attempts: 2,
        ..row("shop", ProjectResult::Succeeded)
    };
    let run = Script::of(Operation::Destroy, &["shop"])
        .ended(deleted)
        .over(RunResult::Succeeded);
    let verbose = Options {
        verbosity: Verbosity::Verbose,
        ..PLAIN
    };
    let shown = shown(&run, verbose, 80);
    assert!(shown.contains("(2 deletion requests)"), "{shown}");
}

#[test]
fn an_interrupted_deletion_is_completed_by_the_same_command() {
    let run = Script::of(Operation::Destroy, &["shop"])
        .ended(because(
            "shop",
            ProjectResult::Interrupted,
            Reason::Interrupted,
        ))
        .over(RunResult::Interrupted);
    let shown = shown(&run, QUIET, 80);
    assert!(
        shown.contains("Destroy again to complete the remaining projects."),
        "{shown}"
    );
}

#[test]
fn the_status_of_a_deletion_says_deleting() {
    let mut human = Human::new(
        Vec::new(),
        Options {
            progress: Progress::Bar,
            ..PLAIN
        },
        || Size {
            columns: 80,
            rows: 40,
        },
    );
    for event in &eventful_deletion()[..4] {
        human.event(event);
    }
    human.tick(Duration::from_secs(1));
    let shown = String::from_utf8(human.into_inner()).unwrap();
    assert!(shown.contains("1 deleting"), "{shown}");
    assert!(!shown.contains("deploying"), "{shown}");
}
