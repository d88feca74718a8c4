//! Groups projects into `[[project]]` tables: configurations in one directory that differ by one word become a matrix.

use super::find::Variant;
use super::names::call;
use super::text::Finding;
use std::collections::{BTreeMap, BTreeSet};

/// One `[[project]]`.
pub(super) struct Table<'f> {
    /// Its projects: one, or one for each word of its matrix.
    pub(super) members: Vec<&'f Finding>,
    /// Its name; with a matrix, the part before the word.
    pub(super) name: String,
    pub(super) tags: Vec<String>,
    pub(super) matrix: Option<Matrix>,
}

/// How its projects differ.
pub(super) struct Matrix {
    pub(super) variable: &'static str,
    /// The text around the word in their logical ids, if known.
    pub(super) around: (String, String),
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
            let matrix =
                matrix(&members).filter(|_| !members.iter().any(|one| one.is_among(&doubles)));
            let shared = match matrix {
                Some(_) => vec![members],
                None => members.into_iter().map(|member| vec![member]).collect(),
            };
            let mut matrix = matrix;
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

    fn is_among(&self, logical_ids: &BTreeSet<&str>) -> bool {
        self.logical_id().is_some_and(|id| logical_ids.contains(id))
    }
}

/// Logical ids of more than one project.
fn doubles(findings: &[Finding]) -> BTreeSet<&str> {
    let mut known = BTreeSet::new();
    let ids = findings.iter().filter_map(Finding::logical_id);
    ids.filter(|id| !known.insert(*id)).collect()
}

/// The matrix that joins several projects, if they differ only by the word, also in their known logical ids.
fn matrix(members: &[&Finding]) -> Option<Matrix> {
    if members.len() < 2 {
        return None;
    }
    let words: Vec<&str> = words(members).collect();
    let ids: Vec<Option<&str>> = members.iter().map(|member| member.logical_id()).collect();
    let around = match ids.iter().all(Option::is_none) {
        true => Default::default(),
        false => around(&words, &ids.into_iter().collect::<Option<Vec<&str>>>()?)?,
    };
    let variable = variable(&words);
    Some(Matrix { variable, around })
}

fn words<'f>(members: &[&'f Finding]) -> impl Iterator<Item = &'f str> {
    members
        .iter()
        .filter_map(|member| Some(&*member.found.variant.as_ref()?.word))
}

/// The text around the word in the logical ids, if it is the same in all.
fn around(words: &[&str], ids: &[&str]) -> Option<(String, String)> {
    let (word, id) = (words.first()?, ids.first()?);
    let splits = id
        .match_indices(word)
        .map(|(at, _)| (&id[..at], &id[at + word.len()..]));
    let fits = |(before, after): &(&str, &str)| {
        let mut pairs = words.iter().zip(ids);
        pairs.all(|(word, id)| *id == format!("{before}{word}{after}"))
    };
    let (before, after) = splits.into_iter().find(fits)?;
    Some((before.to_owned(), after.to_owned()))
}

/// A name for a variable with these values.
fn variable(words: &[&str]) -> &'static str {
    const STAGES: [&str; 15] = [
        "acceptance",
        "canary",
        "demo",
        "dev",
        "development",
        "int",
        "integration",
        "live",
        "preprod",
        "preview",
        "prod",
        "production",
        "qa",
        "staging",
        "uat",
    ];
    const REGIONS: [&str; 16] = [
        "af", "ap", "apac", "asia", "au", "br", "ca", "cn", "emea", "eu", "in", "jp", "latam",
        "sa", "uk", "us",
    ];
    let are = |known: &[&str]| {
        let first = |word: &&str| {
            word.split(['-', '_', '.'])
                .next()
                .unwrap_or_default()
                .to_lowercase()
        };
        words.iter().map(first).all(|word| known.contains(&&*word))
    };
    match () {
        () if are(&REGIONS) => "region",
        () if are(&STAGES) => "stage",
        () => "variant",
    }
}
