//! The guard's refusals, for people and for programs, and its question.

use super::Exit;
use super::envelope::{Envelope, Status};
use super::guard::{Guard, Refusal, Stop};
use super::question::{Question, Room, Unconfirmed, is_yes};
use super::say::say;
use super::values::MessageFormat;
use crate::guard::{self, Deletion, Excess};
use crate::model::Signal;
use crate::model::{ProjectReport, Reason, Report, RunAccount};
use crate::ui::{self, Facts, stderr_size};
use crate::words;
use futures::Stream;
use serde::Serialize;

/// The fields of [`Envelope`] for a deployment.
#[derive(Serialize)]
struct Details<'a> {
    deletions: &'a [Deletion<'a>],
}

impl Guard<'_> {
    /// Refuses a deployment that would exceed limits; lists the deletions if they are known.
    pub(super) fn limit_exceeded(&self, excesses: &[Excess], report: Option<&Report>) -> Stop {
        if let Some(report) = report {
            self.list(&report.projects);
        }
        let reasons: Vec<String> = excesses.iter().map(Excess::to_string).collect();
        let next = match excesses {
            [Excess::Projects { .. }] => "select fewer projects, or raise max_projects in [limits]",
            _ => {
                "if these deletions are intended, raise max_deletes; --max-deletes N overrides the one in [limits] for one run"
            }
        };
        let why = (Reason::LimitExceeded, "a limit would be exceeded");
        self.refuse(why, &reasons, next, report)
    }

    /// Shows why nothing is deployed.
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

    /// Lists the deletions and asks for confirmation of them and of new accounts.
    pub(super) async fn confirm(
        &self,
        new: &[RunAccount],
        projects: usize,
        previewed: &[ProjectReport],
        signals: impl Stream<Item = Signal>,
    ) -> Result<(), Stop> {
        let deletions = guard::deletions(previewed);
        if !deletions.is_empty() {
            self.list(previewed);
        }
        let question = Question {
            text: &question(projects, new, deletions.len()),
            is_yes: &is_yes,
            nothing_done: "Nothing was deployed.",
        };
        let room = Room::after_reading(&self.args.input);
        let answer = question.confirm(room, signals).await;
        if answer == Err(Unconfirmed::Nobody) {
            say(&format!(
                "error: nothing was deployed: the deletions require confirmation, but this run is not interactive\n\
                 help: to deploy without confirmation, run: {}",
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
            let cause = (reason == Reason::NotConfirmed).then(|| sentences.join("; "));
            Stop::Refused(Refusal {
                exit,
                reason,
                cause,
            })
        })
    }

    fn list(&self, previewed: &[ProjectReport]) {
        let color = Facts::of_stderr().color(self.args.common.color.into());
        say(&ui::deletions(previewed, color, stderr_size().columns));
    }
}

/// One question for new accounts and deletions.
fn question(projects: usize, new: &[RunAccount], deletions: usize) -> String {
    let deploy = match new {
        [] => "Deploy".to_owned(),
        new => format!(
            "Deploy {} to {}, for the first time from this directory",
            words::count(projects, "project"),
            ui::accounts(new)
        ),
    };
    match (deletions, new) {
        (0, _) => format!("{deploy}? [y/N]"),
        (n, []) => format!("{deploy} and delete {}? [y/N]", words::count(n, "resource")),
        (n, _) => format!(
            "{deploy}, and delete {}? [y/N]",
            words::count(n, "resource")
        ),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_and_new_accounts_are_one_question() {
        let account = |name: &str, id: &str| RunAccount {
            name: name.to_owned(),
            account_id: id.to_owned(),
        };
        let new = [account("prod", "a-1"), account("staging", "a-2")];
        insta::assert_snapshot!(question(2, &[], 1), @"Deploy and delete 1 resource? [y/N]");
        insta::assert_snapshot!(
            question(1, &new[..1], 0),
            @"Deploy 1 project to account prod (a-1), for the first time from this directory? [y/N]"
        );
        insta::assert_snapshot!(
            question(2, &new, 3),
            @"Deploy 2 projects to accounts prod (a-1), staging (a-2), for the first time from this directory, and delete 3 resources? [y/N]"
        );
    }
}
