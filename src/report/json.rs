//! The report as JSON: what `--report-file x.json` holds.

use crate::model::Report;
use serde::Serialize;

/// The report as indented JSON with a newline at the end.
pub fn to_json(report: &Report) -> Vec<u8> {
    indented(report)
}

/// Indented JSON with a newline at the end.
pub(super) fn indented(value: &impl Serialize) -> Vec<u8> {
    // Cannot fail: map keys are strings, and writing to memory succeeds.
    let mut json = serde_json::to_vec_pretty(value).unwrap_or_default();
    json.push(b'\n');
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::*;

    /// The example of the public contract, written by hand, with every field set.
    const GOLDEN: &str = include_str!("golden.json");

    fn report() -> Report {
        let at = |ms: u64| Timestamp(1_795_371_420_000 + ms);
        let project = ProjectReport {
            name: "checkout".into(),
            logical_id: Some("checkout-id".into()),
            account: "prod".into(),
            account_id: Some("acc-1".into()),
            result: ProjectResult::Conflicted,
            reason: Some(Reason::ConflictDeadline),
            cause: Some("dep-0".into()),
            error: Some(ErrorInfo {
                code: Some("CONFLICT".into()),
                message: "A deployment for this project is already in progress.".into(),
                http_status: Some(409),
                hint: Some("wait".into()),
                output: None,
            }),
            deployment_id: Some("dep-1".into()),
            attempts: 2,
            reconnects: 1,
            conflicts: vec![ConflictRecord {
                deployment_id: "dep-0".into(),
                policy: OnConflict::Wait,
                waited_ms: 1000,
                cancel_error: None,
            }],
            started_at: Some(at(5)),
            finished_at: at(1234),
            durations_ms: Durations {
                queued: 5,
                bundling: 6,
                waiting: 1000,
                deploying: 200,
            },
            diff: Some(DiffCounts {
                create: 1,
                ..DiffCounts::default()
            }),
            changes: vec![Change {
                action: Action::Create,
                kind: "check".into(),
                logical_id: "home".into(),
                physical_id: Some(PhysicalId::Text("7f3c".into())),
                heartbeat: None,
            }],
            bundle: Some(BundleFacts {
                sha256: "00ff".into(),
                resources: 2,
                bytes: 1000,
                gzip_bytes: Some(300),
            }),
            hooks: vec![HookRecord {
                hook: Hook::OnFailure,
                exit_code: Some(3),
                duration_ms: 21,
                error: Some("the on_failure hook ./tell.sh ended with exit code 3".into()),
                output: Some("no one is on call".into()),
                report: None,
            }],
            notes: vec![Note {
                source: NoteSource::Cli,
                message: "Use of deprecated Construct: use CheckGroupV2".into(),
                constructs: vec!["CheckGroupV1:web".into()],
            }],
        };
        let bare = ProjectReport {
            finished_at: at(0),
            ..ProjectReport::bare("search", ProjectResult::Skipped)
        };
        Report {
            version: 2,
            run: RunId("run-1".into()),
            operation: Operation::Deploy,
            manifest: "projects.toml".into(),
            started_at: at(0),
            finished_at: at(1234),
            duration_ms: 1234,
            result: RunResult::Failed,
            exit_code: 75,
            counts: [(ProjectResult::Skipped, 1), (ProjectResult::Conflicted, 1)].into(),
            hooks: vec![HookRecord {
                hook: Hook::Pre,
                exit_code: Some(0),
                duration_ms: 7,
                error: None,
                output: None,
                report: None,
            }],
            projects: vec![project, bare],
        }
    }

    #[test]
    fn the_report_matches_the_contract() {
        assert_eq!(String::from_utf8(to_json(&report())).unwrap(), GOLDEN);
    }

    #[test]
    fn a_report_survives_a_round_trip() {
        let read: Report = serde_json::from_slice(&to_json(&report())).unwrap();
        assert_eq!(read, report());
    }
}
