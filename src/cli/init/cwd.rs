//! Finds how a repository starts the Checkly CLI, from its scripts, workflows, and READMEs: the directory, the configuration,
//! and the variables.
//!
//! The CLI reads `.env` in its working directory, and the code of a project may read files relative to it.

use super::find::Found;
use super::{files_of, repository};
use crate::model::Directory;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Files with commands, in order of precedence.
const SCRIPTS: [&str; 8] = [
    "package.json",
    "Makefile",
    "justfile",
    "Taskfile.yml",
    ".gitlab-ci.yml",
    "bitbucket-pipelines.yml",
    "azure-pipelines.yml",
    "README.md",
];

/// Directories of CI systems, whose commands start in the repository's directory.
const WORKFLOWS: [&str; 2] = [".github/workflows", ".circleci"];

/// A command that starts the CLI.
#[derive(Debug, PartialEq, Eq)]
struct Start {
    dir: PathBuf,
    /// The value of `--config`; as the canonical path of a file once it is [resolved](Start::resolved).
    config: Option<PathBuf>,
    /// The names of the variables that it sets, except Checkly's own.
    variables: Vec<String>,
}

/// The commands of a repository that start the CLI.
pub(super) struct Starts {
    base: PathBuf,
    starts: Vec<Start>,
}

impl Starts {
    /// Reads the files of the repository around `base`, the directory that is searched for projects.
    pub(super) fn read(base: &Path) -> Self {
        let base = base.canonicalize().unwrap_or_else(|_| base.to_owned());
        let starts = starts(&base);
        Self { base, starts }
    }

    /// Existing configurations that a command names, relative to the base.
    pub(super) fn configurations(&self) -> BTreeSet<PathBuf> {
        let named = |start: &Start| {
            let named = start.config.as_ref()?.strip_prefix(&self.base).ok()?;
            Some(named.to_owned())
        };
        self.starts.iter().filter_map(named).collect()
    }

    /// The variables that commands set for a project.
    pub(super) fn variables(&self, found: &Found) -> BTreeSet<&str> {
        let names = self.of(found).flat_map(|start| &start.variables);
        names.map(String::as_str).collect()
    }

    /// The commands that deploy a project.
    fn of(&self, found: &Found) -> impl Iterator<Item = &Start> {
        let dir = self.base.join(&found.path);
        let starts = self.starts.iter();
        starts.filter(move |start| start.names(&dir, found))
    }

    /// The directory in which the CLI is started for each project, relative to the base, or `None` for the project's own.
    pub(super) fn cwds(&self, projects: &[Found]) -> Vec<Option<String>> {
        let cwd = |found: &Found| {
            // Configurations in one directory share it unless a command names them.
            let beside = || {
                projects
                    .iter()
                    .filter(|other| other.path == found.path)
                    .find_map(|other| self.of(other).next())
            };
            let start = self.of(found).next().or_else(beside)?;
            // A manifest can name only directories below its own.
            let cwd = start
                .dir
                .strip_prefix(&self.base)
                .ok()
                .filter(|_| start.dir != self.base.join(&found.path))?;
            Some(match cwd.to_str()? {
                "" => ".".to_owned(),
                cwd => cwd.to_owned(),
            })
        };
        projects.iter().map(cwd).collect()
    }
}

impl Start {
    /// `None` if its configuration does not exist.
    fn resolved(mut self) -> Option<Self> {
        if let Some(config) = &self.config {
            self.config = Some(self.dir.join(config).canonicalize().ok()?);
        }
        Some(self)
    }

    /// Whether this deploys a project.
    fn names(&self, dir: &Path, found: &Found) -> bool {
        match &self.config {
            Some(config) => *config == dir.join(&found.config),
            None => self.dir == dir && Directory::CONFIGURATIONS.contains(&&*found.config),
        }
    }
}

/// All commands that start the CLI, in order of precedence.
fn starts(base: &Path) -> Vec<Start> {
    let root = repository(base);
    let mut scripts = vec![];
    for entry in files_of(root).hidden(false).build().flatten() {
        let file = entry.path();
        let Some(dir) = file.parent() else { continue };
        let is_workflow = WORKFLOWS.iter().any(|name| dir == root.join(name));
        let rank = SCRIPTS.iter().position(|name| entry.file_name() == *name);
        let (rank, dir) = match rank {
            Some(rank) => (rank, dir),
            // Before the README.
            None if is_workflow => (SCRIPTS.len() - 2, root),
            None => continue,
        };
        scripts.push((rank, file.to_owned(), dir.to_owned()));
    }
    scripts.sort();
    let starts = scripts.into_iter().flat_map(|(_, file, dir)| {
        let text = fs::read_to_string(file).unwrap_or_default();
        commands(&text, &dir)
    });
    starts.filter_map(Start::resolved).collect()
}

