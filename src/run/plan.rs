//! Checks a manifest together with its bundles, and turns it into jobs. Sends nothing.

use super::bundles::{Checked, check_all};
use crate::actors::{Bundle, Job, Origin, Reuse};
use crate::api::{Credentials, Endpoint, Network};
use crate::bundle::{Commit, Inspection};
use crate::git::{self, Repositories};
use crate::guard;
use crate::history::History;
use crate::machine::run::{Approval, accounts};
use crate::manifest::{self, Manifest, Project};
use crate::model::{
    Budget, Diagnostic, HookSet, Hooks, Limits, Location, LogicalIds, Operation, PlannedProject,
    ProjectIx, ProjectReport, Resumption, Retention, RunAccount, Shard, SourceSpan, Wave,
};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What [`execute`](super::execute) does.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The operation on every job.
    pub operation: Operation,
    /// The manifest, as the user named it.
    pub manifest: String,
    /// The API's base URL, without a trailing slash.
    pub api_url: String,
    /// How the API is reached: in a new plan, as the environment says.
    pub network: Network,
    /// The selected projects, in the manifest's order.
    pub jobs: Vec<Job>,
    /// The shard that they are, if the selection is split.
    pub shard: Option<Shard>,
    /// The limits of the run.
    pub limits: Limits,
    /// The limits of selected projects and of deletions.
    pub budget: Budget,
    /// Which journals of earlier runs are kept.
    pub retention: Retention,
    /// The waves, in order; without any, everything may start at once.
    pub waves: Vec<Wave>,
    /// The hooks of the run itself.
    pub hooks: Hooks,
    /// Directories are bundled without credentials or network: a project that needs an upload cannot be bundled.
    pub offline_bundle: bool,
    /// What it needs before it may change anything; in a new plan, nothing.
    pub approval: Approval,
    /// What it may reuse. Empty in a new plan.
    pub reuse: Reuse,
    /// Why git cannot read a repository, and deployments do not name their commit.
    pub commit_error: Option<String>,
}

impl Plan {
    /// Where the API is, and how it is reached.
    pub(super) fn endpoint(&self) -> Endpoint {
        Endpoint {
            base_url: self.api_url.clone(),
            network: self.network.clone(),
        }
    }

    /// The accounts of its projects.
    pub fn accounts(&self) -> Vec<RunAccount> {
        accounts(self.jobs.iter().map(|job| &job.planned))
    }

    /// The limits of deletions that it would exceed, according to a preview.
    pub fn limit_violations(&self, previewed: &[ProjectReport]) -> Vec<String> {
        let own: Vec<_> = self.jobs.iter().map(|job| job.max_deletes).collect();
        guard::limit_violations(self.budget, &own, previewed)
    }

    /// Whether any hook runs before or after a deployment or the run.
    pub fn has_hooks(&self) -> bool {
        let hooks = self.jobs.iter().map(|job| &job.hooks);
        let mut sets = hooks.chain([&self.hooks]).map(Hooks::set);
        sets.any(|set| HookSet { test: false, ..set } != HookSet::default())
    }

    /// Removes all hooks, those of projects and the run's own; tests remain.
    pub fn forget_hooks(&mut self) {
        let hooks = self.jobs.iter_mut().map(|job| &mut job.hooks);
        for hooks in hooks.chain([&mut self.hooks]) {
            (hooks.pre, hooks.post, hooks.on_failure) = (None, None, None);
        }
    }

    /// Whether any project is tested before it is deployed.
    pub fn has_tests(&self) -> bool {
        self.jobs.iter().any(|job| job.hooks.test.is_some())
    }

    /// Expects deployments to take as long as the last ones, for the order and the time that is left.
    pub fn expect(&mut self, history: &History) {
        if self.operation != Operation::Deploy {
            return;
        }
        let known = history.durations(&self.api_url);
        for job in &mut self.jobs {
            let key = (job.credentials.account_id.clone(), job.planned.name.clone());
            job.planned.expected_ms = known.get(&key).copied();
        }
    }

