//! The tables that settle a project's values: its own, the profile, `[defaults]` of its file and of the root manifest.

use super::document::Document;
use super::value::{Node, Table, sub};
use crate::model::Place;

/// What is laid under the projects of one file.
#[derive(Clone, Copy)]
pub(super) struct Layers<'a> {
    pub(super) root: &'a Document<'a>,
    pub(super) file: &'a Document<'a>,
    pub(super) profile: Option<&'a Table>,
    /// Nothing is going to be deployed.
    pub(super) to_destroy: bool,
}

impl<'a> Layers<'a> {
    /// The tables of a project, the strongest first, with the files they stand in.
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

    /// The value that holds for a project, right or wrong, and the file it stands in.
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

    /// Whether nothing but its logical id is needed of a project: that is how a deletion names it.
    pub(super) fn needs_logical_id_only(&self, project: &Table) -> bool {
        let logical_id = self.find(project, "logical_id");
        self.to_destroy && logical_id.is_some_and(|(_, node)| node.text().is_some())
    }

    /// Where that stands.
    pub(super) fn place(&self, project: &Table, key: &str) -> Option<Place> {
        let (document, node) = self.find(project, key)?;
        Some(document.file.place(node.span.clone()))
    }
}
