//! The names and tags of projects.

use std::collections::{BTreeMap, BTreeSet};

/// Directory names that are too generic for a name: `checkout/monitoring` becomes `checkout`.
const GENERIC: [&str; 10] = [
    "__checks__",
    "__tests__",
    "checkly",
    "checks",
    "e2e",
    "monitoring",
    "monitors",
    "synthetics",
    "test",
    "tests",
];

/// The maximum length of a path component in a name.
const LONGEST: usize = 60;

/// A name and tags for a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Called {
    pub(super) name: String,
    pub(super) tags: Vec<String>,
}

/// Unique names for all paths; `here` is the name of the searched directory. A name is the last component that is not
/// generic, with as many of those before it as make it unique, and finally the generic ones after it. The directory before
/// it becomes the tag.
pub(super) fn call(paths: &[&str], here: &str) -> Vec<Called> {
    let candidates: Vec<Vec<String>> = paths.iter().map(|path| candidates(path, here)).collect();
    let mut taken = vec![0; paths.len()];
    loop {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, names) in candidates.iter().enumerate() {
            by_name.entry(&names[taken[at]]).or_default().push(at);
        }
        let can_grow = |at: &usize| taken[*at] + 1 < candidates[*at].len();
        let same = by_name.into_values().filter(|same| same.len() > 1);
        let growing: Vec<usize> = same.flatten().filter(can_grow).collect();
        if growing.is_empty() {
            break;
        }
        growing.into_iter().for_each(|at| taken[at] += 1);
    }
    let mut used = BTreeSet::new();
    let called = candidates.iter().zip(taken).zip(paths);
    let called = called.map(|((names, taken), path)| {
        let name = &names[taken];
        let numbered = (2..).map(|nth| format!("{name}-{nth}"));
        let mut names = std::iter::once(name.clone()).chain(numbered);
        let free = names.find(|name| used.insert(name.clone()));
        let (_, telling) = split(path);
        Called {
            name: free.unwrap_or_else(|| name.clone()),
            tags: telling
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

/// The possible names for a path, the shortest first.
fn candidates(path: &str, here: &str) -> Vec<String> {
    let (generic, telling) = split(path);
    let telling = if telling.is_empty() {
        vec![here]
    } else {
        telling
    };
    let join = |parts: &[&str]| {
        let parts: Vec<String> = parts.iter().map(|part| short(part)).collect();
        parts.join("-")
    };
    let mut names: Vec<String> = (0..telling.len())
        .rev()
        .map(|from| join(&telling[from..]))
        .collect();
    if !generic.is_empty() {
        names.push(join(&[telling, generic].concat()));
    }
    names
}

/// The generic components at the end of a path, and the components before them.
fn split(path: &str) -> (Vec<&str>, Vec<&str>) {
    let parts: Vec<&str> = path.split('/').filter(|part| *part != ".").collect();
    let telling = parts.iter().rposition(|part| is_telling(part));
    let (telling, generic) = parts.split_at(telling.map_or(0, |last| last + 1));
    (generic.to_vec(), telling.to_vec())
}

/// Whether a directory's name is specific enough for a project's name.
pub(super) fn is_telling(part: &str) -> bool {
    !GENERIC.contains(&part)
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
    fn a_project_is_named_after_its_directory_and_tagged_with_the_parent() {
        assert_eq!(
            called(&[".", "checkout", "services/search", "teams/web/cart"]),
            ["shop", "checkout", "search services", "cart web"]
        );
    }

    #[test]
    fn a_generic_directory_gives_no_name() {
        assert_eq!(
            called(&[
                "services/cart/monitoring",
                "services/mail/__checks__",
                "checkly",
                "a/tests/e2e"
            ]),
            ["cart services", "mail services", "shop", "a"]
        );
    }

    #[test]
    fn equal_names_are_prefixed_with_their_parent_directories() {
        assert_eq!(
            called(&["eu/web/api", "us/web/api", "jobs/api", "mail"]),
            ["eu-web-api web", "us-web-api web", "jobs-api jobs", "mail"]
        );
        assert_eq!(called(&["a/b", "b"]), ["a-b a", "b"]);
    }

    #[test]
    fn a_generic_path_is_named_after_the_repository() {
        assert_eq!(called(&["checkly"]), ["shop"]);
        assert_eq!(called(&["test/e2e"]), ["shop"]);
        assert_eq!(called(&["checkly", "e2e"]), ["shop-checkly", "shop-e2e"]);
        assert_eq!(called(&[".", "checkly"]), ["shop", "shop-checkly"]);
    }

    #[test]
    fn generic_directories_are_the_last_resort_for_unique_names() {
        assert_eq!(
            called(&["a/checks", "a/e2e", "a"]),
            ["a-checks", "a-e2e", "a"]
        );
    }

    #[test]
    fn names_that_are_still_equal_are_numbered() {
        assert_eq!(called(&["x-y", "x/y", "z/y"]), ["x-y", "x-y-2 x", "z-y z"]);
    }

    #[test]
    fn names_are_valid_in_a_manifest() {
        let long = "x".repeat(255);
        let names = call(&[" a ", " ", &long], "shop");
        assert_eq!(names[0].name, "a");
        assert_eq!(names[1].name, "unnamed");
        assert_eq!(names[2].name.len(), LONGEST);
    }
}
