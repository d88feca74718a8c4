//! The report as CSV (`--report-file x.csv`): one row per project, with the names of the JSON report.

use crate::model::{ProjectReport, Report};
use ::csv::Writer;

type Cell = fn(&Report, &ProjectReport) -> Option<String>;

/// The columns, in order. New ones are added at the end.
const COLUMNS: &[(&str, Cell)] = &[
    ("run", |report, _| Some(report.run.to_string())),
    ("name", |_, it| Some(it.name.clone())),
    ("logical_id", |_, it| it.logical_id.clone()),
    ("account", |_, it| Some(it.account.clone())),
    ("account_id", |_, it| it.account_id.clone()),
    ("result", |_, it| Some(it.result.to_string())),
    ("reason", |_, it| it.reason.map(|it| it.to_string())),
    ("cause", |_, it| it.cause.clone()),
    ("error_code", |_, it| it.error.as_ref()?.code.clone()),
    ("error_message", |_, it| {
        Some(it.error.as_ref()?.message.clone())
    }),
    ("error_http_status", |_, it| {
        Some(it.error.as_ref()?.http_status?.to_string())
    }),
    ("error_hint", |_, it| it.error.as_ref()?.hint.clone()),
    ("deployment_id", |_, it| {
        it.deployment_id.as_ref().map(ToString::to_string)
    }),
    ("attempts", |_, it| number(it.attempts)),
    ("reconnects", |_, it| number(it.reconnects)),
    ("conflicts", |_, it| number(it.conflicts.len())),
    ("started_at", |_, it| it.started_at.map(|it| it.to_string())),
    ("finished_at", |_, it| Some(it.finished_at.to_string())),
    ("durations_ms_queued", |_, it| {
        number(it.durations_ms.queued)
    }),
    ("durations_ms_bundling", |_, it| {
        number(it.durations_ms.bundling)
    }),
    ("durations_ms_waiting", |_, it| {
        number(it.durations_ms.waiting)
    }),
    ("durations_ms_deploying", |_, it| {
        number(it.durations_ms.deploying)
    }),
    ("diff_create", |_, it| number(it.diff?.create)),
    ("diff_update", |_, it| number(it.diff?.update)),
    ("diff_delete", |_, it| number(it.diff?.delete)),
    ("diff_detach", |_, it| number(it.diff?.detach)),
    ("bundle_sha256", |_, it| {
        Some(it.bundle.as_ref()?.sha256.clone())
    }),
    ("bundle_resources", |_, it| {
        number(it.bundle.as_ref()?.resources)
    }),
    ("bundle_bytes", |_, it| number(it.bundle.as_ref()?.bytes)),
    ("bundle_gzip_bytes", |_, it| {
        number(it.bundle.as_ref()?.gzip_bytes?)
    }),
];

fn number(n: impl Copy + ToString) -> Option<String> {
    Some(n.to_string())
}

/// The report as a table with a header. What is null in the JSON report is empty.
pub fn to_csv(report: &Report) -> Vec<u8> {
    let header = COLUMNS.iter().map(|(name, _)| (*name).to_owned());
    let row = |project| {
        let cells = COLUMNS.iter().map(move |(_, cell)| cell(report, project));
        cells.map(|cell| defused(cell.unwrap_or_default()))
    };
    let mut writer = Writer::from_writer(vec![]);
    // Writing to memory succeeds, and all rows have the same length.
    let _ = writer.write_record(header);
    for project in &report.projects {
        let _ = writer.write_record(row(project));
    }
    writer.into_inner().unwrap_or_default()
}

/// Spreadsheets would evaluate a cell that begins like a formula; after an apostrophe, it is text.
fn defused(cell: String) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{cell}"),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{eventful, hostile};
    use super::*;
    use ::csv::Reader;

    #[test]
    fn an_eventful_run() {
        insta::assert_snapshot!(String::from_utf8(to_csv(&eventful())).unwrap());
    }

    #[test]
    fn a_run_without_projects_has_a_header() {
        let mut report = eventful();
        report.projects.clear();
        let csv = String::from_utf8(to_csv(&report)).unwrap();
        assert_eq!(csv.lines().count(), 1);
        assert!(csv.starts_with("run,name,logical_id,"));
    }

    #[test]
    fn every_cell_is_read_back_and_formulas_are_defused() {
        for text in hostile::TEXTS {
            let report = hostile::report(text);
            let csv = to_csv(&report);
            let mut reader = Reader::from_reader(&*csv);
            let header = reader.headers().unwrap().clone();
            let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
            assert_eq!(rows.len(), report.projects.len());
            for column in ["name", "cause", "error_message", "deployment_id"] {
                let at = header.iter().position(|it| it == column).unwrap();
                let read = &rows[0][at];
                let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
                let expected = if is_formula {
                    format!("'{text}")
                } else {
                    (*text).to_owned()
                };
                assert_eq!(read, expected, "{column}");
            }
        }
    }

    #[test]
    fn every_column_is_documented_in_order() {
        let page = include_str!("../../docs/output.md");
        let (_, section) = page.split_once("### CSV\n").unwrap();
        let (section, _) = section.split_once("\n#").unwrap();
        let names = section.split('`').skip(1).step_by(2);
        let names: Vec<_> = names
            .filter(|it| COLUMNS.iter().any(|(name, _)| name == it))
            .collect();
        let columns: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, columns);
    }
}
