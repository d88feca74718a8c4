//! The `inputs` of a project: its directory, and the files that it uses outside of it.
//!
//! The bundle lists the bundled files. Files that a configuration imports or reads are found in the string literals of the
//! project's sources. The patterns name directories rather than files.

use super::{files_of, repository};
use crate::cache::LOCKFILES;
use crate::inputs::{absolute, escape};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Files that affect all projects below them, in addition to lockfiles.
const ABOVE: [&str; 8] = [
    ".npmrc",
    ".yarnrc.yml",
    "bunfig.toml",
    "jsconfig.json",
    "package.json",
    "playwright.config.ts",
    "pnpm-workspace.yaml",
    "tsconfig.json",
];

/// The extensions of files that may refer to other files.
const SOURCES: [&str; 9] = ["cjs", "cts", "js", "json", "jsx", "mjs", "mts", "ts", "tsx"];

/// What an imported path may omit at its end.
const ENDINGS: [&str; 10] = [
    "",
    ".ts",
    ".js",
    ".json",
    ".mts",
    ".mjs",
    ".cts",
    ".cjs",
    "/index.ts",
    "/index.js",
];

/// Larger files are data.
const LARGEST: u64 = 1 << 20;

/// The patterns, relative to `base`, for the project in `path` with these bundled files. Empty if they equal the default.
pub(super) fn of(base: &Path, path: &str, bundled: &[String]) -> Vec<String> {
    let Ok(base) = base.canonicalize() else {
        return vec![];
    };
    let project = match path {
        "." => base.clone(),
        path => base.join(path),
    };
    let root = repository(&base);
    let above = || project.ancestors().take_while(|dir| dir.starts_with(root));
    let mut search = Search {
        root: root.to_owned(),
        project: project.clone(),
        areas: vec![Area::Tree(project.clone())],
    };
    for file in bundled {
        let found = above()
            .map(|dir| dir.join(file))
            .find(|file| file.is_file());
        found.into_iter().for_each(|file| search.add(&file));
    }
    let mut next = 0;
    while let Some(area) = search.areas.get(next).cloned() {
        search.look_into(&area);
        next += 1;
    }
    for dir in above().skip(1) {
        let names = ABOVE.iter().chain(&LOCKFILES).map(|name| dir.join(name));
        names
            .filter(|file| file.is_file())
            .for_each(|file| search.add(&file));
    }
    let (own, others) = search.areas.split_at(1);
    let others: BTreeSet<&Area> = others.iter().collect();
    let patterns: Vec<String> = own
        .iter()
        .chain(others)
        .map(|area| area.pattern(&base))
        .collect();
    match &patterns[..] {
        [all] if all == "**" => vec![],
        _ => patterns,
    }
}

/// An input with its absolute path. Directories sort before files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Area {
    Tree(PathBuf),
    File(PathBuf),
}

impl Area {
    fn holds(&self, path: &Path) -> bool {
        match self {
            Self::Tree(dir) => path.starts_with(dir),
            Self::File(file) => path == file,
        }
    }

    fn pattern(&self, base: &Path) -> String {
        match self {
            Self::Tree(dir) => match &*pattern_of(base, dir) {
                "" => "**".to_owned(),
                dir => format!("{dir}/**"),
            },
            Self::File(file) => pattern_of(base, file),
        }
    }
}

struct Search {
    root: PathBuf,
    project: PathBuf,
    areas: Vec<Area>,
}

