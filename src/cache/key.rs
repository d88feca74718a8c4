//! The cache key: a hash of everything that a bundle is made of.
//!
//! The key is the SHA-256 of a listing with one line per input, in the order of [`Key::explain`]:
//!
//! ```text
//! <hash of the input> <its name>\n
//! ```
//!
//! The hash of an input is that of its parts ([`hash::of_parts`]). Each file has two parts, its path and the
//! hash of its content; files are sorted by path.

use super::copy;
use crate::git;
use crate::hash;
use crate::inputs::{self, InputError, InputPattern};
use crate::model::{Directory, Inputs};
use crate::os_error::plain;
use crate::words;
use std::collections::BTreeMap;
use std::fs::File;
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
pub struct CacheKeyInputs<'a> {
    /// The project.
    pub directory: &'a Directory,
    /// Its files, as the manifest declares them.
    pub inputs: &'a Inputs,
    /// The version of the Checkly CLI; `None` if another command makes the bundle.
    pub cli_version: Option<&'a str>,
    /// The account that the bundle is made for, since private locations and features depend on it. `None` if the
    /// bundle is made without an account, which gives another bundle.
    pub target: Option<Target<'a>>,
}

/// An account of an API.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
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
    #[error("cannot read {0}: {why}", why = plain(.1))]
    Unreadable(PathBuf, io::Error),
}

impl KeyError {
    fn unreadable(path: &Path, error: io::Error) -> Self {
        Self::Unreadable(path.to_owned(), error)
    }
}

/// The key of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    name: String,
    inputs: Vec<Input>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Input {
    name: &'static str,
    hash: String,
    /// The text for people.
    text: String,
}

impl Input {
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
    pub fn of(of: &CacheKeyInputs<'_>) -> Result<Self, KeyError> {
        let CacheKeyInputs {
            directory,
            inputs,
            cli_version,
            target,
        } = of;
        let dir = directory
            .dir
            .canonicalize()
            .map_err(|error| KeyError::unreadable(&directory.dir, error))?;
        let cwd = directory.cwd.as_ref().unwrap_or(&directory.dir);
        let cwd = cwd
            .canonicalize()
            .map_err(|error| KeyError::unreadable(cwd, error))?;
        let all = vec![
            inputs_of(inputs)?,
            configuration(&dir, directory.config.as_deref())?,
            lockfile(&dir)?,
            Input::new(
                "Checkly CLI",
                &[cli_version.unwrap_or_default().as_bytes()],
                cli_version.unwrap_or("none"),
            ),
            command(directory),
            env(directory),
            account(target.as_ref()),
            place("directory", &dir),
            place("cwd", &cwd),
            Input::new("version", &[VERSION.as_bytes()], VERSION),
        ];
        let lines = all.iter();
        let lines = lines.map(|one| format!("{} {}\n", one.hash, one.name));
        Ok(Self {
            name: hash::sha256(lines.collect::<String>()),
            inputs: all,
        })
    }

    /// The key, in hexadecimal.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What the key is made of, one line each: the name, the start of the hash, and the content. For variables only
    /// the names are shown, not even a hash of their values. Paths are not sanitized for a terminal.
    pub fn explain(&self) -> Vec<String> {
        let line = |one: &Input| {
            let hash = match one.name {
                ENV => "",
                _ => &one.hash[..SHORT],
            };
            format!("{:<14} {hash:<SHORT$}  {}", one.name, one.text)
        };
        self.inputs.iter().map(line).collect()
    }
}

/// The hashes of files by path.
type Hashes = BTreeMap<PathBuf, String>;

/// The hashes of all matching files.
fn matching(base: &Path, globs: &[String]) -> Result<Hashes, KeyError> {
    let mut patterns = vec![];
    for glob in globs {
        let pattern = InputPattern::of_glob(base, glob);
        patterns.push(pattern.map_err(|why| KeyError::NoPattern(glob.clone(), why))?);
    }
    let mut paths = BTreeMap::new();
    for (pattern, found) in patterns.iter().zip(inputs::files(&patterns)?) {
        if found.is_empty() {
            let is_ignored = pattern.meets(pattern.start());
            let error = if is_ignored {
                KeyError::Ignored
            } else {
                KeyError::NoMatch
            };
            return Err(error(pattern.to_string()));
        }
        paths.extend(found.into_iter().map(|file| (file.name, file.path)));
    }
    let hash = |(name, path): (PathBuf, PathBuf)| Ok((name, hash_of(&path)?));
    paths.into_iter().map(hash).collect()
}

