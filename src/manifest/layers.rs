//! The tables that define a project's values: its own, the profile, and `[defaults]` of its file and of the root
//! manifest.

use super::document::Document;
use super::value::{Node, Table, sub};
use crate::model::SourceSpan;

/// The tables below the projects of one file.
#[derive(Clone, Copy)]
pub(super) struct Layers<'a> {
    pub(super) root: &'a Document<'a>,
    pub(super) file: &'a Document<'a>,
    pub(super) profile: Option<&'a Table>,
    /// The command is `destroy`.
    pub(super) to_destroy: bool,
}

impl<'a> Layers<'a> {
    /// The tables of a project, strongest first, each with its file.
    pub(super) fn of<'t>(
        &self,
        project: &'t Table,
    ) -> impl DoubleEndedIterator<Item = (&'a Document<'a>, &'t Table)>
    where
        'a: 't,
    {
        let default = |document: &'a Document<'a>| sub(&document.table, "defaults");
        let tables = [
            Some((self.file, project)),
            self.profile.map(|profile| (self.root, profile)),
            default(self.file).map(|table| (self.file, table)),
            default(self.root).map(|table| (self.root, table)),
        ];
        tables.into_iter().flatten()
    }

    /// The value that applies to a project, valid or not, with its file.
    pub(super) fn find<'t>(
        &self,
        project: &'t Table,
        key: &str,
    ) -> Option<(&'a Document<'a>, &'t Node)>
    where
        'a: 't,
    {
        let mut tables = self.of(project);
        tables.find_map(|(document, table)| Some((document, table.get(key)?)))
    }

    /// Whether a project's logical id is enough, as for a deletion.
    pub(super) fn needs_logical_id_only(&self, project: &Table) -> bool {
        let logical_id = self.find(project, "logical_id");
        self.to_destroy && logical_id.is_some_and(|(_, node)| node.text().is_some())
    }

    /// The position of that value.
    pub(super) fn place(&self, project: &Table, key: &str) -> Option<SourceSpan> {
        let (document, node) = self.find(project, key)?;
        Some(document.file.place(node.span.clone()))
    }
}
