//! `orchestrate validate`: runs the checks of `deploy` without deploying.

use super::args::ValidateArgs;
use super::console::{failing, say, show};
use super::flags::CommonArgs;
use super::load::{self, Loader};
use super::{Exit, console, signals};
use crate::api::Identity;
use crate::bundle::Difference;
use crate::guard::is_template_logical_id;
use crate::manifest::{Manifest, Overrides};
use crate::model::sanitize::cut;
use crate::model::{Diagnostic, ErrorInfo, ProjectIx};
use crate::run::{self, BundlingChecks, Job, Origin, Plan};
use crate::ui::{Counter, one_line, some_of};
use crate::words;

/// The most characters of a differing value.
const VALUE: usize = 160;

/// The maximum number of project names in a line.
const NAMED: usize = 10;

pub(super) fn main(args: &ValidateArgs) -> Result<Exit, Exit> {
    let (mut plan, manifest) = plan(args)?;
    let projects = words::count(plan.jobs.len(), "project");
    let accounts = super::list::accounts(&plan);
    let bundled = if args.bundle {
        let bundling = bundle(&mut plan, args.compare);
        let bundled = actix::System::new().block_on(bundling)?;
        bundled.summary()
    } else {
        String::new()
    };
    warn_of_templates(&plan);
    let target = if args.read.target.sandbox {
        "in the sandbox".to_owned()
    } else {
        format!("at {}", plan.api_url)
    };
    let valid = format!(
        "{} is valid: {projects}{bundled}, {accounts} {target}",
        plan.manifest
    );
    if args.online {
        ask(&plan, &manifest, &args.read.common)?;
        say(&format!("{valid}, credentials accepted"));
    } else {
        say(&valid);
    }
    Ok(Exit::SUCCESS)
}

/// The result of bundling.
pub(super) struct Bundled {
    directories: usize,
    /// Projects that need API requests to be bundled.
    pub(super) need_api: Vec<(String, ErrorInfo)>,
    /// How many bundles of workers were compared.
    compared: Option<usize>,
}

impl Bundled {
    fn summary(&self) -> String {
        let directories = match self.directories {
            1 => " (1 directory bundled".to_owned(),
            count => format!(" ({count} directories bundled"),
        };
        let compared = self.compared.map_or_else(String::new, |count| {
            format!(", {count} also by workers: no difference")
        });
        match self.need_api.len() {
            0 => format!("{directories}{compared})"),
            count => format!("{directories}, {count} could not be bundled offline{compared})"),
        }
    }
}

/// Warns about logical ids that come from a template: they may not be unique.
fn warn_of_templates(plan: &Plan) {
    for job in &plan.jobs {
        let logical_id = job.planned.logical_id.as_deref().unwrap_or_default();
        if is_template_logical_id(logical_id) {
            say(&format!(
                "warning: {}: the logical id \"{logical_id}\" comes from a template; if account {} has another project \
                 with this logical id, each deployment deletes the resources of the other\n\
                 help: set a unique `logicalId` in its Checkly configuration before the first deployment",
                one_line(&job.planned.name),
                one_line(&job.planned.account)
            ));
        }
    }
}

/// The plan, and the manifest with its projects in the same order.
fn plan(args: &ValidateArgs) -> Result<(Plan, Manifest), Exit> {
    let ValidateArgs { read, takeover, .. } = args;
    let overrides = Overrides {
        api_url: load::api_url(&read.target),
        optional_credentials: !args.online,
        bundler: args.bundler,
        ..Overrides::default()
    };
    let sandbox = read.target.sandbox;
    let loader = Loader::new(&read.input, overrides, sandbox, &read.common)?;
    let (manifest, all) = loader.select(&read.select)?;
    let mut plan =
        run::plan(&manifest, &load::env).map_err(|problems| show(&problems, &read.common))?;
    load::allow_takeover(&mut plan, &all, takeover, &read.common)?;
    if !sandbox {
        note_unset_credentials(&plan, &manifest);
    }
    Ok((plan, manifest))
}

/// Prints the credentials that a deployment needs and that are not set.
fn note_unset_credentials(plan: &Plan, manifest: &Manifest) {
    for (name, account) in &manifest.accounts {
        let (verb, them) = match account.unset.len() {
            0 => continue,
            1 => ("is", "it"),
            _ => ("are", "them"),
        };
        if plan.jobs.iter().any(|job| *job.planned.account == *name) {
            say(&format!(
                "note: account {}: {} {verb} not set; deploying needs {them}",
                one_line(name),
                one_line(&account.unset.join(" and "))
            ));
        }
    }
}

