//! The result of a run and its exit code.

use crate::model::{ProjectResult, Reason, RunResult, Signal};

/// What ended the run, other than its projects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunEnd {
    /// The first signal, if any.
    pub interrupted: Option<Signal>,
    /// Whether the run exceeded `--timeout`.
    pub timed_out: bool,
}

/// What a project's result means for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// A success.
    Success,
    /// Skipped because of another project, which determines the result.
    Consequence,
    /// The API rejected the credentials.
    Credentials,
    /// It has no resources; nothing was sent.
    Invalid,
    /// It may succeed later.
    Transient,
    /// Anything else.
    Permanent,
}

/// The result of a run and the exit code, derived from the results of its projects.
///
/// A run that received a signal is `interrupted` even if every started project succeeded. The same applies to `--timeout`.
pub fn verdict(
    projects: impl IntoIterator<Item = (ProjectResult, Option<Reason>)>,
    end: RunEnd,
) -> (RunResult, u8) {
    let projects = Vec::from_iter(projects);
    let is_sent = |(result, _): &(ProjectResult, _)| *result == ProjectResult::Succeeded;
    let is_any_sent = projects.iter().any(is_sent);
    let failures: Vec<Class> = projects
        .into_iter()
        .map(|(result, reason)| classify(result, reason))
        .filter(|class| *class != Class::Success)
        .collect();
    // Projects skipped because of others count only if there is no other failure.
    let roots: Vec<Class> = failures
        .iter()
        .copied()
        .filter(|class| *class != Class::Consequence)
        .collect();
    let all_are = |kind: Class| !roots.is_empty() && roots.iter().all(|class| *class == kind);

    if let Some(signal) = end.interrupted {
        (RunResult::Interrupted, signal.exit_code())
    } else if all_are(Class::Credentials) {
        (RunResult::Failed, 77)
    } else if all_are(Class::Invalid) && !is_any_sent {
        (RunResult::Failed, 78)
    } else if end.timed_out {
        (RunResult::TimedOut, 124)
    } else if failures.is_empty() {
        (RunResult::Succeeded, 0)
    } else if all_are(Class::Transient) {
        (RunResult::Failed, 75)
    } else {
        (RunResult::Failed, 1)
    }
}

fn classify(result: ProjectResult, reason: Option<Reason>) -> Class {
    use ProjectResult as R;
    match (result, reason) {
        (R::Succeeded | R::Unchanged, _) | (R::Skipped, None) => Class::Success,
        (R::Skipped, Some(Reason::DependencyNotDeployed)) => Class::Success,
        (R::Skipped, Some(reason)) if is_consequence(reason) => Class::Consequence,
        (R::Rejected, Some(Reason::Http(401 | 403))) => Class::Credentials,
        (R::Failed, Some(Reason::EmptyProject)) => Class::Invalid,
        (R::Conflicted, Some(Reason::ConflictDeadline | Reason::ConflictPolicy)) => {
            Class::Transient
        }
        // A retry would not change that.
        (R::Unavailable, Some(Reason::Certificate)) => Class::Permanent,
        (R::Unavailable, _) => Class::Transient,
        (R::Failed | R::Rejected | R::Conflicted | R::Cancelled | R::Superseded, _)
        | (R::TimedOut | R::Interrupted | R::Detached | R::Crashed | R::Skipped, _) => {
            Class::Permanent
        }
    }
}

