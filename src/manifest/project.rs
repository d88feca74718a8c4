//! The projects: names, settings, dependencies.

use super::accounts;
use super::document::Document;
use super::entry::{Entry, Sheet};
use super::hooks;
use super::names;
use super::origin::{self, Origin, here};
use super::settings::{Base, Overrides, Settings};
use super::value::{Node, Table};
use crate::model::{Diagnostic, Hooks, Inputs, ProjectPolicy, SourceSpan};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

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
    /// The logical id that its bundle must have, with the position.
    pub logical_id: Option<(String, SourceSpan)>,
    /// The settings of its deployment.
    pub policy: ProjectPolicy,
    /// Its hooks.
    pub hooks: Hooks,
}

/// All projects of all files, and the accounts they name. An incomplete project is reported and left out, but its
/// account is returned, so the account's diagnostics are reported, too.
pub(super) fn all(
    root: &Document<'_>,
    sheets: &[Sheet<'_>],
    overrides: &Overrides,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Project>, BTreeSet<String>) {
    let (mut projects, mut accounts) = (Vec::new(), BTreeSet::new());
    for sheet in sheets {
        let base = match Base::new(root, sheet.document, sheet.layers.profile) {
            Ok(base) => base,
            Err(error) => {
                diagnostics.push(super::unsettled(&error));
                continue;
            }
        };
        let reader = Reader {
            root,
            sheet,
            overrides,
            base,
        };
        for entry in &sheet.entries {
            projects.extend(reader.project(entry, &mut accounts, diagnostics));
        }
    }
    names::check(sheets, diagnostics);
    (projects, accounts)
}

/// Reads the projects of one file.
struct Reader<'a> {
    root: &'a Document<'a>,
    sheet: &'a Sheet<'a>,
    overrides: &'a Overrides,
    base: Base,
}

impl Reader<'_> {
    fn project(
        &self,
        entry: &Entry,
        accounts: &mut BTreeSet<String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Project> {
        let (file, table) = (&self.sheet.document.file, &entry.table);
        let name = table.get("name");
        let text = name.and_then(Node::text);
        if name.is_none() {
            diagnostics.push(
                Diagnostic::new("this project has no name")
                    .at(file.place(entry.span.clone()))
                    .help("add name = \"…\""),
            );
        }
        let place = file.place(name.map_or(&entry.span, |node| &node.span).clone());
        let called = text.map_or_else(|| "this project".to_owned(), |name| format!("`{name}`"));
        let settings = match self.base.project(table) {
            Ok(settings) => settings,
            Err(error) => {
                diagnostics.push(super::unsettled(&error).at(place));
                return None;
            }
        };
        let reader = origin::Reader {
            layers: self.sheet.layers,
            entry,
            called: &called,
            place: &place,
            settings: &settings,
        };
        let origin = reader.origin(diagnostics);
        let account = self.account(&called, &place, &settings, table, diagnostics);
        accounts.extend(account.clone());
        let timeout = settings.hooks.timeout;
        let mut hooks = hooks::of_project(self.sheet.layers, table, timeout, diagnostics);
        hooks.credentials = settings.hook_credentials;
        let (origin, origin_place) = origin?;
        match &origin {
            Origin::Folder(folder) => hooks.folder = Some(Arc::new(folder.clone())),
            Origin::Bundle(_) | Origin::Nowhere => hooks.test = None,
        }
        let inputs = reader.inputs(&origin);
        let depends_on = names::dependencies(table).filter_map(Node::text);
        let depends_on = depends_on.map(str::to_owned).collect();
        let logical_id = self.sheet.layers.find(table, "logical_id");
        Some(Project {
            name: text?.to_owned(),
            place,
            origin,
            origin_place,
            inputs,
            dir: here(&file.dir),
            account: account?,
            depends_on,
            unselected_dependencies: vec![],
            policy: settings.policy(self.overrides),
            hooks,
            tags: settings.tags,
            priority: settings.priority,
            max_deletes: settings.max_deletes,
            allow_empty_project: settings.allow_empty_project,
            wave: 0,
            logical_id: logical_id.and_then(|(document, node)| {
                let place = document.file.place(node.span.clone());
                Some((node.text()?.to_owned(), place))
            }),
        })
    }

    /// The named account, or else the only one.
    fn account(
        &self,
        called: &str,
        place: &SourceSpan,
        settings: &Settings,
        table: &Table,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<String> {
        if let Some(name) = &settings.account {
            return Some(name.clone());
        }
        let known = accounts::names(self.root)?;
        if let [only] = known[..] {
            return Some(only.to_owned());
        }
        if self.sheet.layers.find(table, "account").is_none() {
            diagnostics.push(
                Diagnostic::new(format!("{called} does not name its account"))
                    .at(place.clone())
                    .help(format!(
                        "set `account` here or in [defaults], to one of `{}`",
                        known.join("`, `")
                    )),
            );
        }
        None
    }
}
