//! The report as JUnit XML (`--report-file x.xml`), which CI systems show as tests: a case per project.
//!
//! It keeps to the schema of Jenkins (`junit-10.xsd`), the strictest reader. That schema has properties for suites only, so facts about
//! a project are its output.

use crate::model::sanitize::one_line;
use crate::model::{ConflictRecord, HookRecord, ProjectReport, ProjectResult, Report};
use crate::words;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestRerun, TestSuite};
use std::time::Duration;

/// The report as one test suite.
pub fn to_junit(report: &Report) -> Vec<u8> {
    let mut suite = TestSuite::new(xml(&report.manifest));
    suite.timestamp = report.started_at.to_string().parse().ok();
    suite.set_time(Duration::from_millis(report.duration_ms));
    for (name, value) in [
        ("run", report.run.to_string()),
        ("operation", report.operation.to_string()),
        ("result", report.result.to_string()),
        ("exit_code", report.exit_code.to_string()),
    ] {
        suite.add_property((name, &*xml(&value)));
    }
    suite.add_test_cases(report.hooks.iter().map(hook));
    suite.add_test_cases(report.projects.iter().map(|it| case(report, it)));
    let mut junit = quick_junit::Report::new("orchestrate");
    junit.set_time(Duration::from_millis(report.duration_ms));
    junit.add_test_suite(suite);
    // Only a failing writer fails, and memory does not.
    let text = junit.to_string().unwrap_or_default();
    // The schema knows this attribute of suites only. Its first occurrence is that of the root.
    let skipped = format!(" skipped=\"{}\"", junit.skipped);
    text.replacen(&skipped, "", 1).into_bytes()
}

fn case(report: &Report, project: &ProjectReport) -> TestCase {
    let why = words::why(project);
    let mut status = status(project.result);
    if matches!(status, TestCaseStatus::Success { .. }) {
        status.add_reruns(reruns(project));
    } else {
        let reason = project.reason.map(|it| it.to_string());
        status.set_type(reason.unwrap_or_else(|| project.result.to_string()));
        status.set_message(xml(&one_line(&words::failure(project))));
        status.set_description(xml(&description(report, project, why)));
    }
    let mut case = TestCase::new(xml(&project.name), status);
    case.set_classname(xml(&project.account));
    let took = project
        .started_at
        .map(|it| project.finished_at.millis_since(it));
    case.set_time(Duration::from_millis(took.unwrap_or(0)));
    case.set_system_out(xml(&facts(project)));
    case
}

/// A failure is a verdict on the project; an error prevented one.
fn status(result: ProjectResult) -> TestCaseStatus {
    use ProjectResult as R;
    match result {
        R::Succeeded | R::Unchanged => TestCaseStatus::success(),
        R::Skipped => TestCaseStatus::skipped(),
        R::Failed | R::Rejected | R::Cancelled | R::Superseded | R::Conflicted => {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        }
        R::TimedOut | R::Unavailable | R::Interrupted | R::Detached | R::Crashed => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    }
}

/// The uploads before the one that succeeded: each conflict, and the others together, whose causes only the events have.
fn reruns(project: &ProjectReport) -> Vec<TestRerun> {
    let conflict = |it: &ConflictRecord| {
        let message = format!("blocked by deployment {}", it.deployment_id);
        rerun("conflict", &message)
    };
    let mut reruns: Vec<_> = project.conflicts.iter().map(conflict).collect();
    let attempts = usize::try_from(project.attempts).unwrap_or(usize::MAX);
    if attempts > reruns.len() + 1 {
        reruns.push(rerun("retry", &words::count(attempts, "upload")));
    }
    reruns
}

fn rerun(kind: &str, message: &str) -> TestRerun {
    let mut rerun = TestRerun::new(NonSuccessKind::Failure);
    rerun.set_type(kind).set_message(xml(message));
    rerun
}

/// Everything that helps to fix it, one per line.
fn description(report: &Report, project: &ProjectReport, why: String) -> String {
    let error = project.error.as_ref();
    let next = words::next(report.operation, false, project);
    let parts = [
        Some(why),
        error.map(words::error),
        next.map(|next| format!("Next: {next}")),
        error.and_then(|error| error.output.clone()),
    ];
    let mut lines: Vec<String> = parts.into_iter().flatten().collect();
    lines.dedup();
    lines.join("\n")
}

fn facts(project: &ProjectReport) -> String {
    let bundle = project.bundle.as_ref();
    let facts = [
        ("result", Some(project.result.to_string())),
        ("account_id", project.account_id.clone()),
        ("logical_id", project.logical_id.clone()),
        (
            "deployment_id",
            project.deployment_id.as_ref().map(ToString::to_string),
        ),
        ("attempts", Some(project.attempts.to_string())),
        ("reconnects", Some(project.reconnects.to_string())),
        ("conflicts", Some(project.conflicts.len().to_string())),
        ("bundle_sha256", bundle.map(|it| it.sha256.clone())),
        ("changes", project.diff.map(|diff| words::diff(&diff))),
    ];
    let known = facts
        .into_iter()
        .filter_map(|(name, fact)| Some(format!("{name}: {}", fact?)));
    known.collect::<Vec<_>>().join("\n")
}