/// Bundles the directories; a signal stops it. Shows errors itself.
pub(super) async fn bundle(plan: &mut Plan, compares: bool) -> Result<Bundled, Exit> {
    let is_directory = |job: &&Job| matches!(job.origin, Origin::Directory(_));
    let count = plan.jobs.iter().filter(is_directory).count();
    let bundlings = if compares { 2 * count } else { count };
    let mut counter = Counter::stderr("bundling", bundlings);
    let progress = move |name: &str| counter.step(name);
    let (checks, comparison) = signals::uninterrupted(async {
        if compares {
            let (checks, comparison) = run::compare_bundlers(plan, progress).await;
            (checks, Some(comparison))
        } else {
            (run::check_bundling(plan, progress).await, None)
        }
    })
    .await?;
    show_notes(plan, &checks);
    tell("note", plan, &checks.need_api);
    tell("error", plan, &checks.failed);
    let directories = checks.bundled.len();
    if !checks.failed.is_empty() {
        let unchecked = match checks.need_api.len() {
            0 => String::new(),
            count => format!(", {count} not checked offline"),
        };
        say(&format!(
            "{} of {count} directories cannot be bundled{unchecked}",
            checks.failed.len()
        ));
    }
    let differing = comparison.iter().flat_map(|it| &it.differing);
    show_differences(plan, differing.clone());
    let differ = differing.count();
    if differ > 0 {
        say(&format!(
            "workers bundle {differ} of {count} directories differently"
        ));
    }
    if differ > 0 || !checks.failed.is_empty() {
        return Err(Exit::INVALID);
    }
    plan.take_bundles(checks.bundled);
    Ok(Bundled {
        directories,
        need_api: checks.need_api,
        compared: comparison.map(|it| it.by_workers),
    })
}

/// Shows where bundles of workers differ.
fn show_differences<'a>(
    plan: &Plan,
    differing: impl Iterator<Item = &'a (ProjectIx, Vec<Difference>)>,
) {
    for (ix, differences) in differing {
        let job = &plan.jobs[ix.0];
        say(&format!(
            "error: {}: a worker bundles it differently",
            one_line(&job.planned.name)
        ));
        for difference in differences {
            say(&format!("  {}", one_line(&difference.path)));
            for (by, value) in ["process", "worker"].iter().zip(&difference.values) {
                let value = value.as_ref().map(|value| cut(&one_line(value), VALUE));
                say(&format!(
                    "    {by}: {}",
                    value.as_deref().unwrap_or("(none)")
                ));
            }
        }
    }
}

/// Shows what was printed while projects were bundled.
fn show_notes(plan: &Plan, checks: &BundlingChecks) {
    let bundled = checks.bundled.iter();
    let notes = bundled.map(|(ix, bundle)| (&*plan.jobs[ix.0].planned.name, &*bundle.notes));
    for (note, names) in words::notes(notes) {
        let by = words::printed_by(note.source);
        say(&format!("note: {}: {by}:", some_of(&names, NAMED)));
        let lines = note.message.lines();
        lines.for_each(|line| say(&format!("  {line}")));
    }
}

/// Shows errors of projects. An error that several share, apart from the paths of their directories, is shown once.
fn tell(level: &str, plan: &Plan, projects: &[(String, ErrorInfo)]) {
    let common = |project: &str, error: &ErrorInfo| {
        let job = plan.jobs.iter().find(|job| job.planned.name == *project);
        let mut common = error.clone();
        if let Some(Origin::Directory(directory)) = job.map(|job| &job.origin) {
            common.message = common
                .message
                .replace(&*directory.0.dir.to_string_lossy(), "");
        }
        common
    };
    let projects = projects.iter().map(|it| (common(&it.0, &it.1), it));
    for (_, members) in words::grouped(projects) {
        let error = &members[0].1;
        let names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
        let count = match names.len() {
            1 => String::new(),
            count => format!("{count} projects: "),
        };
        say(&format!(
            "{level}: {count}{}: {}",
            some_of(&names, NAMED),
            error.message
        ));
        let output = error.output.iter().filter(|_| level == "error");
        for line in output.flat_map(|output| output.lines()) {
            say(&format!("  {line}"));
        }
        if let Some(hint) = &error.hint {
            say(&format!("help: {hint}"));
        }
    }
}

/// Checks the credentials and the ownership of the projects with the API. Shows errors itself.
fn ask(plan: &Plan, manifest: &Manifest, common: &CommonArgs) -> Result<(), Exit> {
    let identity = Identity::from_env(&load::env);
    let on_outage = console::show_outages();
    let asking = signals::uninterrupted(async {
        let failures = run::check_accounts(plan, &identity, &on_outage).await;
        let failures = failures.map_err(failing(Exit::INVALID))?;
        console::show_failures(
            failures
                .iter()
                .map(|(account, failure)| (account.as_str(), failure)),
        )?;
        let checks = run::check_owners(plan, &identity, &on_outage)
            .await
            .map_err(failing(Exit::INVALID))?;
        for unchecked in &checks.unchecked {
            say(&format!("warning: {}", one_line(unchecked)));
        }
        let problems = checks.elsewhere.into_iter().map(|(ix, error)| {
            let problem = Diagnostic::new(error.message).at(manifest.projects[ix.0].place.clone());
            Diagnostic {
                help: error.hint,
                ..problem
            }
        });
        let problems: Vec<Diagnostic> = problems.collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(show(&problems, common))
        }
    });
    actix::System::new().block_on(asking)?
}
