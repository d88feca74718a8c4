//! Reports that exceed the limit of a comment.

use super::super::page::LONGEST;
use super::*;

/// The number of lines of the report that contain this.
fn lines_with(markdown: &str, text: &str) -> usize {
    markdown.lines().filter(|line| line.contains(text)).count()
}

#[test]
fn the_list_of_changes_is_omitted_first_and_no_deletion_is() {
    let many = (0..200).map(|n| checks(&format!("project-{n}"), [0, 20, 1, 0]));
    let said = preview(many.collect());
    assert!(said.len() <= LONGEST, "{} bytes", said.len());
    assert!(!said.contains("<details>"));
    assert!(said.contains("**The list of 4200 changes is omitted:** a comment on GitHub has no room for more. The JSON report has everything.\n"));
    assert_eq!(lines_with(&said, "  - check `"), 200, "every deletion");
    assert_eq!(
        lines_with(&said, "| – | 20 | **1** | – |"),
        200,
        "every row"
    );
    assert!(!said.contains("more deletions") && !said.contains("more projects"));
}

#[test]
fn omitted_deletions_are_counted() {
    let many = (0..200).map(|n| checks(&format!("project-{n}"), [0, 0, 40, 0]));
    let said = preview(many.collect());
    assert!(said.len() <= LONGEST, "{} bytes", said.len());
    assert!(said.contains("**200 of 200 projects would delete 8000 resources.**"));
    let listed = lines_with(&said, "  - check `");
    assert!(listed > 1000, "{listed}");
    let rest = format!("**{} more deletions omitted:**", 8000 - listed);
    assert!(said.contains(&rest), "{listed} are listed");
    assert!(
        said.contains("**200 more projects omitted:**"),
        "rows of the table"
    );
}

#[test]
fn failures_have_priority_over_the_table() {
    let failed = |n: usize| ProjectReport {
        error: Some(ErrorInfo {
            message: format!("{n} {}", "no such thing ".repeat(30)),
            ..ErrorInfo::default()
        }),
        ..because(
            &format!("bad-{n}"),
            ProjectResult::Failed,
            Reason::DeploymentFailed,
        )
    };
    let of = |n: usize| {
        let good = (0..600).map(|n| checks(&format!("good-{n}"), [1, 0, 0, 0]));
        let projects = (0..n).map(failed).chain(good).collect();
        to_markdown(&report(Operation::Deploy, RunResult::Failed, projects))
    };
    let said = of(60);
    assert!(said.len() <= LONGEST, "{} bytes", said.len());
    assert_eq!(lines_with(&said, "### ✗ `bad-"), 60);
    let rows = lines_with(&said, "` | ✓ succeeded | ") + lines_with(&said, "` | ✗ failed | ");
    assert!((100..660).contains(&rows), "{rows}");
    assert!(said.contains(&format!("**{} more projects omitted:**", 660 - rows)));
    let said = of(200);
    assert!(said.len() <= LONGEST, "{} bytes", said.len());
    let told = lines_with(&said, "### ✗ `bad-");
    assert!(said.contains(&format!(
        "**{} more unsuccessful projects omitted:**",
        200 - told
    )));
}

#[test]
fn a_group_of_failures_names_some_and_the_table_all() {
    let failed = |n| rejected(&format!("bad-{n}"), "no locations");
    let held_up = |n| skipped(&format!("later-{n}"), "bad-0");
    let projects = (0..500).map(failed).chain((0..300).map(held_up));
    let projects = projects.collect();
    let said = to_markdown(&report(Operation::Deploy, RunResult::Failed, projects));
    for (heading, rest) in [
        ("### ✗ 500 projects rejected\n", "`bad-19`, and 480 more"),
        (
            "### ○ 300 projects skipped\n",
            "`later-19`, and 280 more: depends on",
        ),
    ] {
        let (_, group) = said.split_once(heading).unwrap();
        let names = group.lines().next().unwrap();
        assert!(names.contains(rest), "{names}");
    }
    assert_eq!(lines_with(&said, "` | ✗ rejected | "), 500);
    assert_eq!(lines_with(&said, "` | ○ skipped | "), 300);
    assert!(!said.contains("omitted"));
}

#[test]
fn one_name_cannot_fill_the_page() {
    let name = "`".repeat(100_000);
    let mut report = report(
        Operation::Preview,
        RunResult::Succeeded,
        vec![checks(&name, [1, 0, 1, 0]), checks("shop", [0, 0, 1, 0])],
    );
    report.manifest = name;
    let said = to_markdown(&report);
    assert!(said.len() <= LONGEST, "{} bytes", said.len());
    assert_eq!(lines_with(&said, "  - check "), 2);
}
