//! Reads and checks the root manifest and the manifests it includes.
//!
//! An included manifest may have `version`, `name`, its own `[defaults]`, and `[[project]]`, so it also works alone.
//! Its `[defaults]` override the root's for its own projects; the profile, which only the root has, overrides both.
//! Everything else applies to the whole run and is allowed in the root manifest only. Included manifests do not
//! include others.

use super::check::Check;
use super::directory::{self, Wanted};
use super::expand::{Env, Scope};
use super::mask;
use super::schema::MANIFEST;
use super::settings::BUILT_IN;
use super::value::{Table, items};
use crate::model::{Diagnostic, SourceSpan};
use crate::os_error::plain;
use std::collections::HashSet;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The supported version of the manifest format.
const VERSION: i64 = 1;

/// The source of the manifest.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input, already read.
    Stdin {
        /// Its text.
        text: String,
        /// The directory that relative paths start at.
        dir: PathBuf,
    },
}

/// A file that diagnostics can point into.
pub(super) struct File {
    /// As the user names it; `-` for standard input.
    pub(super) name: PathBuf,
    /// The directory that relative paths start at; empty for the working directory.
    pub(super) dir: PathBuf,
    /// Its text without secrets.
    masked: Arc<str>,
}

impl File {
    /// A span of this file.
    pub(super) fn place(&self, span: Range<usize>) -> SourceSpan {
        let (file, text) = (self.name.clone(), Arc::clone(&self.masked));
        SourceSpan { file, text, span }
    }

    /// The masked text of a span, including quotes. Messages quote this instead of the value, which may contain an
    /// expanded environment variable.
    pub(super) fn quote(&self, span: Range<usize>) -> &str {
        self.masked.get(span).unwrap_or_default()
    }
}

/// A file's name and raw text, before it is parsed.
pub(super) struct Raw {
    pub(super) name: PathBuf,
    dir: PathBuf,
    text: String,
}

impl Raw {
    /// The built-in settings.
    pub(super) fn built_in() -> Self {
        Self {
            name: PathBuf::from("config/default.toml"),
            dir: PathBuf::new(),
            text: BUILT_IN.to_owned(),
        }
    }

    /// Reads a source.
    pub(super) fn read(source: &Source) -> Result<Self, Box<Diagnostic>> {
        match source {
            Source::Stdin { text, dir } => Ok(Self {
                name: PathBuf::from("-"),
                dir: dir.clone(),
                text: text.clone(),
            }),
            Source::File(path) => Self::open(path),
        }
    }

    /// Reads a file.
    pub(super) fn open(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let cannot = |why: String, help: &str| {
            let what = format!("cannot read {}: {why}", path.display());
            Box::new(Diagnostic::new(what).help(help))
        };
        let bytes = std::fs::read(path).map_err(|error| {
            let help = match error.kind() {
                ErrorKind::NotFound => "name the manifest with --config FILE",
                ErrorKind::IsADirectory => "name the file in it with --config FILE",
                _ => "name a readable file with --config FILE",
            };
            cannot(plain(&error), help)
        })?;
        // Text in UTF-16 has null bytes, too, and begins with its own mark.
        let is_utf_16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        if bytes.contains(&0) && !is_utf_16 {
            let help = "name the manifest with --config FILE";
            return Err(cannot("it is a binary file, not TOML".into(), help));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            cannot(
                format!("it is not UTF-8 at byte {at}"),
                "name a TOML file in UTF-8 with --config FILE",
            )
        })?;
        let (name, dir) = (path.to_owned(), path.parent().unwrap_or(path).to_owned());
        Ok(Self { name, dir, text })
    }
}

const PATHS_START: &str = "paths start at the directory of this manifest";

/// One file, checked key by key.
pub(super) struct Document<'t> {
    pub(super) file: Arc<File>,
    /// Everything but the projects.
    pub(super) table: Table,
    /// The tables under `[[project]]`, unchecked.
    pub(super) projects: Vec<Spanned<DeValue<'t>>>,
}

