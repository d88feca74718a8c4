//! Repositories made by git itself; git's own output is the expected value.

use super::*;
use std::ffi::OsStr;
use std::process::Command;
use tempfile::TempDir;

/// Runs git without the configuration of this machine, and returns its output.
fn git<S: AsRef<OsStr>>(dir: &Path, args: impl IntoIterator<Item = S>) -> String {
    let output = Command::new("git")
        .current_dir(dir)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", dir)
        .env("GIT_AUTHOR_NAME", "Ann Author")
        .env("GIT_AUTHOR_EMAIL", "ann@example.com")
        .env("GIT_COMMITTER_NAME", "Carl Committer")
        .env("GIT_COMMITTER_EMAIL", "carl@example.com")
        .args(args)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end_matches('\n')
        .to_owned()
}

/// A repository with one commit on the branch `feature/x`.
fn repository(message: &str) -> TempDir {
    let dir = TempDir::new().unwrap();
    git(
        dir.path(),
        ["init", "--quiet", "--initial-branch=feature/x"],
    );
    git(
        dir.path(),
        ["commit", "--quiet", "--allow-empty", "--message", message],
    );
    dir
}

fn facts(dir: &Path) -> Option<GitFacts> {
    Repositories::default().facts(dir).cloned()
}

/// Git's own output.
fn as_git_says(dir: &Path) -> GitFacts {
    let origin = git(
        dir,
        ["config", "--default", "", "--get", "remote.origin.url"],
    );
    let branch = git(dir, ["branch", "--show-current"]);
    GitFacts {
        sha: git(dir, ["rev-parse", "HEAD"]),
        branch: Some(branch).filter(|branch| !branch.is_empty()),
        committer: Some(git(dir, ["log", "-1", "--format=%cn"])),
        subject: Some(git(dir, ["log", "-1", "--format=%s"])),
        origin: Some(origin).filter(|url| !url.is_empty()),
    }
}

#[test]
fn a_plain_repository() {
    let dir = repository("Add a check");
    let facts = facts(dir.path()).unwrap();
    assert_eq!(facts, as_git_says(dir.path()));
    assert_eq!(facts.branch.as_deref(), Some("feature/x"));
    assert_eq!(facts.committer.as_deref(), Some("Carl Committer"));
    assert_eq!(facts.subject.as_deref(), Some("Add a check"));
}

#[test]
fn the_repository_is_found_from_a_subdirectory() {
    let dir = repository("Add a check");
    let below = dir.path().join("services/shop");
    std::fs::create_dir_all(&below).unwrap();
    assert_eq!(facts(&below), Some(as_git_says(dir.path())));
}

#[test]
fn trailers_and_bodies_are_not_the_subject() {
    let dir = repository(
        "Add a check\n\nIt was missing.\n\nChange-Id: I123\nSigned-off-by: Carl <c@example.com>\n",
    );
    let facts = facts(dir.path()).unwrap();
    assert_eq!(facts.subject.as_deref(), Some("Add a check"));
}

#[test]
fn the_subject_is_the_one_git_shows() {
    let dir = repository("first");
    for message in [
        "one\ntwo\nthree\n\nbody",
        "\n\n  \nafter blank lines\n\nbody",
        "  indented   inside \t\n second line  \n \t \nbody",
        "windows\r\nlines\r\n\r\nbody\r\n",
        "Größe 💡 überschritten",
        "no line feed",
    ] {
        // Unlike `git commit`, this does not change the message.
        std::fs::write(dir.path().join("message"), message).unwrap();
        let tree = git(dir.path(), ["mktree", "--missing"]);
        let commit = git(dir.path(), ["commit-tree", &tree, "-F", "message"]);
        git(dir.path(), ["update-ref", "HEAD", &commit]);
        assert_eq!(
            facts(dir.path()),
            Some(as_git_says(dir.path())),
            "{message:?}"
        );
    }
}

#[test]
fn a_commit_without_a_message_has_no_subject() {
    let dir = TempDir::new().unwrap();
    git(dir.path(), ["init", "--quiet"]);
    git(
        dir.path(),
        [
            "commit",
            "--quiet",
            "--allow-empty",
            "--allow-empty-message",
            "--message=",
        ],
    );
    let facts = facts(dir.path()).unwrap();
    assert_eq!(facts.subject, None);
    assert_eq!(facts.sha, git(dir.path(), ["rev-parse", "HEAD"]));
}

#[test]
fn packed_objects_and_packed_refs() {
    let dir = repository("Add a check\n\nSigned-off-by: Carl <c@example.com>");
    git(
        dir.path(),
        ["commit", "--quiet", "--allow-empty", "--message=Second"],
    );
    git(dir.path(), ["gc", "--quiet", "--prune=now"]);
    assert!(dir.path().join(".git/packed-refs").exists());
    assert!(!dir.path().join(".git/refs/heads/feature/x").exists());
    assert_eq!(facts(dir.path()), Some(as_git_says(dir.path())));
}

