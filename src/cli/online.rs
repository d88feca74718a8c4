//! Questions to the API before anything is deployed: which accounts it would not answer for, and how the program ends then.

use super::Exit;
use super::say::say;
use crate::model::{Failure, ProjectResult, RunResult};
use crate::report::{RunEnd, verdict};

/// Shows why accounts could not be asked. The exit code is then that of a run whose projects have ended by these failures.
pub(super) fn answered<'f>(
    failures: impl Iterator<Item = (&'f str, &'f Failure)>,
) -> Result<(), Exit> {
    let failures: Vec<_> = failures.collect();
    for (account, failure) in &failures {
        let error = &failure.error;
        say(&format!("error: account {account}: {}", error.message));
        if let Some(hint) = &error.hint {
            say(&format!("help: {hint}"));
        }
    }
    let ends = failures.iter().map(|(_, failure)| {
        let result = match failure.is_transient() {
            true => ProjectResult::Unavailable,
            false => ProjectResult::Rejected,
        };
        (result, failure.reason())
    });
    let ends: Vec<_> = ends.collect();
    let ends = ends.iter().map(|(result, reason)| (*result, Some(reason)));
    match verdict(ends, RunEnd::default()) {
        (RunResult::Succeeded, _) => Ok(()),
        (_, code) => Err(Exit::of_report(code)),
    }
}
