//! Reads and checks the root manifest and the manifests it includes.
//!
//! An included manifest may have `version`, `name`, its own `[defaults]`, and `[[project]]`, so it also works alone.
//! Its `[defaults]` override the root's for its own projects; the profile, which only the root has, overrides both.
//! Everything else applies to the whole run and is allowed in the root manifest only. Included manifests do not
//! include others.

use super::check::Check;
use super::expand::{Env, Scope};
use super::file::{File, Raw};
use super::pattern::{self, Wanted};
use super::schema::MANIFEST;
use super::value::{Node, Table};
use crate::model::Diagnostic;
use std::collections::HashSet;
use std::path::Path;
use toml::Spanned;
use toml::de::DeValue;

/// The supported version of the manifest format.
const VERSION: i64 = 1;

/// One file, checked key by key.
pub(super) struct Document<'t> {
    pub(super) file: File,
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
        let (file, mut tree) = match raw.parse() {
            Ok(parsed) => parsed,
            Err(errors) => {
                diagnostics.extend(errors);
                return None;
            }
        };
        let mut check = Check {
            file: &file,
            included,
            scope: Scope::outside(env),
            diagnostics,
        };
        let table = check.table("the manifest", MANIFEST, &tree);
        let version = table.get("version");
        if let Some(node) = version.filter(|node| node.integer().is_some_and(|v| v != VERSION)) {
            let quote = file.quote(node.span.clone());
            diagnostics.push(
                Diagnostic::new(format!("manifest version {quote} is not supported"))
                    .at(file.place(node.span.clone()))
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
        for node in self.table.get("include").map_or(&[][..], Node::items) {
            let Some(pattern) = node.text() else { continue };
            let place = self.file.place(node.span.clone());
            let mut paths = match pattern::matches(&self.file.dir, pattern, Wanted::Files) {
                Ok(paths) => paths,
                Err(why) => {
                    let diagnostic = Diagnostic::new("this is not a valid file pattern");
                    diagnostics.push(diagnostic.at(place).label(why));
                    continue;
                }
            };
            paths.retain(|path| real(path) != own);
            if paths.is_empty() {
                diagnostics.push(
                    Diagnostic::new("this matches no other manifest")
                        .at(place.clone())
                        .help("paths start at the directory of this manifest, and `*` does not match `/`"),
                );
            }
            for path in paths {
                if !seen.insert(real(&path)) {
                    continue;
                }
                match Raw::open(&path) {
                    Ok(raw) => included.push(raw),
                    Err(diagnostic) => diagnostics.push(diagnostic.at(place.clone())),
                }
            }
        }
        included
    }
}