/// The hash of a file's content.
fn hash_of(path: &Path) -> Result<String, KeyError> {
    let content = File::open(path).and_then(|file| copy(file, io::sink()));
    content.map_err(|error| KeyError::unreadable(path, error))
}

fn inputs_of(inputs: &Inputs) -> Result<Input, KeyError> {
    let found = matching(&inputs.base, &inputs.globs)?;
    let names = found.keys().take(NAMED);
    let names: Vec<_> = names.map(|name| name.display().to_string()).collect();
    let count = words::count(found.len(), "file");
    let more = match found.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let text = format!("{count}: {}{more}", names.join(", "));
    Ok(Input::files("inputs", &found, text))
}

/// The named configuration, or else every file that the Checkly CLI might use.
fn configuration(dir: &Path, named: Option<&Path>) -> Result<Input, KeyError> {
    let found = match named {
        Some(path) => Hashes::from([(path.to_owned(), hash_of(&dir.join(path))?)]),
        None => those_in(dir, &Directory::CONFIGURATIONS)?,
    };
    Ok(Input::files("configuration", &found, names(&found)))
}

/// The nearest lockfile in the directory or above: what is installed, as far as it is recorded.
fn lockfile(dir: &Path) -> Result<Input, KeyError> {
    for dir in dir.ancestors() {
        let found = those_in(dir, &LOCKFILES)?;
        if !found.is_empty() {
            let text = format!("{} in {}", names(&found), dir.display());
            return Ok(Input::files("lockfile", &found, text));
        }
    }
    Ok(Input::new("lockfile", &[], "none"))
}

fn those_in(dir: &Path, names: &[&str]) -> Result<Hashes, KeyError> {
    let there = names.iter().filter(|name| dir.join(name).is_file());
    there
        .map(|name| Ok((PathBuf::from(name), hash_of(&dir.join(name))?)))
        .collect()
}

fn names(files: &Hashes) -> String {
    let names: Vec<_> = files
        .keys()
        .map(|name| name.display().to_string())
        .collect();
    if names.is_empty() {
        return "none".to_owned();
    }
    names.join(", ")
}

/// The command; its arguments may be secrets.
fn command(directory: &Directory) -> Input {
    let words = directory.command.as_deref().unwrap_or_default();
    let parts: Vec<_> = words.iter().map(String::as_bytes).collect();
    let text = words.first().map_or("none", String::as_str);
    Input::new("bundle_command", &parts, text)
}

const ENV: &str = "env";

fn env(directory: &Directory) -> Input {
    let parts = directory
        .env
        .iter()
        .flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
    let names: Vec<_> = directory.env.keys().map(String::as_str).collect();
    let text = if names.is_empty() {
        "none".to_owned()
    } else {
        format!("{} (values are not shown)", names.join(", "))
    };
    Input::new(ENV, &Vec::from_iter(parts), text)
}

fn account(target: Option<&Target<'_>>) -> Input {
    match target {
        Some(Target {
            api_url,
            account_id,
        }) => {
            let parts = [api_url.as_bytes(), account_id.as_bytes()];
            Input::new("account", &parts, format!("{account_id} at {api_url}"))
        }
        None => Input::new("account", &[], "none"),
    }
}

/// The path of a project's directory in its repository: the CLI writes the paths of sources relative to the
/// repository. So two checkouts of one repository share their bundles.
fn place(name: &'static str, dir: &Path) -> Input {
    let below = git::root(dir).and_then(|root| dir.strip_prefix(root).ok());
    let (kind, path) = match below {
        Some(below) if below.as_os_str().is_empty() => ("in a repository", Path::new(".")),
        Some(below) => ("in a repository", below),
        None => ("in no repository", dir),
    };
    let parts = [kind.as_bytes(), path.as_os_str().as_encoded_bytes()];
    Input::new(name, &parts, format!("{}, {kind}", path.display()))
}

#[cfg(test)]
mod tests;
