//! Reads `projects.toml`: the projects, their accounts, their order, and their settings.
//!
//! All mistakes are reported at once, each with its position. Nothing is sent or written, and bundles are not read.
//! [`load`] returns all projects, [`select`](select()) those of a run.

mod accounts;
mod affected;
mod base_revision;
mod check;
mod credentials;
mod diagnostic;
mod directory;
mod document;
mod environment;
mod expand;
mod explanation;
mod hooks;
mod json_schema;
mod key_command;
mod mask;
mod names;
mod partition;
mod project;
mod project_table;
mod schema;
mod select;
mod settings;
mod value;
mod waves;

pub use affected::affected;
pub use base_revision::{BaseContent, Version, gone, included};
pub use credentials::Account;
pub(crate) use diagnostic::suggest;
pub use document::Source;
pub use expand::Env;
pub use explanation::explain;
pub use json_schema::json_schema;
pub use partition::partition;
pub use project::{LogicalId, Origin, Project};
#[cfg(test)]
pub use select::Cause;
pub use select::{
    Affected, OrphanedDependent, Selection, keep, named, orphaned_dependents, select,
};
pub use settings::Overrides;

use crate::model::api_url;
use crate::model::{Budget, Diagnostic, Hooks, Limits, Retention, Shard, SourceSpan, Wave};
use diagnostic::advice;
use document::{Document, Raw};
use settings::{Layers, RunSettings};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use value::{Table, sub, text};

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
    /// The projects whose files, variables, and credentials are needed; all if `None`. The others are checked for mistakes in
    /// the manifest only.
    pub needed: Option<HashSet<String>>,
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
    /// Which journals of earlier runs are kept.
    pub retention: Retention,
    /// The hooks of the run.
    pub hooks: Hooks,
    /// The waves; empty if all projects may start at once.
    pub waves: Vec<Wave>,
    /// The shard that its projects are, if they are split.
    pub shard: Option<Shard>,
    /// The root manifest's projects, then those of the included ones, each in the order of its file.
    pub projects: Vec<Project>,
}

/// The nearest `projects.toml` in a directory or above it. Expects an absolute directory.
pub fn find(start: &Path) -> Option<PathBuf> {
    let mut files = start.ancestors().map(|dir| dir.join(FILE_NAME));
    files.find(|file| file.is_file())
}

/// Loads a manifest and those it includes. Returns all errors that can be found, in no particular order.
pub fn load(request: &Request<'_>) -> Result<Manifest, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    match resolve(request, &mut diagnostics) {
        Some(manifest) if diagnostics.is_empty() => Ok(manifest),
        _ => {
            diagnostics.iter_mut().for_each(mask_words);
            report_once(&mut diagnostics);
            Err(diagnostics)
        }
    }
}

