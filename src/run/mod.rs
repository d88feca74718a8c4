//! One run, from a plan to a report: the composition root, and the entry point for other programs.

mod bundles;
mod bundling_checks;
mod deploy_history;
mod execute;
mod online;
mod plan;
mod resume;

pub use crate::actors::{Approver, Bundle, Job, Origin, cache_key};
pub use bundling_checks::{BundlingChecks, check_bundling, compare_bundlers};
pub use execute::{Ran, Session, execute};
pub use online::{
    AccountProjects, LeftRunning, OnOutage, cancel_deployments, check_accounts, check_owners,
    list_projects,
};
pub use plan::{Plan, plan, plan_to_destroy};

pub use resume::EarlierRun;

pub(crate) use crate::actors::tasks;
use crate::api::ClientError;
pub use crate::machine::run::{Answer, Approval, Ask, Question, Refused};
use crate::model::{RunId, Timestamp};
use std::time::Duration;
use thiserror::Error;
use uuid::{NoContext, Uuid};

/// Why there is no report.
#[derive(Debug, Error)]
pub enum RunError {
    /// The API client cannot be created; nothing was sent.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A bug ended the run early. Deployments may still be running.
    #[error(
        "the Supervisor stopped before its run was over; deployments may still be running on the server"
    )]
    Broken,
}

/// The id of a run.
pub(crate) fn new_id() -> RunId {
    RunId(Uuid::now_v7().to_string().into())
}

/// The id of a run that comes after an earlier one, even if the clock has been set back since: ids sort by time.
pub(crate) fn id_after(earlier: &str) -> RunId {
    let id = new_id();
    let time = Uuid::parse_str(earlier)
        .ok()
        .and_then(|it| it.get_timestamp());
    match time {
        Some(time) if *id.0 <= *earlier => {
            let (seconds, nanos) = time.to_unix();
            let next = Duration::new(seconds, nanos) + Duration::from_millis(1);
            let next = uuid::Timestamp::from_unix(NoContext, next.as_secs(), next.subsec_nanos());
            RunId(Uuid::new_v7(next).to_string().into())
        }
        _ => id,
    }
}

/// Reads the wall clock: once for a run, and once for the age of what is kept.
#[allow(clippy::disallowed_methods)] // the stamp that the lint's reason speaks of
pub(crate) fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_run_comes_after_the_latest_one_whatever_the_clock_was() {
        let tomorrow = now().0 / 1000 + 24 * 60 * 60;
        let ahead = Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, tomorrow, 0));
        let mut latest = ahead.to_string();
        for _ in 0..100 {
            let next = id_after(&latest).0.to_string();
            assert!(next > latest, "{next} {latest}");
            latest = next;
        }
        assert!(*id_after("not-an-id").0 < *latest);
        let earlier = new_id();
        assert!(*id_after(&earlier.0).0 > *earlier.0);
    }
}
