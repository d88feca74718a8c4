//! What is said where the guard does not let a deployment through, to people and to programs; and its question.

use super::Exit;
use super::envelope::{Envelope, Status};
use super::guard::{Guard, Refusal, Stop};
use super::question::{Question, Room, Unconfirmed, is_yes};
use super::say::say;
use super::values::MessageFormat;
use crate::guard::{self, Deletion, Excess};
use crate::model::{Reason, Report};
use crate::report::Signal;
use crate::ui::{self, Facts, stderr_size};
use crate::words;
use futures::Stream;
use serde::Serialize;

/// What [`Envelope`] has of a deployment.
#[derive(Serialize)]
struct Details<'a> {
    deletions: &'a [Deletion<'a>],
}

impl Guard<'_> {
    /// Says which budgets would be exceeded, and what would be deleted where that is known.
    pub(super) fn limit_exceeded(&self, excesses: &[Excess], report: Option<&Report>) -> Stop {
        if let Some(report) = report {
            self.list(report);
        }
        let reasons: Vec<String> = excesses.iter().map(Excess::to_string).collect();
        let next = match excesses {
            [Excess::Projects { .. }] => "select fewer projects, or raise max_projects in [limits]",
            _ => {
                "where this is what you want, raise max_deletes; for this once, --max-deletes N takes the place of that in [limits]"
            }
        };
        let why = (Reason::LIMIT_EXCEEDED, "a budget would be exceeded");
        self.refuse(why, &reasons, next, report)
    }

    /// Says why nothing is deployed.
    pub(super) fn refuse(
        &self,
        (reason, head): (Reason, &str),
        reasons: &[String],
        next: &str,
        report: Option<&Report>,
    ) -> Stop {
        let mut text = format!("error: nothing was deployed: {}", ui::one_line(head));
        for reason in reasons {
            text.push_str(&format!("\n  {}", ui::one_line(reason)));
        }
        say(&format!("{text}\nhelp: {next}"));
        if self.args.output.message_format == MessageFormat::Json {
            let deletions = report.map(|report| guard::deletions(&report.projects));
            tell(
                Status::Refused,
                &deletions.unwrap_or_default(),
                reasons,
                None,
            );
        }
        Stop::Refused(Refusal {
            exit: Exit::FAILURE,
            reason,
            cause: Some(reasons.join("; ")),
        })
    }

    /// Lists what would be deleted, asks, and returns where the answer is yes.
    pub(super) async fn confirm(
        &self,
        report: &Report,
        signals: impl Stream<Item = Signal>,
    ) -> Result<(), Stop> {
        self.list(report);
        let deletions = guard::deletions(&report.projects);
        let question = Question {
            text: &format!(
                "Deploy, and delete {}? [y/N]",
                words::count(deletions.len(), "resource")
            ),
            is_yes: &is_yes,
            nothing_done: "Nothing was deployed.",
        };
        let room = Room::after_reading(&self.args.input);
        let answer = question.confirm(room, signals).await;
        if answer == Err(Unconfirmed::Nobody) {
            say(&format!(
                "error: nothing was deployed: these deletions have to be confirmed, and nobody can be asked here\n\
                 help: to deploy nonetheless: {}",
                ui::one_line(&self.confirm_command)
            ));
            tell(
                Status::ConfirmationRequired,
                &deletions,
                &[],
                Some(&self.confirm_command),
            );
        }
        answer.map_err(|why| {
            let (exit, reason) = why.ends();
            let sentences: Vec<String> = deletions.iter().map(Deletion::to_string).collect();
            let cause = (reason == Reason::NOT_CONFIRMED).then(|| sentences.join("; "));
            Stop::Refused(Refusal {
                exit,
                reason,
                cause,
            })
        })
    }

    fn list(&self, report: &Report) {
        let color = Facts::of_stderr().color(self.args.common.color.into());
        say(&ui::deletions(
            &report.projects,
            color,
            stderr_size().columns,
        ));
    }
}

fn tell(status: Status, deletions: &[Deletion<'_>], reasons: &[String], confirm: Option<&str>) {
    let envelope = Envelope {
        status,
        command: "deploy",
        reasons,
        changes: deletions
            .iter()
            .map(|it| ui::one_line(&it.to_string()))
            .collect(),
        details: Details { deletions },
        confirm_command: confirm,
    };
    envelope.tell();
}
