//! Reads `projects.toml`: which projects there are, where each is deployed to, in what order, and by what rules.
//!
//! Everything that is wrong is told at once, each with its place. Nothing is sent and nothing is written here, and what
//! is *in* a bundle is not looked at. [`load`] gives all projects; [`select`](select()) those that a run is about.

mod account;
mod accounts;
mod affected;
mod alike;
mod api_url;
mod bereft;
mod check;
mod document;
mod dotenv;
mod entry;
mod expand;
mod file;
mod folder;
mod graph;
mod hooks;
mod key_command;
mod layers;
mod local;
mod mask;
mod matrix;
mod mistake;
mod names;
mod nearest;
mod origin;
mod past;
mod pattern;
mod project;
mod reach;
mod schema;
mod select;
mod selector;
mod settings;
mod value;
mod variables;
mod walk;
mod wave;
mod why;

pub use account::Account;
pub use affected::affected;
pub use bereft::{Bereft, bereft};
pub use expand::Env;
pub use file::Source;
pub use origin::Origin;
pub use past::{Then, Version, gone, included};
pub use project::Project;
pub use select::{Affected, Cause, SelectError, Selection, keep, named, select};
pub use settings::Overrides;
pub use why::why;

use crate::model::{Budget, Hooks, Limits, Place, Problem, Wave};
use document::Document;
use entry::Sheet;
use file::Raw;
use layers::Layers;
use settings::Base;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use value::{Node, Table, sub};

/// The manifest's usual name.
pub const FILE_NAME: &str = "projects.toml";

/// What to load, and what is laid over it.
pub struct Request<'a> {
    /// Where the manifest is.
    pub source: Source,
    /// `--profile`.
    pub profile: Option<String>,
    /// What flags and their environment variables say.
    pub overrides: Overrides,
    /// Whether the run deploys to a sandbox: placeholders then stand for credentials that are not set.
    pub sandbox: bool,
    /// The environment, for `${env:X}` and for credentials.
    pub env: &'a Env<'a>,
}

/// A manifest without mistakes, every value settled.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// What the user calls it; `destroy` asks for it.
    pub name: Option<String>,
    /// The root file as the user named it; `-` for standard input.
    pub file: String,
    /// The API's address, without a slash at its end.
    pub api_url: String,
    /// The accounts that projects use. One that none uses is not resolved: its variables need not be set.
    pub accounts: BTreeMap<String, Account>,
    /// What the whole run obeys.
    pub limits: Limits,
    /// What it may come to before it is stopped.
    pub budget: Budget,
    /// What runs before and after the run as a whole.
    pub hooks: Hooks,
    /// The waves that projects start in; none where all may start at once.
    pub waves: Vec<Wave>,
    /// The root manifest's projects, then those of the included ones, each in the order of its file.
    pub projects: Vec<Project>,
}

/// The nearest `projects.toml`, from a folder upwards. The folder is absolute, or nothing above it is seen.
pub fn find(start: &Path) -> Option<PathBuf> {
    let mut files = start.ancestors().map(|folder| folder.join(FILE_NAME));
    files.find(|file| file.is_file())
}

/// Loads a manifest and those it includes. The errors are all that could be found, in no particular order.
pub fn load(request: &Request<'_>) -> Result<Manifest, Vec<Problem>> {
    let mut problems = Vec::new();
    match resolve(request, &mut problems) {
        Some(manifest) if problems.is_empty() => Ok(manifest),
        _ => {
            problems.iter_mut().for_each(mask_words);
            tell_once(&mut problems);
            Err(problems)
        }
    }
}

