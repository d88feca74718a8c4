//! What can be wrong with a bundle, with advice.

use crate::model::sanitize::cut;
use crate::os_error::plain;
use std::{fmt, io};
use thiserror::Error;

/// A mistake in a bundle file. The message continues after the file's name: `bundles/shop.json: it has no …`.
#[derive(Debug, Error)]
pub enum BundleError {
    /// The file cannot be read.
    #[error("it cannot be read: {}", plain(.0))]
    Unreadable(io::Error),
    /// It is a directory.
    #[error("it is a directory, not a file")]
    Directory,
    /// It is a pipe, a device, or a socket.
    #[error("it is not a regular file")]
    NotAFile,
    /// It is empty, or has only white space.
    #[error("it is empty")]
    Empty,
    /// Git LFS has not downloaded it.
    #[error("it is a Git LFS pointer, not the file itself")]
    GitLfs,
    /// Its gzip data is truncated, or followed by a few other bytes.
    #[error("its gzip data is truncated, or something else follows it")]
    TruncatedGzip,
    /// Its gzip data is corrupt.
    #[error("its gzip data is corrupt: {0}")]
    CorruptGzip(String),
    /// Its JSON is truncated.
    #[error("it is truncated: the JSON ends in line {line}")]
    TruncatedJson {
        /// The last line, from 1.
        line: usize,
    },
    /// It is not text.
    #[error("it is a binary file, not JSON")]
    Binary,
    /// It contains bytes that are not UTF-8.
    #[error("it is not UTF-8: {0}")]
    NotUtf8(TextPlace),
    /// It is not JSON.
    #[error("it is not JSON: {place}: {problem}{}", character(*.found))]
    NotJson {
        /// The position of the error.
        place: TextPlace,
        /// The parser's message.
        problem: String,
        /// The character at this position. No more, since the text around it may be a secret.
        found: char,
    },
    /// Something follows its JSON.
    #[error("something follows the end of its JSON: {place}{}", character(*.found))]
    TrailingText {
        /// The position of the text after the JSON.
        place: TextPlace,
        /// The character at this position.
        found: char,
    },
    /// It is JSON, but not an object.
    #[error("it contains {found}, not an object")]
    NotAnObject {
        /// The type of the value, with an article.
        found: &'static str,
    },
    /// It is an object without the keys of a bundle.
    #[error("it has no {}{}", names(.missing), listing(.keys))]
    NotABundle {
        /// The keys it lacks.
        missing: Vec<&'static str>,
        /// The keys it has, sorted.
        keys: Vec<String>,
    },
    /// An object has the same key twice.
    #[error("{} has the key `{}` twice", object(.place.as_deref()), .key.escape_debug())]
    DuplicateKey {
        /// The object; `None` for the outermost.
        place: Option<String>,
        /// The key.
        key: String,
    },
    /// The project or a resource lacks a key.
    #[error("`{place}` has no `{key}`")]
    MissingKey {
        /// The object.
        place: String,
        /// The key it lacks.
        key: &'static str,
    },
    /// A value has the wrong type.
    #[error("`{place}` is {found}, not {expected}")]
    WrongType {
        /// The value.
        place: String,
        /// The expected type, with an article.
        expected: &'static str,
        /// The type it has, with an article.
        found: &'static str,
    },
    /// The project's `logicalId` is empty or contains characters that Checkly does not allow.
    #[error("`project.logicalId` is {0:?}, which is not a valid logical id")]
    IllegalLogicalId(String),
    /// Two resources have the same type and `logicalId`.
    #[error("`resources[{first}]` and `resources[{second}]` are both the {kind} {logical_id:?}")]
    DuplicateResource {
        /// Their type.
        kind: String,
        /// Their `logicalId`.
        logical_id: String,
        /// The index of the first, from 0.
        first: usize,
        /// The index of the second.
        second: usize,
    },
    /// It has another content than the checked one.
    #[error("it has changed since it was checked at the start of the run")]
    Changed,
    /// The file was read, but its payload could not be compressed.
    #[error("cannot compress its payload: {0}")]
    Compression(io::Error),
}

impl BundleError {
    /// Whether the process or the system has too many open files: not a fault of the bundle.
    pub(crate) fn is_out_of_files(&self) -> bool {
        const ENFILE: i32 = 23;
        const EMFILE: i32 = 24;
        let Self::Unreadable(error) = self else {
            return false;
        };
        matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
    }

