//! Checks a parsed manifest along the schema. Valid parts become a [`Table`]; invalid parts become diagnostics and are
//! left out, so later checks see the rest.

use super::diagnostic::suggest;
use super::directory;
use super::document::File;
use super::expand::{ExpandError, Scope, expand, is_name};
use super::mask::is_variable;
use super::schema::{self, Groups, Kind};
use super::value::{Node, Table, Value};
use crate::model::{Diagnostic, Directory, Rate};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// Names appear in every line about a project.
const LONGEST_NAME: usize = 200;

/// The longest duration: longer ones overflow clocks.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// The most projects of one table: a typing mistake must not exhaust the memory.
const MOST: usize = 1000;

/// The check of one file. [`diagnostic`](super::diagnostic) words what it finds.
pub(super) struct Check<'a> {
    pub(super) file: &'a Arc<File>,
    /// Whether this manifest is included by another.
    pub(super) included: bool,
    pub(super) scope: Scope<'a>,
    /// The diagnostics of unset variables: no mistakes of a project that is not needed.
    pub(super) unset: Vec<Diagnostic>,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

/// A key and its table, as messages name them.
pub(super) struct KeyName<'a> {
    pub(super) name: &'a str,
    pub(super) table: &'a str,
    /// Whether the value is one item of the key's list.
    pub(super) item: bool,
}

impl<'a> KeyName<'a> {
    /// A key of a table without a name.
    pub(super) fn new(name: &'a str) -> Self {
        Self::in_table(name, "")
    }

    fn in_table(name: &'a str, table: &'a str) -> Self {
        Self {
            name,
            table,
            item: false,
        }
    }

    /// The name of the table under this key.
    fn title(&self) -> String {
        match (self.table, self.name) {
            ("accounts" | "profile", name) => format!("[{}.{name}]", self.table),
            (_, "wave") => "[[wave]]".to_owned(),
            (table, "hooks") if table != "the manifest" => "`hooks`".to_owned(),
            (_, "retries" | "api_key" | "test") => format!("`{}`", self.name),
            (_, name) => format!("[{name}]"),
        }
    }
}

