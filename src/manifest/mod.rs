//! Reads `projects.toml`: the projects, their accounts, their order, and their settings.
//!
//! All mistakes are reported at once, each with its position. Nothing is sent or written, and bundles are not read.
//! [`load`] returns all projects, [`select`](select()) those of a run.

mod account;
mod accounts;
mod affected;
mod alike;
mod api_url;
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
pub use expand::Env;
pub use file::Source;
pub(crate) use nearest::nearest;
pub use origin::Origin;
pub use past::{Then, Version, gone, included};
pub use project::Project;
pub use select::{Affected, Bereft, Cause, Selection, bereft, keep, named, select};
pub use settings::Overrides;
pub use why::why;

use crate::model::{Budget, Diagnostic, Hooks, Limits, SourceSpan, Wave};
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

/// The manifest to load, and its overrides.
pub struct Request<'a> {
    /// The source of the manifest.
    pub source: Source,
    /// `--profile`.
    pub profile: Option<String>,
    /// Flags and their environment variables.
    pub overrides: Overrides,
    /// Whether the run targets a sandbox: placeholders then replace unset credentials.
    pub sandbox: bool,
    /// The environment, for `${env:X}` and for credentials.
    pub env: &'a Env<'a>,
}

/// A valid manifest with all values resolved.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The user's name for it; `destroy` asks for it.
    pub name: Option<String>,
    /// The root file as the user named it; `-` for standard input.
    pub file: String,
    /// The API URL without a trailing slash.
    pub api_url: String,
    /// The accounts that projects use. Unused accounts are not resolved: their variables may be unset.
    pub accounts: BTreeMap<String, Account>,
    /// The settings of the run.
    pub limits: Limits,
    /// The limits of the run.
    pub budget: Budget,
    /// The hooks of the run.
    pub hooks: Hooks,
    /// The waves; empty if all projects may start at once.
    pub waves: Vec<Wave>,
    /// The root manifest's projects, then those of the included ones, each in the order of its file.
    pub projects: Vec<Project>,
}

/// The nearest `projects.toml` in a directory or above it. Expects an absolute directory.
pub fn find(start: &Path) -> Option<PathBuf> {
    let mut files = start.ancestors().map(|folder| folder.join(FILE_NAME));
    files.find(|file| file.is_file())
}

/// Loads a manifest and those it includes. Returns all errors that can be found, in no particular order.
pub fn load(request: &Request<'_>) -> Result<Manifest, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    match resolve(request, &mut diagnostics) {
        Some(manifest) if diagnostics.is_empty() => Ok(manifest),
        _ => {
            diagnostics.iter_mut().for_each(mask_words);
            tell_once(&mut diagnostics);
            Err(diagnostics)
        }
    }
}

/// Everything that can be resolved; `None` always comes with a diagnostic.
fn resolve(request: &Request<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Manifest> {
    let raw = match Raw::read(&request.source) {
        Ok(raw) => raw,
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            return None;
        }
    };
    let root = Document::new(&raw, false, request.env, diagnostics)?;
    let included = root.included(diagnostics);
    let included: Vec<Document<'_>> = included
        .iter()
        .filter_map(|raw| Document::new(raw, true, request.env, diagnostics))
        .collect();

    let profile = profile(&root, request.profile.as_deref(), diagnostics);
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
            Sheet::new(layers, request.env, diagnostics)
        })
        .collect();
    accounts::check_names(&root, &sheets, diagnostics);
    let (mut projects, used) = project::all(&root, &sheets, &request.overrides, diagnostics);
    if diagnostics.is_empty() && projects.is_empty() {
        diagnostics.push(
            Diagnostic::new(format!("there are no projects in {}", raw.name.display()))
                .help("add one: [[project]] with `path`, or with `name` and `bundle`"),
        );
    }

    // With diagnostics, a wave may select a project that was left out because of a mistake.
    let waves = match diagnostics.is_empty() {
        true => wave::settle(&root, &mut projects, diagnostics),
        false => Vec::new(),
    };
    let base = Base::new(&root, &root, profile).map_err(|error| unsettled(&error));
    let base = told(base, diagnostics)?;
    let limits = base
        .limits(&request.overrides)
        .map_err(|error| unsettled(&error));
    let limits = told(limits, diagnostics)?;
    let budget = base
        .budget(&request.overrides)
        .map_err(|error| unsettled(&error));
    let budget = told(budget, diagnostics)?;
    let timeout = base.hook_timeout().map_err(|error| unsettled(&error));
    let hooks = hooks::of_run(&root, told(timeout, diagnostics)?, diagnostics);
    let url = told(
        base.api_url(&request.overrides)
            .map_err(|error| unsettled(&error)),
        diagnostics,
    )?;
    let api_url = check_api_url(&root, &url, &request.overrides, diagnostics);
    let mut accounts = accounts::resolve(&root, &used, request, &url, diagnostics);
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