    /// Advice: one imperative sentence without a full stop.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(error) => match error.kind() {
                io::ErrorKind::NotFound => {
                    "correct the path, or write the file with `checkly deploy --debug-bundle --debug-bundle-output-file FILE`"
                }
                io::ErrorKind::PermissionDenied => "make it readable for this user",
                _ => "check the file and its disk, then try again",
            },
            Self::Directory => {
                "name the bundle file; for the directory of a Checkly project, set `path` instead of `bundle`"
            }
            Self::NotAFile => {
                "write the bundle to a file first: it is read twice, for the check and for the deployment"
            }
            Self::GitLfs => {
                "download it with `git lfs pull`; in GitHub Actions, set `lfs: true` of actions/checkout"
            }
            Self::Empty | Self::TruncatedJson { .. } => {
                "write it again with `checkly deploy --debug-bundle`, and check that the command succeeds"
            }
            Self::TruncatedGzip | Self::CorruptGzip(_) => {
                "compress or copy it again, and check it with `gzip --test`"
            }
            Self::NotUtf8(_) => {
                "name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped; if an editor changed it, save it as UTF-8"
            }
            Self::NotJson { found, .. } => match found {
                '\u{feff}' => "save it as UTF-8 without a byte order mark",
                '<' => "this looks like an HTML or XML page: download the bundle itself",
                _ => "name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped",
            },
            Self::Binary => {
                "name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped"
            }
            Self::TrailingText { .. } => {
                "keep only the bundle in the file: the output of a command may have been appended to it"
            }
            Self::NotAnObject { .. } => {
                "name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped"
            }
            Self::NotABundle { keys, .. } => not_a_bundle(keys),
            Self::DuplicateKey { .. } => {
                "remove one of them; `checkly deploy --debug-bundle` never writes a key twice"
            }
            Self::MissingKey { .. } | Self::WrongType { .. } => {
                "write it again with `checkly deploy --debug-bundle`; the CLI never writes it like this"
            }
            Self::IllegalLogicalId(_) => {
                "set `logicalId` in checkly.config.ts to one or more of A-Z, a-z, 0-9, _, -, /, #, and ., then write the bundle again"
            }
            Self::DuplicateResource { .. } => {
                "give one of them another logical id, then write the bundle again"
            }
            Self::Changed => "do not modify bundles during a run; run again",
            Self::Compression(_) => "this is a bug: report it",
        }
    }
}

/// Recognizes other files of the Checkly CLI and API by their keys.
fn not_a_bundle(keys: &[String]) -> &'static str {
    let has = |key: &str| keys.iter().any(|have| have == key);
    if has("diagnostics") && has("payload") {
        "this is the output of `checkly debug parse-project`: extract its `payload`, for example with `jq .payload`"
    } else if has("errors") {
        "this is the output of a failed `checkly debug parse-project`: fix its `errors`"
    } else if has("body") || has("postData") || has("log") {
        "this looks like a recorded request: extract its body"
    } else if has("diff") {
        "this is the API's response to a deployment: name the file that was sent instead"
    } else {
        "name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped"
    }
}

/// A position in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextPlace {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl fmt::Display for TextPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

fn object(place: Option<&str>) -> String {
    place.map_or_else(|| "it".to_owned(), |place| format!("`{place}`"))
}

fn character(found: char) -> String {
    if found.is_alphanumeric() || found.is_ascii_graphic() {
        return format!(", found `{found}`");
    }
    format!(", found U+{:04X}", u32::from(found))
}

fn names(keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    match &keys[..] {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        keys => keys.concat(),
    }
}

/// As many keys as are enough to recognize a file.
fn listing(keys: &[String]) -> String {
    const SHOWN: usize = 6;
    const LENGTH: usize = 32;
    if keys.is_empty() {
        return "; it is an object without keys".to_owned();
    }
    let shown = keys.iter().take(SHOWN);
    let shown = shown.map(|key| format!("`{}`", cut(key, LENGTH).escape_debug()));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match keys.len().saturating_sub(SHOWN) {
        0 => format!("; its keys are {shown}"),
        more => format!("; its keys are {shown} and {more} more"),
    }
}
