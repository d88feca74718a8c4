//! The root manifest and those it includes, read and checked one by one.
//!
//! An included manifest may have `version`, `name`, its own `[defaults]` and `[[project]]`, so that it also works alone.
//! Its `[defaults]` are laid over the root's and hold for its own projects; the profile, which only the root has, is
//! laid over both. All else belongs to the run as a whole and stands in the root manifest only: a run has one set of
//! accounts and limits. Included manifests do not include others.

use super::check::Check;
use super::expand::{Env, Scope};
use super::file::{File, Raw};
use super::pattern::{self, Wanted};
use super::schema::MANIFEST;
use super::value::{Node, Table};
use crate::model::Problem;
use std::collections::HashSet;
use std::path::Path;
use toml::Spanned;
use toml::de::DeValue;

/// The version of the format that this program reads.
const VERSION: i64 = 1;

/// One file, checked key by key.
pub(super) struct Document<'t> {
    pub(super) file: File,
    /// All of it but for the projects.
    pub(super) table: Table,
    /// What stands under `[[project]]`, as it stands there.
    pub(super) projects: Vec<Spanned<DeValue<'t>>>,
}

impl<'t> Document<'t> {
    /// Parses and checks a file; `None` if it cannot be parsed.
    pub(super) fn new(
        raw: &'t Raw,
        included: bool,
        env: &Env<'_>,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let (file, mut tree) = match raw.parse() {
            Ok(parsed) => parsed,
            Err(errors) => {
                problems.extend(errors);
                return None;
            }
        };
        let mut check = Check {
            file: &file,
            included,
            scope: Scope::outside(env),
            problems,
        };
        let table = check.table("the manifest", MANIFEST, &tree);
        let version = table.get("version");
        if let Some(node) = version.filter(|node| node.integer().is_some_and(|v| v != VERSION)) {
            let quote = file.quote(node.span.clone());
            problems.push(
                Problem::new(format!("version {quote} of the manifest is not known here"))
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
    pub(super) fn included(&self, problems: &mut Vec<Problem>) -> Vec<Raw> {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let own = real(&self.file.name);
        let (mut included, mut seen) = (Vec::new(), HashSet::new());
        for node in self.table.get("include").map_or(&[][..], Node::items) {
            let Some(pattern) = node.text() else { continue };
            let place = self.file.place(node.span.clone());
            let mut paths = match pattern::matches(&self.file.dir, pattern, Wanted::Files) {
                Ok(paths) => paths,
                Err(why) => {
                    let problem = Problem::new("this is not a pattern for files");
                    problems.push(problem.at(place).label(why));
                    continue;
                }
            };
            paths.retain(|path| real(path) != own);
            if paths.is_empty() {
                problems.push(
                    Problem::new("no other manifest is found here")
                        .at(place.clone())
                        .help("the path starts from the folder of this manifest, and `*` does not match `/`"),
                );
            }
            for path in paths {
                if !seen.insert(real(&path)) {
                    continue;
                }
                match Raw::open(&path) {
                    Ok(raw) => included.push(raw),
                    Err(problem) => problems.push(problem.at(place.clone())),
                }
            }
        }
        included
    }
}