#[test]
fn a_shallow_clone() {
    let origin = repository("First");
    git(
        origin.path(),
        ["commit", "--quiet", "--allow-empty", "--message=Second"],
    );
    let dir = TempDir::new().unwrap();
    let url = format!("file://{}", origin.path().display());
    git(dir.path(), ["clone", "--quiet", "--depth=1", &url, "clone"]);
    let clone = dir.path().join("clone");
    assert!(clone.join(".git/shallow").exists());
    assert_eq!(facts(&clone), Some(as_git_says(&clone)));
}

#[test]
fn a_clone_with_alternate_objects() {
    let origin = repository("First");
    let dir = TempDir::new().unwrap();
    let path = origin.path().as_os_str();
    git(
        dir.path(),
        ["clone", "--quiet", "--shared"]
            .map(OsStr::new)
            .into_iter()
            .chain([path, OsStr::new("clone")]),
    );
    let clone = dir.path().join("clone");
    assert!(clone.join(".git/objects/info/alternates").exists());
    assert_eq!(facts(&clone), Some(as_git_says(&clone)));
}

#[test]
fn a_detached_head_has_no_branch() {
    let dir = repository("Add a check");
    git(dir.path(), ["checkout", "--quiet", "--detach"]);
    let facts = facts(dir.path()).unwrap();
    assert_eq!(facts, as_git_says(dir.path()));
    assert_eq!(facts.branch, None);
}

#[test]
fn a_linked_worktree_has_its_own_branch() {
    let dir = repository("Add a check");
    git(
        dir.path(),
        ["worktree", "add", "--quiet", "-b", "other", "tree"],
    );
    let tree = dir.path().join("tree");
    git(
        &tree,
        [
            "commit",
            "--quiet",
            "--allow-empty",
            "--message=On the other branch",
        ],
    );
    let facts = facts(&tree).unwrap();
    assert_eq!(facts, as_git_says(&tree));
    assert_eq!(facts.branch.as_deref(), Some("other"));
}

#[test]
fn a_submodule_is_its_own_repository() {
    let part = repository("The part");
    let whole = repository("The whole");
    let url = part.path().to_str().unwrap();
    git(
        whole.path(),
        [
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            url,
            "part",
        ],
    );
    let facts = facts(&whole.path().join("part")).unwrap();
    assert_eq!(facts.subject.as_deref(), Some("The part"));
}

#[test]
fn before_the_first_commit_there_are_no_facts() {
    let dir = TempDir::new().unwrap();
    git(dir.path(), ["init", "--quiet"]);
    assert_eq!(facts(dir.path()), None);
}

#[test]
fn the_remote_is_origin() {
    let dir = repository("Add a check");
    let url = "https://user:pass@example.com/acme/shop.git";
    git(
        dir.path(),
        ["remote", "add", "upstream", "https://example.com/other"],
    );
    assert_eq!(facts(dir.path()).unwrap().origin, None);
    git(dir.path(), ["remote", "add", "origin", url]);
    let origin = facts(dir.path()).unwrap().origin;
    assert_eq!(origin.as_deref(), Some(url));
}

#[test]
fn a_missing_commit_still_has_an_id() {
    let dir = repository("Add a check");
    let sha = git(dir.path(), ["rev-parse", "HEAD"]);
    std::fs::remove_dir_all(dir.path().join(".git/objects").join(&sha[..2])).unwrap();
    assert_eq!(
        facts(dir.path()),
        Some(GitFacts {
            sha,
            branch: Some("feature/x".to_owned()),
            committer: None,
            subject: None,
            origin: None,
        })
    );
}

#[test]
fn a_bare_repository_has_no_working_tree() {
    let origin = repository("Add a check");
    let dir = TempDir::new().unwrap();
    let url = origin.path().to_str().unwrap();
    git(dir.path(), ["clone", "--quiet", "--bare", url, "bare"]);
    assert_eq!(facts(&dir.path().join("bare")), None);
}

#[test]
fn an_invalid_repository_has_no_facts() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join(".git"), "nonsense").unwrap();
    let mut repositories = Repositories::default();
    assert_eq!(repositories.facts(dir.path()), None);
    let error = repositories.error().unwrap().to_string();
    assert!(error.contains("invalid gitfile format"), "{error}");
    assert_eq!(facts(&dir.path().join("missing")), None);
}

#[test]
fn the_configuration_of_a_user_is_not_the_repositorys() {
    let dir = repository("Add a check");
    git(dir.path(), ["config", "log.showSignature", "true"]);
    git(dir.path(), ["config", "i18n.logOutputEncoding", "latin1"]);
    let message = "--message=Gr\u{f6}\u{df}e";
    git(dir.path(), ["commit", "--quiet", "--allow-empty", message]);
    let facts = facts(dir.path()).unwrap();
    assert_eq!(facts.subject.as_deref(), Some("Gr\u{f6}\u{df}e"));
}

#[test]
fn a_repository_is_read_once_for_all_projects_in_it() {
    let dir = repository("First");
    std::fs::create_dir_all(dir.path().join("web/shop")).unwrap();
    let mut repositories = Repositories::default();
    let before = repositories.facts(dir.path()).cloned();
    git(
        dir.path(),
        ["commit", "--quiet", "--allow-empty", "--message=Second"],
    );
    assert!(before.is_some());
    assert_eq!(
        repositories.facts(&dir.path().join("web/shop")).cloned(),
        before
    );
}
