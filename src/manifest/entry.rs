//! Expands `[[project]]` into projects: one for each combination of its `matrix` and each directory that its `path`
//! matches.
//!
//! The table is read once for each project, since `${matrix.X}` and `${folder}` differ.

use super::alike;
use super::check::{Check, Named};
use super::document::Document;
use super::expand::{Cell, Env, Given, Scope};
use super::folder::{self, Names};
use super::layers::Layers;
use super::matrix;
use super::pattern::{self, Wanted};
use super::schema::{Kind, PROJECT};
use super::value::{Node, Table, Value};
use crate::model::{Diagnostic, SourceSpan};
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// A file and its projects.
pub(super) struct Sheet<'a> {
    pub(super) document: &'a Document<'a>,
    pub(super) layers: Layers<'a>,
    pub(super) entries: Vec<Entry>,
}

/// One project.
pub(super) struct Entry {
    /// The start of its `[[project]]`.
    pub(super) span: Range<usize>,
    pub(super) table: Table,
    /// The directory of its `path`.
    pub(super) folder: Option<PathBuf>,
    /// Its combination of the matrix, if it has one.
    pub(super) cell: Cell,
}

impl<'a> Sheet<'a> {
    /// Reads the projects of a file.
    pub(super) fn new(
        layers: Layers<'a>,
        env: &'a Env<'a>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let document = layers.file;
        let mut entries = Vec::new();
        for value in &document.projects {
            // A value that is not a table was already reported.
            if let DeValue::Table(raw) = value.get_ref() {
                let span = value.span();
                let reader = Reader {
                    layers,
                    env,
                    raw,
                    span,
                };
                entries.extend(reader.entries(diagnostics));
            }
        }
        Self {
            document,
            layers,
            entries,
        }
    }
}

/// Reads one `[[project]]`.
struct Reader<'a> {
    layers: Layers<'a>,
    env: &'a Env<'a>,
    raw: &'a DeTable<'a>,
    span: Range<usize>,
}

