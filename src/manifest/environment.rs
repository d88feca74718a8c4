//! The user's own credentials, found where the Checkly CLI finds them: in the environment, in a `.env` file, and in the
//! store of `checkly login`. The last two are never used in CI, where a missing variable is a mistake.

use super::expand::Env;
use crate::model::{Diagnostic, Secret, checkly_env};
use crate::os_error::plain;
use regex::Regex;
use serde::Deserialize;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Variables that CI systems set, from the package `ci-info`.
const CI: [&str; 6] = [
    "CI",
    "BUILD_ID",
    "BUILD_NUMBER",
    "CONTINUOUS_INTEGRATION",
    "RUN_ID",
    "TF_BUILD",
];

/// The environment, with fallbacks.
pub(super) struct Environment<'a> {
    env: &'a Env<'a>,
    /// Whether the fallbacks are used.
    is_allowed: bool,
    dotenv: PathBuf,
    variables: OnceCell<BTreeMap<String, String>>,
    /// Whether a variable was taken from the file.
    is_used: Cell<bool>,
    diagnostics: RefCell<Vec<Diagnostic>>,
}

/// The credentials that `checkly login` stored.
pub(super) struct Login {
    pub(super) account_id: String,
    pub(super) api_key: Secret,
    /// The account's name in messages.
    pub(super) account: String,
}

impl<'a> Environment<'a> {
    /// `dir` is the manifest's. With placeholders, the fallbacks are not used.
    pub(super) fn new(env: &'a Env<'a>, dir: &Path, placeholders: bool) -> Self {
        let says = |name: &str| env(name).filter(|value| !value.is_empty());
        let is_ci = CI.iter().any(|name| says(name).is_some());
        let is_denied = env("CI").as_deref() == Some("false");
        Self {
            env,
            is_allowed: !placeholders && (!is_ci || is_denied),
            dotenv: dir.join(".env"),
            variables: OnceCell::new(),
            is_used: Cell::new(false),
            diagnostics: RefCell::default(),
        }
    }

    /// A variable of the environment, even if empty, or else of the file.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        if let Some(value) = (self.env)(name) {
            return Some(value);
        }
        let value = self.variables.get_or_init(|| self.read()).get(name)?;
        self.is_used.set(true);
        Some(value.clone())
    }

    fn read(&self) -> BTreeMap<String, String> {
        // A directory of this name is unrelated.
        if !self.is_allowed || !self.dotenv.is_file() {
            return BTreeMap::new();
        }
        read_env_file(&self.dotenv).unwrap_or_else(|why| {
            let what = format!("cannot read {}: {why}", self.dotenv.display());
            let help = "export the credentials as environment variables, or correct the file";
            self.diagnostics
                .borrow_mut()
                .push(Diagnostic::new(what).help(help));
            BTreeMap::new()
        })
    }

    /// Advice about a variable that is not set, but that the file has: it is not read in CI.
    pub(super) fn advice(&self, name: &str) -> Option<String> {
        let is_skipped = !self.is_allowed && self.dotenv.is_file();
        let has = is_skipped && read_env_file(&self.dotenv).is_ok_and(|it| it.contains_key(name));
        let file = self.dotenv.display();
        has.then(|| format!("{file} sets it, but is not read in CI: export {name}=…"))
    }

    /// The file, if a variable was taken from it since the last call.
    pub(super) fn used(&self) -> Option<String> {
        let is_used = self.is_used.take();
        is_used.then(|| self.dotenv.display().to_string())
    }

    /// The login that the CLI would use for an API: it stores one for each.
    pub(super) fn login(&self, api_url: &str) -> Option<Login> {
        if !self.is_allowed {
            return None;
        }
        let said = (self.env)("CHECKLY_ENV").filter(|said| !said.is_empty());
        let wanted = checkly_env(api_url);
        let name = match said {
            None if wanted == "production" => "@checkly/cli".to_owned(),
            Some(said) if said == wanted => format!("@checkly/cli-{said}"),
            _ => return None,
        };
        let dir = self.config_home()?.join(name);
        let auth = self.stored(&dir.join("auth.json"))?;
        let data = self.stored(&dir.join("config.json"))?;
        let account_id = data.account_id.filter(|id| !id.is_empty())?;
        Some(Login {
            account: data.account_name.unwrap_or_else(|| account_id.clone()),
            account_id,
            api_key: Secret::new(auth.api_key.filter(|key| !key.is_empty())?),
        })
    }

    /// The settings directory according to the package `env-paths`.
    fn config_home(&self) -> Option<PathBuf> {
        let var = |name| {
            let value = (self.env)(name).filter(|value| !value.is_empty());
            value.map(PathBuf::from)
        };
        let home = || var("HOME");
        if cfg!(target_os = "macos") {
            return Some(home()?.join("Library/Preferences"));
        }
        var("XDG_CONFIG_HOME").or_else(|| Some(home()?.join(".config")))
    }

    fn stored(&self, file: &Path) -> Option<Stored> {
        let why = match std::fs::read(file) {
            Ok(text) => match serde_json::from_slice(&text) {
                Ok(stored) => return Some(stored),
                // Not the parser's message, which may quote a key.
                Err(_) => "it is not in the Checkly CLI's format".to_owned(),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => plain(&error),
        };
        let what = format!(
            "cannot read the credentials of `checkly login` in {}: {why}",
            file.display()
        );
        let diagnostic = Diagnostic::new(what).help("run `npx checkly login` again");
        self.diagnostics.borrow_mut().push(diagnostic);
        None
    }

    /// The diagnostics of reading the fallbacks.
    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics.into_inner()
    }
}

