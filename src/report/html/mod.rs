//! The report as one HTML page (`--report-file x.html`), which loads nothing.
//!
//! The data is one block of JSON. `page.js` puts it into the page as text only, and the page's policy allows no other script.

use crate::log::{Activity, Replay, Timeline};
use crate::model::sanitize;
use crate::model::{
    Action, Event, HookRecord, Note, Operation, ProjectReport, ProjectResult, Report, RunResult,
    Timestamp,
};
use crate::words;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The report as a page. `resume` is the command that finishes the run.
pub fn to_html(
    report: &Report,
    timeline: &Timeline,
    replay: &Replay,
    resume: Option<&str>,
) -> String {
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        source(SCRIPT),
        source(STYLE)
    );
    // Cannot fail: keys are strings.
    let data = serde_json::to_value(Data::of(report, timeline, replay, resume));
    let data = sanitized(data.unwrap_or_default()).to_string();
    let parts = [
        ("{{policy}}", &*policy),
        ("{{style}}", STYLE),
        ("{{script}}", SCRIPT),
        // Within JSON, `<` is part of a string, and could end the block or open a comment. Last: it may contain the other names.
        ("{{data}}", &data.replace('<', "\\u003c")),
    ];
    let insert = |page: String, (name, part)| page.replacen(name, part, 1);
    parts.into_iter().fold(PAGE.to_owned(), insert)
}

/// The source of an inline script or style in a content security policy.
fn source(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}

fn sanitized(value: Value) -> Value {
    match value {
        Value::String(text) => sanitize::lines(&text).into(),
        Value::Array(values) => values.into_iter().map(sanitized).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, sanitized(value)))
            .collect(),
        other => other,
    }
}

/// The data of the page. Times of projects are in milliseconds since the start of the run.
#[derive(Serialize)]
struct Data<'r> {
    title: String,
    mark: char,
    result: RunResult,
    tally: String,
    resume: Option<&'r str>,
    run: &'r str,
    started_at: Timestamp,
    duration_ms: u64,
    concurrency: Option<usize>,
    exit_code: u8,
    failures: Vec<Failure<'r>>,
    /// Positions in `projects`, and how long the next one waited for it.
    critical_path: Vec<(usize, u64)>,
    with_concurrency: &'r [(usize, u64)],
    projects: Vec<Project<'r>>,
}

/// Projects that did not succeed in the same way, or a hook of the run.
#[derive(Serialize)]
struct Failure<'r> {
    /// Positions in `projects`; none for a hook of the run.
    projects: Vec<usize>,
    #[serde(flatten)]
    verdict: Verdict<'r>,
}

/// How something ended, why, and what to do next.
#[derive(Serialize)]
struct Verdict<'r> {
    tone: &'static str,
    mark: char,
    /// Empty for a hook of the run.
    result: &'static str,
    why: String,
    error: Option<String>,
    /// The last lines of the program that failed.
    output: Option<&'r str>,
    next: Option<String>,
}

impl<'r> Verdict<'r> {
    fn of(operation: Operation, can_resume: bool, row: &'r ProjectReport) -> Self {
        let error = row.error.as_ref();
        Self {
            tone: tone(row.result),
            mark: words::mark(row.result),
            result: match (operation, row.result) {
                (Operation::Preview, ProjectResult::Succeeded) => "previewed",
                _ => words::ended(row),
            },
            why: words::why(row),
            error: error.map(words::error),
            output: error.and_then(|it| it.output.as_deref()),
            next: words::next(operation, can_resume, row),
        }
    }
}

