//! Manifests, bundles, and a sandbox for whole runs: real sockets, virtual time.

use crate::actors::Reuse;
use crate::api::Identity;
use crate::log::{Ledger, Timeline};
use crate::manifest::{Manifest, Overrides, Request, Source, load};
use crate::model::Signal;
use crate::model::{
    DeploymentId, Diagnostic, Event, Operation, ProjectReport, Report, Reporter, RunEvent,
    Timestamp,
};
use crate::report::{to_json, to_markdown};
use crate::run::{self, Answer, Approval, Approver, Ask, Question};
use crate::sandbox::{Options, RecordedRequest, Reply, Sandbox};
use futures::FutureExt;
use futures::channel::mpsc;
use futures::future::ready;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tempfile::TempDir;

/// The first lines of every stand-in for the Checkly CLI.
const CLI: &str = r#"#!/bin/sh
for word; do case $word in --debug-bundle-output-file=*) bundle=${word#*=} ;; esac; done
made() {
  echo "{\"project\":{\"logicalId\":\"$1\",\"name\":\"$1\"},\"sharedFiles\":[],\"resources\":[{\"type\":\"check\",\"logicalId\":\"home\",\"member\":true,\"payload\":{\"checkType\":\"API\"}}]}" >"$bundle"
}"#;

/// A manifest under construction, and the sandbox that it is deployed to.
pub(crate) struct Rig {
    folder: TempDir,
    projects: String,
    pub(crate) sandbox: Sandbox,
    pub(crate) overrides: Overrides,
    pub(crate) reuse: Reuse,
    api_key: &'static str,
}

/// The result of a run.
pub(crate) struct Ran {
    pub(crate) report: Report,
    pub(crate) events: Vec<RunEvent>,
}

/// Called with every event; may send a signal.
pub(crate) type Watcher = Box<dyn FnMut(&RunEvent, &mpsc::UnboundedSender<Signal>)>;

/// Sends this many signals at once, alternating: the same one within a second would be one press.
pub(crate) fn press(signals: &mpsc::UnboundedSender<Signal>, first: Signal, times: usize) {
    let other = match first {
        Signal::Sigint => Signal::Sigterm,
        _ => Signal::Sigint,
    };
    for signal in [first, other].into_iter().cycle().take(times) {
        signals.unbounded_send(signal).unwrap();
    }
}

type Planner = fn(&Manifest, &dyn Fn(&str) -> Option<String>) -> Result<run::Plan, Vec<Diagnostic>>;

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with_script("")
    }

    /// The same, with a scripted sandbox.
    pub(crate) fn with_script(script: &str) -> Self {
        let options = Options {
            record: true,
            script: script.parse().unwrap(),
            ..Options::default()
        };
        Self {
            folder: tempfile::tempdir().unwrap(),
            projects: String::new(),
            sandbox: Sandbox::start(options).unwrap(),
            overrides: Overrides::default(),
            reuse: Reuse::default(),
            api_key: "cu_test",
        }
    }

    pub(crate) fn with_api_key(mut self, api_key: &'static str) -> Self {
        self.api_key = api_key;
        self
    }

    /// Adds a project with a bundle of this many checks. `keys` are more lines of its table.
    pub(crate) fn project(self, name: &str, resources: usize, keys: &str) -> Self {
        let bundle = self.bundle(name);
        write_bundle(&bundle, name, resources);
        let mut rig = self;
        rig.projects += &format!("[[project]]\nname = {name:?}\nbundle = {bundle:?}\n{keys}\n");
        rig
    }

    /// Adds a project from a directory, with a shell script in place of the Checkly CLI. The script writes `$bundle`; `made
    /// NAME` writes a bundle with that logical id.
    pub(crate) fn folder(mut self, name: &str, script: &str, keys: &str) -> Self {
        let dir = self.dir(name);
        let bin = dir.join("node_modules/.bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(dir.join("checkly.config.ts"), "").unwrap();
        let cli = bin.join("checkly");
        std::fs::write(&cli, format!("{CLI}\n{script}\n")).unwrap();
        std::fs::set_permissions(&cli, Permissions::from_mode(0o755)).unwrap();
        self.projects += &format!("[[project]]\nname = {name:?}\npath = {dir:?}\n{keys}\n");
        self
    }

    /// Adds more tables to the manifest.
    pub(crate) fn with(mut self, tables: &str) -> Self {
        self.projects += &format!("{tables}\n");
        self
    }

    /// The directory of a project.
    pub(crate) fn dir(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn bundle(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.json"))
    }

    /// Sets the repository in a project's bundle.
    pub(crate) fn set_repository(&self, name: &str, address: &str) {
        let file = self.bundle(name);
        let mut bundle: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        bundle["project"]["repoUrl"] = json!(address);
        std::fs::write(file, bundle.to_string()).unwrap();
    }

    /// An empty manifest with the same sandbox.
    pub(crate) fn without_projects(mut self) -> Self {
        self.projects.clear();
        self
    }

    pub(crate) fn plan(&self) -> run::Plan {
        self.plan_by(run::plan)
    }

    fn plan_by(&self, plan: Planner) -> run::Plan {
        let env = |name: &str| match name {
            "CHECKLY_ACCOUNT_ID" => Some("acme".to_owned()),
            "CHECKLY_API_KEY" => Some(self.api_key.to_owned()),
            _ => None,
        };
        let mut overrides = self.overrides.clone();
        overrides
            .api_url
            .get_or_insert_with(|| self.sandbox.url().to_owned());
        let request = Request {
            source: Source::Stdin {
                text: format!("version = 1\n{}", self.projects),
                dir: self.folder.path().to_owned(),
            },
            profile: None,
            overrides,
            sandbox: false,
            needed: None,
            env: &env,
        };
        let manifest = load(&request).unwrap();
        let mut plan = plan(&manifest, &env).unwrap();
        plan.reuse = self.reuse.clone();
        plan
    }

    pub(crate) async fn deploy(&self) -> Ran {
        self.deploy_watched(Box::new(|_, _| {})).await
    }

    pub(crate) async fn destroy(&self) -> Ran {
        self.destroy_watched(Box::new(|_, _| {})).await
    }

    pub(crate) async fn destroy_watched(&self, watcher: Watcher) -> Ran {
        let plan = self.plan_by(run::plan_to_destroy);
        self.execute(plan, watcher).await
    }

    pub(crate) async fn preview(&self) -> Ran {
        self.preview_watched(Box::new(|_, _| {})).await
    }

    pub(crate) async fn preview_watched(&self, watcher: Watcher) -> Ran {
        let mut plan = self.plan();
        plan.operation = Operation::Preview;
        self.execute(plan, watcher).await
    }

    /// A deployment with a preview and a confirmation, during which `between` is called. Also returns what was previewed.
    pub(crate) async fn preview_and_deploy(
        &self,
        between: impl FnOnce() + 'static,
    ) -> (Vec<ProjectReport>, Report) {
        let previewed = Rc::new(RefCell::new(vec![]));
        let (found, between) = (previewed.clone(), Cell::new(Some(between)));
        let approver = Box::new(move |question: Question| {
            found.replace(question.previewed);
            between.take().into_iter().for_each(|between| between());
            ready(Answer::Yes).boxed_local()
        });
        let mut plan = self.plan();
        plan.approval = Approval {
            preview: true,
            ask: Ask::Always,
            ..Approval::default()
        };
        let ran = self.execute_with(plan, approver, Box::new(|_, _| {})).await;
        (previewed.take(), ran.report)
    }

    pub(crate) async fn deploy_watched(&self, watcher: Watcher) -> Ran {
        self.execute(self.plan(), watcher).await
    }

    pub(crate) async fn execute_plan(&self, plan: run::Plan) -> Ran {
        self.execute(plan, Box::new(|_, _| {})).await
    }

    pub(crate) async fn execute(&self, plan: run::Plan, watcher: Watcher) -> Ran {
        let approver = Box::new(|_| ready(Answer::Yes).boxed_local());
        self.execute_with(plan, approver, watcher).await
    }

    pub(crate) async fn execute_with(
        &self,
        plan: run::Plan,
        approver: Approver,
        watcher: Watcher,
    ) -> Ran {
        let (signals, interrupts) = mpsc::unbounded();
        let events = Rc::new(RefCell::new(vec![]));
        let reporter = Box::new(Collector {
            events: events.clone(),
            watcher,
            signals,
        });
        let identity = Identity::from_env(&|_| None);
        let session = run::Session {
            approver,
            reporters: vec![reporter],
            ..run::Session::default()
        };
        let ran = run::execute(plan, &identity, session, interrupts);
        let report = ran.await.unwrap().report;
        let events = events.take();
        assert!(
            !report
                .projects
                .iter()
                .any(|project| project.result.as_str() == "crashed"),
            "an actor broke"
        );
        assert_is_fold(&report, &events);
        Ran { report, events }
    }

    /// The recorded requests as `METHOD /path?query`, without the part before the deployment's id.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.sandbox.requests().iter().map(short).collect()
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.requests()
            .iter()
            .filter(|request| request.starts_with(what))
            .count()
    }

    /// Replaces the sandbox's first `times` answers to this kind of request.
    pub(crate) fn answer(&self, what: &'static str, times: usize, reply: Reply) {
        let mut left = times;
        self.sandbox.intercept(move |request| {
            if left == 0 || !short(request).starts_with(what) {
                return None;
            }
            left -= 1;
            Some(reply.clone())
        });
    }

    /// The sandbox's status of the project's latest deployment, including those of other clients.
    pub(crate) fn last_deployment(&self, project: &str) -> Option<&'static str> {
        let deployments = self.sandbox.deployments();
        let mut of_project = deployments.iter().filter(|one| one.logical_id == project);
        of_project.next_back().map(|one| one.status)
    }

    pub(crate) fn start_blocker(&self, project: &str, seconds: u64) -> DeploymentId {
        let duration = Duration::from_secs(seconds);
        let id = self.sandbox.start_blocker("acme", project, duration);
        id.unwrap().into()
    }
}

