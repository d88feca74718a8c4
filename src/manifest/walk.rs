//! Walks a parsed manifest along the schema. Valid parts become a [`Table`]; invalid parts become diagnostics and are
//! left out, so later checks see the rest.

use super::check::{Check, Named};
use super::expand::expand;
use super::mistake::expansion_diagnostic;
use super::nearest::nearest;
use super::pattern;
use super::schema::{self, Groups, Kind, Status};
use super::value::{Node, Table, Value};
use crate::model::Rate;
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// Names appear in every line about a project.
const LONGEST_NAME: usize = 200;

/// The longest duration: longer ones overflow clocks.
const LONGEST: Duration = Duration::from_hours(365 * 24);

impl Check<'_> {
    /// The valid part of a table. `title` names the table in messages.
    pub(super) fn table(&mut self, title: &str, groups: Groups, table: &DeTable<'_>) -> Table {
        let mut checked = Table::new();
        for (name, value) in table {
            let Some(key) = schema::find(groups, name.get_ref()) else {
                self.unknown(title, groups, name);
                continue;
            };
            let node = match key.status {
                Status::RootOnly if self.included => {
                    self.misplaced(name);
                    None
                }
                _ => self.value(&Named::of(key, title), &key.kind, value),
            };
            let node = node.unwrap_or_else(|| Node::wrong(value.span()));
            checked.insert(key.name.to_owned(), node);
        }
        checked
    }

    /// One value; `None` if it is invalid.
    pub(super) fn value(
        &mut self,
        key: &Named<'_>,
        kind: &Kind,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Node> {
        let span = value.span();
        let checked = match (kind, value.get_ref()) {
            (
                Kind::Table(groups) | Kind::Secret(groups) | Kind::Switch(groups),
                DeValue::Table(table),
            ) => Value::Table(self.table(&key.title(), groups, table)),
            (Kind::Named(kind), DeValue::Table(table)) => {
                let mut named = Table::new();
                for (name, value) in table {
                    let inner = Named {
                        name: name.get_ref(),
                        table: key.name,
                        item: false,
                    };
                    let node = self.value(&inner, kind, value);
                    let node = node.unwrap_or_else(|| Node::wrong(value.span()));
                    named.insert(name.get_ref().to_string(), node);
                }
                Value::Table(named)
            }
            (Kind::Matrix, DeValue::Table(table)) => self.matrix(table, span.clone())?,
            (Kind::Variables, DeValue::Table(table)) => Value::Table(self.variables(table)),
            (Kind::Projects, DeValue::Array(array)) => {
                for value in array.iter() {
                    if !value.get_ref().is_table() {
                        let label = format!("this is {}", type_of(value.get_ref()));
                        self.wrong(key, kind, value.span(), &label);
                    }
                }
                Value::List(Vec::new())
            }
            (Kind::Filled(_), DeValue::Array(array)) if array.is_empty() => {
                self.wrong(key, kind, span, "this is empty");
                return None;
            }
            (Kind::List(kind) | Kind::Filled(kind), DeValue::Array(array)) => {
                let key = Named { item: true, ..*key };
                let items = array.iter().filter_map(|item| self.value(&key, kind, item));
                Value::List(items.collect())
            }
            (Kind::Bool | Kind::Switch(_), DeValue::Boolean(on)) => Value::Bool(*on),
            (Kind::Integer { least, most }, DeValue::Integer(digits)) => {
                let fault = match number(digits) {
                    Some(number) if number < *least => "too small",
                    Some(number) if number <= *most => return Some(Node::integer_at(span, number)),
                    _ => "too large",
                };
                self.wrong(key, kind, span, fault);
                return None;
            }
            (Kind::Raw, DeValue::String(text)) if !text.trim().is_empty() => {
                Value::Text(text.to_string())
            }
            (Kind::Secret(_), DeValue::String(text)) => {
                self.literal_secret(key, text, span);
                return None;
            }
            (
                Kind::Text
                | Kind::Name
                | Kind::Glob
                | Kind::Duration { .. }
                | Kind::Rate
                | Kind::OneOf(_),
                DeValue::String(text),
            ) => Value::Text(self.text(key, kind, text, span.clone())?),
            (Kind::Raw, DeValue::String(_)) => {
                self.wrong(key, kind, span, "this is empty");
                return None;
            }
            (_, other) => {
                self.wrong(key, kind, span, &format!("this is {}", type_of(other)));
                return None;
            }
        };
        Some(Node {
            span,
            value: checked,
        })
    }

    /// A string, expanded.
    pub(super) fn expanded(&mut self, text: &str, span: Range<usize>) -> Option<String> {
        let told = match expand(text, &self.scope) {
            Ok(text) => return Some(text),
            Err(errors) => errors,
        };
        let place = self.file.place(span);
        let told = told.iter();
        self.diagnostics
            .extend(told.filter_map(|error| expansion_diagnostic(error, &place)));
        None
    }

    /// A string, expanded and checked for its form.
    pub(super) fn text(
        &mut self,
        key: &Named<'_>,
        kind: &Kind,
        text: &str,
        span: Range<usize>,
    ) -> Option<String> {
        let text = self.expanded(text, span.clone())?;
        let fault = match kind {
            _ if text.trim().is_empty() => Some("this is empty".to_owned()),
            _ if text.contains('\0') => Some("it contains a NUL character".to_owned()),
            Kind::Name if text.trim() != text => Some("leading or trailing white space".to_owned()),
            Kind::Name if text.chars().count() > LONGEST_NAME => {
                Some(format!("longer than {LONGEST_NAME} characters"))
            }
            Kind::Name if text.chars().any(char::is_control) => {
                Some("it contains a control character".to_owned())
            }
            Kind::Duration { zero } => match humantime::parse_duration(&text) {
                Err(_) => Some("not a duration".to_owned()),
                Ok(duration) if duration > LONGEST => Some("longer than 365 days".to_owned()),
                Ok(Duration::ZERO) if !zero => Some("it must be longer than zero".to_owned()),
                Ok(_) => None,
            },
            Kind::Glob => pattern::fault(&text),
            Kind::Rate => text.parse::<Rate>().err().map(|_| "not a rate".to_owned()),
            Kind::OneOf(words) if !words.contains(&text.as_str()) => {
                Some(match nearest(&text, words.iter().copied()) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => String::new(),
                })
            }
            _ => None,
        };
        match fault {
            Some(fault) => {
                self.wrong(key, kind, span, &fault);
                None
            }
            None => Some(text),
        }
    }
}

fn number(digits: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(digits.as_str(), digits.radix()).ok()
}

pub(super) fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
