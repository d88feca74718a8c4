//! Expands `[[project]]` into projects: one for each combination of its `matrix` and each directory that its `path`
//! matches.
//!
//! The table is read once for each project, since `${matrix.X}` and `${folder}` differ.

use super::Request;
use super::check::{Check, KeyName};
use super::directory::{self, DirectoryNames, Wanted};
use super::document::{Document, File};
use super::expand::{Given, MatrixRow, Scope};
use super::names;
use super::schema::{Kind, PROJECT};
use super::settings::Layers;
use super::value::{Node, Table, Value, merge, sub, text};
use crate::model::{Diagnostic, SourceSpan};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// `[[project]]` as one of its projects sees it.
pub(super) struct ProjectTable {
    pub(super) file: Arc<File>,
    /// The start of its `[[project]]`.
    span: Range<usize>,
    /// The keys of its `[[project]]`.
    pub(super) own: Table,
    /// The same over the profile and all defaults.
    pub(super) merged: Table,
    /// The directory of its `path`.
    pub(super) directory: Option<PathBuf>,
    /// Its combination of the matrix, if it has one.
    pub(super) row: MatrixRow,
    /// Whether its account's credentials are needed.
    pub(super) is_needed: bool,
    /// A variable in it is not set: it is not known what the project is made of.
    pub(super) is_incomplete: bool,
    /// Whether its files are: not for a deletion that its logical id is enough for.
    pub(super) needs_files: bool,
}

impl ProjectTable {
    pub(super) fn name(&self) -> Option<&str> {
        text(&self.own, "name")
    }

    /// The position of its name, or else of the table.
    pub(super) fn place(&self) -> SourceSpan {
        let name = self.own.get("name");
        name.map_or_else(|| self.file.place(self.span.clone()), Node::place)
    }

    /// Whether a directory can be bundled, or could be once its settings are corrected.
    fn can_bundle(&self, dir: &Path) -> bool {
        self.merged.contains_key("bundle_command")
            || self.merged.get("config").is_some_and(Node::is_wrong)
            || directory::holds(dir, text(&self.merged, "config"))
    }
}

/// Reads the projects of a file.
pub(super) fn read(
    document: &Document<'_>,
    layers: Layers<'_>,
    request: &Request<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<ProjectTable> {
    let settings = layers.of(document);
    let defaults = sub(&settings, "defaults").cloned().unwrap_or_default();
    let mut tables = Vec::new();
    for value in &document.projects {
        // A value that is not a table was already reported.
        if let DeValue::Table(raw) = value.get_ref() {
            let reader = Reader {
                file: &document.file,
                defaults: &defaults,
                request,
                raw,
                span: value.span(),
            };
            tables.extend(reader.tables(diagnostics));
        }
    }
    tables
}

/// Reads one `[[project]]`.
struct Reader<'a> {
    file: &'a Arc<File>,
    defaults: &'a Table,
    request: &'a Request<'a>,
    raw: &'a DeTable<'a>,
    span: Range<usize>,
}

