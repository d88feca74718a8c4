//! Reads all bundles of a manifest, on as many threads as there are cores.

use crate::bundle::{BundleError, Inspection, inspect};
use crate::manifest::{Origin, Project};
use crate::model::Diagnostic;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A project and the inspection of its bundle, if it has a bundle already and needs one.
pub(super) type Checked<'a> = (&'a Project, Option<Inspection>);

/// The projects without problems, in their order, and the problems of the others.
pub(super) fn check_all(
    projects: &[Project],
    is_needed: impl Fn(&Project) -> bool + Sync,
) -> (Vec<Checked<'_>>, Vec<Diagnostic>) {
    let (mut checked, mut problems) = (vec![], vec![]);
    for (project, inspected) in projects.iter().zip(inspect_all(projects, is_needed)) {
        match inspected {
            Ok(inspection) => checked.push((project, inspection)),
            Err(error) => problems.push(problem(project, &error)),
        }
    }
    (checked, problems)
}

fn inspect_all(
    projects: &[Project],
    is_needed: impl Fn(&Project) -> bool + Sync,
) -> Vec<Result<Option<Inspection>, BundleError>> {
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(projects.len().max(1));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = vec![];
        loop {
            let ix = next.fetch_add(1, Ordering::Relaxed);
            let Some(project) = projects.get(ix) else {
                return done;
            };
            let inspected = match &project.origin {
                Origin::Bundle(file) if is_needed(project) => inspect(file).map(Some),
                Origin::Bundle(_) | Origin::Directory(_) | Origin::Nowhere => Ok(None),
            };
            done.push((ix, inspected));
        }
    };
    let mut inspected: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| match thread.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    });
    inspected.sort_by_key(|(ix, _)| *ix);
    inspected.into_iter().map(|(_, result)| result).collect()
}

fn problem(project: &Project, error: &BundleError) -> Diagnostic {
    Diagnostic::new(format!(
        "the bundle of project \"{}\" cannot be deployed",
        project.name
    ))
    .at(project.origin_place.clone())
    .label(error.to_string())
    .help(error.hint())
}
