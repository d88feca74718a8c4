//! The cache key: a hash of everything that a bundle is made of.
//!
//! The key is the SHA-256 of a listing with one line per ingredient, in the order of [`Key::explain`]:
//!
//! ```text
//! <hash of the ingredient> <its name>\n
//! ```
//!
//! The hash of an ingredient is that of its parts ([`hash::of_parts`]). Each file has two parts, its path and the
//! hash of its content; files are sorted by path.

use super::files::{self, Hashes};
use crate::git;
use crate::hash;
use crate::inputs::InputError;
use crate::model::{Folder, Inputs};
use crate::words;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The version of the key: increase it when the same inputs give another bundle.
const VERSION: &str = "2";

/// The lockfiles of the package managers that the Checkly CLI supports.
pub(crate) const LOCKFILES: [&str; 7] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "deno.lock",
];

/// The most files that an explanation lists.
const NAMED: usize = 3;

/// How many digits of a hash an explanation shows.
const SHORT: usize = 8;

/// What a bundle is made of.
#[derive(Clone, Copy, Debug)]
pub struct Ingredients<'a> {
    /// The project.
    pub folder: &'a Folder,
    /// Its files, as the manifest declares them.
    pub inputs: &'a Inputs,
    /// The version of the Checkly CLI; `None` if another command makes the bundle.
    pub cli_version: Option<&'a str>,
    /// The account that the bundle is made for, since private locations and features depend on it. `None` if the
    /// bundle is made without an account, which gives another bundle.
    pub receiver: Option<Receiver<'a>>,
}

/// An account of an API.
#[derive(Clone, Copy, Debug)]
pub struct Receiver<'a> {
    /// The API URL without a trailing slash.
    pub api_url: &'a str,
    /// The account's id.
    pub account_id: &'a str,
}

/// Why there is no key. The bundle is then rebuilt.
#[derive(Debug, Error)]
pub enum KeyError {
    /// Not a glob.
    #[error("`{0}` in `inputs` is not a valid pattern: {1}")]
    NoPattern(String, String),
    /// No file matches: a misspelled pattern would keep a bundle in use forever.
    #[error("`{0}` in `inputs` matches no file")]
    NoMatch(String),
    /// All matching files are ignored, so git would not notice their changes.
    #[error("`{0}` in `inputs` matches only files that git ignores")]
    Ignored(String),
    /// The files cannot be listed.
    #[error(transparent)]
    Unlisted(#[from] InputError),
    /// A file cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(PathBuf, io::Error),
}

impl KeyError {
    pub(super) fn unreadable(path: &Path, error: io::Error) -> Self {
        Self::Unreadable(path.to_owned(), error)
    }
}

/// The key of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    name: String,
    ingredients: Vec<Ingredient>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Ingredient {
    name: &'static str,
    hash: String,
    /// The text for people.
    text: String,
}

impl Ingredient {
    fn new(name: &'static str, parts: &[&[u8]], text: impl Into<String>) -> Self {
        Self {
            name,
            hash: hash::of_parts(parts),
            text: text.into(),
        }
    }

    fn files(name: &'static str, files: &Hashes, text: String) -> Self {
        let parts = files
            .iter()
            .flat_map(|(path, hash)| [path.as_os_str().as_encoded_bytes(), hash.as_bytes()]);
        Self::new(name, &Vec::from_iter(parts), text)
    }
}

impl Key {
    /// Reads all files and hashes everything.
    ///
    /// # Errors
    /// A pattern matches nothing, or a file cannot be read.
    pub fn of(ingredients: &Ingredients<'_>) -> Result<Self, KeyError> {
        let Ingredients {
            folder,
            inputs,
            cli_version,
            receiver,
        } = ingredients;
        let dir = folder
            .dir
            .canonicalize()
            .map_err(|error| KeyError::unreadable(&folder.dir, error))?;
        let cwd = folder.cwd.as_ref().unwrap_or(&folder.dir);
        let cwd = cwd
            .canonicalize()
            .map_err(|error| KeyError::unreadable(cwd, error))?;
        let ingredients = vec![
            inputs_of(inputs)?,
            configuration(&dir, folder.config.as_deref())?,
            lockfile(&dir)?,
            Ingredient::new(
                "Checkly CLI",
                &[cli_version.unwrap_or_default().as_bytes()],
                cli_version.unwrap_or("none"),
            ),
            command(folder),
            env(folder),
            account(receiver.as_ref()),
            place("directory", &dir),
            place("cwd", &cwd),
            Ingredient::new("version", &[VERSION.as_bytes()], VERSION),
        ];
        let lines = ingredients.iter();
        let lines = lines.map(|one| format!("{} {}\n", one.hash, one.name));
        Ok(Self {
            name: hash::sha256(lines.collect::<String>()),
            ingredients,
        })
    }

