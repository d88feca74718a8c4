//! Why nobody knows what has changed, and what to do about it.

use std::path::PathBuf;
use thiserror::Error;

/// Why git cannot say what has changed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ChangesError {
    /// There is no such program.
    #[error("git is not installed, or not in PATH")]
    NoGit,
    /// The folder is in no working tree.
    #[error("{} is not in a git repository", dir.display())]
    NoRepository {
        /// The folder.
        dir: PathBuf,
    },
    /// The repository is empty.
    #[error("the git repository has no commit yet")]
    NoCommit,
    /// The remote's default branch is not known here.
    #[error(
        "git knows no default branch of the remote: there is no origin/HEAD, origin/main or origin/master"
    )]
    NoDefault {
        /// Whether the clone is shallow.
        shallow: bool,
    },
    /// The reference names no commit that is here.
    #[error("git knows no commit called {reference}")]
    Unknown {
        /// The reference.
        reference: String,
        /// Whether the clone is shallow.
        shallow: bool,
    },
    /// The clone does not reach back to where HEAD and the reference parted.
    #[error("this clone is shallow, and does not reach back to where HEAD and {reference} parted")]
    Shallow {
        /// The reference.
        reference: String,
    },
    /// There is no such place.
    #[error("HEAD and {reference} have no commit in common")]
    Unrelated {
        /// The reference.
        reference: String,
    },
    /// Git says something else.
    #[error("git failed: {said}")]
    Failed {
        /// Its words.
        said: String,
    },
}

impl ChangesError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoGit => "install it: --affected asks git what has changed",
            Self::NoRepository { .. } => {
                "--affected compares with a commit of git; without it, every project is selected"
            }
            Self::NoCommit => {
                "commit something first; without --affected, every project is selected"
            }
            Self::NoDefault { shallow: false } => {
                "name a commit, branch or tag to compare with: --affected=REF"
            }
            Self::Unknown { shallow: false, .. } => {
                "`git fetch` it; a branch of the remote is called origin/NAME"
            }
            Self::NoDefault { shallow: true }
            | Self::Unknown { shallow: true, .. }
            | Self::Shallow { .. } => {
                "fetch the whole history: `git fetch --unshallow`, or in GitHub Actions `fetch-depth: 0` of actions/checkout"
            }
            Self::Unrelated { .. } => {
                "compare with a commit, branch or tag of this history: --affected=REF"
            }
            Self::Failed { .. } => return None,
        })
    }
}