#[derive(Serialize)]
struct Project<'r> {
    name: &'r str,
    account: &'r str,
    logical_id: Option<&'r str>,
    deployment_id: Option<String>,
    bundle: Option<&'r str>,
    #[serde(flatten)]
    verdict: Verdict<'r>,
    attempts: u32,
    diff: Option<String>,
    /// What, kind, and logical id.
    changes: Vec<(Action, &'r str, &'r str)>,
    hooks: &'r [HookRecord],
    notes: &'r [Note],
    /// A sentence about each created heartbeat, and its ping URL.
    pings: Vec<(String, Option<&'r str>)>,
    started: Option<u64>,
    finished: u64,
    /// Positions in `projects`.
    depends_on: Vec<usize>,
    /// What, from, and to.
    segments: Vec<(Activity, u64, u64)>,
    /// When, what, and in words.
    delays: Vec<(u64, &'static str, String)>,
    /// Outages of its account while it was under way: from and to.
    outages: Vec<(u64, u64)>,
}

impl<'r> Data<'r> {
    fn of(
        report: &'r Report,
        timeline: &'r Timeline,
        replay: &'r Replay,
        resume: Option<&'r str>,
    ) -> Self {
        let names = report.projects.iter().enumerate();
        let places = names.map(|(at, row)| (&*row.name, at)).collect();
        let context = Context {
            report,
            can_resume: resume.is_some(),
            timeline,
            places,
        };
        let path = replay.critical_path.iter();
        let path = path.filter_map(|(name, ms)| Some((*context.places.get(&**name)?, *ms)));
        Self {
            title: words::heading(report.operation, &report.manifest),
            mark: words::run_mark(report.result),
            result: report.result,
            tally: words::tally(report),
            resume: words::to_finish(report, resume),
            run: &report.run.0,
            started_at: report.started_at,
            duration_ms: report.duration_ms,
            concurrency: timeline.limits.last().map(|it| it.concurrency),
            exit_code: report.exit_code,
            failures: context.failures(),
            critical_path: path.collect(),
            with_concurrency: &replay.with_concurrency,
            projects: report
                .projects
                .iter()
                .map(|it| context.project(it))
                .collect(),
        }
    }
}

struct Context<'r> {
    report: &'r Report,
    can_resume: bool,
    timeline: &'r Timeline,
    /// The position of each project.
    places: HashMap<&'r str, usize>,
}

impl<'r> Context<'r> {
    fn positions<'n>(&self, names: impl IntoIterator<Item = &'n String>) -> Vec<usize> {
        let names = names.into_iter();
        names
            .filter_map(|name| self.places.get(&**name).copied())
            .collect()
    }

    /// Failures, then failed hooks of the run, then what did not start because of them.
    fn failures(&self) -> Vec<Failure<'r>> {
        let operation = self.report.operation;
        let of = |group: &[&'r ProjectReport]| {
            let first = *group.first()?;
            Some(Failure {
                projects: self.positions(group.iter().map(|it| &it.name)),
                verdict: Verdict::of(operation, self.can_resume, first),
            })
        };
        let rows = || self.report.projects.iter();
        let failed: Vec<_> = rows().filter(|it| words::is_failure(it)).collect();
        let failed = words::equal_failures(&failed);
        let held_up: Vec<_> = rows().filter(|it| words::never_began(it)).collect();
        let held_up = words::groups(&held_up).into_iter();
        let hooks = self.report.hooks.iter().filter_map(|hook| {
            Some(Failure {
                projects: vec![],
                verdict: Verdict {
                    tone: "bad",
                    mark: '✗',
                    result: "",
                    why: hook.error.clone()?,
                    error: None,
                    output: hook.output.as_deref(),
                    next: None,
                },
            })
        });
        let failed = failed.iter().filter_map(|group| of(group)).chain(hooks);
        failed
            .chain(held_up.filter_map(|(.., group)| of(&group)))
            .collect()
    }

    fn project(&self, row: &'r ProjectReport) -> Project<'r> {
        let Report {
            operation,
            started_at,
            ..
        } = *self.report;
        let since = |at: Timestamp| at.millis_since(started_at);
        let lane = self.timeline.lane(&row.name);
        let segments = lane.iter().flat_map(|it| &it.segments);
        let delays = lane.iter().flat_map(|it| &it.delays);
        let outages = self.timeline.outages.iter();
        let outages = outages.filter(|it| row.account_id.as_ref() == Some(&it.account_id));
        let outages = outages.filter_map(|it| {
            let from = it.from.max(row.started_at?);
            let to = it.to.map_or(row.finished_at, |to| to.min(row.finished_at));
            (from < to).then(|| (since(from), since(to)))
        });
        let changes = row.shown_changes();
        let changes = changes.map(|it| (it.action, &*it.kind, &*it.logical_id));
        Project {
            name: &row.name,
            account: &row.account,
            logical_id: row.logical_id.as_deref(),
            deployment_id: row.deployment_id.as_ref().map(ToString::to_string),
            bundle: row.bundle.as_ref().map(|it| &*it.sha256),
            verdict: Verdict::of(operation, self.can_resume, row),
            attempts: row.attempts,
            diff: row.shown_diff().map(|diff| words::diff(&diff)),
            changes: changes.collect(),
            hooks: &row.hooks,
            notes: &row.notes,
            pings: words::pings(row).collect(),
            started: row.started_at.map(since),
            finished: since(row.finished_at),
            depends_on: self.positions(lane.iter().flat_map(|it| &it.project.depends_on)),
            segments: segments
                .map(|it| (it.activity, since(it.from), since(it.to)))
                .collect(),
            delays: delays
                .filter_map(|(at, event)| {
                    let (kind, text) = delay(event)?;
                    Some((since(*at), kind, text))
                })
                .collect(),
            outages: outages.collect(),
        }
    }
}