impl Search {
    /// Adds the area of a file or directory that no known area contains. A parent directory of the project is too large to
    /// be an area.
    fn add(&mut self, path: &Path) {
        let is_known = |path: &Path| self.areas.iter().any(|area| area.holds(path));
        let is_installed = path
            .components()
            .any(|part| part.as_os_str() == "node_modules");
        if !path.starts_with(&self.root) || is_installed || is_known(path) {
            return;
        }
        let is_large = |dir: &Path| self.project.starts_with(dir);
        let area = match path.is_dir() {
            true if is_large(path) => return,
            true => Area::Tree(path.to_owned()),
            false => {
                let above = path.ancestors().skip(1).take_while(|dir| !is_large(dir));
                let above: Vec<&Path> = above
                    .take_while(|dir| dir.starts_with(&self.root))
                    .collect();
                // Its whole package, or else its directory.
                let package = above.iter().find(|dir| dir.join("package.json").is_file());
                match package.or(above.first()) {
                    Some(dir) => Area::Tree(dir.to_path_buf()),
                    None => Area::File(path.to_owned()),
                }
            }
        };
        self.areas.push(area);
    }

    /// Searches the sources of an area for references to other files.
    fn look_into(&mut self, area: &Area) {
        let (Area::Tree(path) | Area::File(path)) = area;
        for entry in files_of(path).build().flatten() {
            let file = entry.path();
            let extension = file.extension().and_then(|extension| extension.to_str());
            let is_source = extension.is_some_and(|extension| SOURCES.contains(&extension));
            let is_small = entry
                .metadata()
                .is_ok_and(|data| data.is_file() && data.len() <= LARGEST);
            if is_source && is_small && !is_lockfile(file) {
                let text = fs::read_to_string(file).unwrap_or_default();
                self.read(file, &text);
            }
        }
    }

    fn read(&mut self, file: &Path, text: &str) {
        let dir = file.parent().unwrap_or(file);
        for (before, string) in text.lines().flat_map(strings) {
            if string
                .split('/')
                .next()
                .is_some_and(|first| first == ".." || first == ".")
            {
                let fixed = string
                    .split(['*', '?', '[', '{'])
                    .next()
                    .unwrap_or_default();
                let named = format!("{}/{fixed}", dir.display());
                // Paths that a program reads are relative to its working directory.
                let from_project = format!("{}/{fixed}", self.project.display());
                let names = [named, from_project].into_iter();
                let mut names = names.flat_map(|name| {
                    ENDINGS.map(|ending| absolute(Path::new(&format!("{name}{ending}"))))
                });
                let found = names.find(|path| path.exists());
                found.into_iter().for_each(|path| self.add(&path));
            } else if imports(before) {
                self.add_package(dir, string);
            }
        }
    }

    /// Adds a package of the same repository, which is a link in `node_modules`.
    fn add_package(&mut self, dir: &Path, import: &str) {
        let parts = if import.starts_with('@') { 2 } else { 1 };
        let name: Vec<&str> = import.split('/').take(parts).collect();
        let mut above = dir
            .ancestors()
            .map(|dir| dir.join("node_modules").join(name.join("/")));
        if let Some(link) = above.find(|package| package.exists())
            && link.is_symlink()
            && let Ok(package) = link.canonicalize()
        {
            self.add(&package);
        }
    }
}

/// The string literals in a line, each with the text before it. Unpaired quotes produce extra ones.
fn strings(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let quotes = line.match_indices(['"', '\'', '`']);
    quotes.filter_map(move |(at, quote)| {
        let (string, _) = line[at + 1..].split_once(quote)?;
        Some((&line[..at], string))
    })
}

/// Whether a string after this text is an import.
fn imports(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '(']);
    ["from", "import", "require"]
        .iter()
        .any(|word| before.ends_with(word))
}

fn is_lockfile(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| LOCKFILES.contains(&name))
}

