//! `--affected` and `--why`, with real repositories.

use super::folder::Folder;
use super::program::{Ended, Program, orchestrate};
use std::path::Path;
use std::process::Command;

/// A repository with projects, committed on `main`; `feature` is checked out.
struct Repo(Folder);

impl Repo {
    fn of(projects: &[&str]) -> Self {
        Self::from(Folder::of(projects))
    }

    fn from(folder: Folder) -> Self {
        let repo = Self(folder);
        repo.git("init -q -b main");
        repo.commit();
        repo.git("checkout -q -b feature");
        repo
    }

    fn git(&self, arguments: &str) {
        git(self.0.path(), arguments);
    }

    fn commit(&self) {
        self.git("add -A");
        self.git("commit -q -m change");
    }

    /// Changes a project's bundle.
    fn touch(&self, project: &str) {
        let name = format!("{project}.json");
        let text = self.0.read(&name) + "\n";
        self.0.write(&name, &text);
    }

    fn run(&self, arguments: &str) -> Ended {
        self.start(orchestrate(arguments))
    }

    fn start(&self, program: Program) -> Ended {
        program.within(self.0.path()).run()
    }

    fn listed(&self, flags: &str) -> Vec<String> {
        let list = format!("list --format json {flags}");
        self.run(&list).expect(0).listed()
    }
}

