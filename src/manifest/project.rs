//! The projects: names, sources of their payloads, settings, dependencies.

use super::accounts;
use super::collect;
use super::environment::read_env_file;
use super::hooks;
use super::project_table::ProjectTable;
use super::schema::OF_DIRECTORIES;
use super::settings::{self, Overrides, Settings};
use super::value::{Node, items, sub};
use crate::inputs::{self, InputPattern};
use crate::model::{Diagnostic, Directory, Hooks, Inputs, ProjectPolicy, SourceSpan};
use crate::os_error::plain;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One project with all values resolved.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its name, unique in the manifest.
    pub name: String,
    /// The position of the name, or of its source.
    pub place: SourceSpan,
    /// The source of its payload.
    pub origin: Origin,
    /// The position of that source in the manifest.
    pub origin_place: SourceSpan,
    /// Its source files.
    pub inputs: Inputs,
    /// The directory of the manifest that declares it.
    pub dir: PathBuf,
    /// Its account: a key of [`Manifest::accounts`](super::Manifest::accounts).
    pub account: String,
    /// Projects that are deployed before it.
    pub depends_on: Vec<String>,
    /// Dependencies that are not selected and so must be deployed already; empty before a selection.
    pub unselected_dependencies: Vec<String>,
    /// For `--only tag:…`.
    pub tags: Vec<String>,
    /// Higher starts earlier.
    pub priority: i64,
    /// The most resources that a deployment may delete; unlimited if not set.
    pub max_deletes: Option<usize>,
    /// Whether it may be deployed without resources.
    pub allow_empty_project: bool,
    /// Its index in [`Manifest::waves`](super::Manifest::waves), if there are any.
    pub wave: usize,
    /// The logical id that its bundle must have.
    pub logical_id: Option<LogicalId>,
    /// The settings of its deployment.
    pub policy: ProjectPolicy,
    /// Its hooks.
    pub hooks: Hooks,
}

/// A logical id in a manifest.
#[derive(Clone, Debug)]
pub struct LogicalId {
    /// The id.
    pub id: String,
    /// Its position.
    pub place: SourceSpan,
}

/// The source of a project's payload.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A bundle; the path is absolute or starts at the working directory. It existed when the manifest was loaded,
    /// unless it is not needed.
    Bundle(PathBuf),
    /// A Checkly project to bundle.
    Directory(Directory),
    /// None: the project cannot be deployed, but its known logical id allows deleting it.
    Nowhere,
}

