//! The ordered stream of events of a run.
//!
//! Events are the source of truth: the terminal, the NDJSON output, and the report are folds over them.

use super::{
    AwaitedHook, BundleFacts, Bundled, Change, DeploymentId, ErrorInfo, Hook, HookRecord, Limits,
    Note, OnConflict, OnInterrupt, Operation, ProjectPolicy, ProjectReport, Reason, Report,
    ResumedProject, RunId, Shard, Signal, Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The position of an event in its run, from 1.
pub type Seq = u64;

/// One event with its envelope: a line of `--message-format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunEvent {
    /// The version of the envelope: 2.
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

/// What happened. New types and fields may be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// The manifest is valid; nothing has been sent.
    #[serde(rename = "run.started")]
    RunStarted {
        /// What is done with the projects.
        operation: Operation,
        /// The manifest, as the user named it.
        manifest: String,
        /// This program's version.
        version: String,
        /// The API.
        api_url: String,
        /// The maximum number of projects that run at once.
        concurrency: usize,
        /// The accounts of the selected projects.
        #[serde(default)]
        accounts: Vec<RunAccount>,
        /// How many projects are selected.
        #[serde(default)]
        projects: usize,
        /// The limits of the run.
        limits: Limits,
        /// Whether it begins with a preview.
        #[serde(default)]
        preview: bool,
        /// How it was started, to resume it.
        #[serde(default)]
        invocation: Invocation,
        /// The shard that its projects are, with `--partition`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        partition: Option<Box<Shard>>,
    },
    /// A killed, interrupted, or failed run goes on in another process.
    #[serde(rename = "run.resumed")]
    RunResumed {
        /// This program's version.
        version: String,
        /// The limits of the run from here on.
        limits: Limits,
        /// What is left to do for each project, in the manifest's order.
        projects: Vec<ResumedProject>,
    },
    /// The selection, in the manifest's order.
    #[serde(rename = "run.planned")]
    RunPlanned {
        /// The selected projects.
        projects: Vec<PlannedProject>,
    },
    /// Every project has been previewed, or could not be.
    #[serde(rename = "run.previewed")]
    RunPreviewed,
    /// Nothing stands in the way: from here on, the run changes accounts.
    #[serde(rename = "run.approved")]
    RunApproved {
        /// Whether the user was asked.
        confirmed: bool,
    },
    /// Nothing is changed; every project that has not ended is skipped.
    #[serde(rename = "run.refused")]
    RunRefused(Refusal),
    /// A signal was received.
    #[serde(rename = "run.interrupted")]
    RunInterrupted {
        /// Which.
        signal: Signal,
        /// The number of signals so far, including this one.
        nth: u32,
        /// The response.
        step: OnInterrupt,
        /// Projects whose deployments on the server are awaited.
        awaiting: Vec<String>,
        /// Running hooks, which are awaited or stopped; omitted if there are none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        hooks: Vec<AwaitedHook>,
    },
    /// The run exceeded its timeout: projects that have not finished are cancelled.
    #[serde(rename = "run.timed_out")]
    RunTimedOut,
    /// A wave of projects begins; only if the manifest has waves.
    #[serde(rename = "run.wave")]
    RunWave {
        /// Its number, from 1.
        wave: usize,
        /// The number of waves.
        of: usize,
        /// Its projects.
        projects: Vec<String>,
    },
    /// A wave finished; the next one starts after a pause.
    #[serde(rename = "run.soaking")]
    RunSoaking {
        /// The pause.
        delay_ms: u64,
    },
    /// A warning.
    #[serde(rename = "run.warning")]
    RunWarning {
        /// The warning.
        message: String,
    },
    /// A hook of the run starts.
    #[serde(rename = "run.hook")]
    RunHook {
        /// Which.
        hook: Hook,
    },
    /// A hook of the run ended.
    #[serde(rename = "run.hook_ended")]
    RunHookEnded(HookRecord),
    /// The last event of every run: its report.
    #[serde(rename = "run.finished")]
    RunFinished(Box<Report>),
    /// The API does not answer requests for an account. Only probes are sent until it does.
    #[serde(rename = "account.unavailable")]
    AccountUnavailable {
        /// The account's name in the manifest.
        account: String,
        /// Its id at Checkly.
        account_id: String,
        /// The time of the first failed request.
        since: Timestamp,
        /// Why the last probe failed.
        error: ErrorInfo,
        /// The projects that wait.
        waiting: usize,
        /// The pause before the next probe.
        next_probe_ms: u64,
    },
    /// It does again, and everything goes on.
    #[serde(rename = "account.available")]
    AccountAvailable {
        /// The account's name in the manifest.
        account: String,
        /// Its id at Checkly.
        account_id: String,
        /// How long it was unavailable.
        unavailable_ms: u64,
    },
    /// The project waits for its turn.
    #[serde(rename = "project.queued")]
    Queued {
        /// The projects it waits for.
        depends_on: Vec<String>,
    },
    /// Its payload is made: bundled by the project's own CLI, or read and compressed.
    #[serde(rename = "project.bundling")]
    Bundling {
        /// What it is made from.
        origin: OriginKind,
    },
    /// Its bundle is complete.
    #[serde(rename = "project.bundled")]
    Bundled(Bundled),
    /// It could not be bundled before its dependencies are deployed, but its name in the account is known.
    #[serde(rename = "project.identified")]
    Identified {
        /// The project's name in the account.
        logical_id: String,
    },
    /// It cannot be bundled before its dependencies are deployed; bundling is repeated after that.
    #[serde(rename = "project.deferred")]
    Deferred {
        /// The projects that are deployed first; empty if they have been deployed in the meantime.
        after: Vec<String>,
        /// What happened.
        cause: String,
    },
    /// Its payload is uploaded, or its deletion is requested.
    #[serde(rename = "project.submitting")]
    Submitting {
        /// The upload's number, from 1.
        attempt: u32,
        /// The compressed size of its payload; omitted if there is none, or if it was sent before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gzip_bytes: Option<u64>,
    },
    /// A dry run: the server computes what its payload would change.
    #[serde(rename = "project.previewing")]
    Previewing {
        /// The upload's number, from 1.
        attempt: u32,
        /// The compressed size of its payload; omitted if there is none, or if it was sent before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gzip_bytes: Option<u64>,
    },
    /// The dry run before its deployment has succeeded.
    #[serde(rename = "project.previewed")]
    Previewed {
        /// What a deployment would change, in the server's order.
        changes: Vec<Change>,
        /// The bundle equals the last deployment of this program.
        same_bundle: bool,
    },
    /// The server accepted it.
    #[serde(rename = "project.submitted")]
    Submitted {
        /// The server's name for it.
        deployment_id: DeploymentId,
        /// The upload that was accepted.
        attempt: u32,
    },
    /// Its deployment progresses.
    #[serde(rename = "project.progress")]
    Progress {
        /// 0 to 100; it never decreases.
        percent: u8,
    },
    /// The event stream broke and is reconnected.
    #[serde(rename = "project.reconnecting")]
    Reconnecting {
        /// The number of this reconnection, from 1, counted since the last progress.
        attempt: u32,
        /// The delay before it.
        delay_ms: u64,
        /// Why the stream broke.
        cause: String,
    },
    /// Another deployment blocks the project.
    #[serde(rename = "project.conflict")]
    Conflict {
        /// The blocker.
        deployment_id: DeploymentId,
        /// What is done about it.
        policy: OnConflict,
    },
    /// A deployment is cancelled: this run's, or the blocker.
    #[serde(rename = "project.cancelling")]
    Cancelling {
        /// The deployment.
        deployment_id: DeploymentId,
        /// The reason.
        reason: Reason,
    },
    /// A deployment could not be cancelled: this run's, or a blocker. The run waits for it to finish.
    #[serde(rename = "project.cancel_failed")]
    CancelFailed {
        /// The deployment.
        deployment_id: DeploymentId,
        /// The error.
        error: ErrorInfo,
    },
    /// The rate limit delays a request.
    #[serde(rename = "project.throttled")]
    Throttled {
        /// The delay.
        delay_ms: u64,
    },
    /// A hook of the project starts.
    #[serde(rename = "project.hook")]
    Hook {
        /// Which.
        hook: Hook,
    },
    /// A hook of the project ended.
    #[serde(rename = "project.hook_ended")]
    HookEnded(HookRecord),
    /// It is submitted again after a delay.
    #[serde(rename = "project.retrying")]
    Retrying {
        /// The number of the next upload.
        attempt: u32,
        /// The delay before it, without the wait for a slot.
        delay_ms: u64,
        /// Why the last one failed.
        cause: String,
    },
    /// It ended: its row in the report.
    #[serde(rename = "project.finished")]
    Finished(Box<ProjectReport>),
}

