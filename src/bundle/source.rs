//! Reads a bundle file, decompresses gzip, and describes what is wrong with its bytes.

use super::BundleError;
use super::error::TextPlace;
use flate2::bufread::MultiGzDecoder;
use serde::de::DeserializeOwned;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::path::Path;
use std::sync::LazyLock;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The JSON text of a bundle, whole: `serde_json` reads a slice several times faster than a stream. It is not empty.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, BundleError> {
    // Checked before opening, since opening a pipe blocks until it has a writer.
    let metadata = path.metadata().map_err(BundleError::Unreadable)?;
    if metadata.is_dir() {
        return Err(BundleError::Directory);
    }
    if !metadata.is_file() {
        return Err(BundleError::NotAFile);
    }
    let mut text = std::fs::read(path).map_err(BundleError::Unreadable)?;
    // Detected by content: the name does not tell.
    if text.starts_with(&GZIP_MAGIC) {
        let mut json = Vec::new();
        let decoded = MultiGzDecoder::new(text.as_slice()).read_to_end(&mut json);
        decoded.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => BundleError::TruncatedGzip,
            _ => BundleError::CorruptGzip(error.to_string()),
        })?;
        text = json;
    }
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(BundleError::Empty);
    }
    if text.starts_with(b"version https://git-lfs.github.com/spec/") {
        return Err(BundleError::GitLfs);
    }
    Ok(text)
}

/// Parses a bundle without checking it.
pub(super) fn parse<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let text = read(path).map_err(io::Error::other)?;
    Ok(serde_json::from_slice(&text)?)
}

/// A hash to recognize a text within this process. Its key is random, so no text can be made to match another.
pub(super) fn hash(text: &[u8]) -> u64 {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    KEY.hash_one(text)
}

/// The error for a failed parse.
pub(super) fn broken_json(error: &serde_json::Error, text: &[u8]) -> BundleError {
    let (line, column) = (error.line(), error.column());
    if error.is_eof() {
        return BundleError::TruncatedJson { line };
    }
    let problem = error.to_string();
    let problem = problem
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&problem);
    let (place, found) = look_at(text, line, column);
    match problem {
        _ if is_binary(text) => BundleError::Binary,
        _ if found == char::REPLACEMENT_CHARACTER => BundleError::NotUtf8(place),
        "trailing characters" => BundleError::TrailingText { place, found },
        _ => BundleError::NotJson {
            place,
            problem: problem.to_owned(),
            found,
        },
    }
}

/// Whether the first bytes of an invalid bundle are not text. UTF-16 is text, and starts with a byte order mark.
fn is_binary(text: &[u8]) -> bool {
    const BEGINNING: usize = 64;
    let start = &text[..text.len().min(BEGINNING)];
    let is_text = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    let is_json = matches!(start.trim_ascii_start().first(), Some(b'{' | b'['));
    let is_utf_16 = start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]);
    !is_json && !is_utf_16 && !start.iter().all(is_text)
}

/// The position where `serde_json` stopped, and its character. No more, since the text around it may be a secret.
///
/// `serde_json` counts bytes, and a line feed as column 0 of the next line.
fn look_at(text: &[u8], line: usize, column: usize) -> (TextPlace, char) {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(line - 1).map(<[u8]>::len).sum();
    let (start, here) = text.split_at((before + column).saturating_sub(1).min(text.len()));
    let line = start.rsplit(|byte| *byte == b'\n').next();
    let upto = line.into_iter().flatten().chain(here.first());
    let place = TextPlace {
        line: 1 + start.iter().filter(|byte| **byte == b'\n').count(),
        // Counts every byte that does not continue a character.
        column: upto.filter(|byte| **byte & 0xc0 != 0x80).count(),
    };
    let here = String::from_utf8_lossy(&here[..here.len().min(4)]);
    (place, here.chars().next().unwrap_or_default())
}
