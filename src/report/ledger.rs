//! The ledger of a run: a row per project, updated by events and closed once; the source of the report.

use super::row::Row;
use super::verdict::{RunEnd, verdict};
use crate::model::{
    BundleFacts, Bundled, Event, Hook, HookRecord, Note, Operation, Outcome, ProjectIx,
    ProjectReport, ProjectResult, REPORT_VERSION, Reason, Report, RunId, RunResult, Timestamp,
};
use std::collections::BTreeMap;

/// The facts about a run before its first event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The run's id.
    pub run: RunId,
    /// The operation.
    pub operation: Operation,
    /// The manifest, as the user named it.
    pub manifest: String,
    /// When the run began.
    pub started_at: Timestamp,
    /// The selected projects, in the manifest's order; a [`ProjectIx`] is an index into it.
    pub projects: Vec<RowHeader>,
}

/// The facts about a project before its first event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowHeader {
    /// The project's name in the manifest.
    pub name: String,
    /// Its name in the account.
    pub logical_id: Option<String>,
    /// The account's name in the manifest.
    pub account: String,
    /// The account's id at Checkly.
    pub account_id: Option<String>,
    /// The payload, as far as it is known.
    pub bundle: Option<BundleFacts>,
    /// What was printed during bundling, if it was bundled before the run.
    pub notes: Vec<Note>,
}

/// Folds the events of a run into its report.
///
/// Every method that takes a [`ProjectIx`] expects one of the header's projects.
#[derive(Clone, Debug)]
pub struct Ledger {
    run: RunId,
    operation: Operation,
    manifest: String,
    started_at: Timestamp,
    hooks: Vec<HookRecord>,
    rows: Vec<(Row, Option<ProjectReport>)>,
}

impl Ledger {
    /// A ledger with an open row for each project.
    pub fn new(header: Header) -> Self {
        let open = |project| (Row::new(project, header.started_at), None);
        Self {
            run: header.run,
            operation: header.operation,
            manifest: header.manifest,
            started_at: header.started_at,
            hooks: Vec::new(),
            rows: header.projects.into_iter().map(open).collect(),
        }
    }

    /// Records an event of a project. Ignored if its row is closed.
    pub fn record(&mut self, at: Timestamp, project: ProjectIx, event: &Event) {
        if let (row, None) = &mut self.rows[project.0] {
            row.record(at, self.operation, event);
        }
    }

    /// Sets the project's name in its account.
    pub fn named(&mut self, project: ProjectIx, logical_id: &str) {
        self.rows[project.0].0.header.logical_id = Some(logical_id.to_owned());
    }

    /// Records the project's bundle and its logical id.
    pub fn bundled(&mut self, project: ProjectIx, bundled: Bundled) {
        self.named(project, &bundled.logical_id);
        let header = &mut self.rows[project.0].0.header;
        header.notes = bundled.notes;
        // A deletion does not send the bundle.
        header.bundle = (self.operation != Operation::Destroy).then_some(bundled.facts);
    }

    /// Records the size of the compressed payload.
    pub fn bundle_prepared(&mut self, project: ProjectIx, gzip_bytes: u64) {
        if let Some(bundle) = &mut self.rows[project.0].0.header.bundle {
            bundle.gzip_bytes = Some(gzip_bytes);
        }
    }

    /// Closes the project's row and returns it. Closing it again changes nothing.
    pub fn finish(
        &mut self,
        at: Timestamp,
        project: ProjectIx,
        outcome: &Outcome,
    ) -> ProjectReport {
        let (row, closed) = &mut self.rows[project.0];
        closed.get_or_insert_with(|| row.close(at, outcome)).clone()
    }

    /// Records a hook of the run.
    pub fn run_hook(&mut self, record: HookRecord) {
        self.hooks.push(record);
    }

    /// The project's hooks so far.
    pub fn hooks(&self, project: ProjectIx) -> &[HookRecord] {
        &self.rows[project.0].0.hooks
    }

    /// Whether the project's row is closed.
    pub fn is_finished(&self, project: ProjectIx) -> bool {
        self.rows[project.0].1.is_some()
    }

    /// The report of a run that ends at this time.
    ///
    /// A row that is still open is a bug in this program and is reported as `crashed`.
    pub fn report(&self, at: Timestamp, end: RunEnd) -> Report {
        let lost = Outcome::new(ProjectResult::Crashed).because(Reason::Panic);
        let projects: Vec<ProjectReport> = self
            .rows
            .iter()
            .map(|(row, closed)| closed.clone().unwrap_or_else(|| row.close(at, &lost)))
            .collect();
        let mut counts = BTreeMap::new();
        for project in &projects {
            *counts.entry(project.result).or_insert(0) += 1;
        }
        let ends = projects.iter().map(|p| (p.result, p.reason));
        let (mut result, mut exit_code) = verdict(ends, end);
        let has_failed = |hook: &HookRecord| hook.hook != Hook::OnFailure && hook.error.is_some();
        if result == RunResult::Succeeded && self.hooks.iter().any(has_failed) {
            (result, exit_code) = (RunResult::Failed, 1);
        }
        Report {
            version: REPORT_VERSION,
            run: self.run.clone(),
            operation: self.operation,
            manifest: self.manifest.clone(),
            started_at: self.started_at,
            finished_at: at,
            duration_ms: at.millis_since(self.started_at),
            result,
            exit_code,
            counts,
            hooks: self.hooks.clone(),
            projects,
        }
    }
}

#[cfg(test)]
mod tests;
