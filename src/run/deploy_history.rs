//! Records what a run has deployed, for `--skip-unchanged` of a later run. Every run does this, even without
//! `--skip-unchanged`: otherwise the history would name a bundle that this run has replaced.
//!
//! After a deployment that did not succeed or was left running, the contents of the account are not known. So a project is
//! forgotten before each upload and recorded after it succeeds; a killed process leaves no false record.

use super::{Job, Plan};
use crate::history::{Change, Deployed, History, HistoryError, Target};
use crate::model::{Event, ExpectedDurations, ProjectReport, ProjectResult, Reporter, RunEvent};
use std::collections::HashMap;
use std::iter::from_fn;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};

/// Writes on a separate thread: a slow disk delays no deployment. What comes meanwhile is written together.
pub(super) struct DeployHistory {
    changes: Sender<Option<Change>>,
    thread: JoinHandle<Result<(), HistoryError>>,
}

/// The reporter that turns events into changes. `None` is the last one.
struct Listener {
    projects: HashMap<String, Project>,
    changes: Sender<Option<Change>>,
}

/// What events do not contain about a project.
struct Project {
    api_url: String,
    account_id: String,
    /// `None` until the project is bundled.
    logical_id: Option<String>,
    preserve_resources: bool,
    /// The repository that it is deployed from; `None` until the project is bundled.
    repository: Option<String>,
}

impl Project {
    fn target(&self) -> Option<Target> {
        Some(Target {
            api_url: self.api_url.clone(),
            account_id: self.account_id.clone(),
            logical_id: self.logical_id.clone()?,
        })
    }
}

impl DeployHistory {
    pub(super) fn new(history: History) -> Self {
        let (changes, incoming) = channel();
        let thread = spawn(move || write(&history, batches(incoming)));
        Self { changes, thread }
    }

    /// The reporter for the run of this plan.
    pub(super) fn listener(&self, plan: &Plan) -> Box<dyn Reporter> {
        let project = |job: &Job| Project {
            api_url: plan.api_url.clone(),
            account_id: job.credentials.account_id.clone(),
            logical_id: job.planned.logical_id.clone(),
            preserve_resources: job.planned.policy.preserve_resources,
            repository: job.known_repository(job.bundle().map(AsRef::as_ref)),
        };
        let jobs = plan.jobs.iter();
        Box::new(Listener {
            projects: jobs
                .map(|job| (job.planned.name.clone(), project(job)))
                .collect(),
            changes: self.changes.clone(),
        })
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    /// The first error; later writes were still attempted.
    pub(super) fn finish(self) -> Result<(), HistoryError> {
        // Fails only if the thread has panicked.
        let _ = self.changes.send(None);
        self.thread
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// What can be written together, until the last change.
fn batches(changes: Receiver<Option<Change>>) -> impl Iterator<Item = Vec<Change>> {
    let mut is_over = false;
    from_fn(move || {
        if is_over {
            return None;
        }
        let mut batch = vec![changes.recv().ok()??];
        for change in changes.try_iter() {
            match change {
                Some(change) => batch.push(change),
                None => {
                    is_over = true;
                    break;
                }
            }
        }
        Some(batch)
    })
}

fn write(
    history: &History,
    batches: impl Iterator<Item = Vec<Change>>,
) -> Result<(), HistoryError> {
    let mut written = Ok(());
    // One error does not end it.
    for batch in batches {
        written = written.and(history.apply(&batch));
    }
    written
}

impl Reporter for Listener {
    fn event(&mut self, event: &RunEvent) {
        let name = event.project.as_deref().unwrap_or_default();
        let Some(project) = self.projects.get_mut(name) else {
            return;
        };
        if let Event::Bundled(bundled) = &event.event {
            project.logical_id = Some(bundled.logical_id.clone());
            project.repository.clone_from(&bundled.repository);
        }
        let Some(target) = project.target() else {
            return;
        };
        let change = match &event.event {
            Event::Submitting { .. } => Change::Forget(target),
            Event::Finished(row) => match deployed(event, row, project) {
                Some(deployed) => Change::Record(target, Box::new(deployed)),
                // Another process may have recorded its own deployment since our upload.
                None if row.attempts > 0 => Change::Forget(target),
                None => return,
            },
            _ => return,
        };
        let _ = self.changes.send(Some(change));
    }
}

/// The record of a finished project; `None` if it did not succeed or was deleted.
fn deployed(event: &RunEvent, row: &ProjectReport, project: &Project) -> Option<Deployed> {
    (row.result == ProjectResult::Succeeded).then_some(())?;
    let bundle = row.bundle.as_ref()?;
    Some(Deployed {
        project: row.name.clone(),
        sha256: bundle.sha256.clone(),
        resources: bundle.resources,
        preserve_resources: project.preserve_resources,
        repository: project.repository.clone(),
        at: event.ts,
        run: event.run.clone(),
        durations: ExpectedDurations {
            bundling: row.durations_ms.bundling,
            deploying: row.durations_ms.deploying,
        },
    })
}

#[cfg(test)]
mod tests;