/// How a run was started. Without secrets: no flag has one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Invocation {
    /// The manifest's absolute path; `None` if it was read from standard input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// The command, and its flags from the command line and the environment, as `--flag=value`; not those of its output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
}

/// Why a run changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// The reason of every project.
    pub reason: Reason,
    /// The details, as sentences.
    pub details: Vec<String>,
    /// The exit code; `None` if the results of the projects decide it.
    pub exit_code: Option<u8>,
}

/// What a payload is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OriginKind {
    /// A bundle file.
    Bundle,
    /// A directory with a Checkly project.
    Directory,
}

/// One account of `run.started`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunAccount {
    /// Its name in the manifest.
    pub name: String,
    /// Its id at Checkly.
    pub account_id: String,
}

#[cfg(test)]
impl PlannedProject {
    /// A project with nothing but a name.
    pub(crate) fn bare(name: &str) -> Self {
        Self {
            name: name.into(),
            logical_id: None,
            account: "prod".into(),
            account_id: "acme".into(),
            path: None,
            location: None,
            bundle: None,
            notes: vec![],
            wave: 1,
            priority: 0,
            policy: ProjectPolicy::bare(),
            depends_on: vec![],
            unselected_dependencies: vec![],
            expected_ms: None,
        }
    }
}

/// One project of `run.planned`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedProject {
    /// Its name.
    pub name: String,
    /// Its name in the account.
    pub logical_id: Option<String>,
    /// The account's name in the manifest.
    pub account: String,
    /// The account's id at Checkly.
    pub account_id: String,
    /// The bundle file, or the directory with the Checkly project; `None` if nothing is uploaded.
    pub path: Option<String>,
    /// Its place in the manifest; omitted if the manifest was read from standard input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// The bundle, if it was read before the run.
    pub bundle: Option<BundleFacts>,
    /// What was printed during bundling, if it was bundled before the run; omitted if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Its wave, from 1.
    pub wave: usize,
    /// Its priority.
    pub priority: i64,
    /// Its deployment settings.
    pub policy: ProjectPolicy,
    /// The selected projects it depends on.
    pub depends_on: Vec<String>,
    /// Its unselected dependencies, which are assumed to be deployed.
    #[serde(default)]
    pub unselected_dependencies: Vec<String>,
    /// How long its last successful deployment from this machine took; omitted if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_ms: Option<ExpectedDurations>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The file's path from the root of its repository; if it is in none, as the user named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// How long a project is expected to take, in milliseconds: the durations of its last successful deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectedDurations {
    /// Making the bundle.
    pub bundling: u64,
    /// Uploading and following.
    pub deploying: u64,
}
