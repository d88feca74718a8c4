//! Reads `git status`: uncommitted and ignored files.

use super::GitError;
use super::changes::{ABSENT, is_opaque};
use super::program::Git;
use crate::model::ChangedFile;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The differences between HEAD and the index or working tree.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) changed: Vec<ChangedFile>,
    pub(super) ignored: Vec<PathBuf>,
}

/// Runs git. `status` is the only command for the working tree that can leave the index unwritten.
pub(super) fn read(git: &Git) -> Result<Status, GitError> {
    let output = git.output([
        "status",
        "--porcelain=v2",
        "-z",
        "--no-renames",
        "--untracked-files=all",
        "--ignored=matching",
        "--ignore-submodules=none",
    ])?;
    let mut status = parse(&output);
    for file in status.changed.iter_mut().filter(|file| !file.existed) {
        // Git does not report the mode of an untracked file.
        file.is_opaque |= git.dir().join(&file.path).is_symlink();
    }
    Ok(status)
}

/// The entries, each terminated by NUL. Unknown entries are skipped, as git's documentation asks.
fn parse(output: &[u8]) -> Status {
    let mut status = Status::default();
    for entry in output.split(|byte| *byte == 0) {
        match entry {
            [b'1', b' ', rest @ ..] => status.changed.extend(tracked::<8>(rest)),
            [b'u', b' ', rest @ ..] => status.changed.extend(tracked::<10>(rest)),
            [b'?', b' ', path @ ..] => status.changed.push(ChangedFile {
                path: to_path(path),
                // Git reports an untracked directory only for a nested repository.
                is_opaque: path.ends_with(b"/"),
                existed: false,
            }),
            [b'!', b' ', path @ ..] => status.ignored.push(to_path(path)),
            _ => {}
        }
    }
    status
}

/// A tracked file: `XY sub modes… ids… path`, separated by spaces. The first modes are those of HEAD and the index;
/// in a conflict, those of the common ancestor and HEAD.
fn tracked<const WORDS: usize>(entry: &[u8]) -> Option<ChangedFile> {
    let mut words = entry.splitn(WORDS, |byte| *byte == b' ');
    let (_, submodule) = (words.next()?, words.next()?);
    let (first, second) = (words.next()?, words.next()?);
    let existed = match WORDS {
        8 => first != ABSENT,
        _ => second != ABSENT,
    };
    Some(ChangedFile {
        path: to_path(words.last()?),
        is_opaque: submodule.starts_with(b"S") || [first, second].into_iter().any(is_opaque),
        existed,
    })
}

fn to_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_parsed_as_documented_by_git() {
        let id = "0123456789012345678901234567890123456789";
        let output = format!(
            "# branch.head main\0\
             1 .M N... 100644 100644 100644 {id} {id} a b\0\
             1 A. N... 000000 100644 100644 {id} {id} new\0\
             1 .M SC.. 160000 160000 160000 {id} {id} sub\0\
             1 D. S... 160000 000000 000000 {id} {id} gone\0\
             u UU N... 100644 100644 100644 100644 {id} {id} {id} both\0\
             u DU N... 100644 000000 100644 100644 {id} {id} {id} theirs\0\
             ? un tracked\0? nested/\0! out/\0"
        );
        let status = parse(output.as_bytes());
        let shown = status.changed.iter().map(|file| {
            let repository = if file.is_opaque { " repository" } else { "" };
            let existed = if file.existed { " existed" } else { "" };
            format!("{}{repository}{existed}", file.path.display())
        });
        assert_eq!(
            shown.collect::<Vec<_>>(),
            [
                "a b existed",
                "new",
                "sub repository existed",
                "gone repository existed",
                "both existed",
                "theirs",
                "un tracked",
                "nested/ repository",
            ]
        );
        assert_eq!(status.ignored, [PathBuf::from("out/")]);
        assert_eq!(parse(b""), Status::default());
        assert_eq!(parse(b"1 .M\0x\0"), Status::default());
    }
}
