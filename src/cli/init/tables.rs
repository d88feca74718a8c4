//! Groups projects into `[[project]]` tables and names them: configurations in one directory that differ by one word become
//! a matrix.

use super::find::Variant;
use super::text::Finding;
use std::collections::{BTreeMap, BTreeSet};

/// One `[[project]]`.
pub(super) struct Table<'f> {
    /// Its projects: one, or one for each word of its matrix.
    pub(super) members: Vec<&'f Finding>,
    /// Its name; with a matrix, the part before the word.
    pub(super) name: String,
    pub(super) tags: Vec<String>,
    /// If its projects differ by a word: the text around it in their logical ids, if known.
    pub(super) matrix: Option<Around>,
}

/// The text before and after a word.
#[derive(Default)]
pub(super) struct Around {
    pub(super) before: String,
    pub(super) after: String,
}

impl Table<'_> {
    /// The names of its projects.
    pub(super) fn names(&self) -> Vec<String> {
        match self.matrix {
            Some(_) => words(&self.members)
                .map(|word| format!("{}-{word}", self.name))
                .collect(),
            None => vec![self.name.clone()],
        }
    }
}

/// Groups findings, sorted by path, into tables. `here` is the name of the searched directory.
pub(super) fn tables<'f>(findings: &'f [Finding], here: &str) -> Vec<Table<'f>> {
    let directories: Vec<&[Finding]> = findings
        .chunk_by(|one, other| one.found.path == other.found.path)
        .collect();
    let paths: Vec<&str> = directories
        .iter()
        .map(|members| &*members[0].found.path)
        .collect();
    let called = call(&paths, here);
    // A configuration with a usual name gets the name of its directory.
    let is_taken = |members: &&[Finding]| members[0].found.variant.is_none();
    let taken = directories
        .iter()
        .zip(&called)
        .filter(|(members, _)| is_taken(members));
    let mut used: BTreeSet<String> = taken.map(|(_, called)| called.name.clone()).collect();
    let doubles = doubles(findings);
    let mut tables = vec![];
    for (members, called) in directories.iter().zip(called) {
        let mut families: BTreeMap<_, Vec<&Finding>> = BTreeMap::new();
        for member in *members {
            let around = member.found.variant.as_ref().map(Variant::around);
            let family = (around, &member.found.cwd);
            families.entry(family).or_default().push(member);
        }
        for members in families.into_values() {
            let mut ids = members.iter().filter_map(|member| member.logical_id());
            let mut matrix = matrix(&members).filter(|_| !ids.any(|id| doubles.contains(id)));
            let shared = match matrix {
                Some(_) => vec![members],
                None => members.into_iter().map(|member| vec![member]).collect(),
            };
            for members in shared {
                let mut table = Table {
                    members,
                    name: called.name.clone(),
                    tags: called.tags.clone(),
                    matrix: matrix.take(),
                };
                table.find_name(&mut used);
                tables.push(table);
            }
        }
    }
    tables
}

impl Table<'_> {
    /// Finds a name that is not used.
    fn find_name(&mut self, used: &mut BTreeSet<String>) {
        let base = match (&self.matrix, &self.members[0].found.variant) {
            (None, None) => return,
            (None, Some(variant)) => format!("{}-{}", self.name, variant.word),
            (Some(_), _) => self.name.clone(),
        };
        self.name.clone_from(&base);
        let mut nth = 1;
        while self.names().iter().any(|name| used.contains(name)) {
            nth += 1;
            self.name = format!("{base}-{nth}");
        }
        used.extend(self.names());
    }
}

impl Variant {
    fn around(&self) -> (&str, &str) {
        (&self.before, &self.after)
    }
}

impl Finding {
    fn logical_id(&self) -> Option<&str> {
        let identity = self.identity.as_ref().ok()?;
        Some(&identity.logical_id)
    }
}

/// Logical ids of more than one project.
fn doubles(findings: &[Finding]) -> BTreeSet<&str> {
    let mut known = BTreeSet::new();
    let ids = findings.iter().filter_map(Finding::logical_id);
    ids.filter(|id| !known.insert(*id)).collect()
}

/// The matrix that joins several projects, if they differ only by the word, also in their known logical ids.
fn matrix(members: &[&Finding]) -> Option<Around> {
    if members.len() < 2 {
        return None;
    }
    let words: Vec<&str> = words(members).collect();
    let ids: Vec<Option<&str>> = members.iter().map(|member| member.logical_id()).collect();
    if ids.iter().all(Option::is_none) {
        Some(Around::default())
    } else {
        around(&words, &ids.into_iter().collect::<Option<Vec<&str>>>()?)
    }
}

fn words<'f>(members: &[&'f Finding]) -> impl Iterator<Item = &'f str> {
    members
        .iter()
        .filter_map(|member| Some(&*member.found.variant.as_ref()?.word))
}

/// The text around the word in the logical ids, if it is the same in all.
fn around(words: &[&str], ids: &[&str]) -> Option<Around> {
    let (word, id) = (words.first()?, ids.first()?);
    let splits = id
        .match_indices(word)
        .map(|(at, _)| (&id[..at], &id[at + word.len()..]));
    let fits = |(before, after): &(&str, &str)| {
        let mut pairs = words.iter().zip(ids);
        pairs.all(|(word, id)| *id == format!("{before}{word}{after}"))
    };
    let (before, after) = splits.into_iter().find(fits)?;
    let (before, after) = (before.to_owned(), after.to_owned());
    Some(Around { before, after })
}

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
struct Called {
    name: String,
    tags: Vec<String>,
}

/// Unique names for all paths; `here` is the name of the searched directory. A name is the last component that is not
/// generic, with as many of those before it as make it unique, and finally the generic ones after it. The directory before
/// it becomes the tag.
fn call(paths: &[&str], here: &str) -> Vec<Called> {
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