    /// The key, in hexadecimal.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What the key is made of, one line each: the name, the start of the hash, and the content. For variables only
    /// the names are shown, not even a hash of their values. Paths are not sanitized for a terminal.
    pub fn explain(&self) -> Vec<String> {
        let line = |one: &Ingredient| {
            let hash = match one.name {
                ENV => "",
                _ => &one.hash[..SHORT],
            };
            format!("{:<14} {hash:<SHORT$}  {}", one.name, one.text)
        };
        self.ingredients.iter().map(line).collect()
    }
}

fn inputs_of(inputs: &Inputs) -> Result<Ingredient, KeyError> {
    let found = files::matching(&inputs.base, &inputs.globs)?;
    let names = found.keys().take(NAMED);
    let names: Vec<_> = names.map(|name| name.display().to_string()).collect();
    let count = words::count(found.len(), "file");
    let more = match found.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let text = format!("{count}: {}{more}", names.join(", "));
    Ok(Ingredient::files("inputs", &found, text))
}

/// The named configuration, or else every file that the Checkly CLI might use.
fn configuration(dir: &Path, named: Option<&Path>) -> Result<Ingredient, KeyError> {
    let found = match named {
        Some(path) => Hashes::from([(path.to_owned(), files::of(&dir.join(path))?)]),
        None => those_in(dir, &Folder::CONFIGURATIONS)?,
    };
    Ok(Ingredient::files("configuration", &found, names(&found)))
}

/// The nearest lockfile in the directory or above: what is installed, as far as it is recorded.
fn lockfile(dir: &Path) -> Result<Ingredient, KeyError> {
    for folder in dir.ancestors() {
        let found = those_in(folder, &LOCKFILES)?;
        if !found.is_empty() {
            let text = format!("{} in {}", names(&found), folder.display());
            return Ok(Ingredient::files("lockfile", &found, text));
        }
    }
    Ok(Ingredient::new("lockfile", &[], "none"))
}

fn those_in(folder: &Path, names: &[&str]) -> Result<Hashes, KeyError> {
    let there = names.iter().filter(|name| folder.join(name).is_file());
    there
        .map(|name| Ok((PathBuf::from(name), files::of(&folder.join(name))?)))
        .collect()
}

fn names(files: &Hashes) -> String {
    let names: Vec<_> = files
        .keys()
        .map(|name| name.display().to_string())
        .collect();
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    }
}

/// The command; its arguments may be secrets.
fn command(folder: &Folder) -> Ingredient {
    let words = folder.command.as_deref().unwrap_or_default();
    let parts: Vec<_> = words.iter().map(String::as_bytes).collect();
    let text = words.first().map_or("none", String::as_str);
    Ingredient::new("bundle_command", &parts, text)
}

const ENV: &str = "env";

fn env(folder: &Folder) -> Ingredient {
    let parts = folder
        .env
        .iter()
        .flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
    let names: Vec<_> = folder.env.keys().map(String::as_str).collect();
    let text = match names.is_empty() {
        true => "none".to_owned(),
        false => format!("{} (values are not shown)", names.join(", ")),
    };
    Ingredient::new(ENV, &Vec::from_iter(parts), text)
}

fn account(receiver: Option<&Receiver<'_>>) -> Ingredient {
    match receiver {
        Some(Receiver {
            api_url,
            account_id,
        }) => {
            let parts = [api_url.as_bytes(), account_id.as_bytes()];
            Ingredient::new("account", &parts, format!("{account_id} at {api_url}"))
        }
        None => Ingredient::new("account", &[], "none"),
    }
}

/// The path of a project's directory in its repository: the CLI writes the paths of sources relative to the
/// repository. So two checkouts of one repository share their bundles.
fn place(name: &'static str, dir: &Path) -> Ingredient {
    let below = git::root(dir).and_then(|root| dir.strip_prefix(root).ok());
    let (kind, path) = match below {
        Some(below) if below.as_os_str().is_empty() => ("in a repository", Path::new(".")),
        Some(below) => ("in a repository", below),
        None => ("in no repository", dir),
    };
    let parts = [kind.as_bytes(), path.as_os_str().as_encoded_bytes()];
    Ingredient::new(name, &parts, format!("{}, {kind}", path.display()))
}

#[cfg(test)]
mod tests;
