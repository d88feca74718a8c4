//! Why git cannot determine the changes, with advice.

use std::path::PathBuf;
use thiserror::Error;

/// Why git cannot determine the changes.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum GitError {
    /// The program does not exist.
    #[error("git is not installed, or not in PATH")]
    NoGit,
    /// The directory is in no working tree.
    #[error("{} is not in a git repository", dir.display())]
    NoRepository {
        /// The directory.
        dir: PathBuf,
    },
    /// The repository is empty.
    #[error("the git repository has no commit yet")]
    NoCommit,
    /// The remote's default branch is unknown.
    #[error(
        "git knows no default branch of the remote: there is no origin/HEAD, origin/main or origin/master"
    )]
    NoDefault {
        /// Whether the clone is shallow.
        shallow: bool,
    },
    /// The reference names no known commit.
    #[error("git knows no commit called {reference}")]
    Unknown {
        /// The reference.
        reference: String,
        /// Whether the clone is shallow.
        shallow: bool,
    },
    /// All zeros: what CI systems report as the commit before the first push of a branch.
    #[error("this is no commit: the branch is new, so nothing came before it")]
    NewBranch,
    /// The clone does not contain the merge base of HEAD and the reference.
    #[error("this clone is shallow and does not contain the merge base of HEAD and {reference}")]
    Shallow {
        /// The reference.
        reference: String,
    },
    /// There is no merge base.
    #[error("HEAD and {reference} have no commit in common")]
    Unrelated {
        /// The reference.
        reference: String,
    },
    /// Git failed for another reason.
    #[error("git failed: {said}")]
    Failed {
        /// Its error output.
        said: String,
    },
}

impl GitError {
    /// Advice.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoGit => "install git: --affected needs it to find changes",
            Self::NoRepository { .. } => {
                "--affected needs a git repository; without --affected, every project is selected"
            }
            Self::NoCommit => {
                "create a commit first; without --affected, every project is selected"
            }
            Self::NewBranch => {
                "compare with the branch that it started from: --affected=origin/main, or --affected for the default branch"
            }
            Self::NoDefault { shallow: false } => {
                "name a commit, branch or tag to compare with: --affected=REF"
            }
            Self::Unknown { shallow: false, .. } => {
                "fetch it with `git fetch`; name a branch of the remote as origin/NAME"
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
