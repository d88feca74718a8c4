//! Records what a run has deployed, for `--skip-unchanged` of a later run. Every run does this, even without
//! `--skip-unchanged`: otherwise the history would name a bundle that this run has replaced.
//!
//! After a deployment that did not succeed or was left running, the contents of the account are not known. So the record of
//! a project is removed before each upload and written after it succeeds; a killed process leaves no false record.

use super::{Job, Plan};
use crate::history::{Deployed, History, Target};
use crate::model::{Event, ProjectReport, ProjectResult, Reporter, RunEvent};
use std::collections::HashMap;
use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};

/// Writes on a separate thread: a slow disk delays no deployment.
pub(super) struct DeployHistory {
    notes: Sender<Note>,
    thread: JoinHandle<io::Result<()>>,
}

/// The reporter that turns events into notes.
struct Listener {
    projects: HashMap<String, Project>,
    notes: Sender<Note>,
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

enum Note {
    Forget(Target),
    Record(Target, Deployed),
    End,
}

impl DeployHistory {
    pub(super) fn new(history: History) -> Self {
        let (notes, incoming) = channel();
        let thread = spawn(move || write(&history, &incoming));
        Self { notes, thread }
    }

    /// The reporter for the run of this plan.
    pub(super) fn listener(&self, plan: &Plan) -> Box<dyn Reporter> {
        let project = |job: &Job| Project {
            api_url: plan.api_url.clone(),
            account_id: job.credentials.account_id.clone(),
            logical_id: job.logical_id.as_deref().map(str::to_owned),
            preserve_resources: job.policy.preserve_resources,
            repository: job.known_repository(job.bundle().map(AsRef::as_ref)),
        };
        let jobs = plan.jobs.iter();
        Box::new(Listener {
            projects: jobs
                .map(|job| (job.name.to_string(), project(job)))
                .collect(),
            notes: self.notes.clone(),
        })
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    /// The first error; later writes were still attempted.
    pub(super) fn finish(self) -> io::Result<()> {
        // Fails only if the thread has panicked.
        let _ = self.notes.send(Note::End);
        self.thread
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))
    }
}

fn write(history: &History, notes: &Receiver<Note>) -> io::Result<()> {
    let mut written = Ok(());
    while let Ok(note) = notes.recv() {
        let done = match note {
            Note::Forget(target) => history.forget(&target),
            Note::Record(target, deployed) => history.record(&target, &deployed),
            Note::End => break,
        };
        written = written.and(done);
    }
    written
}

impl Reporter for Listener {
    fn event(&mut self, event: &RunEvent) {
        let name = event.project.as_deref().unwrap_or_default();
        let Some(project) = self.projects.get_mut(name) else {
            return;
        };
        if let Event::Bundled {
            logical_id,
            repository,
            ..
        } = &event.event
        {
            project.logical_id = Some(logical_id.clone());
            project.repository.clone_from(repository);
        }
        let Some(target) = project.target() else {
            return;
        };
        let note = match &event.event {
            Event::Submitting { .. } => Note::Forget(target),
            Event::Finished(row) => match deployed(event, row, project) {
                Some(deployed) => Note::Record(target, deployed),
                // Another process may have recorded its own deployment since our upload.
                None if row.attempts > 0 => Note::Forget(target),
                None => return,
            },
            _ => return,
        };
        let _ = self.notes.send(note);
    }
}

/// The record of a finished project; `None` if it did not succeed or was deleted.
fn deployed(event: &RunEvent, row: &ProjectReport, project: &Project) -> Option<Deployed> {
    (row.result == ProjectResult::Succeeded).then_some(())?;
    let bundle = row.bundle.as_ref()?;
    Some(Deployed {
        sha256: bundle.sha256.clone(),
        resources: Some(bundle.resources),
        preserve_resources: project.preserve_resources,
        repository: project.repository.clone(),
        at: event.ts,
        run: event.run.clone(),
    })
}

#[cfg(test)]
mod tests;
