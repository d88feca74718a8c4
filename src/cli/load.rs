//! From flags to a manifest, a selection and a plan; mistakes are shown all at once.

use super::flags::{CommonArgs, InputArgs, SelectArgs, TakeoverArgs, TargetArgs};
use super::say::{refused, say, show};
use super::{Exit, affected, why};
use crate::guard::SavedPlan;
use crate::manifest::{self, Manifest, Overrides, Project, Request, Source};
use crate::run::Plan;
use crate::ui::one_line;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The environment of this process. Variables that are not Unicode count as unset.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// `--api-url`, or the variable that the Checkly CLI knows too.
pub(super) fn api_url(target: &TargetArgs) -> Option<String> {
    let named = |url: &String| !url.is_empty();
    let url = target.api_url.clone().filter(named);
    url.or_else(|| env("CHECKLY_API_URL").filter(named))
}

/// Loads the manifest and selects from it; see [`with_all`].
pub(super) fn manifest(
    input: &InputArgs,
    select: &SelectArgs,
    overrides: Overrides,
    sandbox: bool,
    common: &CommonArgs,
) -> Result<Manifest, Exit> {
    with_all(input, select, overrides, sandbox, common).map(|(manifest, _)| manifest)
}

/// Loads the manifest and selects from it, and gives all its projects, too. The error is how the program is to end without going on: what is wrong, or
/// the answer to `--why`, has been shown. Without a project there is a manifest only with `--allow-empty`.
pub(super) fn with_all(
    input: &InputArgs,
    select: &SelectArgs,
    overrides: Overrides,
    sandbox: bool,
    common: &CommonArgs,
) -> Result<(Manifest, Vec<Project>), Exit> {
    // Placeholders stand for credentials that are not set: to answer a question nothing is sent.
    let (mut manifest, root) = read(input, overrides, sandbox || select.why.is_some(), common)?;
    let mut selection = select.selection();
    if let Some(since) = &select.affected {
        let profile = input.profile.as_deref();
        let affected = affected::find(
            since,
            &selection,
            &manifest,
            root.as_deref(),
            profile,
            common,
        )?;
        selection.affected = Some(affected);
    }
    if let Some(name) = &select.why {
        return Err(why::answer(&manifest, &selection, name, common));
    }
    let all = manifest.projects.clone();
    manifest.projects = match manifest::select(manifest.projects, &selection) {
        Ok(projects) => projects,
        Err(error) if error.is_empty && select.allow_empty => {
            for problem in &error.problems {
                say(&format!("warning: {}", one_line(&problem.what)));
            }
            vec![]
        }
        Err(error) => return Err(refused(&error, common)),
    };
    if manifest.projects.is_empty() && !select.allow_empty {
        say(
            "error: no project is selected\nhelp: `orchestrate list` shows what there is; --allow-empty makes this a success",
        );
        return Err(Exit::EMPTY);
    }
    Ok((manifest, all))
}

/// Loads the manifest and takes from it the projects of a plan, as far as they are still there; and gives all its projects, too.
pub(super) fn planned(
    input: &InputArgs,
    plan: &SavedPlan,
    overrides: Overrides,
    sandbox: bool,
    common: &CommonArgs,
) -> Result<(Manifest, Vec<Project>), Exit> {
    let (mut manifest, _) = read(input, overrides, sandbox, common)?;
    let all = manifest.projects.clone();
    let names = plan.projects.iter().map(|project| project.name.as_str());
    manifest.projects = manifest::keep(manifest.projects, &names.collect());
    Ok((manifest, all))
}

/// Loads the manifest with all its projects.
pub(super) fn everything(
    input: &InputArgs,
    overrides: Overrides,
    sandbox: bool,
    common: &CommonArgs,
) -> Result<Manifest, Exit> {
    read(input, overrides, sandbox, common).map(|(manifest, _)| manifest)
}

/// Lets the projects through that a flag names, also where their accounts have them from other repositories. It may name any
/// project of the manifest, selected or not: what has changed in git must not decide whether the command line is sound.
pub(super) fn allow_takeover(
    plan: &mut Plan,
    all: &[Project],
    args: &TakeoverArgs,
    common: &CommonArgs,
) -> Result<(), Exit> {
    let named = manifest::named(all, "--allow-takeover", &args.allow_takeover)
        .map_err(|error| refused(&error, common))?;
    for job in &mut plan.jobs {
        job.check_owner &= !named.contains(&*job.name);
    }
    Ok(())
}

/// Loads the manifest, and says which file that was.
fn read(
    input: &InputArgs,
    overrides: Overrides,
    sandbox: bool,
    common: &CommonArgs,
) -> Result<(Manifest, Option<PathBuf>), Exit> {
    let source = source(input.config.as_deref())?;
    let root = match &source {
        Source::File(path) => Some(path.clone()),
        Source::Stdin { .. } => None,
    };
    let request = Request {
        source,
        profile: input.profile.clone(),
        overrides,
        sandbox,
        env: &env,
    };
    let manifest = manifest::load(&request).map_err(|problems| show(&problems, common))?;
    let accounts = manifest.accounts.values();
    let found: BTreeSet<_> = accounts
        .filter_map(|account| account.found_in.as_deref())
        .collect();
    for place in found {
        say(&format!("Using the credentials of {}.", one_line(place)));
    }
    Ok((manifest, root))
}

fn source(config: Option<&Path>) -> Result<Source, Exit> {
    let here = std::env::current_dir().map_err(|error| {
        say(&format!(
            "error: the working directory cannot be found: {error}"
        ));
        Exit::INVALID
    })?;
    match config {
        Some(path) if path == Path::new("-") => {
            let mut text = String::new();
            match io::stdin().read_to_string(&mut text) {
                Ok(_) => Ok(Source::Stdin {
                    text,
                    dir: PathBuf::new(),
                }),
                Err(error) => {
                    say(&format!(
                        "error: the manifest cannot be read from standard input: {error}"
                    ));
                    Err(Exit::INVALID)
                }
            }
        }
        Some(path) => Ok(Source::File(path.to_owned())),
        None => match manifest::find(&here) {
            Some(found) => Ok(Source::File(from(&here, found))),
            None => {
                say(&format!(
                    "error: there is no {} in this folder or above\nhelp: name it with --config FILE",
                    manifest::FILE_NAME
                ));
                Err(Exit::INVALID)
            }
        },
    }
}

/// A path as a user in `here` would write it.
fn from(here: &Path, path: PathBuf) -> PathBuf {
    match path.strip_prefix(here) {
        Ok(relative) => relative.to_owned(),
        Err(_) => path,
    }
}