impl Reader<'_> {
    fn tables(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<ProjectTable> {
        let mut rows = self.rows(diagnostics);
        if let Some(Given::This(row)) = rows.first()
            && let Some(diagnostic) = names::same_for_rows(self.raw, self.file, row)
        {
            diagnostics.push(diagnostic);
            rows.truncate(1);
        }
        let of_row = |row: &Given<MatrixRow>| self.of_row(row.as_ref(), diagnostics);
        rows.iter().flat_map(of_row).collect()
    }

    /// The combinations of the matrix; each makes at least one project.
    fn rows(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<Given<MatrixRow>> {
        let Some(value) = self.raw.get("matrix") else {
            let why = "this project has no matrix: add matrix = { NAME = [\"…\", \"…\"] }";
            return vec![Given::Absent(why)];
        };
        let why = "the values of a matrix apply to every project it makes";
        let scope = self.scope(Given::Absent(why), Given::Absent(why));
        let mut check = self.check(scope, diagnostics);
        let matrix = check.value(&KeyName::new("matrix"), &Kind::Matrix, value);
        let unset = check.unset;
        diagnostics.extend(unset);
        match matrix {
            Some(Value::Table(matrix)) => rows(&matrix).into_iter().map(Given::This).collect(),
            _ => vec![Given::Wrong],
        }
    }

    /// The projects of one combination.
    fn of_row(
        &self,
        row: Given<&MatrixRow>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<ProjectTable> {
        let Some(value) = self.raw.get("path") else {
            let why = "it comes from `path`, which this project does not have";
            return vec![self.table(self.scope(row, Given::Absent(why)), diagnostics)];
        };
        let itself = self.scope(row, Given::Absent("`path` itself defines it"));
        let mut check = self.check(itself, diagnostics);
        let path = check.value(&KeyName::new("path"), &Kind::Text, value);
        let unset = check.unset;
        let Some(Value::Text(path)) = path else {
            let mut table = self.table(self.scope(row, Given::Wrong), diagnostics);
            if table.is_needed {
                diagnostics.extend(unset);
            } else {
                table.is_incomplete = true;
            }
            return vec![table];
        };
        let place = self.file.place(value.span());
        let dir = self.file.dir.join(&path);
        if directory::is_pattern(&path) && !dir.is_dir() {
            self.several(&path, place, row, diagnostics)
        } else {
            vec![self.one(&dir, place, row, diagnostics)]
        }
    }

    /// The project of a plain path.
    fn one(
        &self,
        dir: &Path,
        place: SourceSpan,
        row: Given<&MatrixRow>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> ProjectTable {
        let names = DirectoryNames::of(dir);
        let mut table = self.table(self.scope(row, Given::This(&names)), diagnostics);
        let fault = match directory::missing(dir) {
            _ if !table.needs_files => None,
            Some(diagnostic) => Some(diagnostic.at(place)),
            None if table.can_bundle(dir) => None,
            None => {
                let config = table.merged.get("config");
                let diagnostic = directory::unconfigured(dir, config.and_then(Node::text));
                Some(match config {
                    Some(config) => diagnostic
                        .at(config.place())
                        .also(place, "of this directory"),
                    None => diagnostic.at(place),
                })
            }
        };
        if fault.is_none() {
            table.directory = Some(dir.to_owned());
        }
        diagnostics.extend(fault);
        table
    }

    /// The projects of a pattern.
    fn several(
        &self,
        path: &str,
        place: SourceSpan,
        row: Given<&MatrixRow>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<ProjectTable> {
        let unknown = self.scope(row, Given::Wrong);
        let matched = match directory::matches(&self.file.dir, path, Wanted::Directories) {
            Ok(matched) => matched,
            Err(why) => {
                let diagnostic = Diagnostic::new("this is not a valid directory pattern");
                diagnostics.push(diagnostic.at(place).label(why));
                return vec![self.table(unknown, diagnostics)];
            }
        };
        let mut tables = Vec::new();
        let mut config = None;
        for dir in &matched {
            let (names, mut found) = (DirectoryNames::of(dir), Vec::new());
            let mut table = self.table(self.scope(row, Given::This(&names)), &mut found);
            if table.can_bundle(dir) {
                table.directory = Some(dir.clone());
                diagnostics.append(&mut found);
                tables.push(table);
            } else {
                config = text(&table.merged, "config").map(str::to_owned);
            }
        }
        if tables.is_empty() && self.request.needed.is_some() {
            // None of them is selected.
            return tables;
        }
        if tables.is_empty() {
            let diagnostic = directory::none_found(&matched, config.as_deref());
            diagnostics.push(diagnostic.at(place));
            tables.push(self.table(unknown, diagnostics));
        }
        if let Some(diagnostic) = names::same_for_directories(self.raw, self.file) {
            diagnostics.push(diagnostic);
            tables.truncate(1);
        }
        tables
    }

    fn scope<'c>(
        &'c self,
        matrix: Given<&'c MatrixRow>,
        directory: Given<&'c DirectoryNames>,
    ) -> Scope<'c> {
        Scope {
            env: self.request.env,
            matrix,
            directory,
        }
    }

    fn check<'c>(&'c self, scope: Scope<'c>, diagnostics: &'c mut Vec<Diagnostic>) -> Check<'c> {
        Check {
            file: self.file,
            included: false,
            scope,
            unset: Vec::new(),
            diagnostics,
        }
    }

    /// The table as one project sees it.
    fn table(&self, scope: Scope<'_>, diagnostics: &mut Vec<Diagnostic>) -> ProjectTable {
        let (own, unset) = self.own(scope, diagnostics);
        let name = text(&own, "name");
        let is_needed = match (&self.request.needed, name) {
            (Some(needed), Some(name)) => needed.contains(name),
            _ => true,
        };
        let is_incomplete = !is_needed && !unset.is_empty();
        if is_needed {
            diagnostics.extend(unset);
        }
        let mut merged = self.defaults.clone();
        merge(&mut merged, &own, PROJECT);
        let has_id = text(&merged, "logical_id").is_some();
        ProjectTable {
            file: Arc::clone(self.file),
            span: self.span.clone(),
            is_needed,
            is_incomplete,
            needs_files: is_needed && !(self.request.overrides.to_destroy && has_id),
            own,
            merged,
            directory: None,
            row: match scope.matrix {
                Given::This(row) => row.clone(),
                Given::Wrong | Given::Absent(_) => MatrixRow::new(),
            },
        }
    }

    /// The keys of the table, and the diagnostics of unset variables. The default name is the directory's.
    fn own(&self, scope: Scope<'_>, diagnostics: &mut Vec<Diagnostic>) -> (Table, Vec<Diagnostic>) {
        let mut check = self.check(scope, diagnostics);
        let mut own = check.table("[[project]]", PROJECT, self.raw);
        if let (None, Some(path)) = (own.get("name"), own.get("path")) {
            let span = path.span.clone();
            let name = check.text(
                &KeyName::new("name"),
                &Kind::Name,
                "${folder}",
                span.clone(),
            );
            let node = check.node(span, name.map(Value::Text));
            own.insert("name".to_owned(), node);
        }
        (own, check.unset)
    }
}

/// All combinations of a valid matrix; the first variable changes slowest.
fn rows(matrix: &Table) -> Vec<MatrixRow> {
    let mut lists: Vec<_> = matrix.iter().collect();
    lists.sort_by_key(|(_, list)| list.span.start);
    let mut rows = vec![MatrixRow::new()];
    for (name, list) in lists {
        let longer = rows.iter().flat_map(|row| {
            list.texts().map(|value| {
                let mut row = row.clone();
                row.insert(name.clone(), value.to_owned());
                row
            })
        });
        rows = longer.collect();
    }
    rows
}
