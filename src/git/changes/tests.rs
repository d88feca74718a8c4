//! Tests with real repositories.

use super::*;
use crate::tests::support::files;
use std::fs;
use std::process::Command;
use std::time::SystemTime;
use tempfile::TempDir;

/// A repository with one commit on `main` that contains `kept` and `a/b`.
struct Repo(TempDir);

impl Repo {
    fn new() -> Self {
        let repo = Self(tempfile::tempdir().unwrap());
        repo.git("init -q -b main");
        repo.write("kept", "1").write("a/b", "1").commit();
        repo
    }

    /// The same with another branch checked out.
    fn branched() -> Self {
        let repo = Self::new();
        repo.git("checkout -q -b feature");
        repo
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, arguments: &str) -> String {
        git(self.path(), arguments)
    }

    fn write(&self, name: impl AsRef<Path>, text: &str) -> &Self {
        files::write(self.path(), name, text);
        self
    }

    fn commit(&self) -> &Self {
        self.git("add -A");
        self.git("commit -q -m change");
        self
    }

    fn since(&self, reference: &str) -> Result<Changes, GitError> {
        since(self.path(), Some(reference))
    }

    fn changed_since(&self, reference: &str) -> Vec<String> {
        names(&self.since(reference).unwrap())
    }
}

fn names(changes: &Changes) -> Vec<String> {
    let name = |file: &ChangedFile| file.path.to_str().unwrap().to_owned();
    changes.files.iter().map(name).collect()
}

/// Git without the configuration of the machine.
fn git(dir: &Path, arguments: &str) -> String {
    let mut command = Command::new("git");
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "A"),
        ("GIT_AUTHOR_EMAIL", "a@example.org"),
        ("GIT_COMMITTER_NAME", "A"),
        ("GIT_COMMITTER_EMAIL", "a@example.org"),
    ] {
        command.env(name, value);
    }
    let output = command
        .args(["-c", "protocol.file.allow=always", "-C"])
        .arg(dir)
        .args(arguments.split(' '))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_new_branch_has_no_changes() {
    let repo = Repo::branched();
    let changes = repo.since("main").unwrap();
    assert_eq!(changes.files, []);
    assert_eq!(changes.base, repo.git("rev-parse main"));
    assert_eq!(changes.root, repo.path().canonicalize().unwrap());
}

#[test]
fn changes_count_whether_they_are_committed_staged_unstaged_or_new() {
    let repo = Repo::branched();
    repo.write("committed", "1").commit();
    repo.write("staged", "1").git("add staged");
    repo.write("a/b", "2").write("new/file", "1");
    assert_eq!(
        repo.changed_since("main"),
        ["a/b", "committed", "new/file", "staged"]
    );
    let existed = repo.since("main").unwrap();
    let existed = existed.files.iter().filter(|file| file.existed);
    assert_eq!(
        existed.map(|file| &file.path).collect::<Vec<_>>(),
        [Path::new("a/b")]
    );
}

#[test]
fn ignored_files_are_not_changed_but_listed() {
    let repo = Repo::new();
    repo.write(".gitignore", "*.log\n/out\n").commit();
    repo.write("a/x.log", "")
        .write("out/1", "")
        .write("out/2", "");
    let changes = repo.since("HEAD").unwrap();
    assert_eq!(changes.files, []);
    assert!(changes.ignores(Path::new("a/x.log")));
    assert!(changes.ignores(Path::new("out/deep/file")));
    assert!(!changes.ignores(Path::new("a/b")) && !changes.ignores(Path::new("output")));
}

#[test]
fn a_rename_counts_for_both_names_and_a_removal_for_one() {
    let repo = Repo::branched();
    repo.git("mv a/b c");
    repo.git("rm -q kept");
    assert_eq!(repo.changed_since("main"), ["a/b", "c", "kept"]);
    repo.commit();
    assert_eq!(repo.changed_since("main"), ["a/b", "c", "kept"]);
}

