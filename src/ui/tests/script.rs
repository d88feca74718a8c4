//! Runs for tests: scripts of events with their times.

use crate::model::*;
use std::collections::BTreeMap;
use std::time::Duration;

/// A run under construction. Times are in milliseconds since its start.
pub(in crate::ui) struct Script {
    now: u64,
    operation: Operation,
    names: Vec<String>,
    rows: Vec<ProjectReport>,
    pub(in crate::ui) events: Vec<RunEvent>,
}

pub(in crate::ui) const START: u64 = 1_795_371_420_000;

impl Script {
    /// Started and planned.
    pub(in crate::ui) fn new(names: &[&str]) -> Self {
        Self::of(Operation::Deploy, names)
    }

    pub(in crate::ui) fn of(operation: Operation, names: &[&str]) -> Self {
        let mut script = Self::begin(operation, false, names);
        if operation != Operation::Preview {
            script.approved();
        }
        script
    }

    /// A deployment that begins with a preview.
    pub(in crate::ui) fn previewed(names: &[&str]) -> Self {
        Self::begin(Operation::Deploy, true, names)
    }

    pub(in crate::ui) fn approved(&mut self) -> &mut Self {
        self.run(Event::RunApproved { confirmed: false })
    }

    fn begin(operation: Operation, preview: bool, names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut script = Self {
            now: 0,
            operation,
            names: names.clone(),
            rows: Vec::new(),
            events: Vec::new(),
        };
        script.run(Event::RunStarted {
            operation,
            manifest: "projects.toml".into(),
            version: "0.1.0".into(),
            api_url: "https://api.checklyhq.com".into(),
            concurrency: 8,
            accounts: vec![RunAccount {
                name: "prod".into(),
                account_id: "5c2ac9b4".into(),
            }],
            projects: names.len(),
            limits: Limits::bare(8),
            preview,
            invocation: Invocation::default(),
            partition: None,
        });
        script.run(Event::RunPlanned {
            projects: names.iter().map(|it| PlannedProject::bare(it)).collect(),
        });
        script
    }

    /// The same, with the seconds that some deployments are expected to take.
    pub(in crate::ui) fn expecting(mut self, seconds: &[(&str, u64)]) -> Self {
        let plans = self.events.iter_mut().filter_map(|it| match &mut it.event {
            Event::RunPlanned { projects } => Some(projects),
            _ => None,
        });
        for project in plans.flatten() {
            let known = seconds.iter().find(|(name, _)| *name == project.name);
            project.expected_ms = known.map(|(_, seconds)| ExpectedDurations {
                bundling: 0,
                deploying: seconds * 1000,
            });
        }
        self
    }

    pub(in crate::ui) fn at(&mut self, ms: u64) -> &mut Self {
        self.now = ms;
        self
    }

    fn tell(&mut self, project: Option<&str>, event: Event) -> &mut Self {
        self.events.push(RunEvent {
            v: 2,
            seq: self.events.len() as u64 + 1,
            ts: Timestamp(START + self.now),
            run: RunId("0193-run".into()),
            project: project.map(Into::into),
            event,
        });
        self
    }

    pub(in crate::ui) fn run(&mut self, event: Event) -> &mut Self {
        self.tell(None, event)
    }

    pub(in crate::ui) fn project(&mut self, name: &str, event: Event) -> &mut Self {
        self.tell(Some(name), event)
    }

    pub(in crate::ui) fn bundling(&mut self, name: &str) -> &mut Self {
        self.project(
            name,
            Event::Bundling {
                origin: OriginKind::Bundle,
            },
        )
    }

    pub(in crate::ui) fn bundling_folder(&mut self, name: &str) -> &mut Self {
        self.project(
            name,
            Event::Bundling {
                origin: OriginKind::Directory,
            },
        )
    }

    pub(in crate::ui) fn bundled(&mut self, name: &str, cached: bool) -> &mut Self {
        self.project(
            name,
            Event::Bundled(Bundled {
                logical_id: name.into(),
                sha256: "5e1f".into(),
                resources: 2,
                bytes: 4_080,
                cached,
                ..Bundled::default()
            }),
        )
    }

    /// Bundled, with notes.
    pub(in crate::ui) fn noted(&mut self, name: &str, printed: &[Note]) -> &mut Self {
        self.bundled(name, false);
        if let Some(RunEvent {
            event: Event::Bundled(bundled),
            ..
        }) = self.events.last_mut()
        {
            bundled.notes = printed.to_vec();
        }
        self
    }

