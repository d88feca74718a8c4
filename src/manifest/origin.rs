//! The source of a project's payload, and its inputs.

use super::dotenv;
use super::entry::Entry;
use super::layers::Layers;
use super::schema::OF_FOLDERS;
use super::settings::Settings;
use super::value::{Node, sub};
use crate::inputs::InputPattern;
use crate::model::{Diagnostic, Folder, Inputs, SourceSpan};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The source of a project's payload.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A bundle; the path is absolute or starts at the working directory. It existed when the manifest was loaded,
    /// unless it is not needed.
    Bundle(PathBuf),
    /// A Checkly project to bundle.
    Folder(Folder),
    /// None: the project cannot be deployed, but its known logical id allows deleting it.
    Nowhere,
}

/// Reads one project's origin and inputs.
pub(super) struct Reader<'a> {
    pub(super) layers: Layers<'a>,
    pub(super) entry: &'a Entry,
    /// The project's name in messages.
    pub(super) called: &'a str,
    /// The position of its name.
    pub(super) place: &'a SourceSpan,
    pub(super) settings: &'a Settings,
}

impl Reader<'_> {
    /// The origin with its position; `None` always comes with a diagnostic.
    pub(super) fn origin(&self, diagnostics: &mut Vec<Diagnostic>) -> Option<(Origin, SourceSpan)> {
        let table = &self.entry.table;
        let called = self.called;
        match (table.get("bundle"), table.get("path")) {
            (Some(bundle), Some(path)) => {
                diagnostics.push(
                    Diagnostic::new(format!("{called} has both `bundle` and `path`"))
                        .at(self.at(path))
                        .also(self.at(bundle), "a bundle is used as it is")
                        .help("remove one of them"),
                );
                None
            }
            (Some(bundle), None) => {
                self.check_keys(diagnostics);
                self.bundle(bundle, diagnostics)
            }
            (None, Some(path)) => {
                let dir = self.entry.folder.clone()?;
                self.check_cache(diagnostics);
                self.check_inputs(&dir, diagnostics);
                let mut env = self.env_files(diagnostics);
                env.extend(self.env());
                let cwd = self.cwd(diagnostics);
                Some((Origin::Folder(self.folder(dir, cwd, env)), self.at(path)))
            }
            (None, None) if self.layers.needs_logical_id_only(table) => {
                Some((Origin::Nowhere, self.place.clone()))
            }
            (None, None) => {
                let diagnostic = Diagnostic::new(format!("{called} has neither `path` nor `bundle`"))
                    .at(self.place.clone())
                    .help(
                        "add path = \"…\", the directory of a Checkly project, or bundle = \"…\", the file that \
                         `checkly deploy --debug-bundle` writes",
                    );
                diagnostics.push(match table.get("logical_id") {
                    Some(id) => diagnostic.also(self.at(id), "`destroy` needs nothing but this"),
                    None => diagnostic,
                });
                None
            }
        }
    }

    /// The declared inputs, or else the origin.
    pub(super) fn inputs(&self, origin: &Origin) -> Inputs {
        if let Some((document, node)) = self.layers.find(&self.entry.table, "inputs") {
            let globs = node.items().iter().filter_map(Node::text);
            return Inputs {
                base: here(&document.file.dir),
                globs: globs
                    .map(|glob| glob.strip_prefix("./").unwrap_or(glob).to_owned())
                    .collect(),
                declared: true,
            };
        }
        let (base, glob) = match origin {
            Origin::Nowhere => (here(&self.layers.file.file.dir), None),
            Origin::Folder(folder) => (folder.dir.clone(), Some("**".to_owned())),
            Origin::Bundle(file) => {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                let above = file.parent().unwrap_or(file);
                (here(above), Some(globset::escape(&name)))
            }
        };
        Inputs {
            base,
            globs: glob.into_iter().collect(),
            declared: false,
        }
    }

    fn at(&self, node: &Node) -> SourceSpan {
        self.layers.file.file.place(node.span.clone())
    }

    fn bundle(
        &self,
        node: &Node,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<(Origin, SourceSpan)> {
        let path = self.layers.file.file.dir.join(node.text()?);
        let place = self.at(node);
        let why = match path.metadata() {
            _ if self.layers.needs_logical_id_only(&self.entry.table) => {
                return Some((Origin::Bundle(path), place));
            }
            Ok(data) if data.is_file() => return Some((Origin::Bundle(path), place)),
            Ok(data) if data.is_dir() => {
                let what = format!("the bundle {} is a directory", path.display());
                let help =
                    "name the file in it, or set `path` to the directory of a Checkly project";
                diagnostics.push(Diagnostic::new(what).at(place).help(help));
                return None;
            }
            Ok(_) => "it is not a file".to_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => "there is no such file".to_owned(),
            Err(error) => error.to_string(),
        };
        diagnostics.push(
            Diagnostic::new(format!("cannot read the bundle {}: {why}", path.display()))
                .at(place)
                .help("write it with `checkly deploy --debug-bundle`; a relative path starts at the manifest's directory"),
        );
        None
    }

    /// Reports keys that have no effect on a project with a bundle.
    fn check_keys(&self, diagnostics: &mut Vec<Diagnostic>) {
        let table = &self.entry.table;
        for key in OF_FOLDERS {
            let Some(node) = table.get(key).filter(|node| !node.is_wrong()) else {
                continue;
            };
            diagnostics.push(
                Diagnostic::new(format!(
                    "`{key}` requires `path`, but {} has a bundle",
                    self.called
                ))
                .at(self.at(node))
                .help("remove it: a bundle is used as it is"),
            );
        }
    }

    /// Reports a cache without inputs: nothing determines when a bundle is out of date.
    fn check_cache(&self, diagnostics: &mut Vec<Diagnostic>) {
        let table = &self.entry.table;
        if !self.settings.cache || self.layers.find(table, "inputs").is_some() {
            return;
        }
        let diagnostic = Diagnostic::new("`cache` requires `inputs`, which determine when a bundle is out of date")
            .help("list all source files of the project in `inputs`, including those outside its directory");
        diagnostics.push(match self.layers.place(table, "cache") {
            Some(place) => diagnostic
                .at(place)
                .also(self.place.clone(), "for this project"),
            None => diagnostic.at(self.place.clone()),
        });
    }

    /// Reports inputs that leave out the directory that the CLI bundles: changes there would go unnoticed. A
    /// `bundle_command` may bundle something else.
    fn check_inputs(&self, dir: &Path, diagnostics: &mut Vec<Diagnostic>) {
        let table = &self.entry.table;
        let found = self.layers.find(table, "inputs");
        let Some((document, node)) = found.filter(|(_, node)| !node.is_wrong()) else {
            return;
        };
        let mut globs = node.items().iter().filter_map(Node::text);
        let base = here(&document.file.dir);
        // An invalid glob was already reported.
        let meets =
            |glob: &str| InputPattern::of_glob(&base, glob).is_ok_and(|pattern| pattern.meets(dir));
        let is_fine = self.settings.bundle_command.is_some()
            || self.layers.needs_logical_id_only(table)
            || globs.any(meets);
        if is_fine || node.items().is_empty() {
            return;
        }
        diagnostics.push(
            Diagnostic::new(format!(
                "the `inputs` of {} leave out its own directory {}",
                self.called,
                dir.display()
            ))
            .at(document.file.place(node.span.clone()))
            .also(self.place.clone(), "of this project")
            .help(match dir.strip_prefix(&document.file.dir) {
                Ok(own) => format!(
                    "add \"{}/**\", or narrower patterns for its source files",
                    own.display()
                ),
                Err(_) => "add patterns for its source files".to_owned(),
            }),
        );
    }

    /// The working directory of bundling, from the directory of the file that sets it.
    fn cwd(&self, diagnostics: &mut Vec<Diagnostic>) -> Option<PathBuf> {
        let (document, node) = self.layers.find(&self.entry.table, "cwd")?;
        let cwd = here(&document.file.dir.join(node.text()?));
        if !cwd.is_dir() {
            diagnostics.push(
                Diagnostic::new(format!("there is no directory {}", cwd.display()))
                    .at(document.file.place(node.span.clone()))
                    .help("`cwd` starts at the manifest's directory"),
            );
        }
        Some(cwd)
    }

    /// The variables of the files in `env_file`; later files win. Variables in [`Folder::RESERVED`], which a `.env`
    /// often has, are left out: they do not decide where a project is deployed.
    fn env_files(&self, diagnostics: &mut Vec<Diagnostic>) -> BTreeMap<String, String> {
        let table = &self.entry.table;
        let mut env = BTreeMap::new();
        let Some((document, list)) = self.layers.find(table, "env_file") else {
            return env;
        };
        if self.layers.needs_logical_id_only(table) {
            return env;
        }
        for node in list.items() {
            let Some(name) = node.text() else { continue };
            let file = document.file.dir.join(name);
            match dotenv::read(&file) {
                Ok(variables) => env.extend(variables),
                Err(why) => diagnostics.push(
                    Diagnostic::new(format!(
                        "cannot read the env file {}: {why}",
                        file.display()
                    ))
                    .at(document.file.place(node.span.clone()))
                    .help("a relative path starts at the directory of this manifest"),
                ),
            }
        }
        env.retain(|name, _| !Folder::RESERVED.contains(&name.as_str()));
        env
    }

    /// The variables of `env`, each from the strongest table that has it.
    fn env(&self) -> BTreeMap<String, String> {
        let mut env = BTreeMap::new();
        for (_, table) in self.layers.of(&self.entry.table).rev() {
            let variables = sub(table, "env").into_iter().flatten();
            env.extend(
                variables.filter_map(|(name, node)| Some((name.clone(), node.text()?.to_owned()))),
            );
        }
        env
    }

    fn folder(&self, dir: PathBuf, cwd: Option<PathBuf>, env: BTreeMap<String, String>) -> Folder {
        Folder {
            dir,
            cwd,
            config: self.settings.config.as_ref().map(PathBuf::from),
            command: self.settings.bundle_command.clone(),
            env,
            timeout: self.settings.bundle_timeout,
            cache: self.settings.cache,
        }
    }
}

/// A path that names the working directory explicitly.
pub(super) fn here(dir: &Path) -> PathBuf {
    match dir.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => dir.to_owned(),
    }
}
