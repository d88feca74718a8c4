//! The order of the run's own hooks.

use crate::model::{Hook, HookSet, RunResult};

/// The hook to run once every project has ended with this result, which includes earlier hooks. `last` is the most recent
/// hook; `closed`: no more hooks are started.
pub fn next_hook(
    hooks: HookSet,
    result: RunResult,
    last: Option<Hook>,
    closed: bool,
) -> Option<Hook> {
    if closed {
        return None;
    }
    match (result, last) {
        (_, Some(Hook::OnFailure)) => None,
        (RunResult::Succeeded, Some(Hook::Post)) => None,
        (RunResult::Succeeded, _) => hooks.post.then_some(Hook::Post),
        _ => hooks.on_failure.then_some(Hook::OnFailure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: HookSet = HookSet {
        pre: true,
        test: false,
        post: true,
        on_failure: true,
    };

    #[test]
    fn post_follows_success_and_on_failure_follows_anything_else() {
        for before in [None, Some(Hook::Pre)] {
            let next = |result| next_hook(ALL, result, before, false);
            assert_eq!(next(RunResult::Succeeded), Some(Hook::Post));
            for result in [
                RunResult::Failed,
                RunResult::Interrupted,
                RunResult::TimedOut,
            ] {
                assert_eq!(next(result), Some(Hook::OnFailure));
            }
        }
    }

    #[test]
    fn a_failed_post_is_followed_by_on_failure_and_no_other_hook() {
        let next = |result, last| next_hook(ALL, result, Some(last), false);
        assert_eq!(next(RunResult::Succeeded, Hook::Post), None);
        assert_eq!(next(RunResult::Failed, Hook::Post), Some(Hook::OnFailure));
        assert_eq!(next(RunResult::Failed, Hook::OnFailure), None);
    }

    #[test]
    fn missing_and_disabled_hooks_are_skipped() {
        for result in [RunResult::Succeeded, RunResult::Failed] {
            assert_eq!(next_hook(HookSet::default(), result, None, false), None);
            assert_eq!(next_hook(ALL, result, None, true), None);
        }
    }
}
