//! Deploy many Checkly projects from one manifest, in parallel, safely.
//!
//! This is the library behind the `orchestrate` program. Other programs can use it through the items re-exported here:
//! [`load`] a manifest, check it together with its bundles ([`plan`]), and [`execute`] the plan with
//! custom [`Reporter`]s. `examples/embed.rs` does so against a [`Sandbox`].
//!
//! ```no_run
//! use orchestrate::{Diagnostic, Identity, Overrides, Request, RunError, Session, Source};
//!
//! # fn show(_: Vec<Diagnostic>) {}
//! # async fn example() -> Result<(), RunError> {
//! let env = |name: &str| std::env::var(name).ok();
//! let request = Request {
//!     source: Source::File("projects.toml".into()),
//!     profile: None,
//!     overrides: Overrides::default(),
//!     sandbox: false,
//!     needed: None,
//!     env: &env,
//! };
//! let planned = orchestrate::load(&request).and_then(|manifest| orchestrate::plan(&manifest, &env));
//! let plan = match planned {
//!     Ok(plan) => plan,
//!     Err(problems) => return Ok(show(problems)),
//! };
//! let never = futures::stream::pending();
//! let ran = orchestrate::execute(plan, &Identity::from_env(&env), Session::default(), never).await?;
//! assert_eq!(ran.report.exit_code, 0);
//! # Ok(()) }
//! ```
//!
//! By default, executing a plan asks for no confirmation. [`Plan::approval`] adds what the program does before it changes
//! anything: a preview, the check of a saved plan, limits, and a question ([`Session::approver`]). `docs/architecture.md` describes
//! the modules.

mod actors;
mod api;
mod backoff;
mod breaker;
mod bundle;
mod cache;
mod checkly;
#[doc(hidden)]
pub mod cli;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod git;
mod guard;
mod hash;
mod history;
mod hooks;
mod inputs;
mod journal;
mod log;
mod machine;
mod manifest;
mod model;
mod os_error;
mod private_dir;
mod process;
mod rate;
mod report;
mod run;
mod sandbox;
mod ui;
mod words;

pub use api::{Identity, Network};
pub use guard::{SavedPlan, deletions};
pub use journal::Journal;
pub use manifest::{Manifest, Overrides, Request, Source, load};
pub use model::{
    Diagnostic, Event, Operation, ProjectReport, ProjectResult, Reason, Report, Reporter, RunEvent,
    RunResult, Signal,
};
pub use run::{
    Answer, Approval, Approver, Ask, Plan, Question, Ran, Refused, RunError, Session, execute, plan,
};
pub use sandbox::{Options as SandboxOptions, Sandbox, Script};
pub use ui::diagnostic::render as render_diagnostics;

/// For `tests/docs` and `tests/interop`. No part of the interface.
#[doc(hidden)]
pub mod internals {
    pub use crate::bundle::{inspect, inspect_with};
    pub use crate::checkly::{
        Account, BundleOutput, Bundling, BundlingError, CancellationToken, Cause, Mode, Variables,
        Workers,
    };
    pub use crate::log::{RunEnd, verdict};
    pub use crate::manifest::{FILE_NAME, Origin, Project};
    pub use crate::model::{BundlerKind, Directory, Secret};
    pub use crate::sandbox::{RecordedRequest, Reply, Then};
}

/// Tests of several modules together. Those of one module are beside it.
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests
#[path = "../tests"]
mod tests {
    mod api;
    mod manifest;
    pub(crate) mod run;
    mod sandbox;
    pub(crate) mod support;

    pub(crate) use support::virtual_time::{Starting, VirtualTime};
}
