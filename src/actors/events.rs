//! Turns phases, plans, and signals into events and ledger entries. Pure.

use super::job::accounts;
use super::{Job, Setup};
use crate::model::{CancelCause, Event, OriginKind, Phase, PlannedProject, ProjectIx, Reason};
use crate::report::{Header, Signal};
use std::sync::Arc;
use std::time::Duration;

/// The event of a phase. `None` for phases that the ledger or the Schedule handles first.
pub(super) fn of_phase(phase: &Phase, job: &Job) -> Option<Event> {
    Some(match phase {
        Phase::Bundling => Event::Bundling {
            origin: OriginKind::Folder,
        },
        Phase::Bundled(bundled) => Event::Bundled {
            logical_id: bundled.logical_id.to_string(),
            sha256: bundled.facts.sha256.clone(),
            bytes: bundled.facts.bytes,
            cached: bundled.cached,
            warning: bundled.warning.clone(),
            repository: bundled.repository.clone(),
            notes: bundled.notes.clone(),
        },
        // The bundle of a directory is only compressed now.
        Phase::Preparing => {
            job.bundle()?;
            Event::Bundling {
                origin: OriginKind::Bundle,
            }
        }
        Phase::Submitting { attempt } => Event::Submitting { attempt: *attempt },
        Phase::Previewing { attempt } => Event::Previewing { attempt: *attempt },
        Phase::Following { id, attempt } => Event::Submitted {
            deployment_id: id.clone(),
            attempt: *attempt,
        },
        Phase::Progress { percent } => Event::Progress { percent: *percent },
        Phase::Reconnecting {
            attempt,
            delay,
            cause,
        } => Event::Reconnecting {
            attempt: *attempt,
            delay_ms: millis(*delay),
            cause: cause.clone(),
        },
        Phase::Throttled { delay } => Event::Throttled {
            delay_ms: millis(*delay),
        },
        Phase::Cancelling { id, cause } => Event::Cancelling {
            deployment_id: id.clone(),
            reason: cause.as_ref().map_or(Reason::Conflict, CancelCause::reason),
        },
        Phase::CancelFailed { id, error } => Event::CancelFailed {
            deployment_id: id.clone(),
            error: error.clone(),
        },
        Phase::Hook(hook) => Event::Hook { hook: *hook },
        Phase::HookEnded(record) => Event::HookEnded(record.clone()),
        Phase::Unbundled { .. }
        | Phase::Warning(_)
        | Phase::Prepared(_)
        | Phase::Retrying(_)
        | Phase::Done(_) => return None,
    })
}

pub(super) fn run_started(setup: &Setup) -> Event {
    Event::RunStarted {
        operation: setup.operation,
        manifest: setup.manifest.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        api_url: setup.api_url.clone(),
        concurrency: setup.limits.concurrency,
        accounts: accounts(setup.jobs.iter().map(AsRef::as_ref)),
        projects: setup.jobs.len(),
    }
}

/// A report row before anything has happened.
pub(super) fn header(setup: &Setup) -> Header {
    Header {
        run: setup.run.clone(),
        operation: setup.operation,
        manifest: setup.manifest.clone(),
        started_at: setup.clock.started_at(),
        projects: setup.jobs.iter().map(|job| job.header()).collect(),
    }
}

pub(super) fn run_planned(jobs: &[Arc<Job>]) -> Event {
    let planned = |job: &Arc<Job>| PlannedProject {
        name: job.name.to_string(),
        logical_id: job.logical_id.as_deref().map(str::to_owned),
        account: job.account.to_string(),
        depends_on: dependencies(jobs, job),
        unselected_dependencies: job
            .unselected_dependencies
            .iter()
            .map(ToString::to_string)
            .collect(),
    };
    Event::RunPlanned {
        projects: jobs.iter().map(planned).collect(),
    }
}

/// The names of the job's dependencies.
pub(super) fn dependencies(jobs: &[Arc<Job>], job: &Job) -> Vec<String> {
    names(jobs, &job.depends_on)
}

pub(super) fn names(jobs: &[Arc<Job>], projects: &[ProjectIx]) -> Vec<String> {
    let name = |ix: &ProjectIx| jobs[ix.0].name.to_string();
    projects.iter().map(name).collect()
}

pub(super) fn signal(signal: Signal) -> &'static str {
    match signal {
        Signal::Sigint => "SIGINT",
        Signal::Sigterm => "SIGTERM",
        Signal::Sighup => "SIGHUP",
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