impl Ran {
    pub(crate) fn project(&self, name: &str) -> &ProjectReport {
        let mut rows = self.report.projects.iter();
        rows.find(|row| row.name == name).unwrap()
    }

    /// `result reason`, or only the result.
    pub(crate) fn result(&self, name: &str) -> String {
        let row = self.project(name);
        match &row.reason {
            Some(reason) => format!("{} {reason}", row.result),
            None => row.result.to_string(),
        }
    }

    /// The project's first event of this kind.
    pub(crate) fn first(&self, name: &str, what: impl Fn(&Event) -> bool) -> &RunEvent {
        let of_project = |event: &&RunEvent| event.project.as_deref() == Some(name);
        let mut events = self.events.iter().filter(of_project);
        events.find(|event| what(&event.event)).unwrap()
    }

    /// When it happened.
    pub(crate) fn when(&self, name: &str, what: impl Fn(&Event) -> bool) -> Timestamp {
        self.first(name, what).ts
    }

    /// The reported percentages, in order.
    pub(crate) fn percentages(&self) -> Vec<u8> {
        let percentage = |event: &RunEvent| match event.event {
            Event::Progress { percent } => Some(percent),
            _ => None,
        };
        self.events.iter().filter_map(percentage).collect()
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.report.duration_ms / 1000
    }
}

