//! What to call the projects that were found, and how to tag them.

use std::collections::{BTreeMap, BTreeSet};

/// Folders that say what is in them and not whose it is: `checkout/monitoring` is about checkout.
const GENERIC: [&str; 8] = [
    "__checks__",
    "checkly",
    "checks",
    "e2e",
    "monitoring",
    "monitors",
    "test",
    "tests",
];

/// The longest part of a path that becomes part of a name.
const LONGEST: usize = 60;

/// A name and tags for a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Called {
    pub(super) name: String,
    pub(super) tags: Vec<String>,
}

/// Names for all paths, each another; `here` is what `.` is called. A name is the last part of the path that says
/// something, with as many parts before it as tell it from the others. The folder that it stands in becomes its tag.
pub(super) fn call(paths: &[&str], here: &str) -> Vec<Called> {
    let parts: Vec<Vec<&str>> = paths.iter().map(|path| telling(path, here)).collect();
    let mut taken = vec![1; paths.len()];
    loop {
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, parts) in parts.iter().enumerate() {
            by_name.entry(name(parts, taken[at])).or_default().push(at);
        }
        let can_grow = |at: &usize| taken[*at] < parts[*at].len();
        let growing: Vec<usize> = by_name
            .into_values()
            .filter(|same| same.len() > 1)
            .flat_map(|same| same.into_iter().filter(can_grow).collect::<Vec<_>>())
            .collect();
        if growing.is_empty() {
            break;
        }
        growing.into_iter().for_each(|at| taken[at] += 1);
    }
    let mut used = BTreeSet::new();
    let called = parts.iter().zip(taken).map(|(parts, taken)| {
        let name = name(parts, taken);
        let numbered = (2..).map(|nth| format!("{name}-{nth}"));
        let mut names = std::iter::once(name.clone()).chain(numbered);
        let free = names.find(|name| used.insert(name.clone()));
        Called {
            name: free.unwrap_or(name),
            tags: parts
                .iter()
                .rev()
                .nth(1)
                .map(|tag| short(tag))
                .into_iter()
                .collect(),
        }
    });
    called.collect()
}

/// The parts of a path without generic ones at its end, if there are others.
fn telling<'p>(path: &'p str, here: &'p str) -> Vec<&'p str> {
    if path == "." {
        return vec![here];
    }
    let parts: Vec<&str> = path.split('/').collect();
    let says_something = |part: &&str| !GENERIC.contains(part);
    match parts.iter().rposition(says_something) {
        Some(last) => parts[..=last].to_vec(),
        None => parts,
    }
}

fn name(parts: &[&str], taken: usize) -> String {
    let first = parts.len().saturating_sub(taken);
    let parts: Vec<String> = parts[first..].iter().map(|part| short(part)).collect();
    parts.join("-")
}

fn short(part: &str) -> String {
    let short: String = part.trim().chars().take(LONGEST).collect();
    match short.trim_end() {
        "" => "unnamed".to_owned(),
        short => short.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(paths: &[&str]) -> Vec<String> {
        let called = call(paths, "shop").into_iter();
        called
            .map(|called| {
                format!("{} {}", called.name, called.tags.join(" "))
                    .trim()
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn a_project_is_called_like_its_folder_and_tagged_with_the_one_it_is_in() {
        assert_eq!(
            called(&[".", "checkout", "services/search", "teams/web/cart"]),
            ["shop", "checkout", "search services", "cart web"]
        );
    }

    #[test]
    fn a_folder_that_says_only_what_is_in_it_gives_no_name() {
        assert_eq!(
            called(&[
                "services/cart/monitoring",
                "services/mail/__checks__",
                "checkly",
                "a/tests/e2e"
            ]),
            ["cart services", "mail services", "checkly", "a"]
        );
    }

    #[test]
    fn equal_names_are_told_apart_by_the_folders_before_them() {
        assert_eq!(
            called(&["eu/web/api", "us/web/api", "jobs/api", "mail"]),
            ["eu-web-api web", "us-web-api web", "jobs-api jobs", "mail"]
        );
        assert_eq!(called(&["a/b", "b"]), ["a-b a", "b"]);
    }

    #[test]
    fn where_that_does_not_help_they_are_numbered() {
        assert_eq!(called(&["a/checks", "a/e2e", "a"]), ["a", "a-2", "a-3"]);
        assert_eq!(called(&["x-y", "x/y", "z/y"]), ["x-y", "x-y-2 x", "z-y z"]);
    }

    #[test]
    fn a_name_is_one_that_a_manifest_takes() {
        let long = "x".repeat(255);
        let names = call(&[" a ", " ", &long], "shop");
        assert_eq!(names[0].name, "a");
        assert_eq!(names[1].name, "unnamed");
        assert_eq!(names[2].name.len(), LONGEST);
    }
}
