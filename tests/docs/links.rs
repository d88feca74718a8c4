//! Links in Markdown files, to other files of the repository and to headings.

use std::fs;
use std::path::{Path, PathBuf};

/// Every broken link below a directory, with its file. Links to the web are not checked.
pub(crate) fn broken(root: &Path) -> Vec<String> {
    let mut pages = vec![];
    collect(root, &mut pages);
    assert!(pages.len() > 10, "pages are missing");
    let mut broken = vec![];
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            if !leads_somewhere(&page, &link) {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    broken
}

fn leads_somewhere(page: &Path, link: &str) -> bool {
    if link.starts_with("https://") {
        return true;
    }
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => page.to_owned(),
        _ => page.parent().unwrap().join(path),
    };
    if heading.is_empty() {
        return target.exists();
    }
    let text = fs::read_to_string(target).unwrap_or_default();
    prose(&text)
        .filter(|line| line.starts_with('#'))
        .any(|line| anchor(line) == heading)
}

/// As GitHub makes them: lower case, hyphens for spaces, no punctuation.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The targets of `[text](target)`.
fn links(text: &str) -> Vec<String> {
    let mut links = vec![];
    for line in prose(text) {
        let parts = line.split("](").skip(1);
        links.extend(parts.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())));
    }
    links
}

/// The lines outside blocks of code.
pub(crate) fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

fn collect(directory: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            let is_foreign = name == "target" || name == "node_modules";
            if !is_foreign && !name.as_encoded_bytes().starts_with(b".") {
                collect(&path, pages);
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}

#[test]
fn links_and_headings_are_found_outside_code() {
    let text = "a [b](c.md) [d](#e-f)\n```\n[no](no)\n# no\n```\n## E, `f`!\n";
    assert_eq!(links(text), ["c.md", "#e-f"]);
    assert_eq!(prose(text).last().map(anchor).as_deref(), Some("e-f"));
}
