//! `orchestrate destroy`: load, plan, confirm, delete, report.

use super::destroy_args::DestroyArgs;
use super::envelope::{Envelope, Status, with_yes};
use super::in_process::{self, InProcess};
use super::load;
use super::output::Output;
use super::question::{Question, Room, Unconfirmed};
use super::run::{carry_out, failed, finish, listen, open_report_files};
use super::say::{say, show};
use super::values::MessageFormat;
use super::{Exit, reuse};
use crate::api::Identity;
use crate::guard::too_many_projects;
use crate::manifest::{Manifest, OrphanedDependent, orphaned_dependents};
use crate::model::Reason;
use crate::model::Signal;
use crate::run::{self, Job, NotBegun, Plan, Session};
use crate::ui::{one_line, table};
use futures::Stream;
use serde::Serialize;
use std::ffi::OsString;

pub(super) fn main(args: &DestroyArgs, arguments: &[OsString]) -> Exit {
    let destroy = async |own: &InProcess| destroy(args, own, arguments).await;
    in_process::within(&args.target, &args.in_process, destroy)
}

async fn destroy(
    args: &DestroyArgs,
    own: &InProcess,
    arguments: &[OsString],
) -> Result<Exit, Exit> {
    let files = open_report_files(&args.output)?;
    let farewell = farewell(args, own)?;
    // Listeners start before the confirmation, so no signal is lost between it and the deletion.
    let (asking, deleting) = (listen()?, listen()?);
    let not_begun = NotBegun::of(&farewell.plan);
    let refused = |(exit, reason): (Exit, Reason), cause, files| {
        let report = not_begun.report(reason, cause, exit.code());
        Ok(finish(&report, files, Ok(())))
    };
    if let Some(excess) = too_many_projects(farewell.plan.budget, farewell.plan.jobs.len()) {
        let cause = excess.to_string();
        say(&format!(
            "error: nothing was deleted: {cause}\nhelp: select fewer projects, or raise max_projects in [limits]"
        ));
        if args.output.message_format == MessageFormat::Json {
            let reasons = [cause.clone()];
            farewell.envelope(Status::Refused, &reasons, None).tell();
        }
        return refused((Exit::FAILURE, Reason::LimitExceeded), Some(cause), files);
    }
    // An empty in-process sandbox has nothing to lose.
    let is_empty = args.target.sandbox && args.in_process.starts_empty();
    if !is_empty && !farewell.plan.jobs.is_empty() {
        let is_confirmed = args.confirm.yes || args.confirm.force;
        if !is_confirmed {
            say(&farewell.text());
        }
        if !farewell.orphaned.is_empty() {
            say(&farewell.warning());
        }
        if !is_confirmed {
            let room = Room::after_reading(&args.input);
            if let Err(why) = farewell.confirm(room, asking, arguments).await {
                return refused(why.ends(), None, files);
            }
        }
    }
    let mut plan = farewell.plan;
    let history = reuse::history(&args.target, false);
    plan.reuse.history.clone_from(&history);
    let output = Output::new(&args.output, &args.common);
    let identity = Identity::from_env(&load::env);
    let session = Session::new(&plan.api_url, &identity).map_err(|error| failed(&error))?;
    carry_out(&session, plan, history, files, output, deleting).await
}

/// The planned deletion.
struct Farewell {
    plan: Plan,
    /// The text that confirms it.
    word: String,
    /// Dependents that are not deleted.
    orphaned: Vec<OrphanedDependent>,
}

fn farewell(args: &DestroyArgs, own: &InProcess) -> Result<Farewell, Exit> {
    let mut overrides = args.overrides();
    overrides.api_url = own.url().or_else(|| load::api_url(&args.target));
    let (input, common) = (&args.input, &args.common);
    let (manifest, all) =
        load::with_all(input, &args.select, overrides, args.target.sandbox, common)?;
    let mut plan =
        run::plan_to_destroy(&manifest, &load::env).map_err(|problems| show(&problems, common))?;
    load::allow_takeover(&mut plan, &all, &args.takeover, common)?;
    plan.reuse.cache = reuse::cache(&args.make, &args.target, &manifest);
    plan.offline_bundle = args.make.offline_bundle;
    Ok(Farewell {
        word: word(&manifest),
        orphaned: orphaned_dependents(&all, &manifest.projects),
        plan,
    })
}

/// The manifest's name, or else a text that is not typed by habit.
fn word(manifest: &Manifest) -> String {
    match &manifest.name {
        Some(name) => name.clone(),
        None => format!("destroy {}", manifest.projects.len()),
    }
}

