//! External text that tries to control the terminal.

use super::script::{Script, because};
use super::*;

/// A run in which every external text tries to control the terminal.
fn hostile() -> Vec<RunEvent> {
    const EVIL: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}1A\u{202e}x\r\nnew\u{8}line";
    let name = format!("shop{EVIL}");
    let id: DeploymentId = EVIL.into();
    let mut s = Script::new(&[&name]);
    s.accepted(&name, EVIL)
        .conflict(&name, EVIL, OnConflict::Wait);
    s.project(
        &name,
        Event::Queued {
            depends_on: vec![EVIL.into()],
        },
    );
    s.project(
        &name,
        Event::Cancelling {
            deployment_id: id.clone(),
            reason: Reason::Interrupted,
        },
    );
    let cause = EVIL.to_owned();
    s.project(
        &name,
        Event::Reconnecting {
            attempt: 1,
            delay_ms: 1,
            cause: cause.clone(),
        },
    );
    s.project(
        &name,
        Event::Cancelling {
            deployment_id: id.clone(),
            reason: Reason::Interrupted,
        },
    );
    s.project(
        &name,
        Event::Retrying {
            attempt: 2,
            delay_ms: 1,
            cause,
        },
    );
    s.interrupted(Signal::Sigint, 1, OnInterrupt::Drain, &[EVIL]);
    s.ended(ProjectReport {
        account: EVIL.into(),
        cause: Some(EVIL.into()),
        deployment_id: Some(id),
        error: Some(ErrorInfo {
            code: Some(EVIL.into()),
            message: EVIL.into(),
            http_status: Some(400),
            hint: Some(EVIL.into()),
            output: Some(EVIL.into()),
        }),
        changes: vec![Change::bare(Action::Create, EVIL, EVIL)],
        ..because(&name, ProjectResult::Rejected, Reason::Http(400))
    });
    s.over(RunResult::Failed)
}

#[test]
fn external_text_cannot_control_the_terminal() {
    let options = Options {
        verbosity: Verbosity::Verbose,
        show_changes: true,
        ..PLAIN
    };
    let text = shown(&hostile(), options, 80);
    let evil = |c: &char| (c.is_control() && *c != '\n') || *c == '\u{202e}';
    assert_eq!(text.chars().find(evil), None, "{text}");
    assert!(!text.contains("owned"), "{text}");
    // Only the bar itself moves the cursor.
    let bar = Options {
        progress: Progress::Bar,
        ..options
    };
    let text = shown(&hostile(), bar, 80);
    for never in [
        "[2J", "]0;", "owned", "\u{9b}", "\u{202e}", "\u{8}", "\u{7}",
    ] {
        assert!(!text.contains(never), "{never:?} in {text:?}");
    }
}