    pub(in crate::ui) fn submitting(&mut self, name: &str, attempt: u32) -> &mut Self {
        self.project(
            name,
            Event::Submitting {
                attempt,
                gzip_bytes: None,
            },
        )
    }

    /// Uploaded and accepted.
    pub(in crate::ui) fn accepted(&mut self, name: &str, id: &str) -> &mut Self {
        self.submitting(name, 1).submitted(name, id)
    }

    pub(in crate::ui) fn submitted(&mut self, name: &str, id: &str) -> &mut Self {
        let deployment_id = id.into();
        self.project(
            name,
            Event::Submitted {
                deployment_id,
                attempt: 1,
            },
        )
    }

    pub(in crate::ui) fn progress(&mut self, name: &str, percent: u8) -> &mut Self {
        self.project(name, Event::Progress { percent })
    }

    pub(in crate::ui) fn conflict(
        &mut self,
        name: &str,
        id: &str,
        policy: OnConflict,
    ) -> &mut Self {
        let deployment_id = id.into();
        self.project(
            name,
            Event::Conflict {
                deployment_id,
                policy,
            },
        )
    }

    pub(in crate::ui) fn interrupted(
        &mut self,
        signal: Signal,
        nth: u32,
        step: OnInterrupt,
        awaiting: &[&str],
    ) -> &mut Self {
        self.run(Event::RunInterrupted {
            signal,
            nth,
            step,
            awaiting: awaiting.iter().map(ToString::to_string).collect(),
            hooks: vec![],
        })
    }

    /// The end of a project with its row.
    pub(in crate::ui) fn ended(&mut self, row: ProjectReport) -> &mut Self {
        let row = ProjectReport {
            finished_at: Timestamp(START + self.now),
            ..row
        };
        self.rows.push(row.clone());
        let name = row.name.clone();
        self.project(&name, Event::Finished(Box::new(row)))
    }

    pub(in crate::ui) fn succeeded(
        &mut self,
        name: &str,
        took: u64,
        diff: [usize; 4],
    ) -> &mut Self {
        let actions = [
            Action::Create,
            Action::Update,
            Action::Delete,
            Action::Detached,
        ];
        let changes: Vec<Change> = actions
            .into_iter()
            .zip(diff)
            .flat_map(|(action, n)| std::iter::repeat_n(action, n))
            .enumerate()
            .map(|(i, action)| Change::bare(action, "check", &format!("{name}-{i}")))
            .collect();
        let started_at = Some(Timestamp(START + self.now.saturating_sub(took)));
        self.ended(ProjectReport {
            started_at,
            attempts: 1,
            deployment_id: Some(format!("dep-{name}").into()),
            diff: Some(DiffCounts::of(&changes)),
            changes,
            ..row(name, ProjectResult::Succeeded)
        })
    }

    /// Ends the run.
    pub(in crate::ui) fn over(&mut self, result: RunResult) -> Vec<RunEvent> {
        let mut counts = BTreeMap::new();
        for row in &self.rows {
            *counts.entry(row.result).or_insert(0) += 1;
        }
        let place = |row: &ProjectReport| self.names.iter().position(|name| *name == row.name);
        self.rows.sort_by_key(place);
        let report = Report {
            operation: self.operation,
            version: 2,
            run: RunId("0193-run".into()),
            manifest: "projects.toml".into(),
            started_at: Timestamp(START),
            finished_at: Timestamp(START + self.now),
            duration_ms: self.now,
            result,
            exit_code: 0,
            counts,
            hooks: Vec::new(),
            projects: self.rows.clone(),
        };
        self.run(Event::RunFinished(Box::new(report)));
        std::mem::take(&mut self.events)
    }
}

/// The time of an event, since the start of its run.
pub(in crate::ui) fn elapsed(event: &RunEvent) -> Duration {
    Duration::from_millis(event.ts.0 - START)
}

/// A row with nothing but a name and a result.
pub(in crate::ui) fn row(name: &str, result: ProjectResult) -> ProjectReport {
    ProjectReport {
        finished_at: Timestamp(START),
        ..ProjectReport::bare(name, result)
    }
}

/// A row with a reason.
pub(in crate::ui) fn because(name: &str, result: ProjectResult, reason: Reason) -> ProjectReport {
    ProjectReport {
        reason: Some(reason),
        ..row(name, result)
    }
}
