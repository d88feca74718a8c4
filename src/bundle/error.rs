//! What can be wrong with a bundle, and what to do about it.

use std::{fmt, io};
use thiserror::Error;

/// A mistake in a bundle file. Its message goes on from the file's name, which it does not repeat:
/// `bundles/shop.json: it has no …`.
#[derive(Debug, Error)]
pub enum BundleError {
    /// The system does not let us read it.
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
    /// It is a directory.
    #[error("it is a directory, not a file")]
    Directory,
    /// It is a pipe, a device or a socket.
    #[error("it is not a regular file")]
    NotAFile,
    /// There is nothing in it but perhaps whitespace.
    #[error("it is empty")]
    Empty,
    /// Its gzip data has no end, or something short follows it.
    #[error("its gzip data is cut off, or something else follows it")]
    TruncatedGzip,
    /// Its gzip data is not what was compressed.
    #[error("its gzip data is damaged: {0}")]
    CorruptGzip(String),
    /// It breaks off inside its JSON.
    #[error("it is cut off: it ends in the middle of its JSON, in line {line}")]
    TruncatedJson {
        /// The last line, from 1.
        line: usize,
    },
    /// It has bytes that are not UTF-8.
    #[error("it is not UTF-8: {0}")]
    NotUtf8(TextPlace),
    /// It is not JSON.
    #[error("it is not JSON: {place}: {problem}{}", Found(*.found))]
    NotJson {
        /// Where it stops being JSON.
        place: TextPlace,
        /// What the parser has to say.
        problem: String,
        /// The character there. No more: what stands around it may be a secret.
        found: char,
    },
    /// There is something after the end of its JSON.
    #[error("its JSON has ended, but the file goes on: {place}{}", Found(*.found))]
    TrailingText {
        /// Where it goes on.
        place: TextPlace,
        /// With what.
        found: char,
    },
    /// It is JSON, but not an object.
    #[error("it holds {found}, not an object")]
    NotAnObject {
        /// What it is, with its article.
        found: &'static str,
    },
    /// It is an object without the keys of a bundle.
    #[error("it has no {}{}", Names(.missing), Keys(.keys))]
    NotABundle {
        /// The keys it lacks.
        missing: Vec<&'static str>,
        /// The keys it has, sorted.
        keys: Vec<String>,
    },
    /// One object says two things under one key.
    #[error("{} has the key `{}` twice", Object(.place.as_deref()), .key.escape_debug())]
    DuplicateKey {
        /// The object, or `None` for the outermost.
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
    /// A value is not of its type.
    #[error("`{place}` is {found}, not {expected}")]
    WrongType {
        /// The value.
        place: String,
        /// What it should be, with its article.
        expected: &'static str,
        /// What it is, with its article.
        found: &'static str,
    },
    /// The project's `logicalId` is empty or has characters that Checkly does not allow.
    #[error("`project.logicalId` is {0:?}, which is not a legal logical ID")]
    IllegalLogicalId(String),
    /// Two resources are one.
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
    /// It was read, but its payload could not be made.
    #[error("its payload could not be compressed: {0}")]
    Compression(io::Error),
}

impl BundleError {
    /// What to do about it, as one sentence in the imperative without a full stop.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(error) => match error.kind() {
                io::ErrorKind::NotFound => {
                    "correct the path, or write the file with `checkly deploy --debug-bundle --debug-bundle-output-file FILE`"
                }
                io::ErrorKind::PermissionDenied => "give this user the right to read it",
                _ => "see whether the file and its disk are in order, then try again",
            },
            Self::Directory => {
                "name the bundle file; for the folder of a Checkly project use `path` instead of `bundle`"
            }
            Self::NotAFile => {
                "write the bundle to a file first: it is read once to check it and again to deploy it"
            }
            Self::Empty | Self::TruncatedJson { .. } => {
                "write it again with `checkly deploy --debug-bundle`, and see that the command ends well"
            }
            Self::TruncatedGzip | Self::CorruptGzip(_) => {
                "compress or copy it again, and check it with `gzip --test`"
            }
            Self::NotUtf8(_) => "save it as UTF-8 without a byte order mark",
            Self::NotJson { found, .. } => match found {
                '\u{feff}' => "save it as UTF-8 without a byte order mark",
                '<' => "this looks like an HTML or XML page: download the bundle itself",
                _ => "give the file that `checkly deploy --debug-bundle` wrote, plain or gzipped",
            },
            Self::TrailingText { .. } => {
                "keep one bundle in a file, and nothing else; command output may have been added to it"
            }
            Self::NotAnObject { .. } => {
                "give the file that `checkly deploy --debug-bundle` wrote, plain or gzipped"
            }
            Self::NotABundle { keys, .. } => not_a_bundle(keys),
            Self::DuplicateKey { .. } => {
                "keep one of the two; `checkly deploy --debug-bundle` never writes a key twice"
            }
            Self::MissingKey { .. } | Self::WrongType { .. } => {
                "write it again with `checkly deploy --debug-bundle`: the Checkly CLI never writes it like this"
            }
            Self::IllegalLogicalId(_) => {
                "set `logicalId` in checkly.config.ts to one or more of A-Z, a-z, 0-9, _, -, /, # and ., then write the bundle again"
            }
            Self::DuplicateResource { .. } => {
                "give one of them another logical ID, then write the bundle again"
            }
            Self::Compression(_) => "this should not happen: please report it",
        }
    }
}

/// Other files of the Checkly world, told apart by their keys.
fn not_a_bundle(keys: &[String]) -> &'static str {
    let has = |key: &str| keys.iter().any(|have| have == key);
    if has("diagnostics") && has("payload") {
        "this is the output of `checkly debug parse-project`: take its `payload`, for example with `jq .payload`"
    } else if has("errors") {
        "this is the output of a failed `checkly debug parse-project`: mend what its `errors` say"
    } else if has("body") || has("postData") || has("log") {
        "this looks like a recorded request: take its body alone"
    } else if has("diff") {
        "this is the API's reply to a deploy: take what was sent instead"
    } else {
        "give the file that `checkly deploy --debug-bundle` wrote, plain or gzipped"
    }
}

/// A place in a text.
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

struct Object<'a>(Option<&'a str>);

impl fmt::Display for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("it"),
            Some(place) => write!(f, "`{place}`"),
        }
    }
}

struct Found(char);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            found if found.is_alphanumeric() || found.is_ascii_graphic() => {
                write!(f, ", found `{found}`")
            }
            found => write!(f, ", found U+{:04X}", u32::from(found)),
        }
    }
}

struct Names<'a>(&'a [&'static str]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, key) in self.0.iter().enumerate() {
            let comma = match nth {
                0 => "",
                _ if nth + 1 == self.0.len() => " and ",
                _ => ", ",
            };
            write!(f, "{comma}`{key}`")?;
        }
        Ok(())
    }
}

/// Enough keys to recognise a file by.
struct Keys<'a>(&'a [String]);

impl fmt::Display for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 6;
        const LENGTH: usize = 32;
        if self.0.is_empty() {
            return f.write_str("; it is an object without keys");
        }
        f.write_str("; its keys are ")?;
        for (nth, key) in self.0.iter().take(SHOWN).enumerate() {
            let comma = if nth == 0 { "" } else { ", " };
            let end = key.char_indices().nth(LENGTH);
            let (key, cut) = match end {
                Some((end, _)) => (&key[..end], "…"),
                None => (key.as_str(), ""),
            };
            write!(f, "{comma}`{}{cut}`", key.escape_debug())?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
