//! What a check of a manifest goes by: the file, what its references stand for, and where mistakes are told. The check
//! itself is in [`walk`](super::walk), what is said about mistakes in [`mistake`](super::mistake).

use super::expand::Scope;
use super::file::File;
use super::schema::Key;
use crate::model::Problem;
use std::ops::Range;

/// The check of one file.
pub(super) struct Check<'a> {
    pub(super) file: &'a File,
    /// Whether another manifest includes this one.
    pub(super) included: bool,
    pub(super) scope: Scope<'a>,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    /// Tells a mistake.
    pub(super) fn report(&mut self, problem: Problem, span: Range<usize>, label: &str) {
        let mut problem = problem.at(self.file.place(span));
        problem.label = (!label.is_empty()).then(|| label.to_owned());
        self.problems.push(problem);
    }
}

/// A key and the table it stands in, as messages name them.
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) table: &'a str,
    /// Whether this is about one item of the list under the key.
    pub(super) item: bool,
}

impl<'a> Named<'a> {
    /// A key of a table that has no name of its own.
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

    /// What to call the table under this key.
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