/// A file of the store: one has the key, another the account.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    api_key: Option<String>,
    account_id: Option<String>,
    account_name: Option<String>,
}

/// One assignment: the regular expression of `dotenv` 17.
const LINE: &str = r#"(?m)^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$"#;

/// The variables of a `.env` file, as the npm package `dotenv` reads it, since the Checkly CLI uses it: nothing is
/// expanded, and lines without an assignment are skipped.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn read_env_file(file: &Path) -> Result<BTreeMap<String, String>, String> {
    let bytes = std::fs::read(file).map_err(|error| plain(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if text.contains('\0') {
        return Err("it contains a NUL character".to_owned());
    }
    parse(&text).map_err(|error| error.to_string())
}

fn parse(text: &str) -> Result<BTreeMap<String, String>, regex::Error> {
    let text = text.trim_start_matches('\u{feff}');
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let line = Regex::new(LINE)?;
    let assignments = line.captures_iter(&text).filter_map(|found| {
        let value = found.get(2).map_or("", |value| value.as_str());
        Some((found.get(1)?.as_str().to_owned(), unquoted(value.trim())))
    });
    Ok(assignments.collect())
}

fn unquoted(value: &str) -> String {
    let inner = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    let plain = ['\'', '"', '`'].into_iter().find_map(inner);
    let plain = plain.unwrap_or(value).to_owned();
    if value.starts_with('"') {
        plain.replace("\\n", "\n").replace("\\r", "\r")
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expression_compiles() {
        assert!(Regex::new(LINE).is_ok());
    }

    /// The results of `dotenv` 17.4.2, which `tests/interop/dotenv.rs` runs.
    #[test]
    fn values_are_those_of_npms_dotenv() {
        for (text, value) in [
            ("A=plain", "plain"),
            ("  export A = spaced out  ", "spaced out"),
            ("A=", ""),
            ("A='it''s' # note", "it''s"),
            ("A='single $B \\n'", "single $B \\n"),
            ("A=\"double\\nline\"", "double\nline"),
            ("A=\"two\nlines\"", "two\nlines"),
            ("A=`back 'and' \"quotes\"`", "back 'and' \"quotes\""),
            ("A=before # comment", "before"),
            ("A=no#space", "no"),
            ("A='a#b'", "a#b"),
            ("A=\"unbalanced", "\"unbalanced"),
            ("A: yaml", "yaml"),
            ("A=$HOME/${B}", "$HOME/${B}"),
            ("A=first\r\nA=second", "second"),
            ("\u{feff}A=bom", "bom"),
            ("# A=comment\nnothing\nA=x", "x"),
        ] {
            let parsed = parse(text).unwrap();
            assert_eq!(parsed.get("A").map(String::as_str), Some(value), "{text}");
        }
    }
}