/// Runs git without the machine's configuration.
fn git(dir: &Path, arguments: &str) -> String {
    let name = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
    let output = Command::new("git")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(name)
        .arg("-C")
        .arg(dir)
        .args(arguments.split(' '))
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn only_changed_projects_are_deployed() {
    let repo = Repo::of(&["alerts", "shop < alerts", "search"]);
    repo.touch("shop");
    let ended = repo
        .run("--sandbox --time-scale 0.05 --message-format json --affected=main")
        .expect(0);
    let report = ended.report();
    assert_eq!(report["projects"].as_array().unwrap().len(), 1);
    assert_eq!(report["projects"][0]["name"], "shop");
    let base = git(repo.0.path(), "rev-parse --short=7 main");
    let first = ended.err.lines().next().unwrap();
    assert_eq!(
        first,
        format!("1 of 3 projects is affected by changes since {base}, the merge base with main")
    );
}

#[test]
fn other_flags_narrow_and_widen_the_affected_projects() {
    let repo = Repo::of(&["alerts", "shop < alerts", "search < shop", "mail"]);
    repo.touch("shop");
    repo.touch("mail");
    repo.commit();
    let listed = |flags: &str| repo.listed(&format!("--affected=main {flags}"));
    assert_eq!(listed(""), ["shop", "mail"]);
    assert_eq!(listed("--only s*"), ["shop"]);
    assert_eq!(listed("--only shop --with-deps"), ["alerts", "shop"]);
    assert_eq!(
        listed("--exclude mail --with-dependents"),
        ["shop", "search"]
    );
    assert_eq!(repo.listed("--affected=HEAD"), [""; 0]);
}

#[test]
fn projects_from_directories_change_with_their_directory_or_inputs() {
    let folder = Folder::empty();
    for project in ["services/shop", "services/mail", "status"] {
        folder.write(&format!("{project}/checkly.config.ts"), "");
    }
    folder.write("lib/ui/a.ts", "");
    let status = "[[project]]\npath = 'status'\ninputs = ['status/*.ts', 'lib/**']\n";
    let manifest = format!("[[project]]\npath = 'services/*'\n{status}");
    folder.write("projects.toml", &manifest);
    let repo = Repo::from(folder);
    let affected = || repo.listed("--affected=HEAD");
    repo.0.write("services/mail/deep/check.ts", "");
    assert_eq!(affected(), ["mail"]);
    repo.0.write("status/notes.md", "");
    assert_eq!(affected(), ["mail"]);
    repo.0.write("lib/ui/a.ts", "changed");
    assert_eq!(affected(), ["mail", "status"]);
    repo.commit();
    repo.0.write(
        "projects.toml",
        &manifest.replace("'lib/**'", "'lib/ui/**'"),
    );
    assert_eq!(affected(), ["status"]);
    repo.0.write(
        "projects.toml",
        &manifest.replace("'services/*'", "'services/*'\npriority = 1"),
    );
    assert_eq!(affected(), ["mail", "shop"]);
}

#[test]
fn where_nothing_has_changed_there_is_nothing_to_do_and_that_is_a_success() {
    let repo = Repo::of(&["shop", "mail"]);
    repo.0.write("README.md", "no input");
    for command in ["validate", "list", "deploy --sandbox", "preview --sandbox"] {
        let ended = repo.run(&format!("{command} --affected=main")).expect(0);
        let says = "0 of 2 projects are affected by changes since ";
        assert!(ended.err.starts_with(says), "{}", ended.err);
        let says = "\nNothing to do: no affected project is selected.\n";
        assert!(ended.err.contains(says), "{}", ended.err);
    }
    repo.touch("shop");
    let ended = repo.run("list --affected=main --only mail").expect(0);
    assert!(ended.err.contains("Nothing to do"), "{}", ended.err);
    repo.run("list --affected=main --only none").expect(64);
}

#[test]
fn a_reference_after_a_space_gets_a_tip() {
    let repo = Repo::of(&["shop"]);
    for command in ["", "deploy", "list"] {
        let ended = repo.run(&format!("{command} --affected main")).expect(64);
        let tip = "tip: use '--affected=main'";
        assert!(ended.err.contains(tip), "{}", ended.err);
    }
}

#[test]
fn a_manifest_change_affects_only_the_projects_it_changes() {
    let repo = Repo::of(&["shop", "mail", "old"]);
    let text = repo.0.read("projects.toml");
    let (others, _) = text.split_at(text.rfind("[[project]]").unwrap());
    let new = format!("# comment\n{others}\n[[project]]\nname = 'new'\nbundle = 'old.json'\n");
    repo.0.write("projects.toml", &new);
    let ended = repo.run("list --format json --affected=main").expect(0);
    assert_eq!(ended.listed(), ["new"]);
    assert!(
        ended
            .err
            .contains("old was removed since main; it stays deployed until it is destroyed\n"),
        "{}",
        ended.err
    );
}

#[test]
fn removed_projects_of_included_manifests_are_reported() {
    let repo = Repo::of(&["shop"]);
    let folder = &repo.0;
    let root = folder.read("projects.toml");
    for team in ["web", "ops"] {
        let text = format!("[[project]]\nname = '{team}'\nbundle = '../../shop.json'\n");
        folder.write(&format!("teams/{team}/projects.toml"), &text);
    }
    folder.write(
        "projects.toml",
        &format!("include = ['teams/*/projects.toml']\n{root}"),
    );
    repo.git("checkout -q -b later");
    repo.commit();
    std::fs::remove_dir_all(folder.file("teams/ops")).unwrap();
    let ended = orchestrate("list --affected=later --why shop");
    let ended = repo.start(ended).expect(0);
    assert!(
        ended.err.contains("ops was removed since later; "),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("web"), "{}", ended.err);
}

#[test]
fn the_default_branch_of_the_remote_is_the_default_reference() {
    let repo = Repo::of(&["shop", "mail"]);
    repo.touch("shop");
    let ended = repo.run("list --affected").expect(64);
    insta::assert_snapshot!(ended.err, @r"
    error: git knows no default branch of the remote: there is no origin/HEAD, origin/main or origin/master
    help: name a commit, branch or tag to compare with: --affected=REF
    ");
    repo.git("update-ref refs/remotes/origin/main main");
    assert_eq!(repo.listed("--affected"), ["shop"]);
    let named = |value: &str| {
        let list = orchestrate("list --format json").env("ORCHESTRATE_AFFECTED", value);
        repo.start(list)
    };
    for yes in ["true", "1", "main", "origin/main"] {
        assert_eq!(named(yes).expect(0).listed(), ["shop"], "{yes}");
    }
    for no in ["", "false", "0"] {
        assert_eq!(named(no).expect(0).listed(), ["shop", "mail"], "{no}");
    }
    let ended = repo.run("list --affected=mian").expect(64);
    insta::assert_snapshot!(ended.err, @r"
    error: git knows no commit called mian
    help: fetch it with `git fetch`; name a branch of the remote as origin/NAME
    ");
    // What CI systems report as the commit before the first push of a branch.
    let zeros = format!("list --affected={}", "0".repeat(40));
    insta::assert_snapshot!(repo.run(&zeros).expect(64).err, @r"
    error: this is no commit: the branch is new, so nothing came before it
    help: compare with the branch that it started from: --affected=origin/main, or --affected for the default branch
    ");
    // The next word is no reference, but perhaps a command.
    assert!(repo.run("--affected list").expect(0).out.contains("shop"));
}

#[test]
fn missing_git_or_repository_is_an_error_with_help() {
    let folder = Folder::of(&["shop"]);
    let run = |program: Program| program.within(folder.path()).run();
    let ended = run(orchestrate("list --affected")).expect(64);
    let path = folder.path().display().to_string();
    insta::assert_snapshot!(ended.err.replace(&path, "/repo"), @r"
    error: /repo is not in a git repository
    help: --affected needs a git repository; without --affected, every project is selected
    ");
    let ended = run(orchestrate("list --affected").env("PATH", "/nowhere")).expect(64);
    insta::assert_snapshot!(ended.err, @r"
    error: git is not installed, or not in PATH
    help: install git: --affected needs it to find changes
    ");
}

#[test]
fn without_git_projects_are_deployed_without_a_commit_and_a_warning_says_so() {
    let repo = Repo::of(&["shop"]);
    let deploy = || orchestrate("deploy --sandbox --yes").env("PATH", "/nowhere");
    let ended = repo.start(deploy()).expect(0);
    let warning = "warning: deployments do not name their commit: git is not installed, or not in PATH\n\
                   help: install git, or set CHECKLY_REPO_SHA\n";
    assert!(ended.err.contains(warning), "{}", ended.err);
    let ended = repo
        .start(deploy().env("CHECKLY_REPO_SHA", "abc"))
        .expect(0);
    assert!(!ended.err.contains("warning"), "{}", ended.err);
}

#[test]
fn the_repository_is_the_manifests_even_inside_a_git_hook() {
    let (repo, other) = (Repo::of(&["shop", "mail"]), Repo::of(&["x"]));
    repo.touch("shop");
    let list = orchestrate("list --format json --affected=main --config")
        .arg(repo.0.file("projects.toml"))
        .env("GIT_DIR", other.0.file(".git"))
        .env("GIT_INDEX_FILE", other.0.file(".git/index"));
    assert_eq!(other.start(list).expect(0).listed(), ["shop"]);
}

#[test]
fn an_untracked_manifest_affects_every_project() {
    let repo = Repo::of(&["shop", "mail"]);
    let manifest = repo.0.read("projects.toml");
    let list = orchestrate("list --format json --affected=main -c -").stdin(&manifest);
    assert_eq!(repo.start(list).expect(0).listed(), ["shop", "mail"]);
    repo.git("rm -q --cached projects.toml");
    assert_eq!(
        repo.listed("--affected=main"),
        [""; 0],
        "it was there at the base"
    );
    repo.0.write(".gitignore", "/projects.toml");
    repo.commit();
    assert_eq!(repo.listed("--affected=HEAD"), ["shop", "mail"]);
}

#[test]
fn a_bundle_that_git_ignores_is_reported() {
    let repo = Repo::of(&["shop"]);
    repo.git("rm -q --cached shop.json");
    repo.0.write(".gitignore", "*.json");
    let ended = repo.run("list --affected=main").expect(78);
    assert!(ended.err.contains("git ignores shop.json"), "{}", ended.err);
}

#[test]
fn why_prints_an_explanation_and_exits() {
    let repo = Repo::of(&["alerts", "shop < alerts"]);
    repo.touch("shop");
    repo.0.write("alerts.json", "not read");
    for command in ["deploy", "validate", "list", "deploy --sandbox"] {
        let program = orchestrate(&format!("{command} --why shop"))
            .without("CHECKLY_API_KEY")
            .without("CHECKLY_ACCOUNT_ID");
        let ended = repo.start(program).expect(0);
        assert_eq!(
            ended.out,
            "shop is selected:\n  without --only and --affected, every project is selected\n"
        );
        assert_eq!(ended.err, "");
    }
    let ended = repo
        .run("list --affected=HEAD --only s* --with-deps --why alerts")
        .expect(0);
    let base = git(repo.0.path(), "rev-parse --short=7 HEAD");
    insta::assert_snapshot!(ended.out.replace(&base, "1a2b3c4"), @r"
    alerts is selected:
      --with-deps: shop depends on alerts
      shop is selected:
        --only s* matches its name
        changed since 1a2b3c4, the merge base with HEAD:
          shop.json
    ");
    let ended = repo.run("list --only shop --why alerts").expect(0);
    insta::assert_snapshot!(ended.out, @r"
    alerts is not selected:
      no --only matches its name, and it has no tags
      shop, which is selected, depends on it: add it with --with-deps
    ");
    let ended = repo.run("list --why alert").expect(64);
    assert!(
        ended.err.contains("did you mean `alerts`?"),
        "{}",
        ended.err
    );
    repo.run("list --only none --why alerts").expect(64);
}
