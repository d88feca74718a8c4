//! `matrix`: one `[[project]]` makes one project for each combination of values.

use super::check::{Check, Named};
use super::expand::{Cell, is_name};
use super::schema::Kind;
use super::value::{Node, Table, Value};
use crate::model::Diagnostic;
use std::collections::HashMap;
use std::ops::Range;
use toml::de::DeTable;

/// The most projects of one table: a typing mistake must not exhaust the memory.
const MOST: usize = 1000;

const VALUES: Kind = Kind::Filled(&Kind::Name);

impl Check<'_> {
    /// The lists of values by name; `None` if any of them is invalid, since the combinations are unknown then.
    pub(super) fn matrix(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<Value> {
        let told = self.diagnostics.len();
        let mut lists = Table::new();
        for (name, value) in table {
            let text = name.get_ref();
            if !is_name(text) {
                let diagnostic = Diagnostic::new("this is not a valid matrix variable name")
                    .help("use letters, digits, `_`, and `-`");
                self.report(diagnostic, name.span(), "");
            }
            if let Some(list) = self.value(&Named::key(text), &VALUES, value) {
                self.tell_repetition(text, &list);
                lists.insert(text.to_string(), list);
            }
        }
        if table.is_empty() {
            let diagnostic = Diagnostic::new("this matrix has no variables")
                .help("write matrix = { NAME = [\"…\", \"…\"] }, or remove it");
            self.report(diagnostic, span.clone(), "");
        }
        let sizes = lists.values().map(|list| list.items().len());
        let count = sizes.fold(1, usize::saturating_mul);
        if count > MOST {
            let what = format!("this matrix makes more than {MOST} projects");
            let diagnostic = Diagnostic::new(what).help("split it into several [[project]]");
            self.report(diagnostic, span, "");
        }
        (self.diagnostics.len() == told).then_some(Value::Table(lists))
    }

    /// Two equal values would make two equal projects.
    fn tell_repetition(&mut self, name: &str, list: &Node) {
        let mut first = HashMap::new();
        for node in list.items() {
            let Some(text) = node.text() else { continue };
            if let Some(before) = first.insert(text, node) {
                let diagnostic = Diagnostic::new(format!("`{name}` has the same value twice"))
                    .also(self.file.place(before.span.clone()), "first here")
                    .help("remove it here");
                self.report(diagnostic, node.span.clone(), "again here");
            }
        }
    }
}

/// All combinations of a valid matrix; the first variable changes slowest.
pub(super) fn cells(matrix: &Table) -> Vec<Cell> {
    let mut lists: Vec<_> = matrix.iter().collect();
    lists.sort_by_key(|(_, list)| list.span.start);
    let mut cells = vec![Cell::new()];
    for (name, list) in lists {
        let longer = cells.iter().flat_map(|cell| {
            list.items().iter().filter_map(Node::text).map(|value| {
                let mut cell = cell.clone();
                cell.insert(name.clone(), value.to_owned());
                cell
            })
        });
        cells = longer.collect();
    }
    cells
}