impl Check<'_> {
    /// Reports a mistake.
    pub(super) fn report(&mut self, diagnostic: Diagnostic, span: Range<usize>, label: &str) {
        let mut diagnostic = diagnostic.at(self.file.place(span));
        diagnostic.label = (!label.is_empty()).then(|| label.to_owned());
        self.diagnostics.push(diagnostic);
    }

    /// The valid part of a table. `title` names the table in messages.
    pub(super) fn table(&mut self, title: &str, groups: Groups, table: &DeTable<'_>) -> Table {
        let mut checked = Table::new();
        for (name, value) in table {
            let Some(key) = schema::find(groups, name.get_ref()) else {
                self.unknown(title, groups, name);
                continue;
            };
            let valid = if key.is_root_only && self.included {
                self.misplaced(name);
                None
            } else {
                self.value(&KeyName::in_table(key.name, title), &key.kind, value)
            };
            checked.insert(key.name.to_owned(), self.node(value.span(), valid));
        }
        checked
    }

    /// A value with its position.
    pub(super) fn node(&self, span: Range<usize>, value: Option<Value>) -> Node {
        Node {
            file: Arc::clone(self.file),
            span,
            value: value.unwrap_or(Value::Wrong(None)),
        }
    }

    /// One value; `None` if it is invalid.
    pub(super) fn value(
        &mut self,
        key: &KeyName<'_>,
        kind: &Kind,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Value> {
        let span = value.span();
        let fault = match (kind, value.get_ref()) {
            (
                Kind::Table(groups) | Kind::Secret(groups) | Kind::Switch(groups),
                DeValue::Table(table),
            ) => return Some(Value::Table(self.table(&key.title(), groups, table))),
            (Kind::Named(kind), DeValue::Table(table)) => {
                let named = table.iter().map(|(name, value)| {
                    let inner = KeyName::in_table(name.get_ref(), key.name);
                    let valid = self.value(&inner, kind, value);
                    (name.get_ref().to_string(), self.node(value.span(), valid))
                });
                return Some(Value::Table(named.collect()));
            }
            (Kind::Matrix, DeValue::Table(table)) => return self.matrix(table, span),
            (Kind::Variables, DeValue::Table(table)) => {
                return Some(Value::Table(self.variables(table)));
            }
            (Kind::Projects, DeValue::Array(array)) => {
                for value in array.iter().filter(|value| !value.get_ref().is_table()) {
                    let label = format!("this is {}", type_of(value.get_ref()));
                    self.wrong(key, kind, value.span(), &label);
                }
                return Some(Value::List(Vec::new()));
            }
            (Kind::Filled(_), DeValue::Array(array)) if array.is_empty() => {
                "this is empty".to_owned()
            }
            (Kind::List(kind) | Kind::Filled(kind), DeValue::Array(array)) => {
                let key = KeyName { item: true, ..*key };
                let items = array.iter().filter_map(|item| {
                    let valid = self.value(&key, kind, item)?;
                    Some(self.node(item.span(), Some(valid)))
                });
                return Some(Value::List(items.collect()));
            }
            (Kind::Bool | Kind::Switch(_), DeValue::Boolean(on)) => return Some(Value::Bool(*on)),
            (Kind::Integer { least, most }, DeValue::Integer(digits)) => match number(digits) {
                Some(number) if number < *least => "too small".to_owned(),
                Some(number) if number <= *most => return Some(Value::Integer(number)),
                _ => "too large".to_owned(),
            },
            (Kind::Raw, DeValue::String(text)) if text.trim().is_empty() => {
                "this is empty".to_owned()
            }
            (Kind::Raw, DeValue::String(text)) => return Some(Value::Text(text.to_string())),
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
            ) => return self.text(key, kind, text, span).map(Value::Text),
            (_, other) => format!("this is {}", type_of(other)),
        };
        self.wrong(key, kind, span, &fault);
        None
    }

    /// A string, expanded.
    fn expanded(&mut self, text: &str, span: Range<usize>) -> Option<String> {
        let errors = match expand(text, &self.scope) {
            Ok(expanded) => return Some(expanded),
            Err(errors) => errors,
        };
        let place = self.file.place(span);
        for error in errors {
            let diagnostic = error.diagnostic(&place);
            match error {
                ExpandError::Unset(_) | ExpandError::Empty(_) => self.unset.extend(diagnostic),
                _ => self.diagnostics.extend(diagnostic),
            }
        }
        None
    }

    /// A string, expanded and checked for its form.
    pub(super) fn text(
        &mut self,
        key: &KeyName<'_>,
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
            Kind::Glob => directory::fault(&text),
            Kind::Rate => text.parse::<Rate>().err().map(|_| "not a rate".to_owned()),
            Kind::OneOf(words) if !words.contains(&text.as_str()) => {
                Some(match suggest(&text, words.iter().copied()) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => String::new(),
                })
            }
            _ => None,
        };
        let Some(fault) = fault else {
            return Some(text);
        };
        self.wrong(key, kind, span, &fault);
        None
    }

    /// The allowed environment variables; their values may be empty.
    fn variables(&mut self, table: &DeTable<'_>) -> Table {
        let mut variables = Table::new();
        for (name, value) in table {
            let text = name.get_ref();
            let valid = if Directory::RESERVED.contains(&&**text) {
                self.reserved(name);
                None
            } else if !is_variable(text) {
                let what = "this is not a valid environment variable name";
                let diagnostic = Diagnostic::new(what)
                    .help("use letters, digits, and `_`, and do not start with a digit");
                self.report(diagnostic, name.span(), "");
                None
            } else {
                self.variable(text, value)
            };
            variables.insert(text.to_string(), self.node(value.span(), valid));
        }
        variables
    }

    fn variable(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        let span = value.span();
        let fault = match value.get_ref() {
            DeValue::String(text) => match self.expanded(text, span.clone())? {
                text if text.contains('\0') => "it contains a NUL character".to_owned(),
                text => return Some(Value::Text(text)),
            },
            other => format!("this is {}", type_of(other)),
        };
        self.wrong(&KeyName::new(name), &Kind::Text, span, &fault);
        None
    }

    /// The lists of a matrix by name; `None` if any of them is invalid, since the combinations are unknown then.
    fn matrix(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<Value> {
        const VALUES: Kind = Kind::Filled(&Kind::Name);
        let reported = self.diagnostics.len() + self.unset.len();
        let mut lists = Table::new();
        for (name, value) in table {
            let text = name.get_ref();
            if !is_name(text) {
                let diagnostic = Diagnostic::new("this is not a valid matrix variable name")
                    .help("use letters, digits, `_`, and `-`");
                self.report(diagnostic, name.span(), "");
            }
            if let Some(list) = self.value(&KeyName::new(text), &VALUES, value) {
                let list = self.node(value.span(), Some(list));
                self.repeated(text, &list);
                lists.insert(text.to_string(), list);
            }
        }
        if table.is_empty() {
            let diagnostic = Diagnostic::new("this matrix has no variables")
                .help("write matrix = { NAME = [\"…\", \"…\"] }, or remove it");
            self.report(diagnostic, span.clone(), "");
        }
        let sizes = lists.values().map(|list| list.items().len());
        if sizes.fold(1, usize::saturating_mul) > MOST {
            let what = format!("this matrix makes more than {MOST} projects");
            let diagnostic = Diagnostic::new(what).help("split it into several [[project]]");
            self.report(diagnostic, span, "");
        }
        let is_valid = self.diagnostics.len() + self.unset.len() == reported;
        is_valid.then_some(Value::Table(lists))
    }

    /// Two equal values would make two equal projects.
    fn repeated(&mut self, name: &str, list: &Node) {
        let mut first = HashMap::new();
        for node in list.items() {
            let Some(text) = node.text() else { continue };
            if let Some(before) = first.insert(text, node) {
                let diagnostic = Diagnostic::new(format!("`{name}` has the same value twice"))
                    .also(before.place(), "first here")
                    .help("remove it here");
                self.report(diagnostic, node.span.clone(), "again here");
            }
        }
    }
}

fn number(digits: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(digits.as_str(), digits.radix()).ok()
}

fn type_of(value: &DeValue<'_>) -> &'static str {
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
