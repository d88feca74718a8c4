//! `orchestrate validate`: everything that `deploy` checks, and nothing of what it sends.

use super::args::ValidateArgs;
use super::load::{self, say};
use super::{Exit, signals};
use crate::api::Identity;
use crate::manifest::Overrides;
use crate::model::Failure;
use crate::run::{self, Plan};
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
    let plan = plan(args)?;
    let projects = match plan.jobs.len() {
        1 => "1 project".to_owned(),
        count => format!("{count} projects"),
    };
    let target = match args.read.target.sandbox {
        true => "the sandbox",
        false => &plan.api_url,
    };
    let accounts = super::list::accounts(&plan);
    let bundled = match args.bundle {
        true => format!(" ({})", bundle(&plan)?),
        false => String::new(),
    };
    let valid = format!(
        "{} is valid: {projects}{bundled}, {accounts} to {target}",
        plan.manifest
    );
    if !args.online {
        return Ok(valid);
    }
    ask(&plan)?;
    Ok(format!("{valid}, which takes the credentials"))
}

fn plan(args: &ValidateArgs) -> Result<Plan, Exit> {
    // Bundling offline needs no credentials: what is not set is not missed.
    let placeholders = args.bundle && !args.online;
    let args = &args.read;
    let overrides = Overrides {
        api_url: load::api_url(&args.target),
        ..Overrides::default()
    };
    let sandbox = args.target.sandbox || placeholders;
    let manifest = load::manifest(&args.input, &args.select, overrides, sandbox, &args.common)?;
    run::plan(&manifest, &load::env).map_err(|problems| load::show(&problems, &args.common))
}

/// Bundles the folders; a signal ends what it has started. What cannot be bundled has been shown when this fails.
fn bundle(plan: &Plan) -> Result<String, Exit> {
    let checking = signals::uninterrupted(run::check_folders(plan));
    let checks = actix::System::new().block_on(checking)?;
    for (project, error) in &checks.failed {
        say(&format!("error: {}: {}", one_line(project), error.message));
        for line in error.output.iter().flat_map(|output| output.lines()) {
            say(&format!("  {line}"));
        }
        if let Some(hint) = &error.hint {
            say(&format!("help: {hint}"));
        }
    }
    if !checks.failed.is_empty() {
        return Err(Exit::INVALID);
    }
    let bundled = match checks.bundled.len() {
        1 => "1 folder bundled".to_owned(),
        count => format!("{count} folders bundled"),
    };
    Ok(match checks.need_api.len() {
        0 => bundled,
        _ => format!(
            "{bundled}; as far as can be seen without the API: {}",
            one_line(&checks.need_api.join(", "))
        ),
    })
}

/// Asks the API about the credentials. What it does not take has been shown when this fails.
fn ask(plan: &Plan) -> Result<(), Exit> {
    let identity = Identity::from_env(&load::env);
    let asking = run::check_accounts(plan, &identity);
    let failures = actix::System::new().block_on(asking).map_err(|error| {
        say(&format!("error: {error}"));
        Exit::INVALID
    })?;
    for (account, failure) in &failures {
        let error = &failure.error;
        say(&format!("error: account {account}: {}", error.message));
        if let Some(hint) = &error.hint {
            say(&format!("help: {hint}"));
        }
    }
    let all = |is: fn(&Failure) -> bool| failures.iter().all(|(_, failure)| is(failure));
    if failures.is_empty() {
        Ok(())
    } else if all(|failure| matches!(failure.error.http_status, Some(401 | 403))) {
        Err(Exit::REFUSED)
    } else if all(Failure::is_passing) {
        Err(Exit::PASSING)
    } else {
        Err(Exit::FAILURE)
    }
}
