//! The run in the snapshots.

use super::script::{START, Script, because, row};
use crate::model::*;

/// A run of 20 projects with nearly every event.
pub(in crate::ui) fn eventful() -> Vec<RunEvent> {
    let began = Some(Timestamp(START));
    let mut s = Script::new(&[
        "checkout",
        "payments",
        "search",
        "shared-alerts",
        "dashboards",
        "mail",
        "acme-monitoring-platform-observability-eu-west-1",
        "日本語プロジェクト",
        "login",
        "catalog",
        "cart",
        "orders",
        "invoices",
        "stock",
        "reviews",
        "images",
        "maps",
        "chat",
        "jobs",
        "docs",
    ]);
    s.at(5)
        .bundling("checkout")
        .accepted("checkout", "dep-1")
        .accepted("payments", "dep-2");
    s.submitting("search", 1)
        .submitting("shared-alerts", 1)
        .accepted("mail", "dep-6");
    s.at(400)
        .conflict("search", "dep-other-3f2a", OnConflict::Wait);
    s.at(450).project(
        "shared-alerts",
        Event::Retrying {
            attempt: 2,
            delay_ms: 1500,
            cause: "no connection to api.checklyhq.com".into(),
        },
    );
    s.at(700)
        .progress("checkout", 30)
        .progress("checkout", 40)
        .progress("checkout", 60);
    s.at(900).project(
        "mail",
        Event::Reconnecting {
            attempt: 1,
            delay_ms: 250,
            cause: "the stream ended without an end of the deployment".into(),
        },
    );
    s.at(1200)
        .progress("checkout", 100)
        .succeeded("checkout", 1195, [2, 1, 1, 0]);
    s.progress("mail", 80)
        .at(1300)
        .succeeded("mail", 1295, [0, 3, 0, 1]);
    s.at(1400).ended(ProjectReport {
        error: Some(ErrorInfo {
            code: Some("PLAN_LIMITS_EXCEEDED".into()),
            message:
                "You have reached the limit of 50 browser checks of your plan. Upgrade the plan or \
                      remove checks from the project, then deploy again."
                    .into(),
            ..ErrorInfo::default()
        }),
        deployment_id: Some("dep-2".into()),
        attempts: 1,
        started_at: began,
        ..because("payments", ProjectResult::Failed, Reason::DeploymentFailed)
    });
    s.at(1950)
        .submitting("shared-alerts", 2)
        .at(2100)
        .ended(ProjectReport {
            error: Some(ErrorInfo {
                message: "connection refused".into(),
                ..ErrorInfo::default()
            }),
            attempts: 2,
            started_at: began,
            ..because(
                "shared-alerts",
                ProjectResult::Unavailable,
                Reason::Connection,
            )
        });
    s.ended(ProjectReport {
        cause: Some("shared-alerts".into()),
        ..because(
            "dashboards",
            ProjectResult::Skipped,
            Reason::DependencyFailed,
        )
    });
    let long = "acme-monitoring-platform-observability-eu-west-1";
    s.submitting(long, 1)
        .at(2300)
        .conflict(long, "dep-other-77", OnConflict::Cancel);
    let deployment_id: DeploymentId = "dep-other-77".into();
    s.project(
        long,
        Event::Cancelling {
            deployment_id,
            reason: Reason::Conflict,
        },
    );
    s.at(5300).submitting(long, 2).submitted(long, "dep-7");
    s.project("login", Event::Throttled { delay_ms: 2000 });
    s.accepted("日本語プロジェクト", "dep-8")
        .accepted("login", "dep-9")
        .accepted("catalog", "dep-10");
    s.at(6000)
        .progress(long, 50)
        .succeeded(long, 3700, [10, 0, 0, 0]);
    s.at(6500)
        .succeeded("日本語プロジェクト", 1200, [0, 0, 0, 0]);
    s.ended(row("cart", ProjectResult::Unchanged));
    s.at(62_000)
        .interrupted(Signal::Sigint, 1, OnInterrupt::Drain, &["login", "catalog"]);
    for name in [
        "orders", "invoices", "stock", "reviews", "images", "maps", "chat", "jobs", "docs",
    ] {
        s.ended(because(name, ProjectResult::Skipped, Reason::Interrupted));
    }
    s.at(63_000).interrupted(
        Signal::Sigint,
        2,
        OnInterrupt::Cancel,
        &["login", "catalog"],
    );
    let deployment_id: DeploymentId = "dep-9".into();
    s.project(
        "login",
        Event::Cancelling {
            deployment_id,
            reason: Reason::Interrupted,
        },
    );
    s.at(63_500).ended(ProjectReport {
        deployment_id: Some("dep-9".into()),
        attempts: 1,
        started_at: began,
        ..because("login", ProjectResult::Cancelled, Reason::Interrupted)
    });
    s.at(64_000)
        .interrupted(Signal::Sigint, 3, OnInterrupt::Detach, &["catalog"]);
    s.ended(ProjectReport {
        deployment_id: Some("dep-10".into()),
        attempts: 1,
        started_at: began,
        ..because("catalog", ProjectResult::Detached, Reason::Interrupted)
    });
    s.ended(ProjectReport {
        attempts: 1,
        started_at: began,
        conflicts: vec![ConflictRecord {
            deployment_id: "dep-other-3f2a".into(),
            policy: OnConflict::Wait,
            waited_ms: 63_600,
            cancel_error: None,
        }],
        ..because(
            "search",
            ProjectResult::Conflicted,
            Reason::ConflictDeadline,
        )
    });
    s.over(RunResult::Interrupted)
}
