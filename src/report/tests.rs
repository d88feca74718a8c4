//! The runs that every format is tested with.

use crate::log::{Ledger, Timeline};
use crate::model::*;

const START: u64 = 1_795_371_420_000;

/// A run, event by event.
struct Script {
    ledger: Ledger,
    now: Timestamp,
}

impl Script {
    fn emit(&mut self, project: Option<&str>, event: Event) {
        self.ledger.apply(&RunEvent {
            v: 2,
            seq: 1,
            ts: self.now,
            run: RunId("0193a5f0-run".into()),
            project: project.map(Into::into),
            event,
        });
    }

    fn at(&mut self, ms: u64, project: &str, event: Event) {
        self.now = Timestamp(START + ms);
        self.emit(Some(project), event);
    }

    fn submit(&mut self, ms: u64, project: &str, attempt: u32) {
        let gzip_bytes = (attempt == 1).then_some(300);
        self.at(
            ms,
            project,
            Event::Submitting {
                attempt,
                gzip_bytes,
            },
        );
    }

    /// Uploaded and accepted.
    fn accept(&mut self, ms: u64, project: &str, attempt: u32) {
        self.submit(ms, project, attempt);
        let deployment_id = format!("dep-{project}").as_str().into();
        self.at(
            ms + 90,
            project,
            Event::Submitted {
                deployment_id,
                attempt,
            },
        );
    }

    #[allow(clippy::needless_pass_by_value)] // the script reads better without a reference
    fn end(&mut self, ms: u64, project: &str, outcome: Outcome) {
        self.now = Timestamp(START + ms);
        let row = self.ledger.close(project, self.now, &outcome).unwrap();
        self.emit(Some(project), Event::Finished(Box::new(row)));
    }

    fn over(&mut self, ms: u64) -> (Report, Timeline) {
        let at = Timestamp(START + ms);
        (self.ledger.report(at), self.ledger.timeline(at))
    }
}

fn planned(name: &str, account: &str, depends_on: &[&str]) -> PlannedProject {
    PlannedProject {
        account: account.into(),
        account_id: format!("{account}-id"),
        logical_id: Some(format!("{name}-id")),
        depends_on: depends_on.iter().map(ToString::to_string).collect(),
        bundle: Some(BundleFacts {
            sha256: "5e1f00".into(),
            resources: 2,
            bytes: 4080,
            gzip_bytes: None,
        }),
        ..PlannedProject::bare(name)
    }
}

fn succeeded(changes: &[(Action, &str, &str)]) -> Outcome {
    let change =
        |(action, kind, logical_id): &(Action, &str, &str)| Change::bare(*action, kind, logical_id);
    Outcome {
        changes: Some(changes.iter().map(change).collect()),
        ..Outcome::new(ProjectResult::Succeeded)
    }
}

/// The report of [`eventful_run`].
pub(super) fn eventful() -> Report {
    eventful_run().0
}

