//! Words the mistakes of keys, values, and references, which [`Check`] finds, and suggests what a misspelled name means.

use super::check::{Check, KeyName};
use super::expand::{ExpandError, Scope, expand};
use super::mask::is_variable;
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
        let help = match (suggest(text, known.clone()), elsewhere) {
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

    pub(super) fn reserved(&mut self, name: &Spanned<Cow<'_, str>>) {
        let instead = match &**name.get_ref() {
            "CHECKLY_ACCOUNT_ID" | "CHECKLY_API_KEY" | "CHECKLY_SKIP_AUTH" => {
                "set the project's `account` instead"
            }
            "CHECKLY_API_URL" | "CHECKLY_ENV" => "set `api.url` or --api-url instead",
            "ORCHESTRATE_BUNDLE_FILE" => "it names the file that `bundle_command` must write",
            _ => {
                "each bundling has its own temporary directory and runs in the project's directory"
            }
        };
        let what = format!("`env` cannot set `{}`: orchestrate sets it", name.get_ref());
        self.report(Diagnostic::new(what).help(instead), name.span(), "");
    }

    pub(super) fn literal_secret(&mut self, key: &KeyName<'_>, text: &str, span: Range<usize>) {
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

    pub(super) fn wrong(
        &mut self,
        key: &KeyName<'_>,
        kind: &Kind,
        span: Range<usize>,
        label: &str,
    ) {
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

/// The expanded string; reports why there is none.
pub(super) fn expand_or_report(
    text: &str,
    scope: &Scope<'_>,
    place: &SourceSpan,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    let report = |errors: Vec<ExpandError>| {
        let errors = errors.iter();
        diagnostics.extend(errors.filter_map(|error| error.diagnostic(place)));
    };
    expand(text, scope).map_err(report).ok()
}

impl ExpandError {
    /// The diagnostic of a string that cannot be expanded, unless it was already reported.
    pub(super) fn diagnostic(&self, place: &SourceSpan) -> Option<Diagnostic> {
        let diagnostic = match self {
            Self::Unset(name) | Self::Empty(name) => {
                let state = self.state();
                Diagnostic::new(format!("the environment variable {name} is {state}")).help(
                    format!("export {name}=…, or give a default: ${{env:{name}:-…}}"),
                )
            }
            Self::Malformed => Diagnostic::new("this is not a valid reference").help(
                "write ${env:NAME}, ${env:NAME:-default}, ${matrix.NAME}, ${folder}, or ${parent}; $${ is a literal ${",
            ),
            Self::Nothing { reference, help } => {
                Diagnostic::new(format!("`${{{reference}}}` has no value here")).help(help)
            }
            Self::Reported => return None,
        };
        Some(diagnostic.at(place.clone()))
    }

    /// What is wrong with a variable.
    pub(super) fn state(&self) -> &'static str {
        match self {
            Self::Empty(_) => "empty",
            _ => "not set",
        }
    }
}

/// The nearest known name, if at most a third of the letters differ. Ignores case, `-`, and `_`, so `onConflict`
/// finds `on_conflict`. Never returns the name itself.
pub(crate) fn suggest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let given = name;
    let name = plain(given);
    let allowed = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .filter(|candidate| *candidate != given)
        .map(|candidate| (strsim::osa_distance(&name, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Advice: the nearest name, or else the known names; `kind` is their plural.
pub(super) fn advice<'n>(
    name: &str,
    known: impl IntoIterator<Item = &'n str> + Clone,
    kind: &str,
) -> String {
    if let Some(near) = suggest(name, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    let names: Vec<_> = known.into_iter().map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => format!("there are no {kind}"),
        count if count > MANY + 2 => {
            let (some, more) = (names[..MANY].join(", "), count - MANY);
            format!("the {kind} are {some} and {more} more")
        }
        1 => format!("there is only {}", names[0]),
        _ => format!("the {kind} are {}", names.join(", ")),
    }
}

/// The most names in one advice.
const MANY: usize = 20;

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| !matches!(c, '-' | '_'));
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_finds_the_intended_one() {
        let known = ["on_conflict", "conflict_deadline", "name"];
        assert_eq!(suggest("on_conflit", known), Some("on_conflict"));
        assert_eq!(suggest("onConflict", known), Some("on_conflict"));
        assert_eq!(suggest("nmae", known), Some("name"));
    }

    #[test]
    fn the_name_itself_is_never_suggested() {
        assert_eq!(suggest("prod", ["prod"]), None);
        assert_eq!(suggest("prod", ["prod", "prods"]), Some("prods"));
        assert_eq!(suggest("Prod", ["prod"]), Some("prod"));
    }

    #[test]
    fn a_distant_name_is_not_suggested() {
        assert_eq!(suggest("bananas", ["name", "bundle"]), None);
        assert_eq!(suggest("x", ["name"]), None);
    }

    #[test]
    fn without_a_near_name_the_advice_lists_some_known_names() {
        assert_eq!(
            advice("zzz", ["prod", "dev"], "accounts"),
            "the accounts are `prod`, `dev`"
        );
        assert_eq!(advice("zzz", ["prod"], "accounts"), "there is only `prod`");
        let many: Vec<String> = (0..100).map(|i| format!("project-{i}")).collect();
        let text = advice("zzz", many.iter().map(String::as_str), "projects");
        assert!(text.ends_with("`project-19` and 80 more"), "{text}");
    }
}
