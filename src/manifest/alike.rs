//! Detects names that are the same for several projects of one `[[project]]`.

use super::expand::{Cell, refers_to};
use super::file::File;
use crate::model::Diagnostic;
use toml::de::DeTable;

/// The diagnostic of a name that is the same for all directories of a pattern.
pub(super) fn same_for_folders(project: &DeTable<'_>, file: &File) -> Option<Diagnostic> {
    let value = project.get("name")?;
    let name = value.get_ref().as_str()?;
    if is_by_folder(name) {
        return None;
    }
    let diagnostic = Diagnostic::new("every directory that `path` matches needs its own name")
        .at(file.place(value.span()))
        .help(format!(
            "remove `name` to use the directories' names, or write name = \"{name}-${{folder}}\""
        ));
    Some(diagnostic)
}

/// The diagnostic of a name that does not depend on all variables of the matrix.
pub(super) fn same_for_values(
    project: &DeTable<'_>,
    file: &File,
    cell: &Cell,
) -> Option<Diagnostic> {
    let (name, path) = (project.get("name"), project.get("path"));
    let place = file.place(name.or(path)?.span());
    let name = name.map_or(Some("${folder}"), |name| name.get_ref().as_str())?;
    let path = path.and_then(|path| path.get_ref().as_str());
    // The path contributes the directory's name.
    let texts = [Some(name), path.filter(|_| is_by_folder(name))];
    let is_lost = |variable: &&str| {
        let reference = format!("matrix.{variable}");
        let mut texts = texts.iter().flatten();
        !texts.any(|text| refers_to(text, &reference))
    };
    let lost: Vec<&str> = cell.keys().map(String::as_str).filter(is_lost).collect();
    if lost.is_empty() {
        return None;
    }
    let added = lost
        .iter()
        .map(|variable| format!("-${{matrix.{variable}}}"));
    let better = name.to_owned() + &added.collect::<String>();
    let what = format!(
        "the name is the same for every value of `{}`",
        lost.join("` and `")
    );
    Some(
        Diagnostic::new(what)
            .at(place)
            .help(format!("write name = \"{better}\"")),
    )
}

/// Whether a name contains the directory's.
fn is_by_folder(name: &str) -> bool {
    refers_to(name, "folder") || refers_to(name, "parent")
}