fn told<T>(result: Result<T, Diagnostic>, diagnostics: &mut Vec<Diagnostic>) -> Option<T> {
    result
        .map_err(|diagnostic| diagnostics.push(diagnostic))
        .ok()
}

/// A mistake in the schema or the built-in settings, not the user's; a test shows that there is none.
fn unsettled(error: &config::ConfigError) -> Diagnostic {
    Diagnostic::new(format!(
        "internal error: inconsistent default settings: {error}"
    ))
}

/// The requested profile.
fn profile<'d>(
    root: &'d Document<'_>,
    name: Option<&str>,
    diagnostics: &mut Vec<Diagnostic>,
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
    diagnostics.push(
        Diagnostic::new(format!("there is no profile `{name}`"))
            .help(nearest::advice(name, known, "profiles")),
    );
    None
}

fn check_api_url(
    root: &Document<'_>,
    url: &str,
    overrides: &Overrides,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    let checked = api_url::check(url).map_err(|(what, help)| {
        let diagnostic = Diagnostic::new(what).help(help);
        match sub(&root.table, "api").and_then(|api| api.get("url")) {
            Some(node) if overrides.api_url.is_none() => {
                diagnostic.at(root.file.place(node.span.clone()))
            }
            _ => diagnostic,
        }
    });
    told(checked, diagnostics)
}

/// Reports the mistakes of a table that makes several projects once, and those of a table that projects share once
/// with the number of projects.
fn tell_once(diagnostics: &mut Vec<Diagnostic>) {
    let whereabouts = |place: &SourceSpan| (place.file.clone(), place.span.clone());
    let mut told: HashMap<_, HashSet<_>> = HashMap::new();
    diagnostics.retain(|diagnostic| {
        let place = diagnostic.place.as_ref().map(whereabouts);
        let key = (place, diagnostic.what.clone());
        let is_new = !told.contains_key(&key);
        let concerned = told.entry(key).or_default();
        concerned.extend(
            diagnostic
                .also
                .as_ref()
                .map(|(place, _)| whereabouts(place)),
        );
        is_new
    });
    for diagnostic in diagnostics {
        let place = diagnostic.place.as_ref().map(whereabouts);
        let concerned = told
            .get(&(place, diagnostic.what.clone()))
            .map_or(0, HashSet::len);
        if let Some((_, label)) = diagnostic.also.as_mut().filter(|_| concerned > 1) {
            *label += &format!(" and {} more", concerned - 1);
        }
    }
}

/// Redacts what looks like a key, wherever it came from.
fn mask_words(diagnostic: &mut Diagnostic) {
    let also = diagnostic.also.as_mut().map(|(_, label)| label);
    let texts = [diagnostic.label.as_mut(), diagnostic.help.as_mut(), also];
    for text in texts.into_iter().flatten().chain([&mut diagnostic.what]) {
        *text = mask::words(text);
    }
}