/// The fields of [`Envelope`] for a deletion.
#[derive(Serialize)]
struct Details<'a> {
    projects: Vec<Going<'a>>,
    /// Dependents that are not deleted.
    dependents: Vec<Staying<'a>>,
}

#[derive(Serialize)]
struct Going<'a> {
    name: &'a str,
    logical_id: Option<&'a str>,
    account: &'a str,
    account_id: &'a str,
    preserve_resources: bool,
}

#[derive(Serialize)]
struct Staying<'a> {
    name: &'a str,
    depends_on: &'a [String],
}

impl Farewell {
    /// Lists the projects to delete.
    fn text(&self) -> String {
        let head = ["project", "account", "logical id", "resources"];
        let row = |job: &Job| {
            let logical_id = job.logical_id.as_deref();
            [
                job.name.to_string(),
                format!("{} ({})", job.account, job.credentials.account_id),
                logical_id.unwrap_or("(in its bundle)").to_owned(),
                if job.policy.preserve_resources {
                    "preserved".to_owned()
                } else {
                    "deleted".to_owned()
                },
            ]
        };
        let jobs = &self.plan.jobs;
        let mut text = table::render(&head, jobs.iter().map(row));
        text.push_str(&format!(
            "\n{} of {} will be deleted from {}.",
            count(jobs.len()),
            one_line(&self.plan.manifest),
            one_line(&self.plan.api_url)
        ));
        if jobs.iter().any(|job| !job.policy.preserve_resources) {
            text.push_str(" Checks are deleted with their results. This cannot be undone.");
        }
        text
    }

    /// Names the dependents that are not deleted.
    fn warning(&self) -> String {
        let mut text = "warning: dependents that are not deleted:".to_owned();
        for OrphanedDependent { name, of } in &self.orphaned {
            let (name, of) = (one_line(name), one_line(&of.join(", ")));
            text.push_str(&format!("\n  {name} depends on {of}"));
        }
        text + "\nhelp: --with-dependents deletes them, too; --exclude keeps their dependencies"
    }

    /// Asks for confirmation.
    async fn confirm(
        &self,
        room: Room,
        signals: impl Stream<Item = Signal>,
        arguments: &[OsString],
    ) -> Result<(), Unconfirmed> {
        let question = Question {
            text: &format!("\nType {} to confirm:", one_line(&self.word)),
            is_yes: &|line| line == self.word.trim(),
            nothing_done: "Nothing was deleted.",
        };
        let answer = question.confirm(room, signals).await;
        if answer == Err(Unconfirmed::Nobody) {
            self.refer(arguments);
        }
        answer
    }

    /// Prints how to confirm later.
    fn refer(&self, arguments: &[OsString]) {
        let confirm_command = with_yes("destroy", arguments);
        say(&format!(
            "error: nothing was deleted: confirmation is required, but this run is not interactive\n\
             help: to delete without confirmation, run: {}",
            one_line(&confirm_command)
        ));
        let status = Status::ConfirmationRequired;
        self.envelope(status, &[], Some(&confirm_command)).tell();
    }

    /// The same for programs.
    fn envelope<'a>(
        &'a self,
        status: Status,
        reasons: &'a [String],
        confirm_command: Option<&'a str>,
    ) -> Envelope<'a, Details<'a>> {
        let going = |job: &Job| {
            let Job { name, account, .. } = job;
            let what = match job.policy.preserve_resources {
                true => "preserve",
                false => "delete",
            };
            format!("delete project {name} from account {account}, and {what} its resources")
        };
        Envelope {
            status,
            command: "destroy",
            reasons,
            changes: self.plan.jobs.iter().map(going).collect(),
            details: Details {
                projects: self.plan.jobs.iter().map(Going::of).collect(),
                dependents: self.orphaned.iter().map(Staying::of).collect(),
            },
            confirm_command,
        }
    }
}

impl<'a> Going<'a> {
    fn of(job: &'a Job) -> Self {
        Self {
            name: &job.name,
            logical_id: job.logical_id.as_deref(),
            account: &job.account,
            account_id: &job.credentials.account_id,
            preserve_resources: job.policy.preserve_resources,
        }
    }
}

impl<'a> Staying<'a> {
    fn of(dependent: &'a OrphanedDependent) -> Self {
        Self {
            name: &dependent.name,
            depends_on: &dependent.of,
        }
    }
}

fn count(projects: usize) -> String {
    match projects {
        1 => "1 project".to_owned(),
        more => format!("{more} projects"),
    }
}
