//! The user's own credentials, found where the Checkly CLI finds them: in a `.env` file and in the store of `checkly
//! login`. Never used in CI, where a missing variable is a mistake.

use super::dotenv;
use super::expand::Env;
use crate::model::{Diagnostic, Secret, checkly_env};
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
pub(super) struct Local<'a> {
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

impl<'a> Local<'a> {
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
        dotenv::read(&self.dotenv).unwrap_or_else(|why| {
            let what = format!("cannot read {}: {why}", self.dotenv.display());
            let help = "export the credentials as environment variables, or correct the file";
            self.diagnostics
                .borrow_mut()
                .push(Diagnostic::new(what).help(help));
            BTreeMap::new()
        })
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
        let auth: Auth = self.stored(&dir.join("auth.json"))?;
        let data: Data = self.stored(&dir.join("config.json"))?;
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

    fn stored<T: for<'de> Deserialize<'de>>(&self, file: &Path) -> Option<T> {
        let why = match std::fs::read(file) {
            Ok(text) => match serde_json::from_slice(&text) {
                Ok(stored) => return Some(stored),
                // Not the parser's message, which may quote a key.
                Err(_) => "it is not in the Checkly CLI's format".to_owned(),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            Err(error) => error.to_string(),
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Auth {
    api_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    account_id: Option<String>,
    account_name: Option<String>,
}