/// The color of a result.
fn tone(result: ProjectResult) -> &'static str {
    match words::mark(result) {
        '✓' => "good",
        '○' => "quiet",
        '!' => "warn",
        _ => "bad",
    }
}

/// The kind of a delay, and what happened.
fn delay(event: &Event) -> Option<(&'static str, String)> {
    Some(match event {
        Event::Conflict {
            deployment_id,
            policy,
        } => {
            let then = words::policy(*policy);
            (
                "conflict",
                format!("blocked by deployment {deployment_id}; {then}"),
            )
        }
        Event::Retrying {
            attempt,
            delay_ms,
            cause,
        } => {
            let delay = words::span(*delay_ms);
            ("retry", format!("attempt {attempt} in {delay}: {cause}"))
        }
        Event::Reconnecting { cause, .. } => ("reconnect", format!("reconnecting: {cause}")),
        Event::Cancelling {
            deployment_id,
            reason,
        } => {
            let because = words::cancel_cause(*reason);
            (
                "cancel",
                format!("cancelling deployment {deployment_id} {because}"),
            )
        }
        Event::Throttled { delay_ms } => {
            let delay = words::span(*delay_ms);
            ("throttled", format!("rate limited; waiting {delay}"))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{eventful_run, hostile};
    use super::*;

    fn page(report: &Report, timeline: &Timeline) -> String {
        let replay = Replay {
            critical_path: vec![("alerts".into(), 3000), ("shop".into(), 6500)],
            with_concurrency: vec![(1, 14_000), (4, 9_500)],
        };
        to_html(
            report,
            timeline,
            &replay,
            Some("orchestrate resume 0193a5f0-run"),
        )
    }

    /// The text of the data block, as a browser finds its end.
    fn block(page: &str) -> &str {
        let (_, rest) = page.split_once("id=\"data\">").unwrap();
        rest.split_once("</script").unwrap().0
    }

    #[test]
    fn an_eventful_run() {
        let (report, timeline) = eventful_run();
        let page = page(&report, &timeline);
        let data: Value = serde_json::from_str(block(&page)).unwrap();
        let Value::Object(mut data) = data else {
            panic!()
        };
        // One line for each project and failure.
        let mut lines = |field| {
            let Some(Value::Array(all)) = data.remove(field) else {
                panic!()
            };
            all.iter().map(|it| format!("{it}\n")).collect::<String>()
        };
        let (projects, failures) = (lines("projects"), lines("failures"));
        let rest = serde_json::to_string_pretty(&data).unwrap();
        insta::assert_snapshot!(format!("{rest}\n\n{failures}\n{projects}"));
    }

    #[test]
    fn hostile_texts_stay_within_the_data_block_and_control_nothing() {
        let (report, timeline) = eventful_run();
        let scripts = page(&report, &timeline).matches("<script").count();
        for text in hostile::TEXTS {
            let page = page(&hostile::report(text), &hostile::timeline(text));
            assert_eq!(page.matches("<script").count(), scripts, "{text:?}");
            assert!(!block(&page).contains('<'));
            let data: Value = serde_json::from_str(block(&page)).unwrap();
            let shown = sanitize::lines(text);
            assert_eq!(data["projects"][0]["name"], shown);
            assert_eq!(data["projects"][0]["next"], shown);
            assert_eq!(data["failures"][0]["next"], shown);
            let is_safe = |c| c == '\n' || sanitize::is_visible(c);
            assert!(
                block(&page).replace("\\n", "\n").chars().all(is_safe),
                "{text:?}"
            );
        }
    }

    #[test]
    fn names_of_placeholders_are_only_text() {
        let text = "{{script}}{{style}}{{policy}}{{data}}";
        let page = page(&hostile::report(text), &Timeline::default());
        assert!(block(&page).contains(text));
        assert_eq!(page.matches(SCRIPT).count(), 1);
    }

    /// What the policy allows is what the page contains, and nothing else.
    #[test]
    fn the_page_loads_nothing() {
        let (report, timeline) = eventful_run();
        let page = page(&report, &timeline);
        assert!(page.contains(&format!("script-src '{}'", source(SCRIPT))));
        assert!(page.contains(&format!("<script>{SCRIPT}</script>")));
        assert!(page.contains(&format!("style-src '{}'", source(STYLE))));
        assert!(page.contains(&format!("<style>{STYLE}</style>")));
        for forbidden in [
            "src=",
            "url(",
            "@import",
            "import(",
            "fetch(",
            "innerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ] {
            let parts = [PAGE, STYLE, SCRIPT];
            assert!(
                !parts.iter().any(|part| part.contains(forbidden)),
                "{forbidden}"
            );
        }
    }
}
