//! Names that are alike for all projects that one `[[project]]` makes.

use super::expand::{Cell, refers_to};
use super::file::File;
use crate::model::Problem;
use toml::de::DeTable;

/// What to say about a name that is the same for all folders of a pattern.
pub(super) fn same_for_folders(project: &DeTable<'_>, file: &File) -> Option<Problem> {
    let value = project.get("name")?;
    let name = value.get_ref().as_str()?;
    if is_by_folder(name) {
        return None;
    }
    let problem = Problem::new("one name cannot be that of all folders that `path` matches")
        .at(file.place(value.span()))
        .help(format!(
            "leave `name` out to call each by its folder, or write name = \"{name}-${{folder}}\""
        ));
    Some(problem)
}

/// What to say about a name in which not the whole matrix makes a difference.
pub(super) fn same_for_values(project: &DeTable<'_>, file: &File, cell: &Cell) -> Option<Problem> {
    let (name, path) = (project.get("name"), project.get("path"));
    let place = file.place(name.or(path)?.span());
    let name = name.map_or(Some("${folder}"), |name| name.get_ref().as_str())?;
    let path = path.and_then(|path| path.get_ref().as_str());
    // The folder's name comes from the path.
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
        Problem::new(what)
            .at(place)
            .help(format!("write name = \"{better}\"")),
    )
}

/// Whether a name has the folder's in it.
fn is_by_folder(name: &str) -> bool {
    refers_to(name, "folder") || refers_to(name, "parent")
}
