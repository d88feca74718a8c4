//! From flags to a manifest, a selection, and a plan. All problems are shown at once.

use super::console::{failing, refused, say, show};
use super::flags::{CommonArgs, InputArgs, SelectArgs, TakeoverArgs, TargetArgs};
use super::{Exit, selection};
use crate::manifest::{self, Manifest, Overrides, Project, Request, Source};
use crate::os_error::plain;
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
        job.check_owner &= !named.contains(&*job.planned.name);
    }
    Ok(())
}

/// Loads the manifest, once or twice: the selection decides what is needed.
pub(super) struct Loader<'a> {
    request: Request<'static>,
    common: &'a CommonArgs,
}

impl<'a> Loader<'a> {
    pub(super) fn new(
        input: &InputArgs,
        overrides: Overrides,
        sandbox: bool,
        common: &'a CommonArgs,
    ) -> Result<Self, Exit> {
        let request = Request {
            source: source(input.config.as_deref())?,
            profile: input.profile.clone(),
            overrides,
            sandbox,
            needed: None,
            env: &env,
        };
        Ok(Self { request, common })
    }

    /// The manifest with the selected projects; also all its projects. The error is the exit code after a problem or the answer to
    /// `--why` was shown. Without selected projects, there is a manifest only with `--allow-empty` or `--affected`; a shard may be
    /// empty. Nothing is needed of projects that are not selected but a manifest without mistakes.
    pub(super) fn select(mut self, select: &SelectArgs) -> Result<(Manifest, Vec<Project>), Exit> {
        // `--why` sends nothing, so placeholders stand for unset credentials.
        self.request.sandbox |= select.why.is_some();
        let mut selected = select.selection();
        if select.is_everything() {
            let manifest = self.load(None)?;
            let all = manifest.projects.clone();
            return is_not_empty(&manifest, select).map(|()| (manifest, all));
        }
        let manifest = self.load(Some(HashSet::new()))?;
        if let Some(since) = &select.affected {
            let (root, profile) = (self.root(), self.request.profile.as_deref());
            let affected =
                selection::affected(since, &selected, &manifest, root, profile, self.common)?;
            selected.affected = Some(affected);
        }
        if let Some(name) = &select.why {
            let manifest = self.load(Some(HashSet::from([name.clone()])))?;
            return selection::explain(&manifest, &selected, name, self.common).and_then(Err);
        }
        let waves = manifest.waves.len();
        let mut of_run = manifest::select(manifest.projects, &selected)
            .map_err(|problems| refused(&problems, self.common))?;
        let mut shard = None;
        if let Some(partition) = select.partition {
            if waves > 0 && !self.request.overrides.to_destroy {
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
        let (mut manifest, all) = self.keep(&names)?;
        manifest.shard = shard;
        is_not_empty(&manifest, select).map(|()| (manifest, all))
    }

    /// The file, unless it is standard input.
    fn root(&self) -> Option<&Path> {
        match &self.request.source {
            Source::File(path) => Some(path),
            Source::Stdin { .. } => None,
        }
    }

    /// The manifest with all its projects, of which some or all are needed.
    pub(super) fn load(&mut self, needed: Option<HashSet<String>>) -> Result<Manifest, Exit> {
        self.request.needed = needed;
        let manifest =
            manifest::load(&self.request).map_err(|problems| show(&problems, self.common))?;
        let accounts = manifest.accounts.values();
        let found: BTreeSet<_> = accounts
            .filter_map(|account| account.found_in.as_deref())
            .collect();
        for place in found {
            say(&format!("Using credentials from {}.", one_line(place)));
        }
        Ok(manifest)
    }

    /// The manifest with those of these projects that exist; also all its projects.
    pub(super) fn keep(
        &mut self,
        names: &HashSet<String>,
    ) -> Result<(Manifest, Vec<Project>), Exit> {
        let mut manifest = self.load(Some(names.clone()))?;
        let all = manifest.projects.clone();
        manifest.projects = manifest::keep(manifest.projects, names);
        Ok((manifest, all))
    }
}

fn source(config: Option<&Path>) -> Result<Source, Exit> {
    let find = || -> Result<Source, String> {
        let here = std::env::current_dir().map_err(|error| {
            format!("cannot determine the working directory: {}", plain(&error))
        })?;
        match config {
            Some(path) if path == Path::new("-") => {
                let text = io::read_to_string(io::stdin()).map_err(|error| {
                    format!("cannot read the manifest from standard input: {error}")
                })?;
                let dir = PathBuf::new();
                Ok(Source::Stdin { text, dir })
            }
            Some(path) => Ok(Source::File(path.to_owned())),
            None => {
                let found = manifest::find(&here).ok_or_else(|| {
                    format!(
                        "no {} in this directory or above\nhelp: write one with `orchestrate init`, or pass --config FILE",
                        manifest::FILE_NAME
                    )
                })?;
                // Relative, if it is here or below.
                Ok(Source::File(
                    found.strip_prefix(&here).unwrap_or(&found).to_owned(),
                ))
            }
        }
    };
    find().map_err(failing(Exit::INVALID))
}
