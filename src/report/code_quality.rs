//! The report in GitLab's Code Quality format (`--report-file gl-code-quality-report.json`), which merge requests show: a finding
//! for each failed project, at its place in the manifest.

use super::json::indented;
use crate::hash;
use crate::log::Timeline;
use crate::model::{Location, ProjectReport, ProjectResult, Report, sanitize};
use crate::words;
use serde_json::{Value, json};

/// The failures of the report as a JSON array. The timeline has the places of the projects.
pub fn to_code_quality(report: &Report, timeline: &Timeline) -> Vec<u8> {
    // GitLab requires a place.
    let unknown = Location {
        file: report.manifest.clone(),
        line: 1,
    };
    let failures = report.projects.iter().filter(|it| words::is_failure(it));
    let findings = failures.map(|project| {
        let location = timeline.location(&project.name);
        finding(report, project, location.unwrap_or(&unknown))
    });
    indented(&Value::Array(findings.collect()))
}

fn finding(report: &Report, project: &ProjectReport, location: &Location) -> Value {
    let (name, result) = (&project.name, words::ended(project));
    let why = words::failure(project);
    let next = words::next(report.operation, false, project).map(|next| format!(". Next: {next}"));
    let why = why.trim_end_matches('.').to_owned() + &next.unwrap_or_default();
    let code = project.reason.map(|it| it.to_string());
    let code = code.unwrap_or_else(|| project.result.to_string());
    json!({
        "description": sanitize::one_line(&format!("{name} {result}: {why}")),
        "check_name": code,
        // Neither the line nor the message: GitLab would show an old failure as a new one. The file, because GitLab joins the
        // reports of all jobs.
        "fingerprint": hash::of_parts([&location.file, name, &code]),
        "severity": severity(project.result),
        "location": {"path": location.file, "lines": {"begin": location.line}},
    })
}

/// Failures that need a change are worse than those that may end by themselves.
fn severity(result: ProjectResult) -> &'static str {
    use ProjectResult as R;
    match result {
        R::Crashed => "blocker",
        R::Failed | R::Rejected => "critical",
        R::Cancelled | R::TimedOut | R::Interrupted | R::Detached => "major",
        R::Conflicted | R::Superseded | R::Unavailable => "minor",
        R::Succeeded | R::Unchanged | R::Skipped => "info",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{eventful_run, hostile};
    use super::*;
    use crate::model::{ErrorInfo, Reason};
    use std::collections::BTreeSet;

    fn findings(report: &Report, timeline: &Timeline) -> Vec<Value> {
        let json = String::from_utf8(to_code_quality(report, timeline)).unwrap();
        assert!(json.starts_with('[') && json.ends_with("]\n"), "{json}");
        serde_json::from_str(&json).unwrap()
    }

    /// What GitLab documents as required.
    fn is_valid(finding: &Value) -> bool {
        let is_text = |field: &str| finding[field].as_str().is_some_and(|it| !it.is_empty());
        let severities = ["info", "minor", "major", "critical", "blocker"];
        ["description", "check_name", "fingerprint"]
            .into_iter()
            .all(is_text)
            && severities.iter().any(|it| finding["severity"] == *it)
            && finding["location"]["path"].is_string()
            && finding["location"]["lines"]["begin"].as_u64() >= Some(1)
    }

    #[test]
    fn an_eventful_run() {
        let (report, mut timeline) = eventful_run();
        let lanes = timeline.lanes.iter_mut().zip(1..);
        for (lane, line) in lanes {
            let file = "teams/pay/projects.toml".into();
            lane.project.location = Some(Location { file, line });
        }
        let json = to_code_quality(&report, &timeline);
        insta::assert_snapshot!(String::from_utf8(json).unwrap());
    }

    #[test]
    fn every_failure_is_a_valid_finding_with_its_own_fingerprint() {
        let (report, timeline) = eventful_run();
        let projects = ProjectResult::ALL.iter().flat_map(|result| {
            ["a", "b"].map(|name| ProjectReport {
                reason: Some(Reason::Http(402)),
                started_at: Some(report.started_at),
                ..ProjectReport::bare(&format!("{name} {result}"), *result)
            })
        });
        let projects = projects.collect();
        let found = findings(&Report { projects, ..report }, &timeline);
        assert!(found.iter().all(is_valid), "{found:#?}");
        let names = found.iter().map(|it| it["description"].as_str().unwrap());
        let names: BTreeSet<&str> = names.map(|it| &it[..it.find(':').unwrap()]).collect();
        let fingerprints: BTreeSet<_> = found.iter().map(|it| it["fingerprint"].as_str()).collect();
        // Neither succeeded, unchanged, nor skipped.
        let failures = 2 * (ProjectResult::ALL.len() - 3);
        assert_eq!((names.len(), fingerprints.len()), (failures, failures));
    }

    #[test]
    fn the_fingerprint_is_that_of_the_same_failure_in_another_run() {
        let (report, timeline) = eventful_run();
        let fingerprint = |reason, message: &str, duration_ms| {
            let project = ProjectReport {
                reason: Some(reason),
                error: Some(ErrorInfo {
                    message: message.into(),
                    ..ErrorInfo::default()
                }),
                ..ProjectReport::bare("pay", ProjectResult::Rejected)
            };
            let report = Report {
                duration_ms,
                projects: vec![project],
                ..report.clone()
            };
            findings(&report, &timeline)[0]["fingerprint"].clone()
        };
        let first = fingerprint(Reason::Http(402), "limit 1", 1);
        assert_eq!(first, fingerprint(Reason::Http(402), "limit 2", 2));
        assert_ne!(first, fingerprint(Reason::Http(413), "limit 1", 1));
    }

    #[test]
    fn without_failures_it_is_an_empty_array() {
        let (mut report, timeline) = eventful_run();
        report.projects.retain(|it| !words::is_failure(it));
        assert_eq!(to_code_quality(&report, &timeline), b"[]\n");
    }

    #[test]
    fn a_project_without_a_known_place_is_found_in_the_manifest() {
        let (report, timeline) = eventful_run();
        let found = &findings(&report, &timeline)[0];
        let expected = json!({"path": "projects.toml", "lines": {"begin": 1}});
        assert_eq!(found["location"], expected);
    }

    #[test]
    fn texts_of_servers_are_sanitized() {
        for text in hostile::TEXTS {
            let found = findings(&hostile::report(text), &hostile::timeline(text));
            let description = found[0]["description"].as_str().unwrap();
            assert!(description.chars().all(sanitize::is_visible), "{text:?}");
        }
    }
}