/// Everything that can be settled; `None` is never without a problem.
fn resolve(request: &Request<'_>, problems: &mut Vec<Problem>) -> Option<Manifest> {
    let raw = match Raw::read(&request.source) {
        Ok(raw) => raw,
        Err(problem) => {
            problems.push(*problem);
            return None;
        }
    };
    let root = Document::new(&raw, false, request.env, problems)?;
    let included = root.included(problems);
    let included: Vec<Document<'_>> = included
        .iter()
        .filter_map(|raw| Document::new(raw, true, request.env, problems))
        .collect();

    let profile = profile(&root, request.profile.as_deref(), problems);
    let sheets: Vec<Sheet<'_>> = std::iter::once(&root)
        .chain(&included)
        .map(|file| {
            let root = &root;
            let layers = Layers {
                root,
                file,
                profile,
                to_destroy: request.overrides.to_destroy,
            };
            Sheet::new(layers, request.env, problems)
        })
        .collect();
    accounts::check_names(&root, &sheets, problems);
    let (mut projects, used) = project::all(&root, &sheets, &request.overrides, problems);
    if problems.is_empty() && projects.is_empty() {
        problems.push(
            Problem::new(format!("there are no projects in {}", raw.name.display()))
                .help("add one: [[project]] with `path`, or with `name` and `bundle`"),
        );
    }

    // Nobody is looked for in vain who was only left out for a mistake.
    let waves = match problems.is_empty() {
        true => wave::settle(&root, &mut projects, problems),
        false => Vec::new(),
    };
    let base = Base::new(&root, &root, profile).map_err(|error| unsettled(&error));
    let base = told(base, problems)?;
    let limits = base
        .limits(&request.overrides)
        .map_err(|error| unsettled(&error));
    let limits = told(limits, problems)?;
    let budget = base
        .budget(&request.overrides)
        .map_err(|error| unsettled(&error));
    let budget = told(budget, problems)?;
    let timeout = base.hook_timeout().map_err(|error| unsettled(&error));
    let hooks = hooks::of_run(&root, told(timeout, problems)?, problems);
    let url = told(
        base.api_url(&request.overrides)
            .map_err(|error| unsettled(&error)),
        problems,
    )?;
    let api_url = check_api_url(&root, &url, &request.overrides, problems);
    let mut accounts = accounts::resolve(&root, &used, request, &url, problems);
    if let Some(rate) = request.overrides.rate {
        accounts
            .values_mut()
            .for_each(|account| account.rate = rate);
    }
    Some(Manifest {
        name: root
            .table
            .get("name")
            .and_then(Node::text)
            .map(str::to_owned),
        file: raw.name.display().to_string(),
        api_url: api_url?,
        accounts,
        limits,
        budget,
        hooks,
        waves,
        projects,
    })
}

fn told<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

/// A fault of the schema or of the built-in settings, not of the user; a test shows that there is none.
fn unsettled(error: &config::ConfigError) -> Problem {
    Problem::new(format!("the settings do not fit together: {error}"))
}

/// The profile that was asked for.
fn profile<'d>(
    root: &'d Document<'_>,
    name: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Option<&'d Table> {
    let name = name?;
    let profiles = sub(&root.table, "profile");
    if let Some(profile) = profiles.and_then(|profiles| profiles.get(name)) {
        return profile.table();
    }
    let known = profiles
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str());
    problems.push(
        Problem::new(format!("there is no profile `{name}`"))
            .help(nearest::advice(name, known, "profiles")),
    );
    None
}

fn check_api_url(
    root: &Document<'_>,
    url: &str,
    overrides: &Overrides,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let checked = api_url::check(url).map_err(|(what, help)| {
        let problem = Problem::new(what).help(help);
        match sub(&root.table, "api").and_then(|api| api.get("url")) {
            Some(node) if overrides.api_url.is_none() => {
                problem.at(root.file.place(node.span.clone()))
            }
            _ => problem,
        }
    });
    told(checked, problems)
}

/// A table that makes several projects has its mistakes once; and so has one that all projects share, with their number.
fn tell_once(problems: &mut Vec<Problem>) {
    let whereabouts = |place: &Place| (place.file.clone(), place.span.clone());
    let mut told: HashMap<_, HashSet<_>> = HashMap::new();
    problems.retain(|problem| {
        let place = problem.place.as_ref().map(whereabouts);
        let key = (place, problem.what.clone());
        let is_new = !told.contains_key(&key);
        let concerned = told.entry(key).or_default();
        concerned.extend(problem.also.as_ref().map(|(place, _)| whereabouts(place)));
        is_new
    });
    for problem in problems {
        let place = problem.place.as_ref().map(whereabouts);
        let concerned = told
            .get(&(place, problem.what.clone()))
            .map_or(0, HashSet::len);
        if let Some((_, label)) = problem.also.as_mut().filter(|_| concerned > 1) {
            *label += &format!(" and {} more", concerned - 1);
        }
    }
}

/// No message shows what looks like a key, wherever it came from.
fn mask_words(problem: &mut Problem) {
    let also = problem.also.as_mut().map(|(_, label)| label);
    let texts = [problem.label.as_mut(), problem.help.as_mut(), also];
    for text in texts.into_iter().flatten().chain([&mut problem.what]) {
        *text = mask::words(text);
    }
}
