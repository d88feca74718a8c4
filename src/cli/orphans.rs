//! `orchestrate orphans`: the projects in the accounts that are not in the manifest. Changes nothing.

use super::args::OrphansArgs;
use super::console::{failing, print, say, show};
use super::in_process::{self, InProcess};
use super::load::{self, Loader};
use super::values::ListFormat;
use super::{Exit, console, list, reuse, signals, validate};
use crate::api::Identity;
use crate::guard::Repository;
use crate::manifest::Overrides;
use crate::run::{self, AccountProjects, Origin, Plan};
use crate::ui::{one_line, stdout_columns, table};
use serde::Serialize;
use std::collections::HashSet;

/// One project of `orphans --format json`.
#[derive(Debug, Serialize)]
struct Orphan {
    logical_id: String,
    name: String,
    /// Without scheme and credentials.
    repository: Option<String>,
    account: String,
    account_id: String,
    created_at: Option<String>,
}

pub(super) fn main(args: &OrphansArgs) -> Result<Exit, Exit> {
    let orphans = async |own: &InProcess| orphans(args, own).await;
    in_process::within(&args.target, &args.in_process, orphans)
}

async fn orphans(args: &OrphansArgs, own: &InProcess) -> Result<Exit, Exit> {
    let mut plan = plan(args, own)?;
    let bundled = validate::bundle(&mut plan, false).await?;
    if !bundled.need_api.is_empty() {
        let names: Vec<&str> = bundled.need_api.iter().map(|(name, _)| &**name).collect();
        say(&format!(
            "error: cannot determine logical ids offline: {}\n\
             help: set `logical_id` of these projects in the manifest",
            one_line(&names.join(", "))
        ));
        return Err(Exit::INVALID);
    }
    let identity = Identity::from_env(&load::env);
    let on_outage = console::show_outages();
    let listing = run::list_projects(&plan, &identity, &on_outage);
    let listed = signals::uninterrupted(listing).await?;
    let listed = listed.map_err(failing(Exit::INVALID))?;
    let failures = listed.iter().filter_map(|account| {
        let failure = account.projects.as_ref().err()?;
        Some((account.account.as_str(), failure))
    });
    console::show_failures(failures)?;
    let orphans = unknown(&plan, listed);
    let exit = print(&match args.format {
        ListFormat::Table => as_table(&orphans),
        ListFormat::Json => list::as_json("orphans", &orphans),
    });
    say(&summary(&plan, &orphans));
    match exit {
        Ok(_) if args.detailed_exitcode && !orphans.is_empty() => Ok(Exit::CHANGES),
        exit => exit,
    }
}

/// All projects of the manifest. Only directories without `logical_id` remain to be bundled.
fn plan(args: &OrphansArgs, own: &InProcess) -> Result<Plan, Exit> {
    let overrides = Overrides {
        api_url: own.api_url(),
        ..Overrides::default()
    };
    let mut loader = Loader::new(&args.input, overrides, args.target.sandbox, &args.common)?;
    let mut manifest = loader.load(None)?;
    // Nothing is deployed, and an empty project has a logical id, too.
    for project in &mut manifest.projects {
        project.allow_empty_project = true;
    }
    let mut plan =
        run::plan(&manifest, &load::env).map_err(|problems| show(&problems, &args.common))?;
    own.connect(&mut plan);
    plan.reuse.cache = reuse::cache(false, &args.target, &manifest);
    for job in &mut plan.jobs {
        if job.planned.logical_id.is_some() {
            job.origin = Origin::Nowhere;
        }
    }
    Ok(plan)
}

/// The projects that are in the accounts but not in the plan, by account, in the server's order.
fn unknown(plan: &Plan, listed: Vec<AccountProjects>) -> Vec<Orphan> {
    let ours: HashSet<(&str, &str)> = plan
        .jobs
        .iter()
        .filter_map(|job| {
            Some((
                &*job.credentials.account_id,
                job.planned.logical_id.as_deref()?,
            ))
        })
        .collect();
    let mut orphans = vec![];
    for account in listed {
        for project in account.projects.into_iter().flatten() {
            if ours.contains(&(&account.account_id, &project.logical_id)) {
                continue;
            }
            let repository = project.repo_url.as_deref().and_then(Repository::of);
            orphans.push(Orphan {
                logical_id: project.logical_id,
                name: project.name.unwrap_or_default(),
                repository: repository.map(|repository| repository.to_string()),
                account: account.account.clone(),
                account_id: account.account_id.clone(),
                created_at: project.created_at,
            });
        }
    }
    orphans
}

/// Empty without orphans: a header alone would confuse `wc -l`.
fn as_table(orphans: &[Orphan]) -> String {
    if orphans.is_empty() {
        return String::new();
    }
    let head = ["logical id", "name", "repository", "account", "created"];
    let rows = orphans.iter().map(|orphan| {
        let since = orphan.created_at.as_deref().unwrap_or_default();
        [
            orphan.logical_id.clone(),
            orphan.name.clone(),
            orphan.repository.clone().unwrap_or_default(),
            orphan.account.clone(),
            since.split('T').next().unwrap_or_default().to_owned(),
        ]
    });
    table::render(&head, rows, stdout_columns())
}

fn summary(plan: &Plan, orphans: &[Orphan]) -> String {
    let (manifest, accounts) = (one_line(&plan.manifest), one_line(&list::accounts(plan)));
    let these = match orphans.len() {
        0 => return format!("no orphans: every project in {accounts} is in {manifest}"),
        1 => format!("1 project in {accounts} is not in {manifest}"),
        count => format!("{count} projects in {accounts} are not in {manifest}"),
    };
    format!(
        "{these}\n\
         help: to delete one, run `orchestrate destroy` with a manifest that has its `logical_id`, or `npx checkly destroy` in \
         its directory"
    )
}
