//! `orchestrate validate`: everything that `deploy` checks, and nothing of what it sends.

use super::args::ValidateArgs;
use super::flags::CommonArgs;
use super::load;
use super::say::{say, show};
use super::{Exit, online, signals};
use crate::api::Identity;
use crate::manifest::{Manifest, Overrides};
use crate::model::Problem;
use crate::run::{self, FolderChecks, Plan};
use crate::ui::one_line;

pub(super) fn main(args: &ValidateArgs) -> Exit {
    match check(args) {
        Ok(text) => {
            say(&text);
            Exit::SUCCESS
        }
        Err(exit) => exit,
    }
}

fn check(args: &ValidateArgs) -> Result<String, Exit> {
    let (mut plan, manifest) = plan(args)?;
    let projects = match plan.jobs.len() {
        1 => "1 project".to_owned(),
        count => format!("{count} projects"),
    };
    let accounts = super::list::accounts(&plan);
    let bundled = match args.bundle {
        true => format!(" ({})", bundle(&mut plan)?),
        false => String::new(),
    };
    let target = match args.read.target.sandbox {
        true => "the sandbox",
        false => &plan.api_url,
    };
    let valid = format!(
        "{} is valid: {projects}{bundled}, {accounts} to {target}",
        plan.manifest
    );
    if !args.online {
        return Ok(valid);
    }
    ask(&plan, &manifest, &args.read.common)?;
    Ok(format!("{valid}, which takes the credentials"))
}

/// The plan, and the manifest whose projects stand in its order.
fn plan(args: &ValidateArgs) -> Result<(Plan, Manifest), Exit> {
    // Bundling offline needs no credentials: what is not set is not missed.
    let placeholders = args.bundle && !args.online;
    let ValidateArgs { read, takeover, .. } = args;
    let overrides = Overrides {
        api_url: load::api_url(&read.target),
        ..Overrides::default()
    };
    let sandbox = read.target.sandbox || placeholders;
    let (manifest, all) =
        load::with_all(&read.input, &read.select, overrides, sandbox, &read.common)?;
    let mut plan =
        run::plan(&manifest, &load::env).map_err(|problems| show(&problems, &read.common))?;
    load::allow_takeover(&mut plan, &all, takeover, &read.common)?;
    Ok((plan, manifest))
}

/// Bundles the folders; a signal ends what it has started. What cannot be bundled has been shown when this fails.
fn bundle(plan: &mut Plan) -> Result<String, Exit> {
    let checking = signals::uninterrupted(run::check_folders(plan));
    let checks = actix::System::new().block_on(checking)?;
    show_failed(&checks)?;
    let bundled = match checks.bundled.len() {
        1 => "1 folder bundled".to_owned(),
        count => format!("{count} folders bundled"),
    };
    plan.take_bundles(checks.bundled);
    Ok(match checks.need_api.len() {
        0 => bundled,
        _ => format!(
            "{bundled}; as far as can be seen without the API: {}",
            one_line(&checks.need_api.join(", "))
        ),
    })
}

/// Shows what cannot be bundled.
pub(super) fn show_failed(checks: &FolderChecks) -> Result<(), Exit> {
    for (project, error) in &checks.failed {
        say(&format!("error: {}: {}", one_line(project), error.message));
        for line in error.output.iter().flat_map(|output| output.lines()) {
            say(&format!("  {line}"));
        }
        if let Some(hint) = &error.hint {
            say(&format!("help: {hint}"));
        }
    }
    match checks.failed.is_empty() {
        true => Ok(()),
        false => Err(Exit::INVALID),
    }
}

/// Asks the API about the credentials, and whose the projects are. What is wrong has been shown when this fails.
fn ask(plan: &Plan, manifest: &Manifest, common: &CommonArgs) -> Result<(), Exit> {
    let identity = Identity::from_env(&load::env);
    let unusable = |error| {
        say(&format!("error: {error}"));
        Exit::INVALID
    };
    let asking = signals::uninterrupted(async {
        let failures = run::check_accounts(plan, &identity).await;
        let failures = failures.map_err(unusable)?;
        online::answered(
            failures
                .iter()
                .map(|(account, failure)| (account.as_str(), failure)),
        )?;
        let checks = run::check_owners(plan, &identity).await.map_err(unusable)?;
        for unchecked in &checks.unchecked {
            say(&format!("warning: {}", one_line(unchecked)));
        }
        let problems = checks.elsewhere.into_iter().map(|(ix, error)| {
            let problem = Problem::new(error.message).at(manifest.projects[ix.0].place.clone());
            Problem {
                help: error.hint,
                ..problem
            }
        });
        let problems: Vec<Problem> = problems.collect();
        match problems.is_empty() {
            true => Ok(()),
            false => Err(show(&problems, common)),
        }
    });
    actix::System::new().block_on(asking)?
}
