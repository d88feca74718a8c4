//! Signals in every phase of a run, and `resume`: no deployment is lost, none is made twice, and none is left running that the
//! report does not name.

use crate::api::Identity;
use crate::journal::Journal;
use crate::model::{
    DeploymentId, Event, Hook, OriginKind, ProjectReport, ProjectResult, Report, Reporter,
    RunEvent, RunResult, Signal,
};
use crate::run::{self, Answer, Approval, Ask, Session};
use crate::sandbox::Reply;
use crate::tests::run::hooks::{UNTIL_GO, hooks, own_hooks};
use crate::tests::run::resume::{DELAYS, LOST, assert_journal, journal, reopen};
use crate::tests::run::rig::{Rig, press, short};
use futures::FutureExt;
use futures::channel::mpsc;
use futures::future::{pending, ready};
use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use tokio::task::LocalSet;

const SCRIPT: &str = r#"
[[rule]]
project = "fails-once"
on = "deploy"
times = 1
fault.fail = { at = 60, code = "PLAN_LIMITS_EXCEEDED", message = "Too many checks." }

[[rule]]
project = "cut"
on = "events"
times = 1
fault.cut = { frames = 2, then = "reset" }
"#;

/// How many requests fail once a project waits for another deployment: an outage.
const OUTAGE: usize = 6;

const NAMES: [&str; 9] = [
    "first",
    "fails-once",
    "overloaded",
    "lost",
    "hooked",
    "cut",
    "blocked",
    "directory",
    "last",
];

fn rig(phase: &str) -> Rig {
    let is_slow = phase == "throttled";
    // The deployment of a lost upload is recognized only while it runs.
    let script = [SCRIPT, DELAYS, if is_slow { "" } else { LOST }].concat();
    let waves = "[[wave]]\nselect = ['first', 'fails-once', 'overloaded', 'lost', 'hooked']\nmax_fail_percentage = 50\nsoak = '1m'\n";
    let all_hooks = hooks(UNTIL_GO, UNTIL_GO, UNTIL_GO);
    let mut rig = Rig::with_script(&script)
        .project("first", 2, "")
        .project("fails-once", 1, &all_hooks)
        .project("overloaded", 3, "")
        .project("lost", 20, "")
        .project("hooked", 1, &all_hooks)
        .project("cut", 200, "depends_on = ['first']")
        .project("blocked", 1, "")
        .folder("directory", "made directory", "")
        .project("last", 1, "depends_on = ['cut', 'hooked']")
        .with(waves)
        .with(&own_hooks(UNTIL_GO, UNTIL_GO, UNTIL_GO));
    // Its owner has to be found out.
    rig.set_repository("first", "https://github.com/acme/shop");
    rig.overrides.rate = is_slow.then(|| "10/min".parse().unwrap());
    rig
}

