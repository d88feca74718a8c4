//! Words the diagnostics of keys and values that the schema does not allow. [`Check`] finds them.

use super::check::{Check, Named};
use super::expand::ExpandError;
use super::mask::is_variable;
use super::nearest::{advice, nearest};
use super::schema::{self, Groups, Kind};
use crate::model::{Diagnostic, SourceSpan};
use std::borrow::Cow;
use std::ops::Range;
use toml::Spanned;

impl Check<'_> {
    pub(super) fn unknown(&mut self, title: &str, groups: Groups, name: &Spanned<Cow<'_, str>>) {
        let known = schema::keys(groups).map(|key| key.name);
        let text = name.get_ref();
        let elsewhere = schema::TABLES
            .iter()
            .find(|(_, groups)| schema::find(groups, text).is_some());
        let help = match (nearest(text, known.clone()), elsewhere) {
            (None, Some((table, _))) => format!("`{text}` belongs {table}"),
            _ => advice(text, known, "keys here"),
        };
        let what = format!("unknown key `{}` in {title}", self.file.quote(name.span()));
        self.report(Diagnostic::new(what).help(help), name.span(), "");
    }

    pub(super) fn misplaced(&mut self, name: &Spanned<Cow<'_, str>>) {
        let what = format!(
            "`{}` is not allowed in an included manifest",
            name.get_ref()
        );
        let diagnostic =
            Diagnostic::new(what).help("move it to the manifest that includes this one");
        self.report(
            diagnostic,
            name.span(),
            "only the root manifest may set this",
        );
    }

    pub(super) fn literal_secret(&mut self, key: &Named<'_>, text: &str, span: Range<usize>) {
        let variable = text
            .strip_prefix("${env:")
            .and_then(|rest| rest.strip_suffix('}'))
            .filter(|name| is_variable(name));
        let name = key.name;
        let help = match variable {
            Some(variable) => format!("write {name} = {{ env = \"{variable}\" }}"),
            None => format!(
                "write {name} = {{ env = \"CHECKLY_API_KEY\" }}, or {{ file = \"…\" }}; if the manifest was ever \
                 committed, create a new key and revoke this one"
            ),
        };
        let what = format!("`{name}` must name the source of the key, not contain the key");
        self.report(Diagnostic::new(what).help(help), span, "");
    }

    pub(super) fn wrong(&mut self, key: &Named<'_>, kind: &Kind, span: Range<usize>, label: &str) {
        let must = match kind {
            Kind::Text | Kind::Raw => "a string".to_owned(),
            Kind::Name => "a single-line string".to_owned(),
            Kind::Glob => "a file pattern such as \"services/**\"".to_owned(),
            Kind::Duration { .. } => "a duration such as \"30s\", \"5m\", or \"1h 30m\"".to_owned(),
            Kind::Rate => "a rate such as \"600/min\", \"10/s\", or \"5000/h\"".to_owned(),
            Kind::Integer {
                least: i64::MIN, ..
            } => "a whole number".to_owned(),
            Kind::Integer { least, most } if *most < i64::from(u32::MAX) => {
                format!("a whole number from {least} to {most}")
            }
            Kind::Integer { least, .. } => format!("a whole number, {least} or more"),
            Kind::Bool => "true or false".to_owned(),
            Kind::Switch(_) => "true, false, or a table".to_owned(),
            Kind::OneOf(words) => format!("one of \"{}\"", words.join("\", \"")),
            Kind::List(_) => "a list, as in [\"…\", \"…\"]".to_owned(),
            Kind::Filled(_) => "a non-empty list, as in [\"…\", \"…\"]".to_owned(),
            Kind::Table(_) | Kind::Named(_) | Kind::Secret(_) | Kind::Variables | Kind::Matrix => {
                "a table".to_owned()
            }
            Kind::Projects => "a list of tables".to_owned(),
        };
        let help = match kind {
            Kind::Projects => Some(format!("write [[{0}]] instead of [{0}]", key.name)),
            Kind::Table(groups) | Kind::Switch(groups) => schema::keys(groups)
                .next()
                .map(|first| format!("write {} = {{ {} = … }}", key.name, first.name)),
            Kind::Matrix => Some(format!("write {} = {{ NAME = [\"…\", \"…\"] }}", key.name)),
            Kind::Variables => Some(format!("write {} = {{ NAME = \"…\" }}", key.name)),
            _ => None,
        };
        let each = if key.item { "each of " } else { "" };
        let what = format!("{each}`{}` must be {must}", key.name);
        let mut diagnostic = Diagnostic::new(what);
        diagnostic.help = help;
        self.report(diagnostic, span, label);
    }
}

/// The diagnostic of a string that cannot be expanded, unless it was already reported.
pub(super) fn expansion_diagnostic(error: &ExpandError, place: &SourceSpan) -> Option<Diagnostic> {
    let diagnostic = match error {
        ExpandError::Unset(name) => {
            Diagnostic::new(format!("the environment variable {name} is not set")).help(format!(
                "export {name}=…, or give a default: ${{env:{name}:-…}}"
            ))
        }
        ExpandError::Empty(name) => {
            Diagnostic::new(format!("the environment variable {name} is empty")).help(format!(
                "export {name}=…, or give a default: ${{env:{name}:-…}}"
            ))
        }
        ExpandError::Malformed => Diagnostic::new("this is not a valid reference")
            .help(
                "write ${env:NAME}, ${env:NAME:-default}, ${matrix.NAME}, ${folder}, or ${parent}; $${ is a literal ${",
            ),
        ExpandError::Nothing { reference, help } => {
            Diagnostic::new(format!("`${{{reference}}}` has no value here")).help(help)
        }
        ExpandError::Told => return None,
    };
    Some(diagnostic.at(place.clone()))
}
