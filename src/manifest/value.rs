//! A checked manifest: known keys, valid types, expanded strings, and their positions.

use super::document::File;
use super::schema::{self, Groups, Kind};
use crate::model::SourceSpan;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A table by key.
pub(super) type Table = BTreeMap<String, Node>;

/// A value and its position.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) file: Arc<File>,
    pub(super) span: Range<usize>,
    pub(super) value: Value,
}

/// A value of a type that the manifest uses.
#[derive(Clone)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Bool(bool),
    List(Vec<Node>),
    Table(Table),
    /// An invalid value, already reported: it is neither used nor missing. Settings use the value that it overrides.
    Wrong(Option<Box<Value>>),
}

impl Node {
    /// Its position.
    pub(super) fn place(&self) -> SourceSpan {
        self.file.place(self.span.clone())
    }

    /// Whether this is a placeholder for an invalid value.
    pub(super) fn is_wrong(&self) -> bool {
        matches!(self.value, Value::Wrong(_))
    }

    /// The string.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number.
    pub(super) fn integer(&self) -> Option<i64> {
        match self.value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        match self.value {
            Value::Bool(it) => Some(it),
            _ => None,
        }
    }

    /// The items of the list.
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The strings of the list.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.items().iter().filter_map(Node::text)
    }

    /// The table.
    pub(super) fn table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }
}

/// The table under a key.
pub(super) fn sub<'t>(table: &'t Table, key: &str) -> Option<&'t Table> {
    table.get(key).and_then(Node::table)
}

/// The string under a key.
pub(super) fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(Node::text)
}

/// The items of the list under a key.
pub(super) fn items<'t>(table: &'t Table, key: &str) -> &'t [Node] {
    table.get(key).map_or(&[], Node::items)
}

/// Overrides a table with the keys of a stronger one. Keys that `groups` does not have are left out; tables of known keys
/// and environment variables are merged key by key, other values are replaced.
pub(super) fn merge(base: &mut Table, stronger: &Table, groups: Groups) {
    for (name, node) in stronger {
        let Some(key) = schema::find(groups, name) else {
            continue;
        };
        let mut node = node.clone();
        if let Some(weaker) = base.remove(name) {
            node.value = match (&key.kind, weaker.value, node.value) {
                (Kind::Table(groups), Value::Table(mut weaker), Value::Table(stronger)) => {
                    merge(&mut weaker, &stronger, groups);
                    Value::Table(weaker)
                }
                (Kind::Variables, Value::Table(mut weaker), Value::Table(stronger)) => {
                    weaker.extend(stronger);
                    Value::Table(weaker)
                }
                (Kind::Table(_) | Kind::Variables, weaker @ Value::Table(_), Value::Wrong(_)) => {
                    weaker
                }
                (_, weaker, Value::Wrong(_)) => Value::Wrong(Some(Box::new(weaker))),
                (_, _, stronger) => stronger,
            };
        }
        base.insert(name.clone(), node);
    }
}

/// A table without positions, to deserialize.
pub(super) fn plain(table: &Table) -> toml::Table {
    let keys = table.iter();
    keys.filter_map(|(key, node)| Some((key.clone(), plain_value(&node.value)?)))
        .collect()
}

fn plain_value(value: &Value) -> Option<toml::Value> {
    Some(match value {
        Value::Text(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Bool(on) => (*on).into(),
        Value::List(items) => {
            let items = items.iter().filter_map(|item| plain_value(&item.value));
            toml::Value::Array(items.collect())
        }
        Value::Table(table) => plain(table).into(),
        Value::Wrong(overridden) => return plain_value(overridden.as_deref()?),
    })
}