/// When the signals come.
#[derive(Clone, Copy)]
enum At {
    /// After the first such event.
    Event(fn(&RunEvent) -> bool),
    /// With the first such request.
    Request(&'static str),
    /// Instead of an answer.
    Question,
}

const PHASES: [(&str, At); 19] = [
    (
        "queued",
        At::Event(|it| matches!(it.event, Event::Queued { .. })),
    ),
    (
        "bundling",
        At::Event(|it| {
            matches!(
                it.event,
                Event::Bundling {
                    origin: OriginKind::Directory
                }
            )
        }),
    ),
    ("identifying", At::Request("GET projects")),
    (
        "previewing",
        At::Event(|it| matches!(it.event, Event::Previewing { .. })),
    ),
    ("the question", At::Question),
    (
        "the run's pre",
        At::Event(|it| matches!(it.event, Event::RunHook { hook: Hook::Pre })),
    ),
    (
        "throttled",
        At::Event(|it| matches!(it.event, Event::Throttled { .. })),
    ),
    (
        "pre",
        At::Event(|it| matches!(it.event, Event::Hook { hook: Hook::Pre })),
    ),
    (
        "submitting",
        At::Event(|it| matches!(it.event, Event::Submitting { .. })),
    ),
    ("uploading", At::Request("POST deploy?")),
    (
        "following",
        At::Event(|it| matches!(it.event, Event::Progress { .. })),
    ),
    (
        "reconnecting",
        At::Event(|it| matches!(it.event, Event::Reconnecting { .. })),
    ),
    (
        "retrying",
        At::Event(|it| matches!(it.event, Event::Retrying { .. })),
    ),
    (
        "post",
        At::Event(|it| matches!(it.event, Event::Hook { hook: Hook::Post })),
    ),
    (
        "on_failure",
        At::Event(|it| {
            matches!(
                it.event,
                Event::Hook {
                    hook: Hook::OnFailure
                }
            )
        }),
    ),
    (
        "between waves",
        At::Event(|it| matches!(it.event, Event::RunSoaking { .. })),
    ),
    (
        "blocked",
        At::Event(|it| {
            it.project.as_deref() == Some("blocked") && matches!(it.event, Event::Conflict { .. })
        }),
    ),
    (
        "the account is unavailable",
        At::Event(|it| matches!(it.event, Event::AccountUnavailable { .. })),
    ),
    (
        "the run's on_failure",
        At::Event(|it| {
            matches!(
                it.event,
                Event::RunHook {
                    hook: Hook::OnFailure
                }
            )
        }),
    ),
];

/// Sends signals, once.
#[derive(Clone)]
struct Presser {
    at: At,
    first: Signal,
    times: Rc<Cell<usize>>,
    signals: mpsc::UnboundedSender<Signal>,
    /// Hooks run until it exists. So none ends between the signals and their effect.
    go: PathBuf,
}

impl Presser {
    fn press(&self) {
        if self.times.get() > 0 {
            fs::remove_file(&self.go).unwrap();
            press(&self.signals, self.first, self.times.take());
        }
    }
}

impl Reporter for Presser {
    fn event(&mut self, event: &RunEvent) {
        if let At::Event(is_it) = self.at
            && is_it(event)
        {
            self.press();
        }
        if matches!(event.event, Event::RunInterrupted { .. }) {
            fs::write(&self.go, "").unwrap();
        }
    }
}

/// A process of the run. All its tasks and connections end with it.
async fn process(
    rig: &Rig,
    mut plan: run::Plan,
    mut session: Session,
    presser: Presser,
    signals: mpsc::UnboundedReceiver<Signal>,
) -> Report {
    plan.approval = Approval {
        preview: true,
        ask: Ask::Always,
        ..Approval::default()
    };
    let at_request = presser.clone();
    let mut failed = 0;
    rig.sandbox.intercept(move |request| {
        let short = short(request);
        if let At::Request(which) = at_request.at
            && short.starts_with(which)
        {
            at_request.press();
        }
        let is_out =
            failed > 0 || short.starts_with("GET completion") && request.path.contains("/blocked/");
        failed += usize::from(is_out);
        (is_out && failed <= OUTAGE).then(|| Reply::json(502, "{}"))
    });
    session.reporters = vec![Box::new(presser.clone())];
    session.approver = Box::new(move |_| {
        if matches!(presser.at, At::Question) && presser.times.get() > 0 {
            presser.press();
            return pending().boxed_local();
        }
        ready(Answer::Yes).boxed_local()
    });
    let identity = Identity::from_env(&|_| None);
    let running = run::execute(plan, &identity, session, signals);
    LocalSet::new().run_until(running).await.unwrap().report
}

fn presser(
    rig: &Rig,
    at: At,
    first: Signal,
    times: usize,
) -> (Presser, mpsc::UnboundedReceiver<Signal>) {
    let (signals, received) = mpsc::unbounded();
    let times = Rc::new(Cell::new(times));
    let presser = Presser {
        at,
        first,
        times,
        signals,
        go: rig.dir("go"),
    };
    fs::write(&presser.go, "").unwrap();
    (presser, received)
}

/// Whether the deployment belongs to another client.
fn is_blocker(rig: &Rig, id: &str) -> bool {
    let deployments = rig.sandbox.deployments();
    let mut of_blocked = deployments.iter().filter(|it| it.logical_id == "blocked");
    of_blocked.next().is_some_and(|it| it.id == id)
}

/// What runs on the server is reported as left running.
fn assert_nothing_is_hidden(rig: &Rig, report: &Report, what: &str) {
    for deployment in rig.sandbox.deployments() {
        if deployment.ended.is_some() || is_blocker(rig, &deployment.id) {
            continue;
        }
        let mut rows = report.projects.iter();
        let row = rows.find(|row| row.name == deployment.logical_id).unwrap();
        assert_eq!(row.result, ProjectResult::Detached, "{what}: {row:?}");
        let id = row.deployment_id.as_ref().map(DeploymentId::as_str);
        assert!(id.is_none_or(|id| id == deployment.id), "{what}: {row:?}");
    }
}

/// The states of the run's deployments of a project.
fn statuses(rig: &Rig, project: &str) -> Vec<&'static str> {
    let deployments = rig.sandbox.deployments().into_iter();
    let own = deployments.filter(|it| it.logical_id == project && !is_blocker(rig, &it.id));
    own.map(|it| it.status).collect()
}

