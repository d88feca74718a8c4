//! Opens a bundle file, decompresses gzip, and describes what is wrong with its bytes.

use super::BundleError;
use super::error::TextPlace;
use flate2::bufread::MultiGzDecoder;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;

const BUFFER: usize = 64 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The JSON text of a bundle.
pub(super) enum Source {
    /// The whole text: `serde_json` reads a slice several times faster than a stream, which it reads byte by byte.
    Text(Vec<u8>),
    /// A text that is too long for that.
    Stream(BufReader<Box<dyn Read>>),
}

/// Texts up to this size are read as a whole.
const WHOLE: u64 = 1024 * 1024;

/// Opens a bundle that is not empty.
pub(super) fn open(path: &Path) -> Result<Source, BundleError> {
    // Checked before opening, since opening a pipe blocks until it has a writer.
    let metadata = path.metadata().map_err(BundleError::Unreadable)?;
    if metadata.is_dir() {
        return Err(BundleError::Directory);
    }
    if !metadata.is_file() {
        return Err(BundleError::NotAFile);
    }
    let mut rest = decode(path).map_err(BundleError::Unreadable)?;
    let mut text = Vec::new();
    let start = rest.by_ref().take(WHOLE).read_to_end(&mut text);
    start.map_err(broken_read)?;
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(BundleError::Empty);
    }
    if text.starts_with(b"version https://git-lfs.github.com/spec/") {
        return Err(BundleError::GitLfs);
    }
    if (text.len() as u64) < WHOLE {
        return Ok(Source::Text(text));
    }
    let stream: Box<dyn Read> = Box::new(Cursor::new(text).chain(rest));
    Ok(Source::Stream(BufReader::with_capacity(BUFFER, stream)))
}

/// Parses a bundle without checking it.
pub(super) fn parse<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    Ok(match open(path).map_err(io::Error::other)? {
        Source::Text(text) => serde_json::from_slice(&text)?,
        Source::Stream(stream) => serde_json::from_reader(stream)?,
    })
}

fn decode(path: &Path) -> io::Result<BufReader<Box<dyn Read>>> {
    let mut file = File::open(path)?;
    let mut magic = Vec::new();
    file.by_ref().take(2).read_to_end(&mut magic)?;
    file.rewind()?;
    // Detected by content: the name does not tell.
    let json: Box<dyn Read> = if magic == GZIP_MAGIC {
        Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, file)))
    } else {
        Box::new(file)
    };
    Ok(BufReader::with_capacity(BUFFER, json))
}

/// The error for a failed parse.
pub(super) fn broken_json(error: serde_json::Error, path: &Path) -> BundleError {
    if error.is_io() {
        return broken_read(error.into());
    }
    let (line, column) = (error.line(), error.column());
    if error.is_eof() {
        return BundleError::TruncatedJson { line };
    }
    let problem = error.to_string();
    let problem = problem
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&problem);
    let (place, found) = match look_at(path, line, column) {
        Ok(Some(seen)) => seen,
        // The file has been truncated in the meantime.
        Ok(None) => return BundleError::TruncatedJson { line },
        Err(error) => return broken_read(error),
    };
    match problem {
        _ if is_binary(path) => BundleError::Binary,
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
fn is_binary(path: &Path) -> bool {
    const BEGINNING: u64 = 64;
    let mut start = Vec::new();
    let read = decode(path).and_then(|source| source.take(BEGINNING).read_to_end(&mut start));
    let is_text = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    let is_json = matches!(start.trim_ascii_start().first(), Some(b'{' | b'['));
    let is_utf_16 = start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]);
    read.is_ok() && !is_json && !is_utf_16 && !start.iter().all(is_text)
}

/// The error for a failed read: system errors have a code, the decompressor's do not.
fn broken_read(error: io::Error) -> BundleError {
    if error.raw_os_error().is_some() {
        BundleError::Unreadable(error)
    } else if error.kind() == io::ErrorKind::UnexpectedEof {
        BundleError::TruncatedGzip
    } else {
        BundleError::CorruptGzip(error.to_string())
    }
}

/// Reads the file again up to the position where `serde_json` stopped, and returns that position and its character.
///
/// `serde_json` counts bytes, and a line feed as column 0 of the next line. Only one character is returned, since the
/// text around it may be a secret.
fn look_at(path: &Path, line: usize, column: usize) -> io::Result<Option<(TextPlace, char)>> {
    let mut source = decode(path)?;
    let mut place = TextPlace { line: 1, column: 0 };
    let mut theirs = (1, 0);
    for byte in source.by_ref().bytes() {
        let byte = byte?;
        // Counts every byte that does not continue a character.
        if byte & 0xc0 != 0x80 {
            place.column += 1;
        }
        theirs = match byte {
            b'\n' => (theirs.0 + 1, 0),
            _ => (theirs.0, theirs.1 + 1),
        };
        if theirs == (line, column) {
            let mut here = vec![byte];
            source.take(3).read_to_end(&mut here)?;
            return Ok(String::from_utf8_lossy(&here)
                .chars()
                .next()
                .map(|found| (place, found)));
        }
        if byte == b'\n' {
            place = TextPlace {
                line: place.line + 1,
                column: 0,
            };
        }
    }
    Ok(None)
}
