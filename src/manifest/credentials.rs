//! An account's credentials, from the manifest or the user's environment.

use super::diagnostic::expand_or_report;
use super::environment::Environment;
use super::expand::{Env, ExpandError, Scope, expand, variable};
use super::key_command;
use super::mask::{is_variable, words};
use super::value::{Node, Table, text};
use crate::model::{Diagnostic, Rate, Secret, SourceSpan};
use crate::os_error::plain;

/// Replaces a missing account id in a sandbox run.
const PLACEHOLDER: &str = "sandbox";

/// Replaces a missing key. Not a word that occurs in messages: keys are redacted from them.
const PLACEHOLDER_KEY: &str = "cu_of_the_sandbox";

/// The account a project is deployed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account id at Checkly.
    pub account_id: String,
    /// The API key.
    pub api_key: Secret,
    /// The account's rate limit.
    pub rate: Rate,
    /// The source of the credentials, if neither the manifest nor the environment; never a secret.
    pub found_in: Option<String>,
    /// Whether to refuse projects that the account has from another repository.
    pub ownership_check: bool,
    /// What placeholders stand for: names of variables, and files.
    pub unset: Vec<String>,
}

impl Account {
    /// An account with nothing but its credentials.
    fn new(account_id: String, api_key: Secret) -> Self {
        Self {
            account_id,
            api_key,
            rate: Rate::DEFAULT,
            found_in: None,
            ownership_check: true,
            unset: vec![],
        }
    }
}