/// Eight projects with two slots: a retry, a conflict, a reconnection, an outage of one account, a failure and what depends on it.
pub(super) fn eventful_run() -> (Report, Timeline) {
    let mut run = Script {
        ledger: Ledger::default(),
        now: Timestamp(START),
    };
    run.emit(
        None,
        Event::RunStarted {
            operation: Operation::Deploy,
            manifest: "projects.toml".into(),
            version: "0.1.0".into(),
            api_url: "https://api.checklyhq.com".into(),
            concurrency: 2,
            accounts: vec![],
            projects: 8,
            limits: Limits::bare(2),
            preview: false,
            invocation: Invocation::default(),
            partition: None,
        },
    );
    let projects = vec![
        PlannedProject {
            bundle: None,
            ..planned("alerts", "prod", &[])
        },
        planned("shop", "prod", &["alerts"]),
        planned("search", "prod", &[]),
        planned("pay", "prod", &[]),
        planned("pay-eu", "prod", &["pay"]),
        planned("mail", "eu", &[]),
        planned("docs", "prod", &[]),
        planned("日本語", "eu", &["search"]),
    ];
    run.emit(None, Event::RunPlanned { projects });
    let origin = OriginKind::Directory;
    run.at(5, "alerts", Event::Bundling { origin });
    run.accept(10, "search", 1);
    run.at(
        500,
        "search",
        Event::Retrying {
            attempt: 2,
            delay_ms: 1000,
            cause: "no connection to api.checklyhq.com: connection refused".into(),
        },
    );
    run.at(
        800,
        "alerts",
        Event::Bundled(Bundled {
            logical_id: "alerts-id".into(),
            sha256: "00ff".into(),
            resources: 4,
            bytes: 9000,
            ..Bundled::default()
        }),
    );
    run.accept(810, "alerts", 1);
    run.accept(820, "pay", 1);
    run.end(
        1500,
        "pay",
        Outcome {
            deployment_id: Some("dep-pay".into()),
            ..Outcome::new(ProjectResult::Failed)
                .because(Reason::DeploymentFailed)
                .with_error(ErrorInfo {
                    code: Some("PLAN_LIMITS_EXCEEDED".into()),
                    message: "You have reached the limit of 50 browser checks.".into(),
                    http_status: Some(402),
                    hint: Some("upgrade the plan, or remove checks".into()),
                    output: None,
                })
        },
    );
    run.end(
        1500,
        "pay-eu",
        Outcome {
            cause: Some("pay".into()),
            ..Outcome::new(ProjectResult::Skipped).because(Reason::DependencyFailed)
        },
    );
    run.accept(1510, "search", 2);
    run.end(
        3000,
        "alerts",
        succeeded(&[(Action::Create, "alert-channel", "ops")]),
    );
    run.submit(3010, "shop", 1);
    run.at(
        3400,
        "shop",
        Event::Conflict {
            deployment_id: "dep-other".into(),
            policy: OnConflict::Wait,
        },
    );
    run.accept(3410, "mail", 1);
    run.end(4000, "search", succeeded(&[]));
    run.end(4001, "docs", Outcome::new(ProjectResult::Unchanged));
    run.submit(4010, "日本語", 1);
    run.now = Timestamp(START + 5200);
    run.emit(
        None,
        Event::AccountUnavailable {
            account: "eu".into(),
            account_id: "eu-id".into(),
            since: Timestamp(START + 4200),
            error: ErrorInfo::default(),
            waiting: 1,
            next_probe_ms: 1000,
        },
    );
    run.at(
        6900,
        "shop",
        Event::Retrying {
            attempt: 2,
            delay_ms: 100,
            cause: "the blocking deployment has finished".into(),
        },
    );
    run.emit(
        None,
        Event::AccountAvailable {
            account: "eu".into(),
            account_id: "eu-id".into(),
            unavailable_ms: 2700,
        },
    );
    run.accept(6950, "日本語", 2);
    run.end(
        7000,
        "mail",
        succeeded(&[(Action::Update, "check", "inbox")]),
    );
    run.accept(7010, "shop", 2);
    run.at(
        8000,
        "shop",
        Event::Reconnecting {
            attempt: 1,
            delay_ms: 250,
            cause: "the stream ended early".into(),
        },
    );
    run.end(8500, "日本語", succeeded(&[]));
    run.end(
        9500,
        "shop",
        Outcome {
            deployment_id: Some("dep-shop".into()),
            ..succeeded(&[
                (Action::Create, "check", "cart-v2"),
                (Action::Delete, "check", "cart-v1"),
            ])
        },
    );
    run.over(9600)
}

/// Reports in which every text is the same.
pub(super) mod hostile {
    use super::*;

    pub(in super::super) const TEXTS: &[&str] = &[
        "</script><img src=x onerror=alert(1)>",
        "<!--<script>",
        "]]>&amp;<x/>",
        "\" onmouseover=\"alert(1)",
        "=HYPERLINK(\"http://x\",\"y\")",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "a \"b\", c\nd\r\ne",
        "\u{1b}[31mred\u{0}\u{7}\u{7f}\u{fffe}\u{ffff}\u{2028}\u{202e}x",
        "'",
        " ",
        "日本語",
    ];

    pub(in super::super) fn report(text: &str) -> Report {
        let change = Change {
            action: Action::Delete,
            kind: text.into(),
            logical_id: text.into(),
            physical_id: Some(PhysicalId::Text(text.into())),
            heartbeat: None,
        };
        let hook = HookRecord {
            hook: Hook::Pre,
            exit_code: Some(1),
            duration_ms: 1,
            error: Some(text.into()),
            output: Some(text.into()),
            report: Some(text.into()),
        };
        let of = |result, reason| ProjectReport {
            logical_id: Some(text.into()),
            account: text.into(),
            account_id: Some(text.into()),
            reason,
            cause: Some(text.into()),
            error: Some(ErrorInfo {
                code: Some(text.into()),
                message: text.into(),
                http_status: Some(400),
                hint: Some(text.into()),
                output: Some(text.into()),
            }),
            deployment_id: Some(text.into()),
            conflicts: vec![ConflictRecord {
                deployment_id: text.into(),
                policy: OnConflict::Wait,
                waited_ms: 1,
                cancel_error: None,
            }],
            diff: Some(DiffCounts::of([&change])),
            changes: vec![change.clone()],
            hooks: vec![hook.clone()],
            notes: vec![Note {
                source: NoteSource::Project,
                message: text.into(),
                constructs: vec![text.into()],
            }],
            ..ProjectReport::bare(text, result)
        };
        Report {
            run: RunId(text.into()),
            manifest: text.into(),
            hooks: vec![hook.clone()],
            projects: vec![
                of(ProjectResult::Failed, Some(Reason::PreHook)),
                of(ProjectResult::Succeeded, None),
                of(ProjectResult::Skipped, Some(Reason::DependencyFailed)),
            ],
            ..eventful()
        }
    }
    /// Its timeline.
    pub(in super::super) fn timeline(text: &str) -> Timeline {
        let (_, mut timeline) = eventful_run();
        for lane in &mut timeline.lanes {
            lane.project = planned(text, text, &[text]);
            for (_, event) in &mut lane.delays {
                *event = Event::Reconnecting {
                    attempt: 1,
                    delay_ms: 1,
                    cause: text.into(),
                };
            }
        }
        timeline
    }
}
