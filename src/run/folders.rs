//! Checks whether the directories of a plan can be bundled: offline, without credentials. Sends nothing.

use super::{Bundle, Job, Origin, Plan};
use crate::actors::{Workshop, keys};
use crate::model::{ErrorInfo, Note, Reason};
use futures::{StreamExt, stream};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// The result of bundling directories.
#[derive(Debug, Default)]
pub struct FolderChecks {
    /// Bundled projects, and their bundles.
    pub bundled: Vec<(Arc<str>, Arc<Bundle>)>,
    /// Projects that need the API to be bundled, and why: files to upload, or a private location of the account.
    pub need_api: Vec<(Arc<str>, ErrorInfo)>,
    /// Notes that were printed during bundling, by project.
    pub notes: Vec<(Arc<str>, Vec<Note>)>,
    /// Projects that cannot be deployed, and why.
    pub failed: Vec<(Arc<str>, ErrorInfo)>,
}

/// Bundles every directory of a plan, with the plan's concurrency; `progress` is called with the name of each finished
/// project. Must be called within an actix `System`.
pub async fn check_folders(plan: &Plan, progress: impl FnMut(&str)) -> FolderChecks {
    let progress = RefCell::new(progress);
    let workshop = Workshop::new(&plan.api_url, true, keys(&plan.jobs), plan.reuse.clone());
    let bundlings = plan.jobs.iter().filter_map(|job| {
        let Origin::Folder(folder) = &job.origin else {
            return None;
        };
        let (under_way, made) = workshop.bundle(Arc::new(job.clone()), folder.clone(), None);
        let progress = &progress;
        Some(async move {
            let _under_way = under_way;
            let made = made.await;
            progress.borrow_mut()(&job.name);
            (job, made)
        })
    });
    let at_once = plan.limits.bundle_concurrency.max(1);
    let mut made: Vec<_> = stream::iter(bundlings)
        .buffer_unordered(at_once)
        .collect()
        .await;
    made.sort_by_key(|(job, _)| position(plan, job));
    let mut names = Names::of(plan);
    let mut checks = FolderChecks::default();
    for (job, made) in made {
        let name = job.name.clone();
        match made {
            Ok((bundle, bundled)) => {
                checks.notes.push((name.clone(), bundled.notes));
                match names.add(job, &bundled.logical_id) {
                    None => checks.bundled.push((name, bundle)),
                    Some(error) => checks.failed.push((name, error)),
                }
            }
            Err(failed) if failed.reason == Reason::RequiresNetwork => {
                checks.need_api.push((name, failed.error));
            }
            Err(failed) => checks.failed.push((name, failed.error)),
        }
    }
    checks
}

impl Plan {
    /// Replaces directories with their bundles.
    pub fn take_bundles(&mut self, bundled: Vec<(Arc<str>, Arc<Bundle>)>) {
        let mut bundles: HashMap<_, _> = bundled.into_iter().collect();
        for job in &mut self.jobs {
            if let Some(bundle) = bundles.remove(&job.name) {
                job.logical_id = Some(bundle.logical_id.clone());
                job.origin = Origin::Bundle(bundle);
            }
        }
    }
}

fn position(plan: &Plan, job: &Job) -> usize {
    let is_it = |other: &Job| other.name == job.name;
    plan.jobs.iter().position(is_it).unwrap_or_default()
}

/// The owner of each logical id in each account.
struct Names<'p>(HashMap<(&'p str, Arc<str>), Arc<str>>);

impl<'p> Names<'p> {
    /// What is known before bundling; planning has ruled out duplicates.
    fn of(plan: &'p Plan) -> Self {
        let known = plan.jobs.iter().filter_map(|job| {
            let account = job.credentials.account_id.as_str();
            Some(((account, job.logical_id.clone()?), job.name.clone()))
        });
        Self(known.collect())
    }

    /// Checks a job's logical id.
    fn add(&mut self, job: &'p Job, logical_id: &Arc<str>) -> Option<ErrorInfo> {
        let key = (job.credentials.account_id.as_str(), logical_id.clone());
        let owner = self.0.entry(key).or_insert_with(|| job.name.clone());
        (*owner != job.name).then(|| ErrorInfo {
            message: format!("its logical id \"{logical_id}\" is also that of project \"{owner}\""),
            hint: Some(
                "each would delete the other's checks: give each project a unique `logicalId`, or deploy them to different accounts"
                    .to_owned(),
            ),
            ..ErrorInfo::default()
        })
    }
}
