//! `--why NAME`: an answer on standard output, and nothing else.

use super::Exit;
use super::args::CommonArgs;
use super::load::{print, refused};
use crate::manifest::{self, Manifest, Selection};
use crate::ui::one_line;

/// Answers. What else there is to say about a project goes behind the lines about its selection.
pub(super) fn answer(
    manifest: &Manifest,
    selection: &Selection,
    name: &str,
    common: &CommonArgs,
) -> Exit {
    let lines = match manifest::why(&manifest.projects, selection, name) {
        Ok(lines) => lines,
        Err(error) => return refused(&error, common),
    };
    let text: String = lines.iter().map(|line| harmless(line) + "\n").collect();
    print(&text)
}

/// A line with its indentation, whatever the names of files hold.
fn harmless(line: &str) -> String {
    let text = line.trim_start_matches(' ');
    let indent = &line[..line.len() - text.len()];
    format!("{indent}{}", one_line(text))
}