impl<'t> Document<'t> {
    /// Parses and checks a file; `None` if it cannot be parsed.
    pub(super) fn new(
        raw: &'t Raw,
        included: bool,
        env: &Env<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let (tree, errors) = DeTable::parse_recoverable(&raw.text);
        let mut tree = tree.into_inner();
        let file = Arc::new(File {
            name: raw.name.clone(),
            dir: raw.dir.clone(),
            masked: if errors.is_empty() {
                mask::parsed(&raw.text, &tree).into()
            } else {
                mask::broken(&raw.text).into()
            },
        });
        if !errors.is_empty() {
            diagnostics.extend(syntax_errors(&raw.text, &file, &errors));
            return None;
        }
        let mut check = Check {
            file: &file,
            included,
            scope: Scope::outside(env),
            unset: Vec::new(),
            diagnostics,
        };
        let table = check.table("the manifest", MANIFEST, &tree);
        let unset = check.unset;
        diagnostics.extend(unset);
        let version = table.get("version");
        if let Some(node) = version.filter(|node| node.integer().is_some_and(|v| v != VERSION)) {
            let quote = file.quote(node.span.clone());
            diagnostics.push(
                Diagnostic::new(format!("manifest version {quote} is not supported"))
                    .at(node.place())
                    .help(format!(
                        "write version = {VERSION}, or use a newer `orchestrate`"
                    )),
            );
        }
        let projects = match tree.remove("project").map(Spanned::into_inner) {
            Some(DeValue::Array(projects)) => projects.into_iter().collect(),
            _ => Vec::new(),
        };
        Some(Self {
            file,
            table,
            projects,
        })
    }

    /// Reads the manifests that this one includes, each once.
    pub(super) fn included(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<Raw> {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let own = real(&self.file.name);
        let (mut included, mut seen) = (Vec::new(), HashSet::new());
        for node in items(&self.table, "include") {
            let Some(pattern) = node.text() else { continue };
            let mut paths = match directory::matches(&self.file.dir, pattern, Wanted::Files) {
                Ok(paths) => paths,
                Err(why) => {
                    let diagnostic = Diagnostic::new("this is not a valid file pattern");
                    diagnostics.push(diagnostic.at(node.place()).label(why));
                    continue;
                }
            };
            paths.retain(|path| real(path) != own);
            if paths.is_empty() {
                diagnostics.push(
                    Diagnostic::new("this matches no other manifest")
                        .at(node.place())
                        .help(format!("{PATHS_START}, and `*` does not match `/`")),
                );
            }
            for path in paths {
                if !seen.insert(real(&path)) {
                    continue;
                }
                match Raw::open(&path) {
                    Ok(raw) => included.push(raw),
                    Err(cannot) => {
                        diagnostics.push(cannot.at(node.place()).help(PATHS_START));
                    }
                }
            }
        }
        included
    }
}

/// One syntax error per line, since one mistake often causes others; only the first error if most lines are invalid.
fn syntax_errors(text: &str, file: &File, errors: &[toml::de::Error]) -> Vec<Diagnostic> {
    let mut places: Vec<_> = errors
        .iter()
        .map(|error| (file.place(error.span().unwrap_or(0..0)), error.message()))
        .collect();
    places.sort_by_key(|(place, _)| place.span.start);
    places.dedup_by_key(|(place, _)| place.line_column().0);
    let mut diagnostics: Vec<Diagnostic> = places
        .into_iter()
        .map(|(place, why)| {
            Diagnostic::new("this is not valid TOML")
                .at(place)
                .label(why)
        })
        .collect();
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    if diagnostics.len() > 1 && diagnostics.len() * 2 > lines.count() {
        diagnostics.truncate(1);
        diagnostics[0].help = Some("most lines are invalid: is this file a manifest?".into());
    }
    diagnostics
}
