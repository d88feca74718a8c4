//! Checks whether the directories of a plan can be bundled: offline, without credentials. Sends nothing.

use super::{Bundle, Origin, Plan};
use crate::actors::{Bundler, keys};
use crate::model::{ErrorInfo, LogicalIds, ProjectIx, Reason};
use futures::{StreamExt, stream};
use std::cell::RefCell;
use std::sync::Arc;

/// The result of bundling directories.
#[derive(Debug, Default)]
pub struct BundlingChecks {
    /// Bundled projects, also those that cannot be deployed.
    pub bundled: Vec<(ProjectIx, Arc<Bundle>)>,
    /// Projects that need the API to be bundled, and why: files to upload, or a private location of the account.
    pub need_api: Vec<(Arc<str>, ErrorInfo)>,
    /// Projects that cannot be deployed, and why.
    pub failed: Vec<(Arc<str>, ErrorInfo)>,
}

/// Bundles every directory of a plan, with the plan's concurrency; `progress` is called with the name of each finished
/// project. Must be called within an actix `System`.
pub async fn check_bundling(plan: &Plan, progress: impl FnMut(&str)) -> BundlingChecks {
    let progress = RefCell::new(progress);
    let bundler = Bundler::new(&plan.api_url, true, keys(&plan.jobs), plan.reuse.clone());
    let bundlings = plan.jobs.iter().enumerate().filter_map(|(ix, job)| {
        let Origin::Directory(directory) = &job.origin else {
            return None;
        };
        let (running, made) = bundler.bundle(Arc::new(job.clone()), directory.clone(), None);
        let progress = &progress;
        Some(async move {
            let _running = running;
            let made = made.await;
            progress.borrow_mut()(&job.name);
            (ProjectIx(ix), made)
        })
    });
    let at_once = plan.limits.bundle_concurrency.max(1);
    let mut made: Vec<_> = stream::iter(bundlings)
        .buffer_unordered(at_once)
        .collect()
        .await;
    made.sort_by_key(|(ix, _)| *ix);
    let mut ids = LogicalIds::default();
    let mut claim = |ix: ProjectIx, logical_id: &str| {
        let account_id = &plan.jobs[ix.0].credentials.account_id;
        ids.claim(account_id, logical_id, ix)
    };
    for (ix, job) in plan.jobs.iter().enumerate() {
        // Planning has ruled out duplicates among those that are known.
        let known = job.logical_id.iter();
        known.for_each(|logical_id| _ = claim(ProjectIx(ix), logical_id));
    }
    let mut checks = BundlingChecks::default();
    for (ix, made) in made {
        let name = plan.jobs[ix.0].name.clone();
        match made {
            Ok((bundle, _)) => {
                if let Err(owner) = claim(ix, &bundle.logical_id) {
                    let owner = &plan.jobs[owner.0].name;
                    let error = same_logical_id(&bundle.logical_id, owner);
                    checks.failed.push((name, error));
                }
                checks.bundled.push((ix, bundle));
            }
            Err(failed) if failed.reason == Reason::RequiresNetwork => {
                checks.need_api.push((name, failed.error));
            }
            Err(failed) => checks.failed.push((name, failed.error)),
        }
    }
    checks
}

fn same_logical_id(logical_id: &str, owner: &str) -> ErrorInfo {
    ErrorInfo {
        message: format!("its logical id \"{logical_id}\" is also that of project \"{owner}\""),
        hint: Some(
            "each would delete the other's checks: give each project a unique `logicalId`, or deploy them to different accounts"
                .to_owned(),
        ),
        ..ErrorInfo::default()
    }
}

impl Plan {
    /// Replaces directories with their bundles.
    pub fn take_bundles(&mut self, bundled: Vec<(ProjectIx, Arc<Bundle>)>) {
        for (ix, bundle) in bundled {
            let job = &mut self.jobs[ix.0];
            job.logical_id = Some(bundle.logical_id.clone());
            job.origin = Origin::Bundle(bundle);
        }
    }
}