impl Reader<'_> {
    fn entries(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<Entry> {
        let mut cells = self.cells(diagnostics);
        if let Some(Given::This(cell)) = cells.first()
            && let Some(diagnostic) = alike::same_for_values(self.raw, &self.layers.file.file, cell)
        {
            diagnostics.push(diagnostic);
            cells.truncate(1);
        }
        let of_cell = |cell: &Given<Cell>| self.of_cell(cell.as_ref(), diagnostics);
        cells.iter().flat_map(of_cell).collect()
    }

    /// The combinations of the matrix; each makes at least one project.
    fn cells(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<Given<Cell>> {
        let Some(value) = self.raw.get("matrix") else {
            let why = "this project has no matrix: add matrix = { NAME = [\"…\", \"…\"] }";
            return vec![Given::Absent(why)];
        };
        let why = "the values of a matrix apply to every project it makes";
        let (matrix, folder) = (Given::Absent(why), Given::Absent(why));
        let matrix = self.check(self.scope(matrix, folder), diagnostics).value(
            &Named::key("matrix"),
            &Kind::Matrix,
            value,
        );
        match matrix.as_ref().and_then(Node::table) {
            Some(matrix) => matrix::cells(matrix).into_iter().map(Given::This).collect(),
            None => vec![Given::Wrong],
        }
    }

    /// The projects of one combination.
    fn of_cell(&self, matrix: Given<&Cell>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Entry> {
        let scope = |folder| self.scope(matrix, folder);
        let Some(value) = self.raw.get("path") else {
            let why = "it comes from `path`, which this project does not have";
            return vec![self.entry(scope(Given::Absent(why)), diagnostics)];
        };
        let itself = scope(Given::Absent("`path` itself defines it"));
        let path = self
            .check(itself, diagnostics)
            .value(&Named::key("path"), &Kind::Text, value);
        let path = path.as_ref().and_then(Node::text);
        let Some(path) = path else {
            return vec![self.entry(scope(Given::Wrong), diagnostics)];
        };
        let place = self.layers.file.file.place(value.span());
        let dir = self.layers.file.file.dir.join(path);
        if pattern::is_pattern(path) && !dir.is_dir() {
            self.several(path, place, matrix, diagnostics)
        } else {
            vec![self.one(&dir, place, matrix, diagnostics)]
        }
    }

    /// The project of a plain path.
    fn one(
        &self,
        dir: &Path,
        place: SourceSpan,
        matrix: Given<&Cell>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Entry {
        let names = Names::of(dir);
        let mut entry = self.entry(self.scope(matrix, Given::This(&names)), diagnostics);
        let fault = match folder::missing(dir) {
            _ if self.layers.needs_logical_id_only(&entry.table) => None,
            Some(diagnostic) => Some(diagnostic.at(place)),
            None => self.unconfigured(dir, place, &entry.table),
        };
        if fault.is_none() {
            entry.folder = Some(dir.to_owned());
        }
        diagnostics.extend(fault);
        entry
    }

    /// The projects of a pattern.
    fn several(
        &self,
        path: &str,
        place: SourceSpan,
        matrix: Given<&Cell>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Entry> {
        let unknown = self.scope(matrix, Given::Wrong);
        let dir = &self.layers.file.file.dir;
        let matched = match pattern::matches(dir, path, Wanted::Folders) {
            Ok(matched) => matched,
            Err(why) => {
                let diagnostic = Diagnostic::new("this is not a valid directory pattern");
                diagnostics.push(diagnostic.at(place).label(why));
                return vec![self.entry(unknown, diagnostics)];
            }
        };
        let mut entries = Vec::new();
        let mut config = None;
        for dir in &matched {
            let (names, mut told) = (Names::of(dir), Vec::new());
            let mut entry = self.entry(self.scope(matrix, Given::This(&names)), &mut told);
            if self.is_project(dir, &entry.table) {
                entry.folder = Some(dir.clone());
                diagnostics.append(&mut told);
                entries.push(entry);
            } else {
                config = self.config(&entry.table).map(str::to_owned);
            }
        }
        if entries.is_empty() {
            let diagnostic = folder::none_found(&matched, config.as_deref());
            diagnostics.push(diagnostic.at(place));
            entries.push(self.entry(unknown, diagnostics));
        }
        if let Some(diagnostic) = alike::same_for_folders(self.raw, &self.layers.file.file) {
            diagnostics.push(diagnostic);
            entries.truncate(1);
        }
        entries
    }

    fn scope<'c>(&'c self, matrix: Given<&'c Cell>, folder: Given<&'c Names>) -> Scope<'c> {
        let env = self.env;
        Scope {
            env,
            matrix,
            folder,
        }
    }

    fn check<'c>(&'c self, scope: Scope<'c>, diagnostics: &'c mut Vec<Diagnostic>) -> Check<'c> {
        Check {
            file: &self.layers.file.file,
            included: false,
            scope,
            diagnostics,
        }
    }

    /// The table as one project sees it. The default name is the directory's.
    fn entry(&self, scope: Scope<'_>, diagnostics: &mut Vec<Diagnostic>) -> Entry {
        let mut check = self.check(scope, diagnostics);
        let mut table = check.table("[[project]]", PROJECT, self.raw);
        if let (None, Some(path)) = (table.get("name"), table.get("path")) {
            let span = path.span.clone();
            let name = check.text(&Named::key("name"), &Kind::Name, "${folder}", span.clone());
            let value = name.map_or(Value::Wrong, Value::Text);
            table.insert("name".to_owned(), Node { span, value });
        }
        let cell = match scope.matrix {
            Given::This(cell) => cell.clone(),
            Given::Wrong | Given::Absent(_) => Cell::new(),
        };
        Entry {
            span: self.span.clone(),
            table,
            folder: None,
            cell,
        }
    }

    /// Whether a matching directory can be bundled, or could be once its settings are corrected.
    fn is_project(&self, dir: &Path, table: &Table) -> bool {
        let is_wrong = |key| {
            let found = self.layers.find(table, key);
            found.is_some_and(|(_, node)| node.is_wrong())
        };
        self.has_command(table) || is_wrong("config") || folder::holds(dir, self.config(table))
    }

    /// The diagnostic of a directory without a configuration.
    fn unconfigured(&self, dir: &Path, place: SourceSpan, table: &Table) -> Option<Diagnostic> {
        if self.is_project(dir, table) {
            return None;
        }
        let diagnostic = folder::unconfigured(dir, self.config(table));
        Some(match self.layers.place(table, "config") {
            Some(config) => diagnostic.at(config).also(place, "of this directory"),
            None => diagnostic.at(place),
        })
    }

    fn config<'t>(&'t self, table: &'t Table) -> Option<&'t str> {
        self.layers.find(table, "config")?.1.text()
    }

    fn has_command(&self, table: &Table) -> bool {
        self.layers.find(table, "bundle_command").is_some()
    }
}