/// A pattern, relative to `base`, that matches only this path.
fn pattern_of(base: &Path, path: &Path) -> String {
    let shared = base
        .ancestors()
        .find(|dir| path.starts_with(dir))
        .unwrap_or(base);
    let up = base
        .strip_prefix(shared)
        .map_or(0, |rest| rest.components().count());
    let rest = path.strip_prefix(shared).unwrap_or(path).to_string_lossy();
    let pattern = "../".repeat(up) + &escape(&rest);
    pattern.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::support::files;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let repository = [(".git/HEAD", "")];
        files::tree(repository.into_iter().chain(files.iter().copied()))
    }

    fn inputs(files: &[(&str, &str)], path: &str) -> Vec<String> {
        of(tree(files).path(), path, &[])
    }

    #[test]
    fn packages_and_settings_in_parent_directories_are_inputs() {
        let files = [
            ("package-lock.json", "{}"),
            ("package.json", "{}"),
            ("tsconfig.json", "{}"),
            ("README.md", ""),
            ("teams/package.json", "{}"),
            ("teams/shop/checkly.config.ts", ""),
            ("teams/shop/package.json", "{}"),
        ];
        assert_eq!(
            inputs(&files, "teams/shop"),
            [
                "teams/shop/**",
                "package-lock.json",
                "package.json",
                "teams/package.json",
                "tsconfig.json"
            ]
        );
    }

    #[test]
    fn directories_of_imported_and_read_files_are_inputs() {
        let files = [
            (
                "shop/checkly.config.ts",
                "import { all } from '../lib/defaults'",
            ),
            (
                "shop/a.check.ts",
                "readFileSync(path.join(__dirname, \"../data/eu/urls.json\"))",
            ),
            (
                "shop/tsconfig.json",
                "{ \"extends\": \"../tsconfig.base.json\" }",
            ),
            (
                "lib/defaults.ts",
                "export * from '../packages/ui/src/deep/x'; import '../lib/other'",
            ),
            ("lib/other.ts", ""),
            ("data/eu/urls.json", ""),
            ("packages/ui/package.json", ""),
            ("packages/ui/src/deep/x.ts", ""),
            ("tsconfig.base.json", ""),
            ("unused/x.ts", ""),
        ];
        assert_eq!(
            inputs(&files, "shop"),
            [
                "shop/**",
                "data/eu/**",
                "lib/**",
                "packages/ui/**",
                "tsconfig.base.json"
            ]
        );
    }

    #[test]
    fn linked_packages_of_the_repository_are_inputs() {
        let files = [
            (
                "shop/checkly.config.ts",
                "import { x } from '@acme/checks/lib'\nimport fs from 'left-pad'",
            ),
            ("packages/checks/package.json", "{}"),
            ("node_modules/left-pad/package.json", "{}"),
            ("node_modules/@acme/.keep", ""),
        ];
        let dir = tree(&files);
        let link = dir.path().join("node_modules/@acme/checks");
        std::os::unix::fs::symlink("../../packages/checks", link).unwrap();
        assert_eq!(
            of(dir.path(), "shop", &[]),
            ["shop/**", "packages/checks/**"]
        );
    }

    #[test]
    fn bundled_files_are_inputs_wherever_their_paths_start() {
        let files = [
            ("web/shop/checkly.config.ts", ""),
            ("web/e2e/home.spec.ts", ""),
            ("pages/home.ts", ""),
        ];
        let bundled = ["web/e2e/home.spec.ts", "pages/home.ts", "gone.ts"].map(str::to_owned);
        let inputs = of(tree(&files).path(), "web/shop", &bundled);
        assert_eq!(inputs, ["web/shop/**", "pages/**", "web/e2e/**"]);
    }

    #[test]
    fn a_manifest_in_a_subdirectory_has_inputs_above_it() {
        let files = [("package.json", "{}"), ("a [1]/shop/checkly.config.ts", "")];
        let dir = tree(&files);
        let inputs = of(&dir.path().join("a [1]"), "shop", &[]);
        assert_eq!(inputs, ["shop/**", "../package.json"]);
        assert_eq!(
            of(dir.path(), "a [1]/shop", &[]),
            ["a [[]1[]]/shop/**", "package.json"]
        );
    }

    #[test]
    fn a_project_that_is_the_whole_repository_needs_no_inputs() {
        let files = [
            ("checkly.config.ts", "import '../elsewhere'"),
            ("package.json", "{}"),
        ];
        assert_eq!(inputs(&files, "."), [""; 0]);
    }
}
