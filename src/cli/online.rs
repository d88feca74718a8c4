//! Questions to the API before anything is deployed: which accounts it would not answer for, and how the program ends then.

use super::Exit;
use super::say::say;
use crate::model::Failure;

/// Shows why accounts could not be asked. What it returns then tells credentials and passing failures from others.
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
    let all = |is: fn(&Failure) -> bool| failures.iter().all(|(_, failure)| is(failure));
    if failures.is_empty() {
        Ok(())
    } else if all(|failure| matches!(failure.error.http_status, Some(401 | 403))) {
        Err(Exit::REFUSED)
    } else if all(Failure::is_passing) {
        Err(Exit::PASSING)
    } else {
        Err(Exit::FAILURE)
    }
}
