//! `env`: variables for the program that bundles a folder.

use super::check::{Check, Named};
use super::mask::is_variable;
use super::schema::Kind;
use super::value::{Node, Table, Value};
use super::walk::type_of;
use crate::model::{Folder, Problem};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What says the same as a variable that is not for `env` to set.
fn instead(reserved: &str) -> &'static str {
    match reserved {
        "CHECKLY_ACCOUNT_ID" | "CHECKLY_API_KEY" | "CHECKLY_SKIP_AUTH" => {
            "say with `account` where the project is deployed"
        }
        "CHECKLY_API_URL" | "CHECKLY_ENV" => {
            "say with `api.url` or --api-url which API it is deployed to"
        }
        "ORCHESTRATE_BUNDLE_FILE" => "it names the file that `bundle_command` has to write",
        _ => {
            "every bundling has a folder of its own for temporary files, and works in the project's"
        }
    }
}

impl Check<'_> {
    /// The variables that may be set. A value may be empty: that is how one is taken away.
    pub(super) fn variables(&mut self, table: &DeTable<'_>) -> Table {
        let mut variables = Table::new();
        for (name, value) in table {
            let text = name.get_ref();
            let node = if Folder::RESERVED.contains(&&**text) {
                let what = format!("`{text}` is not for `env` to set: orchestrate sets it itself");
                self.report(Problem::new(what).help(instead(text)), name.span(), "");
                None
            } else if !is_variable(text) {
                let what = "this is not the name of an environment variable";
                let problem = Problem::new(what).help("letters, digits and `_`, not a digit first");
                self.report(problem, name.span(), "");
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
            self.wrong(&key, &Kind::Text, span, "a NUL character in it");
            return None;
        }
        let value = Value::Text(text);
        Some(Node { span, value })
    }
}