/// Everything that can be resolved; `None` always comes with a diagnostic.
fn resolve(request: &Request<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Manifest> {
    let (env, overrides) = (request.env, &request.overrides);
    let raw = collect(Raw::read(&request.source), diagnostics)?;
    let root = Document::new(&raw, false, env, diagnostics)?;
    let built_in = Raw::built_in();
    let built_in = Document::new(&built_in, false, env, diagnostics)?;
    let included = root.included(diagnostics);
    let included: Vec<Document<'_>> = included
        .iter()
        .filter_map(|raw| Document::new(raw, true, env, diagnostics))
        .collect();

    let layers = Layers {
        built_in: &built_in,
        root: &root,
        profile: profile(&root, request.profile.as_deref(), diagnostics),
    };
    let tables: Vec<_> = std::iter::once(&root)
        .chain(&included)
        .flat_map(|file| project_table::read(file, layers, request, diagnostics))
        .collect();
    accounts::check_names(&root, &included, &tables, diagnostics);
    let known = accounts::names(&root);
    let known = known.as_deref();
    let mut projects: Vec<Project> = tables
        .iter()
        .filter_map(|table| project::read(table, known, overrides, diagnostics))
        .collect();
    names::check(&tables, diagnostics);
    if diagnostics.is_empty() && projects.is_empty() {
        diagnostics.push(
            Diagnostic::new(format!("there are no projects in {}", raw.name.display()))
                .help("add one: [[project]] with `path`, or with `name` and `bundle`"),
        );
    }

    // After a mistake, a wave may select a project that was left out because of it.
    let mut waves = Vec::new();
    if diagnostics.is_empty() {
        waves = waves::settle(&root, &mut projects, diagnostics);
    }
    let merged = layers.of(&root);
    let settings = collect(RunSettings::new(&merged, overrides), diagnostics)?;
    let hooks = hooks::read(&merged, settings.hooks.timeout, true, diagnostics);
    let url = &settings.api.url;
    let api_url = check_api_url(&root, url, overrides, diagnostics);
    // The account of an incomplete project is resolved too, so its mistakes are reported.
    let used: BTreeSet<&str> = tables
        .iter()
        .filter(|table| table.is_needed)
        .filter_map(|table| accounts::of(table, known))
        .collect();
    let accounts = accounts::resolve(&root, &used, request, url, diagnostics);
    Some(Manifest {
        name: text(&root.table, "name").map(str::to_owned),
        file: raw.name.display().to_string(),
        api_url: api_url?,
        accounts,
        limits: settings.limits(overrides),
        budget: settings.budget(overrides),
        retention: settings.state,
        hooks,
        waves,
        shard: None,
        projects,
    })
}

fn collect<T>(result: Result<T, Box<Diagnostic>>, diagnostics: &mut Vec<Diagnostic>) -> Option<T> {
    result.map_err(|found| diagnostics.push(*found)).ok()
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
    let known = profiles.into_iter().flatten();
    let known = known.map(|(name, _)| name.as_str());
    diagnostics.push(
        Diagnostic::new(format!("there is no profile `{name}`"))
            .help(advice(name, known, "profiles")),
    );
    None
}

fn check_api_url(
    root: &Document<'_>,
    url: &str,
    overrides: &Overrides,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    let form = "write it like https://api.checklyhq.com";
    let checked = match api_url::parse(url) {
        Err(what) => Err((format!("the API URL {what}"), form)),
        Ok(parsed) if parsed.scheme() == "http" && api_url::loopback(url).is_none() => Err((
            "the API key would be sent unencrypted".to_owned(),
            "use https://; http:// is only allowed for localhost, 127.0.0.1, and [::1]",
        )),
        Ok(parsed) => Ok(parsed.as_str().trim_end_matches('/').to_owned()),
    };
    let checked = checked.map_err(|(what, help)| {
        let diagnostic = Diagnostic::new(what).help(help);
        Box::new(
            match sub(&root.table, "api").and_then(|api| api.get("url")) {
                Some(node) if overrides.api_url.is_none() => diagnostic.at(node.place()),
                _ => diagnostic,
            },
        )
    });
    collect(checked, diagnostics)
}

/// Reports the mistakes of a table that makes several projects once, and those of a table that projects share once
/// with the number of projects.
fn report_once(diagnostics: &mut Vec<Diagnostic>) {
    let whereabouts = |place: &SourceSpan| (place.file.clone(), place.span.clone());
    let mut reported: HashMap<_, HashSet<_>> = HashMap::new();
    diagnostics.retain(|diagnostic| {
        let place = diagnostic.place.as_ref().map(whereabouts);
        let key = (place, diagnostic.what.clone());
        let is_new = !reported.contains_key(&key);
        let concerned = reported.entry(key).or_default();
        concerned.extend(
            diagnostic
                .also
                .as_ref()
                .map(|also| whereabouts(&also.place)),
        );
        is_new
    });
    for diagnostic in diagnostics {
        let place = diagnostic.place.as_ref().map(whereabouts);
        let concerned = reported
            .get(&(place, diagnostic.what.clone()))
            .map_or(0, HashSet::len);
        if let Some(also) = diagnostic.also.as_mut().filter(|_| concerned > 1) {
            also.label += &format!(" and {} more", concerned - 1);
        }
    }
}

/// Redacts what looks like a key, wherever it came from.
fn mask_words(diagnostic: &mut Diagnostic) {
    let also = diagnostic.also.as_mut().map(|also| &mut also.label);
    let texts = [diagnostic.label.as_mut(), diagnostic.help.as_mut(), also];
    for text in texts.into_iter().flatten().chain([&mut diagnostic.what]) {
        *text = mask::words(text);
    }
}
