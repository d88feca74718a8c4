//! `orchestrate validate`: everything that `deploy` checks, and nothing of what it sends.

use super::Exit;
use super::args::ReadArgs;
use super::load::{self, say};
use crate::manifest::Overrides;
use crate::run;

pub(super) fn main(args: &ReadArgs) -> Exit {
    match check(args) {
        Ok(text) => {
            say(&text);
            Exit::SUCCESS
        }
        Err(exit) => exit,
    }
}

fn check(args: &ReadArgs) -> Result<String, Exit> {
    let overrides = Overrides {
        api_url: load::api_url(&args.target),
        ..Overrides::default()
    };
    let sandbox = args.target.sandbox;
    let manifest = load::manifest(&args.input, &args.select, overrides, sandbox, &args.common)?;
    let plan =
        run::plan(&manifest, &load::env).map_err(|problems| load::show(&problems, &args.common))?;
    let projects = match plan.jobs.len() {
        1 => "1 project".to_owned(),
        count => format!("{count} projects"),
    };
    let target = match sandbox {
        true => "the sandbox",
        false => &plan.api_url,
    };
    Ok(format!(
        "{} is valid: {projects}, {} to {target}",
        plan.manifest,
        super::list::accounts(&plan)
    ))
}