#[test]
fn a_file_removed_from_the_index_only_is_changed_once() {
    let repo = Repo::branched();
    repo.git("rm -q --cached kept");
    repo.write("kept", "2");
    assert_eq!(repo.changed_since("main"), ["kept"]);
    assert!(repo.since("main").unwrap().files[0].existed);
}

#[test]
fn changes_on_the_other_branch_do_not_count() {
    let repo = Repo::branched();
    repo.write("mine", "").commit();
    repo.git("checkout -q main");
    repo.write("theirs", "").commit();
    repo.git("checkout -q feature");
    assert_eq!(repo.changed_since("main"), ["mine"]);
}

#[test]
fn any_valid_file_name_is_read() {
    let repo = Repo::branched();
    let odd = ["-n", "a b\"'", "line\nbreak", "stra\u{df}e", "*"];
    for name in odd {
        repo.write(name, "");
    }
    // Only some file systems allow names that are not UTF-8.
    let bytes = OsStr::from_bytes(b"\xff");
    let taken = fs::write(repo.path().join(bytes), "").is_ok();
    let mut expected: Vec<PathBuf> = odd.map(PathBuf::from).to_vec();
    expected.extend(taken.then(|| bytes.into()));
    expected.sort();
    let paths = |changes: Changes| changes.files.into_iter().map(|file| file.path);
    assert!(paths(repo.since("main").unwrap()).eq(expected.clone()));
    repo.commit();
    assert!(paths(repo.since("main").unwrap()).eq(expected));
}

#[test]
fn the_whole_repository_is_compared_from_any_directory() {
    let repo = Repo::branched();
    repo.git("config diff.relative true");
    repo.write("kept", "2").write("a/new", "");
    let from = since(&repo.path().join("a"), Some("main")).unwrap();
    assert_eq!(names(&from), ["a/new", "kept"]);
}

#[test]
fn a_nested_repository_is_reported_as_changed_as_a_whole() {
    let (repo, inner) = (Repo::new(), Repo::new());
    let add = format!("submodule --quiet add {} sub", inner.path().display());
    repo.git(&add);
    repo.commit();
    assert_eq!(repo.changed_since("HEAD"), [""; 0]);
    repo.write("sub/new", "");
    fs::create_dir(repo.path().join("nested")).unwrap();
    git(&repo.path().join("nested"), "init -q -b main");
    repo.write("nested/file", "");
    git(&repo.path().join("nested"), "add -A");
    git(&repo.path().join("nested"), "commit -q -m one");
    let changes = repo.since("HEAD").unwrap();
    assert_eq!(names(&changes), ["nested/", "sub"]);
    assert!(changes.files.iter().all(|file| file.is_opaque));
    assert!(changes.file(Path::new("nested")).is_some());
    repo.git("rm -qf sub");
    assert!(
        repo.since("HEAD")
            .unwrap()
            .file(Path::new("sub"))
            .unwrap()
            .is_opaque
    );
}

#[test]
fn the_default_reference_is_the_remotes_default_branch() {
    let origin = Repo::new();
    let clone = tempfile::tempdir().unwrap();
    git(
        clone.path(),
        &format!("clone -q {} .", origin.path().display()),
    );
    let reference = |dir: &Path| since(dir, None).map(|changes| changes.reference);
    assert_eq!(reference(clone.path()).unwrap(), "origin/main");
    let trunk = "refs/remotes/origin/trunk";
    git(clone.path(), &format!("update-ref {trunk} origin/main"));
    git(
        clone.path(),
        &format!("symbolic-ref refs/remotes/origin/HEAD {trunk}"),
    );
    assert_eq!(reference(clone.path()).unwrap(), "origin/trunk");
    git(
        clone.path(),
        "symbolic-ref --delete refs/remotes/origin/HEAD",
    );
    assert_eq!(reference(clone.path()).unwrap(), "origin/main");
    git(
        clone.path(),
        "update-ref refs/remotes/origin/master origin/main",
    );
    git(clone.path(), "update-ref -d refs/remotes/origin/main");
    assert_eq!(reference(clone.path()).unwrap(), "origin/master");
    git(clone.path(), "update-ref -d refs/remotes/origin/master");
    let none = GitError::NoDefault { shallow: false };
    assert_eq!(reference(clone.path()), Err(none));
}