/// Resolves credentials.
pub(super) struct Vault<'a> {
    pub(super) local: &'a Environment<'a>,
    /// The environment, with [`Environment`] as a fallback.
    pub(super) env: &'a Env<'a>,
    pub(super) api_url: &'a str,
    /// Whether placeholders replace missing credentials.
    pub(super) sandbox: bool,
    /// What placeholders stand for, of the account at hand.
    pub(super) unset: Vec<String>,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl Vault<'_> {
    /// Reports what a declared account lacks, whether it is used or not.
    pub(super) fn check(&mut self, name: &str, node: &Node) {
        let Some(account) = node.table() else { return };
        let examples = [
            ("account_id", "account_id = \"${env:CHECKLY_ACCOUNT_ID}\""),
            ("api_key", "api_key = { env = \"CHECKLY_API_KEY\" }"),
        ];
        for (key, example) in examples {
            if !account.contains_key(key) {
                self.diagnostics.push(
                    Diagnostic::new(format!("the account `{name}` has no `{key}`"))
                        .at(node.place())
                        .help(format!("add {example}")),
                );
            }
        }
        let Some(node) = account.get("api_key") else {
            return;
        };
        if node.table().is_some_and(|key| key.len() != 1) {
            self.diagnostics.push(
                Diagnostic::new("`api_key` must name exactly one source of the key")
                    .at(node.place())
                    .help("set one of `env`, `file`, or `command`"),
            );
        }
    }

    /// The credentials of a declared account.
    pub(super) fn resolve(&mut self, name: &str, account: &Table) -> Option<Account> {
        self.local.used();
        let id = account.get("account_id").and_then(|node| {
            let found = expand(node.text()?, &Scope::outside(self.env));
            self.credential(node, found, &placeholder_id(name))
        });
        let key = account.get("api_key").and_then(Node::table);
        let key = key.and_then(|table| {
            let [env, file, command] = ["env", "file", "command"].map(|key| table.get(key));
            match (env, file, command) {
                (Some(node), None, None) => self.in_variable(node),
                (None, Some(node), None) => self.in_file(node),
                (None, None, Some(node)) => self.printed(node),
                _ => None,
            }
        });
        // An invalid rate was reported when the manifest was checked.
        let rate = text(account, "rate").and_then(|rate| rate.parse().ok());
        let ownership_check = account.get("ownership_check").and_then(Node::boolean);
        let account = self.account(id, key)?;
        Some(Account {
            rate: rate.unwrap_or(account.rate),
            ownership_check: ownership_check.unwrap_or(account.ownership_check),
            ..account
        })
    }

    /// The account with these credentials, and what is known of them. A key that stands where a name belongs is not shown.
    fn account(&mut self, id: Option<String>, key: Option<String>) -> Option<Account> {
        let found_in = self.local.used();
        let unset = self.unset.drain(..).map(|name| words(&name)).collect();
        Some(Account {
            found_in,
            unset,
            ..Account::new(id?, Secret::new(key?))
        })
    }

    /// The account without a declaration.
    pub(super) fn undeclared(&mut self) -> Option<Account> {
        if let Some(account) = self.logged_in() {
            return Some(account);
        }
        let mut get = |name: &str, placeholder: &str| match variable(name, self.env) {
            Ok(value) => Some(value.trim().to_owned()),
            Err(_) if self.sandbox => {
                self.unset.push(name.to_owned());
                Some(placeholder.to_owned())
            }
            Err(error) => {
                let state = error.state();
                let advice = self.local.advice(name).unwrap_or_else(|| {
                    format!(
                        "export {name}=…, declare an account in the manifest ([accounts.NAME]), or run `npx checkly \
                         login` on a developer machine"
                    )
                });
                let what = format!("the environment variable {name} is {state}");
                self.diagnostics.push(Diagnostic::new(what).help(advice));
                None
            }
        };
        let (id, key) = (
            get("CHECKLY_ACCOUNT_ID", PLACEHOLDER),
            get("CHECKLY_API_KEY", PLACEHOLDER_KEY),
        );
        for (name, value) in [("CHECKLY_ACCOUNT_ID", &id), ("CHECKLY_API_KEY", &key)] {
            if let Some(help) = value.as_deref().and_then(fault) {
                let what = format!("the environment variable {name}");
                self.diagnostics.push(unfit(&what, help));
            }
        }
        self.account(id, key)
    }

    /// The account of `checkly login`, if the environment sets no credential: a mix of two sources could open the
    /// wrong account.
    fn logged_in(&mut self) -> Option<Account> {
        let is_set = |name: &str| (self.env)(name).is_some();
        if ["CHECKLY_ACCOUNT_ID", "CHECKLY_API_KEY"]
            .into_iter()
            .any(is_set)
        {
            return None;
        }
        let login = self.local.login(self.api_url)?;
        let values = [login.account_id.as_str(), login.api_key.expose()];
        if let Some(help) = values.into_iter().find_map(fault) {
            self.diagnostics
                .push(unfit("the value that `checkly login` stored", help));
            return None;
        }
        Some(Account {
            found_in: Some(format!("`checkly login` (account {})", login.account)),
            ..Account::new(login.account_id, login.api_key)
        })
    }

    fn in_variable(&mut self, node: &Node) -> Option<String> {
        let name = node.text()?;
        if !is_variable(name) {
            self.diagnostics.push(
                Diagnostic::new("this is not a valid environment variable name")
                    .at(node.place())
                    .help("use letters, digits, and `_`, as in { env = \"CHECKLY_API_KEY\" }"),
            );
            return None;
        }
        let found = variable(name, self.env).map_err(|error| vec![error]);
        self.credential(node, found, PLACEHOLDER_KEY)
    }

    fn in_file(&mut self, node: &Node) -> Option<String> {
        let place = node.place();
        let scope = Scope::outside(self.env);
        if self.sandbox && expand(node.text()?, &scope).is_err() {
            return Some(PLACEHOLDER_KEY.to_owned());
        }
        let path = expand_or_report(node.text()?, &scope, &place, self.diagnostics)?;
        let path = node.file.dir.join(path);
        match std::fs::read_to_string(&path) {
            Ok(key) if key.trim().is_empty() => {
                let what = format!("the file {} is empty", path.display());
                self.diagnostics.push(Diagnostic::new(what).at(place));
                None
            }
            Ok(key) => self.credential(node, Ok(key), PLACEHOLDER_KEY),
            Err(_) if self.sandbox => {
                self.unset.push(format!("the file {}", path.display()));
                Some(PLACEHOLDER_KEY.to_owned())
            }
            Err(error) => {
                let (path, why) = (path.display(), plain(&error));
                self.diagnostics.push(
                    Diagnostic::new(format!("cannot read the API key from {path}: {why}"))
                        .at(place)
                        .help("a relative path starts at the manifest's directory"),
                );
                None
            }
        }
    }

    /// The output of a program. Not run for a sandbox: the program may ask the user for a fingerprint.
    fn printed(&mut self, node: &Node) -> Option<String> {
        if self.sandbox {
            return Some(PLACEHOLDER_KEY.to_owned());
        }
        let mut command = Vec::new();
        for item in node.items() {
            let scope = Scope::outside(self.env);
            let word = expand_or_report(item.text()?, &scope, &item.place(), self.diagnostics);
            command.push(word?);
        }
        match key_command::run(&command, &node.file.dir) {
            Ok(key) => self.credential(node, Ok(key), PLACEHOLDER_KEY),
            Err(why) => {
                self.diagnostics.push(
                    Diagnostic::new(format!("cannot get the API key: {why}"))
                        .at(node.place())
                        .help(
                            "run the program by hand: it must print only the key and exit with 0",
                        ),
                );
                None
            }
        }
    }

    /// Trims a value, since files end with a newline, and refuses one that an HTTP header cannot carry.
    fn credential(
        &mut self,
        node: &Node,
        found: Result<String, Vec<ExpandError>>,
        placeholder: &str,
    ) -> Option<String> {
        let place = node.place();
        match found {
            Ok(value) => match fault(value.trim()) {
                None => Some(value.trim().to_owned()),
                Some(help) => {
                    self.diagnostics.push(unfit("this value", help).at(place));
                    None
                }
            },
            Err(errors) => {
                let unset = |error: &ExpandError| {
                    matches!(error, ExpandError::Unset(_) | ExpandError::Empty(_))
                };
                if self.sandbox && errors.iter().all(unset) {
                    let names = errors.iter().filter_map(|error| match error {
                        ExpandError::Unset(name) | ExpandError::Empty(name) => Some(name.clone()),
                        _ => None,
                    });
                    self.unset.extend(names);
                    return Some(placeholder.to_owned());
                }
                let errors = errors.iter();
                let local = self.local;
                let diagnostic = |error| credential_diagnostic(error, &place, local);
                self.diagnostics.extend(errors.filter_map(diagnostic));
                None
            }
        }
    }
}