/// Every report of every run in these tests, rebuilt from its NDJSON alone, byte for byte. Of a finished project, the fold uses
/// only the outcome; of the last event, nothing.
pub(crate) fn assert_is_fold(report: &Report, events: &[RunEvent]) {
    let lines = events
        .iter()
        .map(|event| serde_json::to_string(event).unwrap());
    let parsed: Vec<RunEvent> = lines
        .map(|line| serde_json::from_str(&line).unwrap())
        .collect();
    let numbers = parsed.iter().map(|event| event.seq);
    assert!(numbers.eq(1..=parsed.len() as u64), "events are missing");
    let (last, before) = parsed.split_last().unwrap();
    let rebuilt = Ledger::of(before).report(last.ts);
    let bytes = |report: &Report| String::from_utf8(to_json(report)).unwrap();
    assert_eq!(bytes(&rebuilt), bytes(report));
    let markdown = |report| to_markdown(report, &Timeline::default(), None);
    assert_eq!(markdown(&rebuilt), markdown(report));
}

struct Collector {
    events: Rc<RefCell<Vec<RunEvent>>>,
    watcher: Watcher,
    signals: mpsc::UnboundedSender<Signal>,
}

impl Reporter for Collector {
    fn event(&mut self, event: &RunEvent) {
        (self.watcher)(event, &self.signals);
        self.events.borrow_mut().push(event.clone());
    }
}

pub(crate) fn short(request: &RecordedRequest) -> String {
    let kind = request.path.rsplit('/').next().unwrap_or_default();
    match request.query.as_str() {
        "" => format!("{} {kind}", request.method),
        query => format!("{} {kind}?{query}", request.method),
    }
}

pub(crate) fn write_bundle(path: &std::path::Path, logical_id: &str, resources: usize) {
    let resource = |n: usize| {
        json!({
            "logicalId": format!("check-{n}"),
            "type": "check",
            "member": true,
            "payload": {"name": format!("Check {n}"), "checkType": "API"},
        })
    };
    let bundle = json!({
        "project": {"logicalId": logical_id, "name": logical_id},
        "sharedFiles": [],
        "resources": (0..resources).map(resource).collect::<Vec<_>>(),
    });
    std::fs::write(path, bundle.to_string()).unwrap();
}