#[test]
fn a_reference_without_a_commit_is_unknown() {
    let repo = Repo::new();
    let missing = "0123456789012345678901234567890123456789";
    for reference in [
        "unknown",
        "main..main",
        "--all",
        "--since=now",
        "--glob=*",
        "-n",
        "",
        missing,
        "HEAD:kept",
        "a b",
    ] {
        let unknown = GitError::Unknown {
            reference: reference.to_owned(),
            shallow: false,
        };
        assert_eq!(repo.since(reference), Err(unknown));
    }
}

#[test]
fn a_shallow_clone_is_distinguished_from_a_missing_commit() {
    let origin = Repo::branched();
    origin.write("mine", "").commit();
    origin.git("checkout -q main");
    origin.write("theirs", "").commit();
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", origin.path().display());
    git(
        clone.path(),
        &format!("clone -q --depth 1 --branch feature --single-branch {url} ."),
    );
    let unknown = GitError::Unknown {
        reference: "main~1".to_owned(),
        shallow: true,
    };
    assert_eq!(since(clone.path(), Some("main~1")), Err(unknown));
    let no_default = GitError::NoDefault { shallow: true };
    assert_eq!(since(clone.path(), None), Err(no_default));
    git(clone.path(), "fetch -q --depth 1 origin main");
    let shallow = GitError::Shallow {
        reference: "FETCH_HEAD".to_owned(),
    };
    assert!(shallow.hint().unwrap().contains("fetch-depth: 0"));
    assert_eq!(since(clone.path(), Some("FETCH_HEAD")), Err(shallow));
    git(clone.path(), "fetch -q --unshallow origin main feature");
    assert_eq!(
        names(&since(clone.path(), Some("FETCH_HEAD")).unwrap()).len(),
        1
    );
}

#[test]
fn histories_without_a_common_commit_cannot_be_compared() {
    let repo = Repo::new();
    repo.git("checkout -q --orphan other");
    repo.write("kept", "2").commit();
    let reference = "main".to_owned();
    assert_eq!(repo.since("main"), Err(GitError::Unrelated { reference }));
}

#[test]
fn a_missing_repository_and_a_missing_commit_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let no_repository = GitError::NoRepository {
        dir: dir.path().to_owned(),
    };
    assert_eq!(since(dir.path(), None), Err(no_repository));
    git(dir.path(), "init -q");
    assert_eq!(since(dir.path(), None), Err(GitError::NoCommit));
    let inside = since(&dir.path().join(".git"), None);
    let GitError::Failed { said } = inside.unwrap_err() else {
        panic!("something else")
    };
    assert!(said.contains("work tree"), "{said}");
}

#[test]
fn a_file_is_read_as_it_was_at_the_base() {
    let repo = Repo::branched();
    repo.write("odd: name", "then").commit();
    let base = repo.git("rev-parse HEAD");
    repo.write("odd: name", "now").write("new", "").commit();
    let changes = repo.since(&base).unwrap();
    assert_eq!(before(&changes, Path::new("odd: name")).unwrap(), "then");
    assert!(before(&changes, Path::new("new")).is_err());
}

#[test]
fn comparing_changes_nothing_in_the_repository() {
    let repo = Repo::branched();
    let index = || fs::read(repo.path().join(".git/index")).unwrap();
    // The same text written again: git could update its index.
    repo.write("kept", "1").write("a/b", "2");
    let kept = fs::File::options()
        .append(true)
        .open(repo.path().join("kept"));
    kept.unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    let before = index();
    assert_eq!(repo.changed_since("main"), ["a/b"]);
    assert!(index() == before);
}
