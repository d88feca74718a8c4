//! From flags to a manifest, a selection, and a plan. All problems are shown at once.

use super::console::{failing, refused, say, show};
use super::flags::{CommonArgs, InputArgs, SelectArgs, TakeoverArgs, TargetArgs};
use super::{Exit, selection};
use crate::manifest::{self, Manifest, Overrides, Project, Request, Source};
use crate::run::Plan;
use crate::ui::one_line;
use crate::words;
use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::{Path, PathBuf};

/// An environment variable. What is not Unicode in it becomes replacement characters: it is set, but to nothing useful.
pub(super) fn env(name: &str) -> Option<String> {
    Some(std::env::var_os(name)?.to_string_lossy().into_owned())
}

/// `--api-url`, or the Checkly CLI's variable.
pub(super) fn api_url(target: &TargetArgs) -> Option<String> {
    // A variable that was read from a file may end with a line break.
    let named = |url: String| Some(url.trim().to_owned()).filter(|url| !url.is_empty());
    let url = target.api_url.clone().and_then(named);
    url.or_else(|| env("CHECKLY_API_URL").and_then(named))
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
/// the answer to `--why` was shown. Without selected projects, there is a manifest only with `--allow-empty` or `--affected`;
/// a shard may be empty.
/// Nothing is needed of projects that are not selected but a manifest without mistakes.
pub(super) fn with_all(
    input: &InputArgs,
    select: &SelectArgs,
    overrides: Overrides,
    sandbox: bool,
    common: &CommonArgs,
) -> Result<(Manifest, Vec<Project>), Exit> {
    // `--why` sends nothing, so placeholders stand for unset credentials.
    let loader = Loader::new(input, overrides, sandbox || select.why.is_some(), common)?;
    let mut selected = select.selection();
    let is_everything = selected.is_everything() && select.affected.is_none();
    if is_everything && select.partition.is_none() && select.why.is_none() {
        let manifest = loader.load(None)?;
        let all = manifest.projects.clone();
        return is_not_empty(&manifest, select).map(|()| (manifest, all));
    }
    let manifest = loader.load(Some(HashSet::new()))?;
    if let Some(since) = &select.affected {
        let (profile, root) = (input.profile.as_deref(), loader.root());
        let affected = selection::affected(since, &selected, &manifest, root, profile, common)?;
        selected.affected = Some(affected);
    }
    if let Some(name) = &select.why {
        let manifest = loader.load(Some(HashSet::from([name.clone()])))?;
        return selection::explain(&manifest, &selected, name, common).and_then(Err);
    }
    let waves = manifest.waves.len();
    let mut of_run = manifest::select(manifest.projects, &selected)
        .map_err(|problems| refused(&problems, common))?;
    let mut shard = None;
    if let Some(partition) = select.partition {
        if waves > 0 && !loader.overrides.to_destroy {
            let file = &manifest.file;
            say(&format!(
                "error: --partition {partition}: {file} has waves, and a wave waits for all of its projects, which other shards may have\nhelp: leave out --partition, or remove [[wave]]"
            ));
            return Err(Exit::USAGE);
        }
        let (projects, of_partition) = manifest::partition(of_run, partition);
        say(&format!(
            "Shard {} of {}: {} of {}",
            partition.index,
            partition.count,
            projects.len(),
            words::count(of_partition.selected, "project")
        ));
        (of_run, shard) = (projects, Some(of_partition));
    }
    let names = of_run.into_iter().map(|project| project.name).collect();
    let (mut manifest, all) = loader.keep(&names)?;
    manifest.shard = shard;
    is_not_empty(&manifest, select).map(|()| (manifest, all))
}

fn is_not_empty(manifest: &Manifest, select: &SelectArgs) -> Result<(), Exit> {
    if manifest
        .shard
        .as_ref()
        .is_some_and(|shard| shard.selected > 0)
    {
        return Ok(());
    }
    if manifest.projects.is_empty() && select.affected.is_some() {
        say("Nothing to do: no affected project is selected.");
    } else if manifest.projects.is_empty() && !select.allow_empty {
        say(
            "error: no projects are selected\nhelp: run `orchestrate list` to see all projects; --allow-empty makes this a success",
        );
        return Err(Exit::EMPTY);
    }
    Ok(())
}

/// Loads the manifest and selects those of the named projects that still exist; also returns all its projects.
pub(super) fn named(
    input: &InputArgs,
    names: &HashSet<String>,
    overrides: Overrides,
    sandbox: bool,
    common: &CommonArgs,
) -> Result<(Manifest, Vec<Project>), Exit> {
    Loader::new(input, overrides, sandbox, common)?.keep(names)
}

/// Loads the manifest with all its projects.
pub(super) fn everything(
    input: &InputArgs,
    overrides: Overrides,
    sandbox: bool,
    common: &CommonArgs,
) -> Result<Manifest, Exit> {
    Loader::new(input, overrides, sandbox, common)?.load(None)
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

/// Loads the manifest, once or twice: the selection decides what is needed.
struct Loader<'a> {
    source: Source,
    profile: Option<String>,
    overrides: Overrides,
    sandbox: bool,
    common: &'a CommonArgs,
}

impl<'a> Loader<'a> {
    fn new(
        input: &InputArgs,
        overrides: Overrides,
        sandbox: bool,
        common: &'a CommonArgs,
    ) -> Result<Self, Exit> {
        Ok(Self {
            source: source(input.config.as_deref())?,
            profile: input.profile.clone(),
            overrides,
            sandbox,
            common,
        })
    }

    /// The file, unless it is standard input.
    fn root(&self) -> Option<&Path> {
        match &self.source {
            Source::File(path) => Some(path),
            Source::Stdin { .. } => None,
        }
    }

    /// The manifest with all its projects, of which some or all are needed.
    fn load(&self, needed: Option<HashSet<String>>) -> Result<Manifest, Exit> {
        let request = Request {
            source: self.source.clone(),
            profile: self.profile.clone(),
            overrides: self.overrides.clone(),
            sandbox: self.sandbox,
            needed,
            env: &env,
        };
        let manifest = manifest::load(&request).map_err(|problems| show(&problems, self.common))?;
        let accounts = manifest.accounts.values();
        let found: BTreeSet<_> = accounts
            .filter_map(|account| account.found_in.as_deref())
            .collect();
        for place in found {
            say(&format!("Using credentials from {}.", one_line(place)));
        }
        Ok(manifest)
    }

    /// The manifest with these projects; also all its projects.
    fn keep(&self, names: &HashSet<String>) -> Result<(Manifest, Vec<Project>), Exit> {
        let mut manifest = self.load(Some(names.clone()))?;
        let all = manifest.projects.clone();
        let names = names.iter().map(String::as_str).collect();
        manifest.projects = manifest::keep(manifest.projects, &names);
        Ok((manifest, all))
    }
}

fn source(config: Option<&Path>) -> Result<Source, Exit> {
    let failed = failing(Exit::INVALID);
    let here = match std::env::current_dir() {
        Ok(here) => here,
        Err(error) => {
            return Err(failed(format!(
                "cannot determine the working directory: {error}"
            )));
        }
    };
    match config {
        Some(path) if path == Path::new("-") => match io::read_to_string(io::stdin()) {
            Ok(text) => Ok(Source::Stdin {
                text,
                dir: PathBuf::new(),
            }),
            Err(error) => Err(failed(format!(
                "cannot read the manifest from standard input: {error}"
            ))),
        },
        Some(path) => Ok(Source::File(path.to_owned())),
        None => match manifest::find(&here) {
            // Relative, if it is here or below.
            Some(found) => Ok(Source::File(
                found.strip_prefix(&here).unwrap_or(&found).to_owned(),
            )),
            None => Err(failed(format!(
                "no {} in this directory or above\nhelp: write one with `orchestrate init`, or pass --config FILE",
                manifest::FILE_NAME
            ))),
        },
    }
}
