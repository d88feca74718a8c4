//! Expands references in strings: `${env:X}`, `${env:X:-default}`, `${matrix.X}`, `${folder}`, `${parent}`. `$${` is
//! a literal `${`.

use super::diagnostic::advice;
use super::directory::DirectoryNames;
use super::mask::is_variable;
use std::collections::BTreeMap;

/// Looks up an environment variable.
pub type Env<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// One combination of a matrix: the value of each `${matrix.NAME}`.
pub(super) type MatrixRow = BTreeMap<String, String>;

/// The values of the references in a string.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) env: &'a Env<'a>,
    pub(super) matrix: Given<&'a MatrixRow>,
    pub(super) directory: Given<&'a DirectoryNames>,
}

/// A value that only some projects have.
#[derive(Clone, Copy)]
pub(super) enum Given<T> {
    /// The value.
    This(T),
    /// Invalid, and already reported.
    Wrong,
    /// Missing, with advice.
    Absent(&'static str),
}

impl<T> Given<T> {
    pub(super) fn as_ref(&self) -> Given<&T> {
        match self {
            Self::This(value) => Given::This(value),
            Self::Wrong => Given::Wrong,
            Self::Absent(help) => Given::Absent(help),
        }
    }
}

/// Why a string cannot be expanded. Never contains a variable's value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ExpandError {
    /// The variable is not set.
    Unset(String),
    /// The variable is empty.
    Empty(String),
    /// The text between `${` and `}`, or a `${` without `}`, is invalid.
    Malformed,
    /// The reference is known but has no value here.
    Nothing { reference: String, help: String },
    /// A consequence of a reported mistake.
    Reported,
}

impl<'a> Scope<'a> {
    /// The scope of everything outside projects.
    pub(super) fn outside(env: &'a Env<'a>) -> Self {
        let why = "only [[project]] may use it";
        Self {
            env,
            matrix: Given::Absent(why),
            directory: Given::Absent(why),
        }
    }

    /// Resolves the text between `${` and `}`.
    fn reference(&self, inner: &str) -> Result<String, ExpandError> {
        if let Some(body) = inner.strip_prefix("env:") {
            return in_environment(body, self.env);
        }
        if let Some(name) = inner.strip_prefix("matrix.") {
            return self.variable(inner, name);
        }
        match inner {
            "folder" => self.directory(inner, |names| names.name.as_ref()),
            "parent" => self.directory(inner, |names| names.parent.as_ref()),
            _ => Err(ExpandError::Malformed),
        }
    }

    fn variable(&self, reference: &str, name: &str) -> Result<String, ExpandError> {
        if !is_name(name) {
            return Err(ExpandError::Malformed);
        }
        let help = match self.matrix {
            Given::This(row) => match row.get(name) {
                Some(value) => return Ok(value.clone()),
                None => advice(
                    name,
                    row.keys().map(String::as_str),
                    "variables of the matrix",
                ),
            },
            Given::Wrong => return Err(ExpandError::Reported),
            Given::Absent(help) => help.to_owned(),
        };
        let reference = reference.to_owned();
        Err(ExpandError::Nothing { reference, help })
    }

    fn directory(
        &self,
        reference: &str,
        of: impl Fn(&DirectoryNames) -> Option<&String>,
    ) -> Result<String, ExpandError> {
        let help = match self.directory {
            Given::This(names) => match of(names) {
                Some(name) => return Ok(name.clone()),
                None => "this directory has no usable name: write one here",
            },
            Given::Wrong => return Err(ExpandError::Reported),
            Given::Absent(help) => help,
        };
        let (reference, help) = (reference.to_owned(), help.to_owned());
        Err(ExpandError::Nothing { reference, help })
    }
}

/// Whether this is a valid matrix variable name.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// Expands a string. As in a shell, a default replaces a variable that is unset or empty.
pub(super) fn expand(text: &str, scope: &Scope<'_>) -> Result<String, Vec<ExpandError>> {
    let (mut expanded, mut errors) = (String::with_capacity(text.len()), Vec::new());
    for piece in pieces(text) {
        match piece {
            Piece::Plain(text) => expanded.push_str(text),
            Piece::Endless => errors.push(ExpandError::Malformed),
            Piece::Reference(inner) => match scope.reference(inner) {
                Ok(value) => expanded.push_str(&value),
                Err(error) => errors.push(error),
            },
        }
    }
    if errors.is_empty() {
        Ok(expanded)
    } else {
        Err(errors)
    }
}