/// Signals in each phase, then `resume` until all is deployed.
async fn in_every_phase(first: Signal, times: usize) {
    for (phase, at) in PHASES {
        in_phase(phase, at, first, times).await;
    }
}

/// The report of a run with signals.
async fn interrupted(rig: &Rig, at: At, first: Signal, times: usize, what: &str) -> Report {
    let (pressing, signals) = presser(rig, at, first, times);
    let sent = pressing.times.clone();
    let session = Session {
        journal: Some(Journal::create(&journal(rig)).unwrap()),
        ..Session::default()
    };
    let report = process(rig, rig.plan(), session, pressing, signals).await;
    assert_eq!(sent.get(), 0, "{what}: the phase was not reached");
    assert_eq!(report.result, RunResult::Interrupted, "{what}");
    assert_eq!(report.exit_code, first.exit_code(), "{what}");
    assert_nothing_is_hidden(rig, &report, what);
    report
}

/// The report after another process has resumed the run.
async fn resumed(rig: &Rig, what: &str) -> Report {
    let earlier = reopen(rig).await;
    assert!(!earlier.is_over(), "{what}");
    let mut plan = rig.plan();
    earlier.apply(&mut plan).unwrap();
    let (pressing, signals) = presser(rig, At::Question, Signal::Sigint, 0);
    let report = process(rig, plan, earlier.session(), pressing, signals).await;
    assert_nothing_is_hidden(rig, &report, what);
    report
}

async fn in_phase(phase: &str, at: At, first: Signal, times: usize) {
    let what = format!("{times} {first:?}, {phase}");
    let rig = rig(phase);
    let mut report = interrupted(&rig, at, first, times, &what).await;
    // Its upload had no response. If the deployment ends before the next process asks for it, it is not recognized.
    let rows = report.projects.iter();
    let is_lost =
        |row: &&ProjectReport| row.result == ProjectResult::Detached && row.deployment_id.is_none();
    let lost: Vec<_> = rows.filter(is_lost).map(|row| row.name.clone()).collect();
    // What fails once fails here, unless it has failed before.
    for _ in 0..2 {
        if report.exit_code != 0 {
            report = resumed(&rig, &what).await;
        }
    }
    let results: Vec<_> = report
        .projects
        .iter()
        .map(|row| (&*row.name, row.result))
        .collect();
    assert_eq!(
        results,
        NAMES.map(|name| (name, ProjectResult::Succeeded)),
        "{what}"
    );
    assert_eq!(report.exit_code, 0, "{what}");
    assert_journal(&rig, &report);
    for name in NAMES {
        let mut statuses = statuses(&rig, name);
        statuses.retain(|status| *status != "CANCELLED");
        let expected: &[&str] = match name {
            "fails-once" if statuses.len() > 1 => &["FAILED", "SUCCEEDED"],
            "directory" if statuses.len() > 1 && lost.iter().any(|it| it == name) => {
                &["SUCCEEDED", "SUCCEEDED"]
            }
            _ => &["SUCCEEDED"],
        };
        assert_eq!(statuses, expected, "{what}: {name}");
    }
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn after_one_signal_in_any_phase_resume_finishes_the_run() {
    in_every_phase(Signal::Sigint, 1).await;
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn after_two_signals_in_any_phase_resume_finishes_the_run() {
    in_every_phase(Signal::Sigterm, 2).await;
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn after_three_signals_in_any_phase_resume_finishes_the_run() {
    in_every_phase(Signal::Sigint, 3).await;
}

#[actix_rt::test(system = "crate::tests::VirtualTime")]
async fn after_a_signal_in_its_last_hook_resume_ends_a_run_that_has_deployed_everything() {
    for times in [1, 2, 3] {
        let what = format!("{times} signals");
        let own = own_hooks(UNTIL_GO, UNTIL_GO, "true");
        let rig = Rig::new().project("shop", 1, "").with(&own);
        let at = At::Event(|it| matches!(it.event, Event::RunHook { hook: Hook::Post }));
        interrupted(&rig, at, Signal::Sigint, times, &what).await;
        let report = resumed(&rig, &what).await;
        assert_eq!(report.exit_code, 0, "{what}");
        let hooks = report.hooks.iter().map(|it| (it.hook, it.error.is_some()));
        let expected = [(Hook::Pre, false), (Hook::Post, false)];
        assert!(hooks.eq(expected), "{what}: {:?}", report.hooks);
        assert_eq!(statuses(&rig, "shop"), ["SUCCEEDED"], "{what}");
        assert!(reopen(&rig).await.is_over(), "{what}");
    }
}
