//! The state of a manifest check: the file, the values of references, and the diagnostics found. The check itself is in
//! [`walk`](super::walk), the wording of diagnostics in [`mistake`](super::mistake).

use super::expand::Scope;
use super::file::File;
use super::schema::Key;
use crate::model::Diagnostic;
use std::ops::Range;

/// The check of one file.
pub(super) struct Check<'a> {
    pub(super) file: &'a File,
    /// Whether this manifest is included by another.
    pub(super) included: bool,
    pub(super) scope: Scope<'a>,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl Check<'_> {
    /// Reports a diagnostic.
    pub(super) fn report(&mut self, diagnostic: Diagnostic, span: Range<usize>, label: &str) {
        let mut diagnostic = diagnostic.at(self.file.place(span));
        diagnostic.label = (!label.is_empty()).then(|| label.to_owned());
        self.diagnostics.push(diagnostic);
    }
}

/// A key and its table, as messages name them.
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) table: &'a str,
    /// Whether the value is one item of the key's list.
    pub(super) item: bool,
}

impl<'a> Named<'a> {
    /// A key of a table without a name.
    pub(super) fn key(name: &'a str) -> Self {
        Self {
            name,
            table: "",
            item: false,
        }
    }

    pub(super) fn of(key: &'a Key, table: &'a str) -> Self {
        Self {
            name: key.name,
            table,
            item: false,
        }
    }

    /// The name of the table under this key.
    pub(super) fn title(&self) -> String {
        match (self.table, self.name) {
            ("accounts" | "profile", name) => format!("[{}.{name}]", self.table),
            (_, "wave") => "[[wave]]".to_owned(),
            (table, "hooks") if table != "the manifest" => "`hooks`".to_owned(),
            (_, "retries" | "api_key" | "test") => format!("`{}`", self.name),
            (_, name) => format!("[{name}]"),
        }
    }
}