/// A hook of the run, which decides its result, too.
fn hook(record: &HookRecord) -> TestCase {
    let mut status = TestCaseStatus::success();
    if let Some(error) = &record.error {
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("hook").set_message(xml(error));
        status.set_description(xml(record.output.as_deref().unwrap_or(error)));
    }
    let mut case = TestCase::new(words::hook(record.hook), status);
    case.set_classname("run");
    case.set_time(Duration::from_millis(record.duration_ms));
    case
}

/// The text without the two characters that `quick_junit` leaves, and XML forbids.
fn xml(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{eventful, hostile};
    use super::*;
    use crate::model::ErrorInfo;

    fn junit(report: &Report) -> String {
        String::from_utf8(to_junit(report)).unwrap()
    }

    #[test]
    fn an_eventful_run() {
        insta::assert_snapshot!(junit(&eventful()));
    }

    /// The cases by their children, of a document that another reader of XML accepts.
    fn cases(xml: &str) -> Vec<(String, &'static str, usize)> {
        let read = quick_junit::Report::deserialize_from_str(xml).unwrap();
        let suite = &read.test_suites[0];
        let counted = (suite.tests, suite.failures + suite.errors, suite.skipped);
        assert_eq!(
            (read.tests, read.failures + read.errors),
            (counted.0, counted.1)
        );
        let cases = suite.test_cases.iter().map(|case| {
            let (kind, reruns) = match &case.status {
                TestCaseStatus::Success { flaky_runs } => ("success", flaky_runs.len()),
                TestCaseStatus::Skipped { .. } => ("skipped", 0),
                TestCaseStatus::NonSuccess { kind, .. } => match kind {
                    NonSuccessKind::Failure => ("failure", 0),
                    NonSuccessKind::Error => ("error", 0),
                },
            };
            (case.name.as_str().to_owned(), kind, reruns)
        });
        cases.collect()
    }

    #[test]
    fn a_project_is_a_case_and_a_retry_that_succeeded_is_flaky() {
        let xml = junit(&eventful());
        let expected = [
            ("alerts", "success", 0),
            ("shop", "success", 1),
            ("search", "success", 1),
            ("pay", "failure", 0),
            ("pay-eu", "skipped", 0),
            ("mail", "success", 0),
            ("docs", "success", 0),
            ("日本語", "success", 1),
        ];
        let expected = expected.map(|(name, kind, reruns)| (name.to_owned(), kind, reruns));
        assert_eq!(cases(&xml), expected);
    }

    #[test]
    fn the_message_is_the_error_on_one_line_or_else_why() {
        let mut report = eventful();
        report.projects = vec![
            ProjectReport {
                error: Some(ErrorInfo {
                    message: "\"frequency\" must be\n  one of [1, 2]".into(),
                    http_status: Some(400),
                    ..ErrorInfo::default()
                }),
                ..ProjectReport::bare("shop", ProjectResult::Rejected)
            },
            ProjectReport::bare("pay", ProjectResult::Cancelled),
        ];
        let read = quick_junit::Report::deserialize_from_str(&junit(&report)).unwrap();
        let cases = read.test_suites[0].test_cases.iter();
        let messages = cases.map(|case| match &case.status {
            TestCaseStatus::NonSuccess { message, .. } => message.as_ref().unwrap().to_string(),
            other => panic!("{other:?}"),
        });
        let expected = [
            "HTTP 400: \"frequency\" must be one of [1, 2]",
            "another user or a newer deployment cancelled it",
        ];
        assert_eq!(messages.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_failed_hook_of_the_run_is_a_failed_case() {
        let text = "exit code 1";
        let xml = junit(&hostile::report(text));
        assert_eq!(cases(&xml)[0], ("pre hook".to_owned(), "failure", 0));
    }

    #[test]
    fn only_characters_that_xml_carries_are_written() {
        for text in hostile::TEXTS {
            let xml = junit(&hostile::report(text));
            let is_allowed =
                |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
            assert!(xml.chars().all(is_allowed), "{text:?}");
            assert!(!xml.contains("<img") && !xml.contains("<x/>"), "{xml}");
            assert_eq!(cases(&xml).len(), 4, "{text:?}");
        }
    }

    #[test]
    fn every_result_has_a_place() {
        for result in [
            ProjectResult::TimedOut,
            ProjectResult::Unavailable,
            ProjectResult::Interrupted,
            ProjectResult::Detached,
            ProjectResult::Crashed,
        ] {
            let mut report = eventful();
            report.projects = vec![ProjectReport::bare("shop", result)];
            let cases = cases(&junit(&report));
            assert_eq!(
                cases,
                [("shop".to_owned(), "error", 0)],
                "no verdict on the project"
            );
        }
    }
}
