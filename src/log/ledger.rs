//! The ledger of a run: a row per project, updated by every event; the source of the report.

use super::row::Row;
use super::timeline::Timeline;
use super::verdict::{RunEnd, verdict};
use crate::model::{
    Event, Hook, HookRecord, Operation, Outcome, PlannedProject, ProjectReport, ProjectResult,
    REPORT_VERSION, Reason, Refusal, Report, Resumption, RunEvent, RunId, RunResult, Timestamp,
};
use std::collections::{BTreeMap, HashMap};

/// Folds the events of a run into its report.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The envelope of the first event.
    started: Option<(RunId, Timestamp)>,
    operation: Operation,
    manifest: String,
    hooks: Vec<HookRecord>,
    end: RunEnd,
    /// Why it changed nothing.
    refusal: Option<Refusal>,
    rows: Vec<(Row, Option<ProjectReport>)>,
    /// The row of each project.
    places: HashMap<String, usize>,
    /// It has been allowed to change accounts.
    is_approved: bool,
    /// The parts of the timeline that belong to no project.
    timeline: Timeline,
}

/// A project of an earlier run, with what was found out about it, what is left to do, and its row if it has ended.
pub type Left<'l> = (&'l PlannedProject, Resumption, Option<&'l ProjectReport>);

impl Ledger {
    /// The ledger of these events.
    pub fn of<'e>(events: impl IntoIterator<Item = &'e RunEvent>) -> Self {
        let mut ledger = Self::default();
        events.into_iter().for_each(|event| ledger.apply(event));
        ledger
    }

    /// Records an event. After a project has finished, its row does not change.
    pub fn apply(&mut self, event: &RunEvent) {
        let RunEvent { ts, run, .. } = event;
        let started_at = self.started.get_or_insert_with(|| (run.clone(), *ts)).1;
        self.timeline.apply(*ts, &event.event);
        match &event.event {
            Event::RunStarted {
                operation,
                manifest,
                ..
            } => {
                self.operation = *operation;
                self.manifest.clone_from(manifest);
            }
            Event::RunPlanned { projects } => {
                for project in projects {
                    self.places.insert(project.name.clone(), self.rows.len());
                    self.rows.push((Row::new(project, started_at), None));
                }
            }
            Event::RunInterrupted { signal, .. } => {
                self.end.interrupted.get_or_insert(*signal);
            }
            Event::RunTimedOut => self.end.timed_out = true,
            Event::RunApproved { .. } => self.is_approved = true,
            Event::RunResumed { projects, .. } => {
                (self.end, self.refusal) = (RunEnd::default(), None);
                // Those after the projects run again.
                let has_succeeded = |it: &HookRecord| it.hook.is_before() && it.error.is_none();
                self.hooks.retain(has_succeeded);
                for resumed in projects {
                    if let Some(place) = self.places.get(&resumed.name)
                        && let Some((row, closed)) = self.rows.get_mut(*place)
                    {
                        row.resume(*ts, &resumed.resumption);
                        if resumed.resumption != Resumption::Skip {
                            *closed = None;
                        }
                    }
                }
            }
            Event::RunPreviewed => {
                for (row, _) in &mut self.rows {
                    row.restart(*ts);
                }
            }
            Event::AccountUnavailable {
                account_id, since, ..
            } => {
                for row in self.open_rows(account_id) {
                    row.stop(*since);
                }
            }
            Event::AccountAvailable { account_id, .. } => {
                for row in self.open_rows(account_id) {
                    row.go_on(*ts);
                }
            }
            Event::RunRefused(refusal) => self.refusal = Some(refusal.clone()),
            Event::RunHookEnded(record) => self.hooks.push(record.clone()),
            _ => {}
        }
        let place = event
            .project
            .as_ref()
            .and_then(|name| self.places.get(name));
        let Some((row, closed @ None)) = place.and_then(|place| self.rows.get_mut(*place)) else {
            return;
        };
        match &event.event {
            Event::Finished(finished) => *closed = Some(row.close(*ts, &finished.outcome())),
            event => {
                row.apply(*ts, self.operation, event);
                if self.timeline.is_unavailable(row.account_id()) {
                    row.stop(*ts);
                }
            }
        }
    }

    fn open_rows(&mut self, account_id: &str) -> impl Iterator<Item = &mut Row> {
        let open = self.rows.iter_mut().filter(|(_, closed)| closed.is_none());
        let rows = open.map(|(row, _)| row);
        rows.filter(move |row| row.account_id() == account_id)
    }

    /// The ledger of a run whose projects were split: the ledger of each shard, its report, and the places of its projects.
    pub fn join<'s>(shards: impl IntoIterator<Item = (Self, &'s Report, &'s [usize])>) -> Self {
        let (mut joined, mut rows, mut refusals) = (Self::default(), vec![], vec![]);
        for (shard, report, places) in shards {
            let started = joined.started.take().into_iter().chain(shard.started);
            joined.started = started.min_by_key(|(_, at)| *at);
            (joined.operation, joined.manifest) = (shard.operation, shard.manifest);
            joined.hooks.extend(shard.hooks);
            joined.end.interrupted = joined.end.interrupted.or(shard.end.interrupted);
            joined.end.timed_out |= shard.end.timed_out;
            joined.timeline.extend(shard.timeline);
            if !places.is_empty() {
                refusals.push(shard.refusal);
            }
            let closed = report.projects.iter().cloned().map(Some);
            let own = shard.rows.into_iter().map(|(row, _)| row).zip(closed);
            rows.extend(places.iter().zip(own));
        }
        rows.sort_by_key(|(place, _)| **place);
        joined.rows = rows.into_iter().map(|(_, row)| row).collect();
        // Only if nothing was changed at all.
        let code = |refusal: &Option<Refusal>| refusal.as_ref().map(|it| it.exit_code);
        refusals.dedup_by_key(|refusal| code(refusal));
        if let [Some(refusal)] = &refusals[..] {
            joined.refusal = Some(refusal.clone());
        }
        joined
    }

    /// Whether the run has been allowed to change accounts.
    pub fn is_approved(&self) -> bool {
        self.is_approved
    }

    /// Whether the run's hook has succeeded.
    pub fn has_succeeded(&self, hook: Hook) -> bool {
        let mut records = self.hooks.iter();
        records.any(|record| record.hook == hook && record.error.is_none())
    }

    /// What is left to do, in the manifest's order.
    pub fn left(&self) -> impl Iterator<Item = Left<'_>> {
        self.rows.iter().map(|(row, closed)| {
            let left = row.left(closed.as_ref());
            (row.project(), left, closed.as_ref())
        })
    }

    /// The row of a project that ends at this time with this outcome. `None` for an unknown project.
    pub fn close(&self, project: &str, at: Timestamp, outcome: &Outcome) -> Option<ProjectReport> {
        let (row, _) = self.rows.get(*self.places.get(project)?)?;
        Some(row.close(at, outcome))
    }

    /// The project's hooks that have ended.
    pub fn hooks(&self, project: &str) -> &[HookRecord] {
        let row = self
            .places
            .get(project)
            .and_then(|place| self.rows.get(*place));
        row.map_or(&[], |(row, _)| row.hooks())
    }

    /// Where the time of a run went that ends at this time.
    pub fn timeline(&self, at: Timestamp) -> Timeline {
        let rows = self.rows.iter();
        Timeline {
            lanes: rows
                .map(|(row, ended)| row.lane(at, ended.as_ref()))
                .collect(),
            ..self.timeline.clone()
        }
    }

    /// The report of a run that ends at this time.
    ///
    /// A row that is still open is a bug in this program and is reported as `crashed`.
    pub fn report(&self, at: Timestamp) -> Report {
        let crashed = Outcome::new(ProjectResult::Crashed).because(Reason::Panic);
        self.report_with(at, |_| crashed.clone())
    }

    /// The report of a run whose process was killed, or that is still under way.
    pub fn report_cut_short(&self, at: Timestamp) -> Report {
        self.report_with(at, |row| {
            let result = match row.left(None) {
                Resumption::Follow { .. }
                | Resumption::Start {
                    maybe_sent_at: Some(_),
                } => ProjectResult::Detached,
                _ => ProjectResult::Interrupted,
            };
            Outcome::new(result).because(Reason::RunNotFinished)
        })
    }

    fn report_with(&self, at: Timestamp, open: impl Fn(&Row) -> Outcome) -> Report {
        let rows = self.rows.iter();
        let projects: Vec<ProjectReport> = rows
            .map(|(row, closed)| match closed {
                Some(closed) => closed.clone(),
                None => row.close(at, &open(row)),
            })
            .collect();
        let mut counts = BTreeMap::new();
        for project in &projects {
            *counts.entry(project.result).or_insert(0) += 1;
        }
        let ends = projects.iter().map(|p| (p.result, p.reason));
        let (mut result, mut exit_code) = verdict(ends, self.end);
        let has_failed = |hook: &HookRecord| hook.hook != Hook::OnFailure && hook.error.is_some();
        if result == RunResult::Succeeded && self.hooks.iter().any(has_failed) {
            (result, exit_code) = (RunResult::Failed, 1);
        }
        if let Some(Refusal {
            reason,
            exit_code: Some(code),
            ..
        }) = self.refusal
        {
            (result, exit_code) = match reason {
                Reason::Interrupted => (RunResult::Interrupted, code),
                _ => (RunResult::Failed, code),
            };
        }
        let (run, started_at) = self.started.clone().unwrap_or((RunId("".into()), at));
        Report {
            version: REPORT_VERSION,
            run,
            operation: self.operation,
            manifest: self.manifest.clone(),
            started_at,
            finished_at: at,
            duration_ms: at.millis_since(started_at),
            result,
            exit_code,
            counts,
            hooks: self.hooks.clone(),
            projects,
        }
    }
}
