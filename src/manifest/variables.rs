//! `env`: variables for the program that bundles a directory.

use super::check::{Check, Named};
use super::mask::is_variable;
use super::schema::Kind;
use super::value::{Node, Table, Value};
use super::walk::type_of;
use crate::model::{Diagnostic, Folder};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What to use instead of a reserved variable.
fn instead(reserved: &str) -> &'static str {
    match reserved {
        "CHECKLY_ACCOUNT_ID" | "CHECKLY_API_KEY" | "CHECKLY_SKIP_AUTH" => {
            "set the project's `account` instead"
        }
        "CHECKLY_API_URL" | "CHECKLY_ENV" => "set `api.url` or --api-url instead",
        "ORCHESTRATE_BUNDLE_FILE" => "it names the file that `bundle_command` must write",
        _ => "each bundling has its own temporary directory and runs in the project's directory",
    }
}

impl Check<'_> {
    /// The allowed variables; their values may be empty.
    pub(super) fn variables(&mut self, table: &DeTable<'_>) -> Table {
        let mut variables = Table::new();
        for (name, value) in table {
            let text = name.get_ref();
            let node = if Folder::RESERVED.contains(&&**text) {
                let what = format!("`env` cannot set `{text}`: orchestrate sets it");
                self.report(Diagnostic::new(what).help(instead(text)), name.span(), "");
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
            let node = node.unwrap_or_else(|| Node::wrong(value.span()));
            variables.insert(text.to_string(), node);
        }
        variables
    }

    fn variable(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<Node> {
        let (key, span) = (Named::key(name), value.span());
        let DeValue::String(text) = value.get_ref() else {
            let label = format!("this is {}", type_of(value.get_ref()));
            self.wrong(&key, &Kind::Text, span, &label);
            return None;
        };
        let text = self.expanded(text, span.clone())?;
        if text.contains('\0') {
            self.wrong(&key, &Kind::Text, span, "it contains a NUL character");
            return None;
        }
        let value = Value::Text(text);
        Some(Node { span, value })
    }
}
