//! Failures of API requests that are made before a deployment, and their exit code.

use super::Exit;
use super::say::say;
use crate::log::{RunEnd, verdict};
use crate::model::{Failure, ProjectResult, RunResult};

/// Shows the failures by account. The exit code is that of a run whose projects ended with these failures.
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
        (result, Some(failure.reason()))
    });
    match verdict(ends, RunEnd::default()) {
        (RunResult::Succeeded, _) => Ok(()),
        (_, code) => Err(Exit::of_report(code)),
    }
}
