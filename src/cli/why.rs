//! `--why NAME`: explains the selection of a project on standard output.

use super::Exit;
use super::flags::CommonArgs;
use super::say::{print, refused};
use crate::cache::Receiver;
use crate::manifest::{self, Manifest, Origin, Project, Selection};
use crate::run::cache_key;
use crate::ui::one_line;

/// Prints why the project is or is not selected, and when its cached bundle is rebuilt.
pub(super) fn answer(
    manifest: &Manifest,
    selection: &Selection,
    name: &str,
    common: &CommonArgs,
) -> Exit {
    let lines = match manifest::explain(&manifest.projects, selection, name) {
        Ok(lines) => lines,
        Err(error) => return refused(&error, common),
    };
    let lines: Vec<String> = lines.into_iter().chain(kept(manifest, name)).collect();
    let text: String = lines.iter().map(|line| sanitized(line) + "\n").collect();
    print(&text)
}

/// The inputs of a project's cached bundle, if it is cached.
fn kept(manifest: &Manifest, name: &str) -> Vec<String> {
    let is_it = |project: &&Project| project.name == name;
    let Some(project) = manifest.projects.iter().find(is_it) else {
        return vec![];
    };
    let Origin::Folder(folder) = &project.origin else {
        return vec![];
    };
    if !folder.cache {
        return vec![];
    }
    let account = manifest.accounts.get(&project.account);
    let receiver = account.map(|account| Receiver {
        api_url: &manifest.api_url,
        account_id: &account.account_id,
    });
    match cache_key(folder, &project.inputs, receiver) {
        Ok(key) => {
            let made_of = key.explain().into_iter().map(|line| format!("  {line}"));
            let head = format!("the bundle of {name} is rebuilt when one of these changes:");
            std::iter::once(head).chain(made_of).collect()
        }
        Err(error) => vec![format!(
            "the bundle of {name} is rebuilt every time: {error}"
        )],
    }
}

/// Sanitizes a line and keeps its indentation.
fn sanitized(line: &str) -> String {
    let text = line.trim_start_matches(' ');
    let indent = &line[..line.len() - text.len()];
    format!("{indent}{}", one_line(text))
}
