//! The vocabulary of the crate: names, policies, events, results, the report.
//!
//! Plain data only: no I/O, no clock, no rules about when anything happens.

pub(crate) mod api_url;
mod bundling;
mod changes;
mod diagnostic;
mod directory;
mod ending;
mod event;
mod failure;
mod hook;
mod ids;
mod logical_ids;
pub(crate) mod mask;
mod names;
mod operation;
mod outcome;
mod partition;
mod policy;
mod rate;
mod report;
mod reporter;
mod resumption;
pub mod sanitize;
mod schema;
mod secret;
mod signal;
mod timestamp;

pub use api_url::checkly_env;
pub use bundling::{Bundled, Contents, Note, NoteSource, Remedy, Unbundled, Upload};
pub use changes::{ChangedFile, Changes};
pub use diagnostic::{Diagnostic, SourceSpan};
pub use directory::{BundlerKind, Directory, Inputs};
pub use ending::Ending;
pub use event::{
    Event, ExpectedDurations, Invocation, Location, OriginKind, PlannedProject, Refusal,
    RunAccount, RunEvent,
};
pub use failure::{Failure, FailureKind, Outage};
pub use hook::{AwaitedHook, Hook, HookCommand, HookRecord, HookSet, Hooks};
pub use ids::{DeploymentId, ProjectIx, RunId};
pub use logical_ids::LogicalIds;
pub use operation::Operation;
pub use outcome::{
    Action, Change, DiffCounts, ErrorInfo, Heartbeat, Outcome, PhysicalId, ProjectResult, Reason,
};
pub use partition::{Partition, PartitionKind, Shard};
pub use policy::{
    Budget, CancelCause, Limits, OnConflict, OnInterrupt, ProjectPolicy, Retention, Retries, Wave,
};
pub use rate::Rate;
pub use report::{
    BundleFacts, ConflictRecord, Durations, ProjectReport, REPORT_VERSION, Report, RunResult,
};
pub use reporter::Reporter;
pub use resumption::{ResumedProject, Resumption};
pub use schema::{event_schema, report_schema};
pub use secret::{Redactor, Secret};
pub use signal::Signal;
pub use timestamp::Timestamp;

pub(crate) use names::named;
pub(crate) use policy::duration;
pub(crate) use timestamp::millis;