/// One project, unless it is incomplete: then it is reported and left out. `accounts` are the accounts that projects may
/// name, if they are known.
pub(super) fn read(
    table: &ProjectTable,
    accounts: Option<&[&str]>,
    overrides: &Overrides,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Project> {
    if !table.own.contains_key("name") {
        diagnostics.push(
            Diagnostic::new("this project has no name")
                .at(table.place())
                .help("add name = \"…\""),
        );
    }
    let mut settings: Settings = collect(settings::read(&table.merged), diagnostics)?;
    settings.bundler = overrides.bundler.unwrap_or(settings.bundler);
    let name = table.name();
    let mut reader = Reader {
        table,
        settings: &settings,
        called: name.map_or_else(|| "this project".to_owned(), |name| format!("`{name}`")),
        diagnostics,
    };
    let origin = reader.origin();
    let account = reader.account(accounts);
    let mut hooks = hooks::of_project(table, &settings, diagnostics);
    // Its directory or its bundle may depend on an unset variable.
    let origin = origin.or((!table.is_needed).then_some(Origin::Nowhere))?;
    if !matches!(origin, Origin::Directory(_)) {
        hooks.test = None;
    }
    let logical_id = table.merged.get("logical_id");
    if let Some(node) = logical_id
        && let Some(id @ ("." | "..")) = node.text()
    {
        let what = format!("`logical_id` cannot be `{id}`");
        let help = "in the URL of a request, it would be a step to another resource";
        diagnostics.push(Diagnostic::new(what).at(node.place()).help(help));
    }
    let depends_on = items(&table.own, "depends_on").iter();
    let source = table.own.get("bundle").or(table.own.get("path"));
    Some(Project {
        name: name?.to_owned(),
        place: table.place(),
        inputs: inputs(table, &origin),
        origin,
        origin_place: source.map_or_else(|| table.place(), Node::place),
        dir: here(&table.file.dir),
        account: account?,
        depends_on: depends_on
            .filter_map(Node::text)
            .map(str::to_owned)
            .collect(),
        unselected_dependencies: vec![],
        policy: settings.policy(overrides),
        hooks,
        tags: settings.tags,
        priority: settings.priority,
        max_deletes: settings.max_deletes,
        allow_empty_project: settings.allow_empty_project,
        wave: 0,
        logical_id: logical_id.and_then(|node| {
            Some(LogicalId {
                id: node.text()?.to_owned(),
                place: node.place(),
            })
        }),
    })
}

/// The declared inputs, or else the origin. Of an incomplete project, every file of the manifest's directory: if any changes,
/// `--affected` selects it, and what is missing is reported.
fn inputs(table: &ProjectTable, origin: &Origin) -> Inputs {
    if table.is_incomplete {
        return Inputs {
            base: here(&table.file.dir),
            globs: vec!["**".to_owned()],
            declared: false,
        };
    }
    if let Some(node) = table.merged.get("inputs") {
        return Inputs {
            base: here(&node.file.dir),
            globs: node
                .texts()
                .map(|glob| glob.strip_prefix("./").unwrap_or(glob).to_owned())
                .collect(),
            declared: true,
        };
    }
    let (base, glob) = match origin {
        Origin::Nowhere => (here(&table.file.dir), None),
        Origin::Directory(directory) => (directory.dir.clone(), Some("**".to_owned())),
        Origin::Bundle(file) => {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let above = file.parent().unwrap_or(file);
            (here(above), Some(inputs::escape(&name)))
        }
    };
    Inputs {
        base,
        globs: glob.into_iter().collect(),
        declared: false,
    }
}

/// Reads one project's origin and account.
struct Reader<'a> {
    table: &'a ProjectTable,
    settings: &'a Settings,
    /// The project's name in messages.
    called: String,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    /// `None` always comes with a diagnostic.
    fn origin(&mut self) -> Option<Origin> {
        let (called, own) = (&self.called, &self.table.own);
        match (own.get("bundle"), own.get("path")) {
            (Some(bundle), Some(path)) => {
                self.diagnostics.push(
                    Diagnostic::new(format!("{called} has both `bundle` and `path`"))
                        .at(path.place())
                        .also(bundle.place(), "a bundle is used as it is")
                        .help("remove one of them"),
                );
                None
            }
            (Some(bundle), None) => {
                self.check_keys();
                self.bundle(bundle)
            }
            (None, Some(_)) => {
                let dir = self.table.directory.clone()?;
                self.check_cache();
                self.check_inputs(&dir);
                Some(Origin::Directory(Directory {
                    dir,
                    env: self.env(),
                    cwd: self.cwd(),
                    config: self.settings.config.as_ref().map(PathBuf::from),
                    command: self.settings.bundle_command.clone(),
                    bundler: self.settings.bundler,
                    timeout: self.settings.bundle_timeout,
                    cache: self.settings.cache,
                }))
            }
            (None, None) if !self.table.needs_files => Some(Origin::Nowhere),
            (None, None) => {
                let diagnostic = Diagnostic::new(format!("{called} has neither `path` nor `bundle`"))
                    .at(self.table.place())
                    .help(
                        "add path = \"…\", the directory of a Checkly project, or bundle = \"…\", the file that \
                         `checkly deploy --debug-bundle` writes",
                    );
                self.diagnostics.push(match own.get("logical_id") {
                    Some(id) => diagnostic.also(id.place(), "`destroy` needs nothing but this"),
                    None => diagnostic,
                });
                None
            }
        }
    }

    fn bundle(&mut self, node: &Node) -> Option<Origin> {
        let path = node.file.dir.join(node.text()?);
        let why = match path.metadata() {
            _ if !self.table.needs_files => return Some(Origin::Bundle(path)),
            Ok(data) if data.is_file() => return Some(Origin::Bundle(path)),
            Ok(data) if data.is_dir() => {
                let what = format!("the bundle {} is a directory", path.display());
                let help =
                    "name the file in it, or set `path` to the directory of a Checkly project";
                self.diagnostics
                    .push(Diagnostic::new(what).at(node.place()).help(help));
                return None;
            }
            Ok(_) => "it is not a file".to_owned(),
            Err(error) => plain(&error),
        };
        self.diagnostics.push(
            Diagnostic::new(format!("cannot read the bundle {}: {why}", path.display()))
                .at(node.place())
                .help("write it with `checkly deploy --debug-bundle`; a relative path starts at the manifest's directory"),
        );
        None
    }

    /// The named account, or else the only one.
    fn account(&mut self, known: Option<&[&str]>) -> Option<String> {
        let account = accounts::of(self.table, known);
        if account.is_none()
            && let Some(known) = known
            && !self.table.merged.contains_key("account")
        {
            self.diagnostics.push(
                Diagnostic::new(format!("{} does not name its account", self.called))
                    .at(self.table.place())
                    .help(format!(
                        "set `account` here or in [defaults], to one of `{}`",
                        known.join("`, `")
                    )),
            );
        }
        account.map(str::to_owned)
    }

    /// Reports keys that have no effect on a project with a bundle.
    fn check_keys(&mut self) {
        for key in OF_DIRECTORIES {
            let node = self.table.own.get(key).filter(|node| !node.is_wrong());
            self.diagnostics.extend(node.map(|node| {
                Diagnostic::new(format!(
                    "`{key}` requires `path`, but {} has a bundle",
                    self.called
                ))
                .at(node.place())
                .help("remove it: a bundle is used as it is")
            }));
        }
    }

    /// Reports a cache without inputs: nothing determines when a bundle is out of date.
    fn check_cache(&mut self) {
        let merged = &self.table.merged;
        if !self.settings.cache || merged.contains_key("inputs") {
            return;
        }
        let diagnostic = Diagnostic::new("`cache` requires `inputs`, which determine when a bundle is out of date")
            .help("list all source files of the project in `inputs`, including those outside its directory");
        self.diagnostics.push(match merged.get("cache") {
            Some(cache) => diagnostic
                .at(cache.place())
                .also(self.table.place(), "for this project"),
            None => diagnostic.at(self.table.place()),
        });
    }

    /// Reports inputs that leave out the directory that the CLI bundles: changes there would go unnoticed. A
    /// `bundle_command` may bundle something else.
    fn check_inputs(&mut self, dir: &Path) {
        let node = self.table.merged.get("inputs");
        let Some(node) = node.filter(|node| !node.items().is_empty()) else {
            return;
        };
        let base = here(&node.file.dir);
        // An invalid glob was already reported.
        let meets =
            |glob: &str| InputPattern::of_glob(&base, glob).is_ok_and(|pattern| pattern.meets(dir));
        let is_fine = self.settings.bundle_command.is_some()
            || !self.table.needs_files
            || node.texts().any(meets);
        if is_fine {
            return;
        }
        self.diagnostics.push(
            Diagnostic::new(format!(
                "the `inputs` of {} leave out its own directory {}",
                self.called,
                dir.display()
            ))
            .at(node.place())
            .also(self.table.place(), "of this project")
            .help(match dir.strip_prefix(&node.file.dir) {
                Ok(own) => format!(
                    "add \"{}/**\", or narrower patterns for its source files",
                    own.display()
                ),
                Err(_) => "add patterns for its source files".to_owned(),
            }),
        );
    }

    /// The working directory of bundling, from the directory of the file that sets it.
    fn cwd(&mut self) -> Option<PathBuf> {
        let node = self.table.merged.get("cwd")?;
        let cwd = here(&node.file.dir.join(node.text()?));
        if self.table.needs_files && !cwd.is_dir() {
            self.diagnostics.push(
                Diagnostic::new(format!("there is no directory {}", cwd.display()))
                    .at(node.place())
                    .help("`cwd` starts at the manifest's directory"),
            );
        }
        Some(cwd)
    }

    /// The variables of the files in `env_file`, of which later ones win, and of `env`, which wins over them. Variables in
    /// [`Directory::RESERVED`], which a `.env` often has, are left out: they do not decide where a project is deployed.
    fn env(&mut self) -> BTreeMap<String, String> {
        let merged = &self.table.merged;
        let mut env = BTreeMap::new();
        let files = items(merged, "env_file").iter();
        for node in files.filter(|_| self.table.needs_files) {
            let Some(name) = node.text() else { continue };
            let file = node.file.dir.join(name);
            match read_env_file(&file) {
                Ok(variables) => env.extend(variables),
                Err(why) => self.diagnostics.push(
                    Diagnostic::new(format!(
                        "cannot read the env file {}: {why}",
                        file.display()
                    ))
                    .at(node.place())
                    .help("a relative path starts at the directory of this manifest"),
                ),
            }
        }
        env.retain(|name, _| !Directory::RESERVED.contains(&name.as_str()));
        let own = sub(merged, "env").into_iter().flatten();
        env.extend(own.filter_map(|(name, node)| Some((name.clone(), node.text()?.to_owned()))));
        env
    }
}

/// A path that names the working directory explicitly.
pub(super) fn here(dir: &Path) -> PathBuf {
    if dir.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        dir.to_owned()
    }
}