/// Whether a string contains this reference.
pub(super) fn refers_to(text: &str, reference: &str) -> bool {
    pieces(text).any(|piece| matches!(piece, Piece::Reference(inner) if inner == reference))
}

enum Piece<'t> {
    Plain(&'t str),
    Reference(&'t str),
    /// A `${` without `}`.
    Endless,
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(start) = rest.find("${") else {
            return Some(Piece::Plain(std::mem::take(&mut rest)));
        };
        let (before, from) = rest.split_at(start);
        if let Some(literal) = before.strip_suffix('$') {
            // `$${`: everything before one `$`, then a literal `${`.
            if literal.is_empty() {
                rest = &from[2..];
                return Some(Piece::Plain("${"));
            }
            rest = &rest[literal.len()..];
            return Some(Piece::Plain(literal));
        }
        if !before.is_empty() {
            rest = from;
            return Some(Piece::Plain(before));
        }
        let Some(end) = from.find('}') else {
            rest = "";
            return Some(Piece::Endless);
        };
        rest = &from[end + 1..];
        Some(Piece::Reference(&from[2..end]))
    })
}

/// The value of `X` or `X:-default`.
fn in_environment(body: &str, env: &Env<'_>) -> Result<String, ExpandError> {
    let (name, default) = match body.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (body, None),
    };
    if !is_variable(name) {
        return Err(ExpandError::Malformed);
    }
    match (variable(name, env), default) {
        (Err(_), Some(default)) => Ok(default.to_owned()),
        (value, _) => value,
    }
}

/// A variable that must be set and not empty.
pub(super) fn variable(name: &str, env: &Env<'_>) -> Result<String, ExpandError> {
    match env(name) {
        None => Err(ExpandError::Unset(name.to_owned())),
        Some(value) if value.trim().is_empty() => Err(ExpandError::Empty(name.to_owned())),
        Some(value) => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(text: &str, env: &Env<'_>) -> Result<String, Vec<ExpandError>> {
        super::expand(text, &Scope::outside(env))
    }

    fn env(name: &str) -> Option<String> {
        match name {
            "STAGE" => Some("prod".into()),
            "EMPTY" => Some(String::new()),
            "NESTED" => Some("${env:STAGE}".into()),
            _ => None,
        }
    }

    #[test]
    fn variables_and_defaults_replace_their_references() {
        let text = "a-${env:STAGE}-${env:NONE:-x}-${env:EMPTY:-y}-${env:NONE:-}";
        assert_eq!(expand(text, &env).as_deref(), Ok("a-prod-x-y-"));
    }

    #[test]
    fn the_value_of_a_variable_is_not_expanded() {
        assert_eq!(expand("${env:NESTED}", &env).as_deref(), Ok("${env:STAGE}"));
    }

    #[test]
    fn a_doubled_dollar_is_no_reference() {
        for (text, refers) in [
            ("x-${folder}", true),
            ("$${folder}", false),
            ("$$${folder}", false),
            ("$${x}${folder}", true),
            ("${folder", false),
        ] {
            assert_eq!(refers_to(text, "folder"), refers, "{text}");
        }
    }

    #[test]
    fn a_doubled_dollar_and_a_single_dollar_are_plain_text() {
        assert_eq!(
            expand("$${env:X} $5 $", &env).as_deref(),
            Ok("${env:X} $5 $")
        );
    }

    #[test]
    fn every_mistake_in_a_string_is_reported() {
        assert_eq!(
            expand(
                "${env:NONE} ${env:EMPTY} ${STAGE} ${env:A B} ${env:STAGE",
                &env
            ),
            Err(vec![
                ExpandError::Unset("NONE".into()),
                ExpandError::Empty("EMPTY".into()),
                ExpandError::Malformed,
                ExpandError::Malformed,
                ExpandError::Malformed,
            ])
        );
    }
}
