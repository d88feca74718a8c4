//! Deploy many Checkly projects from one manifest, in parallel, safely.
//!
//! This is the library behind the `orchestrate` program. Other programs can use it through the items re-exported here:
//! load a manifest ([`manifest::load`]), check it together with its bundles ([`plan`]), and [`execute`] the plan with
//! custom [`Reporter`]s. `examples/embed.rs` does so against a [`Sandbox`].
//!
//! ```no_run
//! use orchestrate::manifest::{self, Overrides, Request, Source};
//! use orchestrate::{Diagnostic, Identity, RunError};
//!
//! # fn show(_: Vec<Diagnostic>) {}
//! # async fn example() -> Result<(), RunError> {
//! let env = |name: &str| std::env::var(name).ok();
//! let request = Request {
//!     source: Source::File("projects.toml".into()),
//!     profile: None,
//!     overrides: Overrides::default(),
//!     sandbox: false,
//!     env: &env,
//! };
//! let planned = manifest::load(&request).and_then(|manifest| orchestrate::plan(&manifest, &env));
//! let plan = match planned {
//!     Ok(plan) => plan,
//!     Err(problems) => return Ok(show(problems)),
//! };
//! let never = futures::stream::pending();
//! let report = orchestrate::execute(plan, &Identity::from_env(&env), vec![], never).await?;
//! assert_eq!(report.exit_code, 0);
//! # Ok(()) }
//! ```
//!
//! Executing a plan asks for no confirmation. [`Session::preview`] returns what the plan would change, and the plan, ready
//! to be executed; [`guard`] has the rules by which the program refuses a plan.
//!
//! The other modules are public for tests and may change with any version. `docs/architecture.md` describes them.

mod actors;
pub mod api;
pub mod backoff;
pub mod bundle;
pub mod cache;
pub mod checkly;
pub mod cli;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(test)]
#[path = "../tests/support/generated.rs"]
mod generated;
pub mod git;
pub mod guard;
mod hash;
pub mod history;
pub mod hooks;
mod inputs;
pub mod log;
pub mod machine;
pub mod manifest;
pub mod model;
mod private_dir;
mod process;
pub mod rate;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod ui;
pub mod words;

pub use api::Identity;
pub use model::{
    Diagnostic, Event, Operation, ProjectReport, ProjectResult, Reason, Report, Reporter, RunEvent,
    RunResult, Signal,
};
pub use run::{Plan, RunError, Session, execute, plan};
pub use sandbox::Sandbox;
