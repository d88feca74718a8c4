//! Checks whether the directories of a plan can be bundled: offline, without credentials. Sends nothing.

use super::{Bundle, Job, Origin, Plan};
use crate::actors::{Bundler, Reuse, keys};
use crate::bundle::{Difference, compare};
use crate::model::{Bundled, BundlerKind, ErrorInfo, LogicalIds, ProjectIx, Reason, Unbundled};
use crate::process::{Secrets, Variables};
use futures::{StreamExt, stream};
use std::cell::RefCell;
use std::sync::Arc;

/// The result of bundling directories.
#[derive(Debug, Default)]
pub struct BundlingChecks {
    /// Bundled projects, also those that cannot be deployed.
    pub bundled: Vec<(ProjectIx, Arc<Bundle>)>,
    /// Projects that need the API to be bundled, and why: files to upload, or a private location of the account.
    pub need_api: Vec<(String, ErrorInfo)>,
    /// Projects that cannot be deployed, and why.
    pub failed: Vec<(String, ErrorInfo)>,
}

/// Bundles every directory of a plan, with the plan's concurrency; `progress` is called with the name of each finished
/// project. Must be called within an actix `System`.
pub async fn check_bundling(plan: &Plan, progress: impl FnMut(&str)) -> BundlingChecks {
    let bundler = bundler(plan, plan.reuse.clone());
    checks(plan, bundle(plan, &bundler, None, progress).await)
}

/// Bundles every directory of a plan with processes of their own and with shared workers. Returns the checks of the first, and
/// the differences of the second.
pub async fn compare_bundlers(
    plan: &Plan,
    mut progress: impl FnMut(&str),
) -> (BundlingChecks, Comparison) {
    let bundler = bundler(plan, Reuse::default());
    let alone = bundle(plan, &bundler, Some(BundlerKind::Process), &mut progress).await;
    let shared = bundle(plan, &bundler, Some(BundlerKind::Shared), &mut progress).await;
    let pairs = alone.iter().zip(&shared);
    let differing = pairs.filter_map(|((ix, alone), (_, shared))| {
        let mut differences = differences(alone, shared);
        let secrets = secrets(&plan.jobs[ix.0]);
        let values = differences.iter_mut().flat_map(|it| &mut it.values);
        for value in values.flatten() {
            *value = secrets.hide(value);
        }
        (!differences.is_empty()).then_some((*ix, differences))
    });
    let comparison = Comparison {
        differing: differing.collect(),
        by_workers: bundler.by_workers(),
    };
    (checks(plan, alone), comparison)
}

/// How projects that workers bundle differ from those with processes of their own.
#[derive(Debug)]
pub struct Comparison {
    /// The projects whose bundles differ, and how: the value of the process comes first.
    pub differing: Vec<(ProjectIx, Vec<Difference>)>,
    /// How many bundles come from workers. The others were made by processes after all.
    pub by_workers: usize,
}

/// The result of a bundling.
type Made = Result<(Arc<Bundle>, Bundled), Unbundled>;

fn differences(alone: &Made, shared: &Made) -> Vec<Difference> {
    let (alone, shared) = match (alone, shared) {
        (Ok((alone, _)), Ok((shared, _))) => (alone, shared),
        (alone, shared) => {
            let text = |made: &Made| match made {
                Ok(_) => None,
                Err(failed) => Some(failed.error.message.clone()),
            };
            let values = [text(alone), text(shared)];
            return difference("the error", values).into_iter().collect();
        }
    };
    let notes = |bundle: &Bundle| {
        let lines = bundle.notes.iter().map(|note| note.message.as_str());
        let lines = lines.collect::<Vec<_>>().join("\n");
        (!lines.is_empty()).then_some(lines)
    };
    let mut found = compare(&alone.file, &shared.file).unwrap_or_else(|error| {
        let values = [None, Some(error.to_string())];
        difference("the bundle", values).into_iter().collect()
    });
    found.extend(difference("the notes", [notes(alone), notes(shared)]));
    found
}

/// What a bundle may contain and nothing may show.
fn secrets(job: &Job) -> Secrets {
    let mut variables: Variables = std::env::vars_os().collect();
    if let Some(directory) = &job.directory {
        let own = directory.env.iter();
        variables.extend(own.map(|(name, value)| (name.into(), value.into())));
    }
    Secrets::of(&variables, std::slice::from_ref(&job.credentials.api_key))
}

fn difference(path: &str, values: [Option<String>; 2]) -> Option<Difference> {
    let path = path.to_owned();
    (values[0] != values[1]).then_some(Difference { path, values })
}

fn bundler(plan: &Plan, reuse: Reuse) -> Bundler {
    let at_once = plan.limits.bundle_concurrency;
    Bundler::new(&plan.api_url, true, keys(&plan.jobs), reuse, at_once)
}

/// Bundles every directory, with another kind of process than the manifest's if `kind` is given.
async fn bundle(
    plan: &Plan,
    bundler: &Bundler,
    kind: Option<BundlerKind>,
    progress: impl FnMut(&str),
) -> Vec<(ProjectIx, Made)> {
    let progress = RefCell::new(progress);
    let bundlings = plan.jobs.iter().enumerate().filter_map(|(ix, job)| {
        let Origin::Directory(origin) = &job.origin else {
            return None;
        };
        let mut origin = origin.clone();
        if let Some(kind) = kind {
            Arc::make_mut(&mut origin).0.bundler = kind;
        }
        let (running, made) = bundler.bundle(Arc::new(job.clone()), origin, None);
        let progress = &progress;
        Some(async move {
            let _running = running;
            let made = made.await;
            progress.borrow_mut()(&job.planned.name);
            (ProjectIx(ix), made)
        })
    });
    let at_once = plan.limits.bundle_concurrency.max(1);
    let made = stream::iter(bundlings).buffer_unordered(at_once);
    let mut made: Vec<_> = made.collect().await;
    made.sort_by_key(|(ix, _)| *ix);
    made
}

fn checks(plan: &Plan, made: Vec<(ProjectIx, Made)>) -> BundlingChecks {
    let mut ids = LogicalIds::default();
    let mut claim = |ix: ProjectIx, logical_id: &str| {
        let account_id = &plan.jobs[ix.0].credentials.account_id;
        ids.claim(account_id, logical_id, ix)
    };
    for (ix, job) in plan.jobs.iter().enumerate() {
        // Planning has ruled out duplicates among those that are known.
        let known = job.planned.logical_id.iter();
        known.for_each(|logical_id| _ = claim(ProjectIx(ix), logical_id));
    }
    let mut checks = BundlingChecks::default();
    for (ix, made) in made {
        let name = plan.jobs[ix.0].planned.name.clone();
        match made {
            Ok((bundle, _)) => {
                if let Err(owner) = claim(ix, &bundle.logical_id) {
                    let owner = &plan.jobs[owner.0].planned.name;
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
    ErrorInfo::new(format!(
        "its logical id \"{logical_id}\" is also that of project \"{owner}\""
    ))
    .with_hint(
        "each would delete the other's checks: give each project a unique `logicalId`, or deploy them to different accounts",
    )
}

impl Plan {
    /// Replaces directories with their bundles.
    pub fn take_bundles(&mut self, bundled: Vec<(ProjectIx, Arc<Bundle>)>) {
        for (ix, bundle) in bundled {
            let job = &mut self.jobs[ix.0];
            job.planned.logical_id = Some(bundle.logical_id.to_string());
            job.origin = Origin::Bundle(bundle);
        }
    }
}
