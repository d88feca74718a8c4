//! A checked manifest: known keys, valid types, expanded strings, and their positions.

use config::{ConfigError, Map, Source};
use std::collections::BTreeMap;
use std::ops::Range;

/// A table by key.
pub(super) type Table = BTreeMap<String, Node>;

/// A value and its position.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    pub(super) value: Value,
}

/// A value of a type that the manifest uses.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Bool(bool),
    List(Vec<Node>),
    Table(Table),
    /// An invalid value, already reported: it is neither used nor missing.
    Wrong,
}

impl Node {
    /// A placeholder for an invalid value.
    pub(super) fn wrong(span: Range<usize>) -> Self {
        let value = Value::Wrong;
        Self { span, value }
    }

    /// A whole number.
    pub(super) fn integer_at(span: Range<usize>, number: i64) -> Self {
        let value = Value::Integer(number);
        Self { span, value }
    }

    /// Whether this is a placeholder for an invalid value.
    pub(super) fn is_wrong(&self) -> bool {
        matches!(self.value, Value::Wrong)
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

/// Named tables as one layer of settings.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer(Map<String, config::Value>);

impl Layer {
    /// The same layer with these keys under a name.
    pub(super) fn with<'t>(
        mut self,
        name: &str,
        keys: impl IntoIterator<Item = (&'t String, &'t Node)>,
    ) -> Self {
        self.0.insert(name.to_owned(), to_table(keys));
        self
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, config::Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

fn to_table<'t>(keys: impl IntoIterator<Item = (&'t String, &'t Node)>) -> config::Value {
    let keys = keys.into_iter();
    keys.filter_map(|(key, node)| Some((key.clone(), to_config(&node.value)?)))
        .collect::<Map<_, _>>()
        .into()
}

fn to_config(value: &Value) -> Option<config::Value> {
    Some(match value {
        Value::Text(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Bool(on) => (*on).into(),
        Value::List(items) => items
            .iter()
            .filter_map(|item| to_config(&item.value))
            .collect::<Vec<_>>()
            .into(),
        Value::Table(table) => to_table(table),
        Value::Wrong => return None,
    })
}
