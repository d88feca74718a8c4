//! From flags to a manifest, a selection, and a plan. All problems are shown at once.

use super::console::{refused, say, show};
use super::flags::{CommonArgs, InputArgs, SelectArgs, TakeoverArgs, TargetArgs};
use super::{Exit, selection};
use crate::guard::SavedPlan;
use crate::manifest::{self, Manifest, Overrides, Project, Request, Source};
use crate::run::Plan;
use crate::ui::one_line;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// An environment variable. One that is not Unicode counts as unset.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// `--api-url`, or the Checkly CLI's variable.
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

/// Loads the manifest and selects from it; also returns all its projects. The error is the exit code after a problem or
/// the answer to `--why` was shown. Without selected projects, there is a manifest only with `--allow-empty` or `--affected`.
pub(super) fn with_all(
    input: &InputArgs,
    select: &SelectArgs,
    overrides: Overrides,
    sandbox: bool,
    common: &CommonArgs,
) -> Result<(Manifest, Vec<Project>), Exit> {
    // `--why` sends nothing, so placeholders stand for unset credentials.
    let (mut manifest, root) = read(input, overrides, sandbox || select.why.is_some(), common)?;
    let mut selected = select.selection();
    if let Some(since) = &select.affected {
        let profile = input.profile.as_deref();
        let affected = selection::affected(
            since,
            &selected,
            &manifest,
            root.as_deref(),
            profile,
            common,
        )?;
        selected.affected = Some(affected);
    }
    if let Some(name) = &select.why {
        return Err(selection::explain(&manifest, &selected, name, common));
    }
    let all = manifest.projects.clone();
    manifest.projects = manifest::select(manifest.projects, &selected)
        .map_err(|problems| refused(&problems, common))?;
    if manifest.projects.is_empty() && select.affected.is_some() {
        say("Nothing to do: no affected project is selected.");
    } else if manifest.projects.is_empty() && !select.allow_empty {
        say(
            "error: no projects are selected\nhelp: run `orchestrate list` to see all projects; --allow-empty makes this a success",
        );
        return Err(Exit::EMPTY);
    }
    Ok((manifest, all))
}

/// Loads the manifest and selects the projects of a plan that still exist; also returns all its projects.
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

/// Skips the ownership check for the projects that `--allow-takeover` matches. It may match unselected projects, too: with
/// `--affected`, changes in git must not make the command line invalid.
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

/// Loads the manifest; also returns its path.
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
        say(&format!("Using credentials from {}.", one_line(place)));
    }
    Ok((manifest, root))
}

fn source(config: Option<&Path>) -> Result<Source, Exit> {
    let here = std::env::current_dir().map_err(|error| {
        say(&format!(
            "error: cannot determine the working directory: {error}"
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
                        "error: cannot read the manifest from standard input: {error}"
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
                    "error: no {} in this directory or above\nhelp: write one with `orchestrate init`, or pass --config FILE",
                    manifest::FILE_NAME
                ));
                Err(Exit::INVALID)
            }
        },
    }
}

/// A path relative to `here`, if it is inside.
fn from(here: &Path, path: PathBuf) -> PathBuf {
    match path.strip_prefix(here) {
        Ok(relative) => relative.to_owned(),
        Err(_) => path,
    }
}
