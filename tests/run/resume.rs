//! A run that is killed at every one of its events, and resumed: nothing is lost, and nothing is deployed twice.

use crate::api::Identity;
use crate::journal::{self, OpenError};
use crate::model::{Event, ProjectReport, Report, Reporter, RunEvent, Timestamp};
use crate::run::{self, EarlierRun, Session};
use crate::tests::run::hooks::{hook, hooks};
use crate::tests::run::rig::{Rig, assert_is_fold};
use futures::channel::oneshot;
use futures::future::{Either, select};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::LocalSet;

/// A deployment that fails.
const FAILS: &str = r#"
[[rule]]
project = "fails"
on = "deploy"
fault.fail = { at = 60, code = "PLAN_LIMITS_EXCEEDED", message = "Too many checks." }
"#;

/// An overloaded API, and a blocker.
pub(super) const DELAYS: &str = r#"
[[rule]]
project = "overloaded"
on = "deploy"
times = 1
fault.status = { code = 503 }

[[rule]]
project = "blocked"
on = "deploy"
times = 1
fault.blocker = { for = "20s" }
"#;

/// A lost response.
pub(super) const LOST: &str = r#"
[[rule]]
project = "lost"
on = "deploy"
times = 1
fault.lose = "close"
"#;

fn rig() -> Rig {
    let waves = "[[wave]]\nselect = ['first', 'second', 'fails', 'hooked', 'overloaded', 'lost']\nmax_fail_percentage = 50\n";
    let own = format!("[hooks]\npre = {}\n", hook("true"));
    Rig::with_script(&[FAILS, DELAYS, LOST].concat())
        .project("first", 2, "")
        .project("second", 1, "depends_on = ['first']")
        .project("fails", 1, "")
        .project("overloaded", 3, "")
        .project("lost", 20, "")
        .project("hooked", 1, &hooks("true", "true", "true"))
        .project("blocked", 1, "")
        .project("last", 1, "depends_on = ['second', 'hooked']")
        .with(waves)
        .with(&own)
}

/// Ends the process after this many events.
struct Killer {
    left: usize,
    kill: Option<oneshot::Sender<()>>,
}

impl Reporter for Killer {
    fn event(&mut self, _: &RunEvent) {
        self.left = self.left.saturating_sub(1);
        if self.left == 0
            && let Some(kill) = self.kill.take()
        {
            let _ = kill.send(());
        }
    }
}

/// The first process. `None` if it is killed.
async fn process(rig: &Rig, session: Session, events: usize) -> Option<Report> {
    run_process(rig.plan(), session, events).await
}

/// All its tasks, and its connections, end when it is killed.
async fn run_process(plan: run::Plan, mut session: Session, events: usize) -> Option<Report> {
    let (kill, killed) = oneshot::channel();
    let kill = Some(kill);
    session.reporters = vec![Box::new(Killer { left: events, kill })];
    let identity = Identity::from_env(&|_| None);
    let tasks = LocalSet::new();
    let never = futures::stream::pending();
    let running = tasks.run_until(run::execute(plan, &identity, session, never));
    let ended = select(killed, Box::pin(running)).await;
    match ended {
        Either::Left((Ok(()), _)) => None,
        Either::Left((Err(_), running)) => Some(running.await.unwrap().report),
        Either::Right((ran, _)) => Some(ran.unwrap().report),
    }
}

pub(super) fn journal(rig: &Rig) -> PathBuf {
    rig.dir("journal.jsonl")
}

fn new_session(rig: &Rig) -> Session {
    Session {
        journal: Some(journal::Journal::create(&journal(rig)).unwrap()),
        ..Session::default()
    }
}

/// The run, for another process.
pub(super) async fn reopen(rig: &Rig) -> EarlierRun {
    loop {
        // A thread of the earlier process may still flush the file.
        match EarlierRun::open(&journal(rig)) {
            Err(OpenError::Busy(_)) => tokio::task::yield_now().await,
            earlier => break earlier.unwrap(),
        }
    }
}

/// Resumes the run in another process. `None` if that is killed, too.
async fn resume(rig: &Rig, events: usize) -> Option<Report> {
    let earlier = reopen(rig).await;
    if earlier.is_over() {
        return Some(earlier.earlier().report());
    }
    let mut plan = rig.plan();
    earlier.apply(&mut plan).unwrap();
    run_process(plan, earlier.session(), events).await
}

/// What must be equal, however often the run was killed.
fn essence(report: &Report) -> Vec<String> {
    let row = |row: &ProjectReport| {
        let changes = row.changes.iter();
        let changes: Vec<String> = changes
            .map(|it| format!("{:?} {} {}", it.action, it.kind, it.logical_id))
            .collect();
        let hooks: Vec<String> = row
            .hooks
            .iter()
            .map(|it| format!("{} {:?}", it.hook, it.error))
            .collect();
        format!(
            "{} {:?} {:?} {:?} {:?} {:?} {hooks:?} {changes:?} {}",
            row.name,
            row.result,
            row.reason,
            row.error,
            row.logical_id,
            row.bundle.as_ref().map(|bundle| &bundle.sha256),
            row.deployment_id.is_some(),
        )
    };
    let rows = report.projects.iter().map(row);
    let hooks = report.hooks.iter().map(|it| it.hook.to_string());
    let run = format!(
        "{:?} {} {:?}",
        report.result, report.exit_code, report.counts
    );
    rows.chain(hooks).chain([run]).collect()
}

