//! What happens during a run, as one ordered stream of events.
//!
//! Events are the truth: the terminal, the NDJSON output and the report are folds over them.

use super::{
    AwaitedHook, DeploymentId, Hook, HookRecord, Note, OnConflict, Operation, ProjectReport,
    Report, RunId, Timestamp,
};
use serde::{Deserialize, Serialize};

/// The position of an event in its run, from 1.
pub type Seq = u64;

/// One event with its envelope: a line of `--message-format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEvent {
    /// The version of the envelope: 1.
    pub v: u32,
    /// The position in the run.
    pub seq: Seq,
    /// When it happened.
    pub ts: Timestamp,
    /// The run it belongs to.
    pub run: RunId,
    /// The project's name, on `project.*` events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened. Types and their data only grow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// The manifest was read and found good; nothing has been sent.
    #[serde(rename = "run.started")]
    RunStarted {
        /// What is done with the projects.
        operation: Operation,
        /// The manifest, as the user named it.
        manifest: String,
        /// This program's version.
        version: String,
        /// The API everything goes to.
        api_url: String,
        /// Projects that may run at once.
        concurrency: usize,
    },
    /// What is selected, in the manifest's order.
    #[serde(rename = "run.planned")]
    RunPlanned {
        /// The selected projects.
        projects: Vec<PlannedProject>,
    },
    /// A signal came.
    #[serde(rename = "run.interrupted")]
    RunInterrupted {
        /// `SIGINT` or `SIGTERM`.
        signal: String,
        /// How many there have been, this one included.
        nth: u32,
        /// What is done about it: `drain`, `cancel` or `detach`.
        step: String,
        /// Projects still on the server whose end is awaited.
        awaiting: Vec<String>,
        /// Hooks that run and are awaited, or stopped; left out where there are none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        hooks: Vec<AwaitedHook>,
    },
    /// A wave of projects begins; only where the manifest has waves.
    #[serde(rename = "run.wave")]
    RunWave {
        /// Its number, from 1.
        wave: usize,
        /// How many there are.
        of: usize,
        /// Who is in it.
        projects: Vec<String>,
    },
    /// A wave is over, and the next one waits.
    #[serde(rename = "run.soaking")]
    RunSoaking {
        /// For how long.
        delay_ms: u64,
    },
    /// Something that everybody should know, and that stops nothing.
    #[serde(rename = "run.warning")]
    RunWarning {
        /// What.
        message: String,
    },
    /// A hook of the run itself runs.
    #[serde(rename = "run.hook")]
    RunHook {
        /// Which.
        hook: Hook,
    },
    /// It has ended.
    #[serde(rename = "run.hook_ended")]
    RunHookEnded(HookRecord),
    /// The last event of every run: the whole report.
    #[serde(rename = "run.finished")]
    RunFinished(Box<Report>),
    /// Known and waiting for its turn.
    #[serde(rename = "project.queued")]
    Queued {
        /// The projects it waits for.
        depends_on: Vec<String>,
    },
    /// Its payload is being made: bundled by the project's own CLI, or read and compressed.
    #[serde(rename = "project.bundling")]
    Bundling {
        /// What it is made from.
        origin: OriginKind,
    },
    /// The project's own CLI has made its bundle.
    #[serde(rename = "project.bundled")]
    Bundled {
        /// The project's name in the account.
        logical_id: String,
        /// The canonical digest of the bundle's content.
        sha256: String,
        /// The bundle's size as JSON.
        bytes: u64,
        /// It is one that was kept: nothing that it is made of has changed since.
        cached: bool,
        /// Why the cache could not be used as the manifest wants it.
        warning: Option<String>,
        /// The repository that it is deployed from, without scheme and credentials.
        repository: Option<String>,
        /// What was printed meanwhile that people should read; left out where there is nothing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<Note>,
    },
    /// It could not be bundled before what it depends on is deployed; bundling is repeated after that.
    #[serde(rename = "project.deferred")]
    Deferred {
        /// The projects that are deployed first; none where they have been deployed meanwhile.
        after: Vec<String>,
        /// What happened.
        cause: String,
    },
    /// Its payload is being uploaded.
    #[serde(rename = "project.submitting")]
    Submitting {
        /// The upload's number, from 1.
        attempt: u32,
    },
    /// The server is asked what its payload would change.
    #[serde(rename = "project.previewing")]
    Previewing {
        /// The upload's number, from 1.
        attempt: u32,
    },
    /// The server accepted it.
    #[serde(rename = "project.submitted")]
    Submitted {
        /// The server's name for it.
        deployment_id: DeploymentId,
        /// The upload that was accepted.
        attempt: u32,
    },
    /// It moves on.
    #[serde(rename = "project.progress")]
    Progress {
        /// 0 to 100, never less than before.
        percent: u8,
    },
    /// The event stream broke and is opened again.
    #[serde(rename = "project.reconnecting")]
    Reconnecting {
        /// The number of this reconnection, from 1, since something was last heard.
        attempt: u32,
        /// The pause before it.
        delay_ms: u64,
        /// What broke.
        cause: String,
    },
    /// Another deployment holds the project.
    #[serde(rename = "project.conflict")]
    Conflict {
        /// The other deployment, where the server named it.
        deployment_id: Option<DeploymentId>,
        /// What is done about it.
        policy: OnConflict,
    },
    /// A deployment is being cancelled: ours, or the one in the way.
    #[serde(rename = "project.cancelling")]
    Cancelling {
        /// The deployment.
        deployment_id: DeploymentId,
        /// Why, as a machine word.
        reason: String,
    },
    /// The rate budget holds a request back.
    #[serde(rename = "project.throttled")]
    Throttled {
        /// For how long.
        delay_ms: u64,
    },
    /// A hook of the project runs.
    #[serde(rename = "project.hook")]
    Hook {
        /// Which.
        hook: Hook,
    },
    /// It has ended.
    #[serde(rename = "project.hook_ended")]
    HookEnded(HookRecord),
    /// It will be submitted again.
    #[serde(rename = "project.retrying")]
    Retrying {
        /// The number the next upload will have.
        attempt: u32,
        /// The pause before it, not counting the wait for a slot.
        delay_ms: u64,
        /// What happened to the last one.
        cause: String,
    },
    /// It ended: its row of the report.
    #[serde(rename = "project.finished")]
    Finished(Box<ProjectReport>),
}

/// What a payload is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginKind {
    /// A bundle: a file.
    Bundle,
    /// A folder: a Checkly project.
    Folder,
}

/// One project of `run.planned`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedProject {
    /// Its name.
    pub name: String,
    /// Its name in the account.
    pub logical_id: Option<String>,
    /// The account's name in the manifest.
    pub account: String,
    /// The selected projects it comes after.
    pub depends_on: Vec<String>,
    /// Those that it needs and that are not selected: they are taken to be deployed already.
    #[serde(default)]
    pub unselected_dependencies: Vec<String>,
}
