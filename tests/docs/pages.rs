//! The pages that people read, and the blocks of code in them.

use super::source::{read, root};
use std::fs;

/// README, the example's README, and every page of `docs`, as paths from the root.
pub(crate) fn pages() -> Vec<String> {
    let mut pages = vec![
        "README.md".to_owned(),
        "examples/monorepo/README.md".to_owned(),
    ];
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            pages.push(format!("docs/{name}"));
        }
    }
    pages.sort();
    assert!(pages.len() > 20, "{pages:?}");
    pages
}

/// The page's blocks of code in this language.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = read(page);
    let start = format!("\n```{language}\n");
    text.split(&start)
        .skip(1)
        .map(|part| part.split_once("```").unwrap().0.to_owned())
        .collect()
}

/// The file that a block is, by its first line: `# faults.toml`.
pub(crate) fn file_name(block: &str) -> Option<&str> {
    let first = block.lines().next()?.strip_prefix("# ")?;
    first.ends_with(".toml").then_some(first)
}