/// Whether a project with this reason was skipped because of another one.
fn is_consequence(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::DependencyFailed
            | Reason::DependentFailed
            | Reason::FailFast
            | Reason::KeyRefused
            | Reason::NotSelected
            | Reason::MaxFail
            | Reason::WaveFailed
            | Reason::PreviewFailed
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProjectResult as R;

    const CALM: RunEnd = RunEnd {
        interrupted: None,
        timed_out: false,
    };

    fn code(projects: &[(R, Option<&str>)], end: RunEnd) -> u8 {
        judge(projects, end).1
    }

    /// The reasons are codes and not taken from [`Reason`]: scripts rely on them.
    fn judge(projects: &[(R, Option<&str>)], end: RunEnd) -> (RunResult, u8) {
        let reason = |code: &str| code.parse::<Reason>().unwrap();
        let projects = projects.iter().map(|(r, code)| (*r, code.map(reason)));
        verdict(projects, end)
    }

    #[test]
    fn a_run_without_a_failure_is_0() {
        let good = [
            (R::Succeeded, None),
            (R::Unchanged, None),
            (R::Skipped, None),
            (R::Skipped, Some("dependency_not_deployed")),
        ];
        assert_eq!(judge(&good, CALM), (RunResult::Succeeded, 0));
        assert_eq!(judge(&[], CALM), (RunResult::Succeeded, 0));
    }

    #[test]
    fn every_other_failure_is_1() {
        for (result, reason) in [
            (R::Failed, Some("deployment_failed")),
            (R::Rejected, Some("http_400")),
            (R::Rejected, None),
            (R::Cancelled, Some("cancelled_by_others")),
            (R::Superseded, None),
            (R::Conflicted, None),
            (R::TimedOut, Some("project_timeout")),
            (R::Unavailable, Some("certificate")),
            (R::Skipped, Some("interrupted")),
            (R::Skipped, Some("not_confirmed")),
            (R::Interrupted, Some("interrupted")),
            (R::Detached, Some("interrupted")),
            (R::Crashed, Some("panic")),
        ] {
            let run = [(R::Succeeded, None), (result, reason)];
            assert_eq!(
                judge(&run, CALM),
                (RunResult::Failed, 1),
                "{result}, {reason:?}"
            );
        }
    }

    #[test]
    fn only_transient_failures_are_75() {
        let transient = [
            (R::Succeeded, None),
            (R::Unavailable, Some("connection")),
            (R::Unavailable, Some("http_503")),
            (R::Unavailable, Some("http_429")),
            (R::Unavailable, Some("unexpected_response")),
            (R::Conflicted, Some("conflict_deadline")),
            (R::Conflicted, Some("conflict_policy")),
            (R::Skipped, Some("dependency_failed")),
        ];
        assert_eq!(judge(&transient, CALM), (RunResult::Failed, 75));
    }

    #[test]
    fn a_permanent_and_a_transient_failure_are_1() {
        let mixed = [
            (R::Unavailable, Some("connection")),
            (R::Failed, Some("deployment_failed")),
        ];
        assert_eq!(code(&mixed, CALM), 1);
    }

    #[test]
    fn rejected_credentials_are_77_only_if_they_explain_every_failure() {
        let refused = [
            (R::Rejected, Some("http_401")),
            (R::Rejected, Some("http_403")),
            (R::Skipped, Some("dependency_failed")),
            (R::Skipped, Some("max_fail")),
            (R::Skipped, Some("fail_fast")),
        ];
        assert_eq!(code(&refused, CALM), 77);
        for other in [
            (R::Failed, Some("deployment_failed")),
            (R::Unavailable, Some("connection")),
            (R::Rejected, Some("http_404")),
        ] {
            assert_eq!(code(&[refused[0], other], CALM), 1, "{other:?}");
        }
    }

    #[test]
    fn empty_projects_are_78_if_nothing_was_sent() {
        let empty = (R::Failed, Some("empty_project"));
        let skipped = (R::Skipped, Some("dependency_failed"));
        assert_eq!(
            judge(&[empty, skipped, (R::Unchanged, None)], CALM),
            (RunResult::Failed, 78)
        );
        for other in [
            (R::Succeeded, None),
            (R::Failed, Some("bundling_failed")),
            (R::Unavailable, Some("connection")),
        ] {
            assert_eq!(code(&[empty, other], CALM), 1, "{other:?}");
        }
    }

    #[test]
    fn skipped_projects_alone_are_a_failure() {
        assert_eq!(code(&[(R::Skipped, Some("dependency_failed"))], CALM), 1);
        assert_eq!(code(&[(R::Skipped, Some("max_fail"))], CALM), 1);
        let not_selected = (R::Skipped, Some("not_selected"));
        assert_eq!(code(&[(R::Succeeded, None), not_selected], CALM), 1);
    }

    #[test]
    fn a_signal_takes_precedence_even_over_success() {
        for (signal, expected) in [
            (Signal::Sigint, 130),
            (Signal::Sigterm, 143),
            (Signal::Sighup, 129),
        ] {
            let end = RunEnd {
                interrupted: Some(signal),
                timed_out: true,
            };
            for project in [
                (R::Succeeded, None),
                (R::Rejected, Some("http_401")),
                (R::Failed, Some("deployment_failed")),
            ] {
                assert_eq!(judge(&[project], end), (RunResult::Interrupted, expected));
            }
        }
    }

    #[test]
    fn an_exceeded_timeout_is_124_unless_credentials_were_rejected() {
        let end = RunEnd {
            interrupted: None,
            timed_out: true,
        };
        let late = (R::TimedOut, Some("run_timeout"));
        let refused = (R::Rejected, Some("http_401"));
        let away = (R::Unavailable, Some("connection"));
        assert_eq!(judge(&[late], end), (RunResult::TimedOut, 124));
        assert_eq!(judge(&[away], end), (RunResult::TimedOut, 124));
        assert_eq!(code(&[late, refused], end), 124);
        assert_eq!(code(&[refused], end), 77);
    }
}
