//! One manifest file: its name, directory, and text without secrets.

use super::mask;
use crate::model::{Diagnostic, SourceSpan};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::DeTable;

/// The source of the manifest.
#[derive(Clone, Debug)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input, already read.
    Stdin {
        /// Its text.
        text: String,
        /// The directory that relative paths start at.
        dir: PathBuf,
    },
}

/// A file that diagnostics can point into.
#[derive(Clone)]
pub(super) struct File {
    /// As the user names it; `-` for standard input.
    pub(super) name: PathBuf,
    /// The directory that relative paths start at; empty for the working directory.
    pub(super) dir: PathBuf,
    masked: Arc<str>,
}

impl File {
    /// Describes a file by its masked text.
    pub(super) fn new(name: PathBuf, dir: PathBuf, masked: String) -> Self {
        let masked = masked.into();
        Self { name, dir, masked }
    }

    /// A span of this file.
    pub(super) fn place(&self, span: Range<usize>) -> SourceSpan {
        let (file, text) = (self.name.clone(), Arc::clone(&self.masked));
        SourceSpan { file, text, span }
    }

    /// The masked text of a span, including quotes. Messages quote this instead of the value, which may contain an
    /// expanded environment variable.
    pub(super) fn quote(&self, span: Range<usize>) -> &str {
        self.masked.get(span).unwrap_or_default()
    }
}

/// A file's name and raw text, before it is parsed.
pub(super) struct Raw {
    pub(super) name: PathBuf,
    pub(super) dir: PathBuf,
    pub(super) text: String,
}

impl Raw {
    /// Reads a source.
    pub(super) fn read(source: &Source) -> Result<Self, Box<Diagnostic>> {
        match source {
            Source::Stdin { text, dir } => Ok(Self {
                name: PathBuf::from("-"),
                dir: dir.clone(),
                text: text.clone(),
            }),
            Source::File(path) => Self::open(path),
        }
    }

    /// Reads a file.
    pub(super) fn open(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let cannot = |why: String, help: &str| {
            let what = format!("cannot read {}: {why}", path.display());
            Box::new(Diagnostic::new(what).help(help))
        };
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => cannot(
                "there is no such file".into(),
                "name the manifest with --config FILE",
            ),
            ErrorKind::IsADirectory => cannot(
                "it is a directory".into(),
                "name the file in it with --config FILE",
            ),
            _ => cannot(error.to_string(), "name a readable file with --config FILE"),
        })?;
        // Text in UTF-16 has null bytes, too, and begins with its own mark.
        let is_utf_16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        if bytes.contains(&0) && !is_utf_16 {
            let help = "name the manifest with --config FILE";
            return Err(cannot("it is a binary file, not TOML".into(), help));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            cannot(
                format!("it is not UTF-8 at byte {at}"),
                "name a TOML file in UTF-8 with --config FILE",
            )
        })?;
        let (name, dir) = (path.to_owned(), path.parent().unwrap_or(path).to_owned());
        Ok(Self { name, dir, text })
    }

    /// Parses the text. Reports one syntax error per line, since one mistake often causes others; only the first
    /// error if most lines are invalid.
    pub(super) fn parse(&self) -> Result<(File, DeTable<'_>), Vec<Diagnostic>> {
        let (tree, errors) = DeTable::parse_recoverable(&self.text);
        let file = |masked| File::new(self.name.clone(), self.dir.clone(), masked);
        if errors.is_empty() {
            let tree = tree.into_inner();
            return Ok((file(mask::parsed(&self.text, &tree)), tree));
        }
        let file = file(mask::broken(&self.text));
        let mut diagnostics: Vec<Diagnostic> = errors
            .iter()
            .map(|error| {
                let place = file.place(error.span().unwrap_or(0..0));
                Diagnostic::new("this is not valid TOML")
                    .at(place)
                    .label(error.message())
            })
            .collect();
        let line =
            |diagnostic: &Diagnostic| diagnostic.place.as_ref().map(|place| place.line_column().0);
        diagnostics
            .sort_by_key(|diagnostic| diagnostic.place.as_ref().map(|place| place.span.start));
        diagnostics.dedup_by_key(|diagnostic| line(diagnostic));
        let lines = self.text.lines().filter(|line| !line.trim().is_empty());
        if diagnostics.len() > 1 && diagnostics.len() * 2 > lines.count() {
            diagnostics.truncate(1);
            diagnostics[0].help = Some("most lines are invalid: is this file a manifest?".into());
        }
        Err(diagnostics)
    }
}