    /// Removes the tests of all projects.
    pub fn forget_tests(&mut self) {
        self.jobs.iter_mut().for_each(|job| job.hooks.test = None);
    }
}

/// Reads every bundle of the manifest's projects and resolves what each deployment needs. `env` is the environment, for the
/// `CHECKLY_*` variables that describe the repository.
///
/// # Errors
/// Every bundle that cannot be deployed, every `logical_id` that does not match the manifest, and every pair of projects
/// that would delete each other's checks.
pub fn plan(
    manifest: &Manifest,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Plan, Vec<Diagnostic>> {
    settle(manifest, env, Operation::Deploy)
}

/// Resolves what is needed to delete the manifest's projects, dependents first. If the manifest has no logical id for a
/// project, its bundle has it; a directory is bundled during the run.
///
/// # Errors
/// As for [`plan`], for the bundles that must be read.
pub fn plan_to_destroy(
    manifest: &Manifest,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Plan, Vec<Diagnostic>> {
    let mut plan = settle(manifest, env, Operation::Destroy)?;
    // Waves are an order of deployment, and may be the reverse of this one.
    plan.waves.clear();
    for job in &mut plan.jobs {
        job.allow_empty_project = true;
        if job.planned.logical_id.is_some() {
            job.origin = Origin::Nowhere;
            (job.planned.path, job.planned.bundle) = (None, None);
        }
    }
    let mut dependents = vec![(vec![], vec![]); plan.jobs.len()];
    for (ix, job) in plan.jobs.iter().enumerate() {
        for dependency in &job.depends_on {
            let (positions, names) = &mut dependents[dependency.0];
            positions.push(ProjectIx(ix));
            names.push(job.planned.name.clone());
        }
    }
    for (job, dependents) in plan.jobs.iter_mut().zip(dependents) {
        (job.depends_on, job.planned.depends_on) = dependents;
        job.planned.unselected_dependencies.clear();
    }
    Ok(plan)
}

fn settle(
    manifest: &Manifest,
    env: &dyn Fn(&str) -> Option<String>,
    operation: Operation,
) -> Result<Plan, Vec<Diagnostic>> {
    let is_to_deploy = operation == Operation::Deploy;
    let is_needed = |project: &Project| is_to_deploy || project.logical_id.is_none();
    let (checked, mut problems) = check_all(&manifest.projects, is_needed);
    if is_to_deploy {
        problems.extend(empty_projects(&checked));
    }
    problems.extend(wrong_logical_ids(&checked));
    problems.extend(clashes(&checked, manifest));
    if !problems.is_empty() {
        return Err(problems);
    }
    let positions: HashMap<&str, ProjectIx> = manifest
        .projects
        .iter()
        .enumerate()
        .map(|(ix, project)| (project.name.as_str(), ProjectIx(ix)))
        .collect();
    let mut repositories = Repositories::default();
    let jobs: Vec<Job> = checked
        .iter()
        .filter_map(|checked| job(checked, manifest, &positions, &mut repositories, env))
        .collect();
    let has_commits = jobs.iter().all(|job| job.commit.info(None).is_some());
    let commit_error = repositories.error().filter(|_| !has_commits);
    Ok(Plan {
        operation,
        manifest: manifest.file.clone(),
        api_url: manifest.api_url.clone(),
        network: Network::from_env(env),
        jobs,
        shard: manifest.shard.clone(),
        limits: manifest.limits,
        budget: manifest.budget,
        retention: manifest.retention,
        waves: manifest.waves.clone(),
        hooks: manifest.hooks.clone(),
        offline_bundle: false,
        approval: Approval::default(),
        reuse: Reuse::default(),
        commit_error: commit_error.map(ToString::to_string),
    })
}

/// Where CI systems check out the repository, which may lack `.git`: in a container, or as an artifact.
const CHECKOUTS: [&str; 2] = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"];

/// The place as CI systems name it.
fn location(place: &SourceSpan, env: &dyn Fn(&str) -> Option<String>) -> Option<Location> {
    let checkouts = CHECKOUTS.iter().filter_map(|name| env(name));
    let checkouts = Vec::from_iter(checkouts.filter(|it| !it.is_empty()).map(PathBuf::from));
    let file = match &*place.file {
        stdin if stdin == Path::new("-") => return None,
        file => git::from_root(file, &checkouts),
    };
    let file = file.display().to_string();
    let (line, _) = place.line_column();
    Some(Location { file, line })
}

/// Never `None` for a loaded manifest, which has the account of every project.
fn job(
    (project, inspection): &Checked<'_>,
    manifest: &Manifest,
    positions: &HashMap<&str, ProjectIx>,
    repositories: &mut Repositories,
    env: &dyn Fn(&str) -> Option<String>,
) -> Option<Job> {
    let account = manifest.accounts.get(&project.account)?;
    let (dir, path) = match &project.origin {
        manifest::Origin::Bundle(file) => (&project.dir, Some(file)),
        manifest::Origin::Directory(directory) => (&directory.dir, Some(&directory.dir)),
        manifest::Origin::Nowhere => (&project.dir, None),
    };
    let commit = Commit::new(repositories.facts(dir).cloned(), env);
    let position = |name: &String| positions.get(name.as_str()).copied();
    let planned = PlannedProject {
        name: project.name.clone(),
        logical_id: logical_id((project, inspection)).map(str::to_owned),
        account: project.account.clone(),
        account_id: account.account_id.clone(),
        path: path.map(|path| path.display().to_string()),
        location: location(&project.place, env),
        bundle: inspection.as_ref().map(|it| it.facts.clone()),
        notes: vec![],
        wave: project.wave + 1,
        priority: project.priority,
        policy: project.policy,
        depends_on: project.depends_on.clone(),
        unselected_dependencies: project.unselected_dependencies.clone(),
        expected_ms: None,
    };
    Some(Job {
        planned,
        credentials: Credentials {
            account_id: account.account_id.clone(),
            api_key: account.api_key.clone(),
        },
        rate: account.rate,
        origin: match (&project.origin, inspection) {
            (manifest::Origin::Bundle(file), Some(inspection)) => {
                Origin::Bundle(Arc::new(Bundle::new(file, inspection, &commit)))
            }
            (manifest::Origin::Directory(directory), _) => {
                Origin::Directory(Arc::new((directory.clone(), project.inputs.clone())))
            }
            (manifest::Origin::Bundle(_), None) | (manifest::Origin::Nowhere, _) => Origin::Nowhere,
        },
        repo_url: inspection.as_ref().and_then(|it| it.repo_url.clone()),
        commit,
        hooks: project.hooks.clone(),
        directory: match &project.origin {
            manifest::Origin::Directory(directory) => Some(Arc::new(directory.clone())),
            manifest::Origin::Bundle(_) | manifest::Origin::Nowhere => None,
        },
        depends_on: project.depends_on.iter().filter_map(position).collect(),
        check_owner: account.ownership_check,
        resumption: Resumption::default(),
        confirmed_sha256: None,
        max_deletes: project.max_deletes,
        allow_empty_project: project.allow_empty_project,
    })
}

/// The project's logical id, if known: from its bundle, or else from the manifest.
fn logical_id<'a>((project, inspection): (&'a Project, &'a Option<Inspection>)) -> Option<&'a str> {
    match inspection {
        Some(inspection) => Some(&inspection.logical_id),
        None => project.logical_id.as_ref().map(|declared| &*declared.id),
    }
}

/// `logical_id` in the manifest protects against the bundle of another project.
fn wrong_logical_ids(checked: &[Checked<'_>]) -> Vec<Diagnostic> {
    let wrong = |(project, inspection): &Checked<'_>| {
        let expected = project.logical_id.as_ref()?;
        let found = &inspection.as_ref()?.logical_id;
        (expected.id != *found).then(|| {
            Diagnostic::new(format!(
                "the bundle of project \"{}\" belongs to another project",
                project.name
            ))
            .at(expected.place.clone())
            .label(format!("the logical id of the bundle is \"{found}\""))
            .also(project.origin_place.clone(), "this bundle")
            .help("rebuild the bundle from the right project, or correct `logical_id`")
        })
    };
    checked.iter().filter_map(wrong).collect()
}

/// Refuses projects without resources, as the Checkly CLI does: deploying one deletes all of its deployed resources, and
/// the cause is usually a mistake.
fn empty_projects(checked: &[Checked<'_>]) -> Vec<Diagnostic> {
    let empty = |(project, inspection): &Checked<'_>| {
        let is_empty = inspection.as_ref()?.facts.resources == 0;
        (is_empty && !project.allow_empty_project).then(|| {
            Diagnostic::new(format!(
                "the bundle of project \"{}\" has no resources",
                project.name
            ))
            .at(project.origin_place.clone())
            .label("deploying it would delete all deployed resources of the project")
            .help(
                "correct `checkMatch` in the project's Checkly configuration and write the bundle again; \
                 to delete the resources on purpose, set allow_empty_project = true",
            )
        })
    };
    checked.iter().filter_map(empty).collect()
}

/// Reports projects that share a logical id.
fn clashes(checked: &[Checked<'_>], manifest: &Manifest) -> Vec<Diagnostic> {
    let mut ids = LogicalIds::default();
    let mut diagnostics = vec![];
    let mut reported = HashSet::new();
    for (ix, (project, inspection)) in checked.iter().enumerate() {
        let Some(account) = manifest.accounts.get(&project.account) else {
            continue;
        };
        let Some(logical_id) = logical_id((project, inspection)) else {
            continue;
        };
        let account_id = account.account_id.as_str();
        let Err(owner) = ids.claim(account_id, logical_id, ProjectIx(ix)) else {
            continue;
        };
        let (first, _) = &checked[owner.0];
        // One `[[project]]` may set it for many projects, and is reported once.
        let is_new = match said_for_both(first, project) {
            Some(place) => {
                reported.insert((&place.file, place.span.clone(), account_id, logical_id))
            }
            None => true,
        };
        if is_new {
            diagnostics.push(clash(first, project, logical_id));
        }
    }
    diagnostics
}

/// Where the logical id of two projects is set, if in one place.
fn said_for_both<'p>(first: &Project, second: &'p Project) -> Option<&'p SourceSpan> {
    let first = &first.logical_id.as_ref()?.place;
    let second = &second.logical_id.as_ref()?.place;
    let is_one = (&first.file, &first.span) == (&second.file, &second.span);
    is_one.then_some(second)
}

fn clash(first: &Project, second: &Project, logical_id: &str) -> Diagnostic {
    let account = if first.account == second.account {
        format!("in account \"{}\"", first.account)
    } else {
        format!(
            "in accounts \"{}\" and \"{}\" (with the same account id)",
            first.account, second.account
        )
    };
    let problem = Diagnostic::new(format!(
        "projects \"{}\" and \"{}\" have the same logical id \"{logical_id}\" {account}",
        first.name, second.name
    ));
    if let Some(place) = said_for_both(first, second) {
        return problem
            .at(place.clone())
            .label("the projects that this applies to would delete each other's checks")
            .help("use ${folder} or ${matrix.NAME} in it, or remove it");
    }
    problem
    .at(second.place.clone())
    .label("deploying this one")
    .also(first.place.clone(), "would delete the checks of this one")
    .help("give each project a unique `logicalId` in its Checkly configuration, or deploy them to different accounts")
}

#[cfg(test)]
mod tests;