/// A placeholder id for each account, so two accounts of a manifest are two accounts of the sandbox.
fn placeholder_id(account: &str) -> String {
    let fit = |c: char| if c.is_ascii_graphic() { c } else { '-' };
    let name: String = account.chars().map(fit).collect();
    format!("{PLACEHOLDER}-{name}")
}

/// As [`ExpandError::diagnostic`], without suggesting a default.
fn credential_diagnostic(
    error: &ExpandError,
    place: &SourceSpan,
    local: &Environment<'_>,
) -> Option<Diagnostic> {
    let diagnostic = error.diagnostic(place)?;
    Some(match error {
        ExpandError::Unset(name) | ExpandError::Empty(name) => {
            let advice = local.advice(name);
            diagnostic.help(advice.unwrap_or_else(|| format!("export {name}=…")))
        }
        _ => diagnostic,
    })
}

fn unfit(what: &str, help: &'static str) -> Diagnostic {
    Diagnostic::new(format!("{what} is not a valid credential")).help(help)
}

/// What makes a value useless as a credential.
fn fault(value: &str) -> Option<&'static str> {
    let is_quoted =
        |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    if ['"', '\'', '`'].into_iter().any(is_quoted) {
        return Some("it is in quotes: remove them, since they are part of the value here");
    }
    let fits = !value.is_empty() && value.chars().all(|c| c.is_ascii_graphic());
    (!fits).then_some("it contains a space, a line break, or a non-ASCII character")
}