/// The commands in a text, whose initial working directory is `dir`.
fn commands(text: &str, dir: &Path) -> Vec<Start> {
    const QUOTES: [char; 4] = ['"', '\'', '`', ','];
    let mut starts = vec![];
    // A step of a workflow sets it next to its commands.
    let mut working = dir.to_owned();
    for line in text.lines() {
        let line = line.trim().trim_start_matches("- ");
        if let Some(name) = line.strip_prefix("working-directory:") {
            working = dir.join(name.trim().trim_matches(QUOTES));
        } else if line.starts_with("name:") || line.starts_with("uses:") {
            dir.clone_into(&mut working);
        }
        let mut dir = working.clone();
        let words: Vec<&str> = line
            .split(|c: char| c.is_whitespace() || QUOTES.contains(&c))
            .collect();
        let mut words = words.into_iter().filter(|word| !word.is_empty()).peekable();
        let mut variables = vec![];
        while let Some(word) = words.next() {
            match variable(word) {
                Some(name) => variables.push(name.to_owned()),
                None if is_cli(word) || STARTERS.contains(&word) => {}
                None => variables.clear(),
            }
            if word == "cd" {
                dir.extend(words.next());
            }
            if !is_cli(word)
                || words
                    .next_if(|word| ["deploy", "test"].contains(word))
                    .is_none()
            {
                continue;
            }
            let mut config = None;
            let ends = |word: &str| ["&&", "||", ";", "|"].contains(&word) || is_cli(word);
            while let Some(word) = words.next_if(|word| !ends(word)) {
                let (flag, value) = word
                    .split_once('=')
                    .map_or((word, None), |(flag, value)| (flag, Some(value)));
                if ["--config", "-c"].contains(&flag) {
                    config = value.or_else(|| words.next());
                }
            }
            let config = config.map(PathBuf::from);
            starts.push(Start {
                dir: dir.clone(),
                config,
                variables: std::mem::take(&mut variables),
            });
        }
    }
    starts
}

/// Commands that run another command, and may stand between the variables and the CLI.
const STARTERS: [&str; 10] = [
    "npx",
    "pnpm",
    "yarn",
    "bunx",
    "npm",
    "exec",
    "dlx",
    "--",
    "env",
    "cross-env",
];

fn is_cli(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    name == "checkly" || name.starts_with("checkly@")
}

/// The name in `NAME=value`. `CHECKLY_` variables have their own keys in a manifest, and `CI` is not a setting.
fn variable(word: &str) -> Option<&str> {
    let (name, _) = word.split_once('=')?;
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let is_own = name.starts_with("CHECKLY_") || name == "CI";
    let is_variable = name.starts_with(char::is_alphabetic) && name.chars().all(is_name);
    (is_variable && !is_own).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::support::files;

    fn told(text: &str) -> Vec<String> {
        let told = |start: Start| {
            format!(
                "{} {}",
                start.dir.display(),
                start.config.unwrap_or_default().display()
            )
            .trim()
            .to_owned()
        };
        commands(text, Path::new("/r"))
            .into_iter()
            .map(told)
            .collect()
    }

    #[test]
    fn commands_are_read_from_scripts_workflows_and_readmes() {
        for (text, expected) in [
            (
                r#"  "deploy": "checkly deploy --force -c a/x.ts","#,
                "/r a/x.ts",
            ),
            (
                r#"{"test":"npx checkly test --config=a/x.ts --record"}"#,
                "/r a/x.ts",
            ),
            (
                "cd web && npx checkly@latest deploy --config ../x.ts",
                "/r/web ../x.ts",
            ),
            (
                "./node_modules/.bin/checkly deploy && echo --config y",
                "/r",
            ),
            (
                "Run `npx checkly deploy --config a/x.ts` to deploy",
                "/r a/x.ts",
            ),
        ] {
            assert_eq!(told(text), [expected], "{text}");
        }
        for text in [
            "npm install checkly",
            "checkly login -c x",
            "the checkly tests --config x",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn every_script_of_a_file_in_one_line_is_a_command_of_its_own() {
        let text = r#"{"scripts":{"d":"checkly deploy -c a/x.ts","w":"checkly deploy --config b/y.ts --force"}}"#;
        assert_eq!(told(text), ["/r a/x.ts", "/r b/y.ts"]);
    }

    #[test]
    fn variables_are_those_in_front_of_the_command() {
        for (text, expected) in [
            ("STAGE=eu npx checkly deploy", &["STAGE"][..]),
            ("npx cross-env A=1 B=$X checkly test", &["A", "B"]),
            ("A=1 npm run build && npx checkly deploy --env C=1", &[]),
            ("CI=1 CHECKLY_API_KEY=x npx checkly deploy", &[]),
            ("run the tests of x=1: npx checkly test", &[]),
        ] {
            let found = commands(text, Path::new("/r"));
            assert_eq!(found[0].variables, expected, "{text}");
        }
    }

    #[test]
    fn a_workflow_step_has_its_own_working_directory() {
        let text = "steps:\n  - name: one\n    working-directory: web\n    run: npx checkly deploy\n  \
                    - name: two\n    run: npx checkly test --config web/x.ts\n";
        assert_eq!(told(text), ["/r/web", "/r web/x.ts"]);
    }

    fn found(path: &str, config: &str) -> Found {
        Found {
            path: path.to_owned(),
            config: config.to_owned(),
            variant: None,
            cwd: None,
        }
    }

    #[test]
    fn the_first_file_that_names_a_configuration_determines_the_working_directory() {
        let dir = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| files::write(dir.path(), file, text);
        for file in ["a", "b", "c", "d"] {
            write(&format!("{file}/checkly.config.ts"), "");
        }
        write(
            ".github/workflows/a.yml",
            "run: npx checkly deploy -c a/checkly.config.ts",
        );
        write(
            "b/package.json",
            r#"{"scripts": {"deploy": "checkly deploy"}}"#,
        );
        write(
            "README.md",
            "npx checkly deploy --config b/checkly.config.ts\ncheckly test -c c/other.ts",
        );
        write("d/README.md", "cd d && npx checkly deploy");
        let projects = ["a", "b", "c", "d"].map(|path| found(path, "checkly.config.ts"));
        let cwd = Starts::read(dir.path()).cwds(&projects);
        assert_eq!(cwd, [Some(".".to_owned()), None, None, None]);
        let projects =
            ["checkly.config.ts", "checkly.eu.config.ts"].map(|config| found("a", config));
        let cwd = Starts::read(dir.path()).cwds(&projects);
        assert_eq!(
            cwd,
            [Some(".".to_owned()), Some(".".to_owned())],
            "shared with a configuration that no command names"
        );
    }
}