/// How many of the run's uploads the server accepted for each project.
fn accepted(rig: &Rig) -> BTreeMap<String, usize> {
    let mut accepted = BTreeMap::new();
    for deployment in rig.sandbox.deployments() {
        *accepted.entry(deployment.logical_id).or_default() += 1;
    }
    // One of another client.
    *accepted.get_mut("blocked").unwrap() -= 1;
    accepted
}

/// The journal tells the report, and nothing runs that it does not know.
pub(super) fn assert_journal(rig: &Rig, report: &Report) {
    let events = journal::read(&journal(rig)).unwrap();
    assert!(matches!(
        events.last().unwrap().event,
        Event::RunFinished(_)
    ));
    assert_is_fold(report, &events);
    for deployment in rig.sandbox.deployments() {
        assert_ne!(deployment.status, "RUNNING", "{deployment:?}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_run_that_is_killed_at_any_event_is_finished_by_resume() {
    let undisturbed = rig();
    let session = new_session(&undisturbed);
    let expected = process(&undisturbed, session, usize::MAX).await.unwrap();
    assert_journal(&undisturbed, &expected);
    let events = journal::read(&journal(&undisturbed)).unwrap().len();
    assert!(events > 80, "{events}");
    let needed = accepted(&undisturbed);
    for kill_at in 1..events {
        let rig = rig();
        let killed = process(&rig, new_session(&rig), kill_at).await;
        let report = match killed {
            Some(report) => report,
            None => resume(&rig, usize::MAX).await.unwrap(),
        };
        assert_eq!(essence(&report), essence(&expected), "killed at {kill_at}");
        assert_journal(&rig, &report);
        for (project, uploads) in accepted(&rig) {
            let needed = needed[&project];
            // What has failed is sent again.
            let again = usize::from(project == "fails");
            assert!(
                (needed..=needed + again).contains(&uploads),
                "killed at {kill_at}: {uploads} deployments of {project}, {needed} needed"
            );
        }
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_resumed_run_that_is_killed_again_is_finished_by_another_resume() {
    let undisturbed = rig();
    let session = new_session(&undisturbed);
    let expected = process(&undisturbed, session, usize::MAX).await.unwrap();
    for kill_at in (5..80).step_by(9) {
        let rig = rig();
        let mut report = process(&rig, new_session(&rig), kill_at).await;
        for again in [3, 17, 8, 29] {
            if report.is_none() {
                report = resume(&rig, again).await;
            }
        }
        let report = match report {
            Some(report) => report,
            None => resume(&rig, usize::MAX).await.unwrap(),
        };
        assert_eq!(essence(&report), essence(&expected), "killed at {kill_at}");
        assert_journal(&rig, &report);
    }
}

/// Changes the times in the journal, as if the clock had been wrong.
fn shift(rig: &Rig, shifted: impl Fn(Timestamp) -> Timestamp) {
    let mut text = String::new();
    for mut event in journal::read(&journal(rig)).unwrap() {
        event.ts = shifted(event.ts);
        text += &(serde_json::to_string(&event).unwrap() + "\n");
    }
    std::fs::write(journal(rig), text).unwrap();
}

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Kills a run while its deployment is followed, changes the clock, and resumes the run.
async fn resumed_with_another_clock(shifted: impl Fn(Timestamp) -> Timestamp) -> (Rig, Report) {
    let rig = Rig::new().project("shop", 200, "");
    let killed = process(&rig, new_session(&rig), 8).await;
    assert!(killed.is_none());
    reopen(&rig).await;
    shift(&rig, shifted);
    let report = resume(&rig, usize::MAX).await.unwrap();
    assert_journal(&rig, &report);
    let events = journal::read(&journal(&rig)).unwrap();
    assert!(events.is_sorted_by_key(|event| event.ts));
    assert_eq!(report.projects[0].result.as_str(), "succeeded");
    assert!(report.projects[0].started_at.unwrap() <= report.projects[0].finished_at);
    assert!(report.started_at <= report.finished_at);
    assert_eq!(rig.count("POST deploy"), 1);
    (rig, report)
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_clock_that_was_an_hour_ahead_turns_no_time_back() {
    let (_rig, report) = resumed_with_another_clock(|ts| ts.plus(HOUR)).await;
    let seconds = report.duration_ms / 1000;
    assert!((5..60).contains(&seconds), "{seconds} s");
    let deploying = report.projects[0].durations_ms.deploying / 1000;
    assert!((5..60).contains(&deploying), "{deploying} s");
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_day_between_two_processes_of_a_run_is_no_time_of_a_deployment() {
    let day = 24 * 60 * 60 * 1000;
    let (_rig, report) = resumed_with_another_clock(|ts| Timestamp(ts.0 - day)).await;
    assert!((day..day + 60_000).contains(&report.duration_ms));
    let deploying = report.projects[0].durations_ms.deploying / 1000;
    assert!((5..60).contains(&deploying), "{deploying} s");
}

/// The API has answered, so nothing may be running; and the time between the two processes is not the project's.
#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn a_refused_project_is_refused_again_for_its_own_reason_and_in_its_own_time() {
    let script = "[[rule]]\non = \"deploy\"\nfault.status = { code = 400 }\n";
    let rig = Rig::with_script(script).project("shop", 20, "");
    let first = process(&rig, new_session(&rig), usize::MAX).await.unwrap();
    assert_eq!(first.projects[0].result.as_str(), "rejected");
    tokio::time::advance(HOUR).await;
    let report = resume(&rig, usize::MAX).await.unwrap();
    let row = &report.projects[0];
    assert_eq!((row.result.as_str(), &row.cause), ("rejected", &None));
    assert!(row.started_at.unwrap() > first.finished_at);
    assert_eq!(rig.count("POST deploy"), 2);
}
