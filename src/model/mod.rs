//! The words everything else is written in: names, policies, events, results, the report.
//!
//! Plain data only. No I/O, no clock, no rule about *when* anything happens.

mod event;
mod ids;
mod outcome;
mod policy;
mod problem;
mod report;
mod timestamp;

pub use event::{Event, PlannedProject, RunEvent, Seq};
pub use ids::{DeploymentId, ProjectIx, RunId};
pub use outcome::{
    Action, Change, DiffCounts, ErrorInfo, Outcome, PhysicalId, ProjectResult, Reason,
};
pub use policy::{CancelCause, Limits, OnConflict, OnInterrupt, ProjectPolicy, Retries};
pub use problem::{Place, Problem};
pub use report::{
    BundleFacts, ConflictRecord, Durations, ProjectReport, REPORT_VERSION, Report, RunResult,
};
pub use timestamp::Timestamp;
