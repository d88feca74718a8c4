//! `${env:X}` and `${env:X:-default}` inside a string; `$${` stands for `${`.

use super::mask::is_variable;

/// How environment variables are looked up. The process's own environment is the caller's business.
pub type Env<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Why a string cannot be expanded. Never carries a variable's value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ExpandError {
    /// The variable does not exist.
    Unset(String),
    /// The variable exists and says nothing.
    Empty(String),
    /// What stands between `${` and `}`, or after `${` where there is no `}`.
    Malformed,
}

/// Expands a string. A default holds where the variable is unset or empty, as in a shell.
pub(super) fn expand(text: &str, env: &Env<'_>) -> Result<String, Vec<ExpandError>> {
    let (mut expanded, mut errors) = (String::with_capacity(text.len()), Vec::new());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        if let Some(literal) = before.strip_suffix('$') {
            expanded.push_str(literal);
            expanded.push_str("${");
            rest = &from[2..];
            continue;
        }
        expanded.push_str(before);
        let Some(end) = from.find('}') else {
            errors.push(ExpandError::Malformed);
            rest = "";
            break;
        };
        match reference(&from[2..end], env) {
            Ok(value) => expanded.push_str(&value),
            Err(error) => errors.push(error),
        }
        rest = &from[end + 1..];
    }
    expanded.push_str(rest);
    if errors.is_empty() {
        Ok(expanded)
    } else {
        Err(errors)
    }
}

/// What `env:X` or `env:X:-default` stands for.
fn reference(inner: &str, env: &Env<'_>) -> Result<String, ExpandError> {
    let body = inner.strip_prefix("env:").ok_or(ExpandError::Malformed)?;
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

/// A variable that must say something.
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

    fn env(name: &str) -> Option<String> {
        match name {
            "STAGE" => Some("prod".into()),
            "EMPTY" => Some(String::new()),
            "NESTED" => Some("${env:STAGE}".into()),
            _ => None,
        }
    }

    #[test]
    fn variables_and_defaults_take_the_place_of_their_references() {
        let text = "a-${env:STAGE}-${env:NONE:-x}-${env:EMPTY:-y}-${env:NONE:-}";
        assert_eq!(expand(text, &env).as_deref(), Ok("a-prod-x-y-"));
    }

    #[test]
    fn what_a_variable_holds_is_not_expanded_again() {
        assert_eq!(expand("${env:NESTED}", &env).as_deref(), Ok("${env:STAGE}"));
    }

    #[test]
    fn a_doubled_dollar_and_a_lone_dollar_are_plain_text() {
        assert_eq!(
            expand("$${env:X} $5 $", &env).as_deref(),
            Ok("${env:X} $5 $")
        );
    }

    #[test]
    fn all_mistakes_of_one_string_are_told() {
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
