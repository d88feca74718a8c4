//! One line per event, with its level. Pure: a function of the event and the progress before it.

use super::bar;
use super::line::{Level, Line};
use super::paint::{self, Style};
use super::progress::{ProgressState, Row};
use super::stage::Stage;
use super::text;
use crate::model::{
    AwaitedHook, Event, Hook, HookRecord, Note, NoteSource, OnInterrupt, Operation, OriginKind,
    PlannedProject, ProjectReport, ProjectResult, Reason, ResumedProject, Resumption, RunEvent,
    Signal, Timestamp, millis,
};
use crate::words;
use std::collections::HashSet;
use std::time::Duration;

/// The line for an event, if any. `progress` is the state before the event; `verbose` adds IDs, attempts, and causes.
pub(super) fn line(progress: &ProgressState, event: &RunEvent, verbose: bool) -> Option<Line> {
    if let Some(line) = run_line(&event.event, progress.operation) {
        return Some(line);
    }
    if let Some(line) = account_line(progress, &event.event) {
        return Some(line);
    }
    let row = progress.row(event.project.as_deref()?)?;
    Some(match &event.event {
        Event::Queued { depends_on } if !depends_on.is_empty() => {
            Line::detail(format!("queued after {}", text::some_of(depends_on, 5)))
        }
        Event::Bundling {
            origin: OriginKind::Directory,
        } => Line::step("bundling"),
        Event::Bundling {
            origin: OriginKind::Bundle,
        } => Line::detail("reading the bundle"),
        Event::Bundled(it) => bundled(it.cached, it.warning.as_deref(), &it.notes),
        Event::Deferred { after, cause } => {
            let when = match after[..] {
                [] => "bundling again".to_owned(),
                _ => format!("bundling again after {}", text::some_of(after, 5)),
            };
            Line::step(format!("{when}: {}", cause.trim_end_matches('.')))
        }
        Event::Submitting { attempt, .. } => {
            let nth = match attempt {
                0 | 1 => String::new(),
                n => format!(", attempt {n}"),
            };
            let sending = match progress.operation {
                Operation::Deploy | Operation::Preview => "uploading",
                Operation::Destroy => "requesting deletion",
            };
            match row.blocked {
                Some(since) => {
                    let waited = progress.now.saturating_sub(since).as_millis();
                    let waited = words::span(u64::try_from(waited).unwrap_or(u64::MAX));
                    Line::news(format!("unblocked after {waited}; {sending}{nth}"))
                }
                None => Line::step(format!("{sending}{nth}")),
            }
        }
        Event::Previewing { attempt: 0 | 1, .. } => Line::step("previewing"),
        Event::Previewing { attempt, .. } => Line::step(format!("previewing, attempt {attempt}")),
        Event::Submitted { deployment_id, .. } if verbose => {
            Line::detail(format!("accepted as deployment {deployment_id}"))
        }
        Event::Submitted { .. } => Line::step("accepted"),
        Event::Reconnecting {
            attempt,
            delay_ms,
            cause,
        } => {
            let pause = pause(*delay_ms);
            let mut says = format!("connection lost, deployment continues; reconnecting {pause}");
            if verbose {
                says.push_str(&format!(" (attempt {attempt}: {cause})"));
            }
            Line::trouble(says)
        }
        Event::Conflict {
            deployment_id,
            policy,
        } => {
            let policy = words::policy(*policy);
            Line::trouble(format!("blocked by deployment {deployment_id}; {policy}"))
        }
        Event::Cancelling {
            deployment_id,
            reason,
        } => match &row.stage {
            // The line about the conflict already says so.
            Stage::Waiting(_) => Line::detail(format!("cancelling deployment {deployment_id}")),
            _ if verbose => Line::trouble(format!(
                "cancelling deployment {deployment_id} {}",
                words::cancel_cause(*reason)
            )),
            _ => Line::trouble(format!("cancelling {}", words::cancel_cause(*reason))),
        },
        Event::CancelFailed {
            deployment_id,
            error,
        } => Line::trouble(format!(
            "cancelling deployment {deployment_id} failed: {}; waiting for it to finish",
            words::error(error).trim_end_matches('.')
        )),
        Event::Throttled { delay_ms } => {
            let line = Line::step(format!("rate limited; waiting {}", words::span(*delay_ms)));
            // Short pauses are normal; only long ones are worth a line.
            match delay_ms {
                0..1000 => Line::detail(line.says),
                _ => line,
            }
        }
        Event::Retrying {
            attempt,
            delay_ms,
            cause,
        } => Line::trouble(format!(
            "{}; retrying {} (attempt {attempt})",
            cause.trim_end_matches('.'),
            pause(*delay_ms)
        )),
        Event::Hook { hook } => Line::step(format!("running its {}", words::hook(*hook))),
        Event::HookEnded(record) => hook_ended(record),
        Event::Finished(ended) => finished(ended, row, progress.operation, verbose),
        _ => return None,
    })
}

/// The line for a preview before a deployment, from the preview's first event.
pub(super) fn asking(event: &Event) -> Option<Line> {
    let says = format!("checking {} for deletions", target(event, "in")?);
    Some(Line::news(says))
}

/// `2 projects to account prod (a-1) at api.checklyhq.com`, from the first event of a run.
fn target(event: &Event, to: &str) -> Option<String> {
    let Event::RunStarted {
        api_url,
        accounts,
        projects,
        ..
    } = event
    else {
        return None;
    };
    Some(format!(
        "{} {to} {} at {}",
        words::count(*projects, "project"),
        text::accounts(accounts),
        api_url.strip_prefix("https://").unwrap_or(api_url)
    ))
}

fn run_line(event: &Event, operation: Operation) -> Option<Line> {
    Some(match event {
        Event::RunStarted {
            operation,
            manifest,
            version,
            concurrency,
            ..
        } => {
            let (doing, to) = match operation {
                Operation::Deploy => ("deploying", "to"),
                Operation::Preview => ("previewing", "in"),
                Operation::Destroy => ("deleting", "from"),
            };
            Line::news(format!(
                "orchestrate {version} · {doing} {} · {manifest} · at most {concurrency} at once",
                target(event, to)?
            ))
        }
        Event::RunResumed { projects, .. } => Line::news(resumed(projects, operation)),
        Event::RunPlanned { projects } => Line::news(assumed(projects)?),
        Event::RunWave { wave, of, projects } => Line::news(format!(
            "wave {wave} of {of}: {}",
            text::some_of(projects, 5)
        )),
        Event::RunSoaking { delay_ms } => Line::news(format!(
            "wave finished; the next one starts in {}",
            words::span(*delay_ms)
        )),
        Event::RunWarning { message } => {
            Line::new(Level::Alarm, '!', Style::Warn, message.as_str())
        }
        Event::RunHook { hook } => Line::news(format!("running the run's {hook} hook")),
        Event::RunHookEnded(record) => match (&record.error, record.hook) {
            (Some(error), Hook::OnFailure) => Line::trouble(error.as_str()),
            (Some(error), _) => Line::new(Level::Alarm, '✗', Style::Bad, error.as_str()),
            (None, hook) => {
                let took = words::span(record.duration_ms);
                Line::step(format!("the run's {hook} hook finished after {took}"))
            }
        },
        Event::RunInterrupted {
            signal,
            nth: _,
            step,
            awaiting,
            hooks,
        } => Line::answer(interrupted(*signal, *step, awaiting, hooks)),
        _ => return None,
    })
}

/// One line for an outage, and one for its end; all requests wait in between.
fn account_line(progress: &ProgressState, event: &Event) -> Option<Line> {
    let says = outage(event, |at| progress.elapsed_at(at))?;
    Some(match event {
        Event::AccountUnavailable { .. } => Line::new(Level::Alarm, '!', Style::Warn, says),
        _ => Line::new(Level::Alarm, ' ', Style::Plain, says),
    })
}

/// The line of a command that is not a run, which began at this time; sanitized.
pub fn outage_line(event: &Event, began: Timestamp) -> Option<String> {
    let elapsed = |at: Timestamp| Duration::from_millis(at.millis_since(began));
    Some(text::one_line(&outage(event, elapsed)?))
}

/// The text about an outage or its end. Without a run, no projects wait.
fn outage(event: &Event, elapsed: impl FnOnce(Timestamp) -> Duration) -> Option<String> {
    Some(match event {
        Event::AccountUnavailable {
            account,
            since,
            error,
            waiting,
            ..
        } => {
            let waiting = match waiting {
                0 => String::new(),
                count => format!("; {} waiting", words::count(*count, "project")),
            };
            format!(
                "API unavailable for account {account} since {}: {}{waiting}",
                text::clock(elapsed(*since)),
                words::error(error).trim_end_matches('.')
            )
        }
        Event::AccountAvailable {
            account,
            unavailable_ms,
            ..
        } => format!(
            "API available again for account {account} after {}",
            words::span(*unavailable_ms)
        ),
        _ => return None,
    })
}

/// `resuming: 1 project finished, 2 running, 3 to deploy`.
fn resumed(projects: &[ResumedProject], operation: Operation) -> String {
    let count = |is: fn(&Resumption) -> bool| {
        let those = projects.iter().filter(|it| is(&it.resumption));
        those.count()
    };
    let done = count(|it| *it == Resumption::Skip);
    let followed = count(|it| matches!(it, Resumption::Follow { .. }));
    let left = count(|it| matches!(it, Resumption::Start { .. }));
    let running = match followed {
        0 => String::new(),
        n => format!(", {n} running"),
    };
    let to = match operation {
        Operation::Destroy => "delete",
        Operation::Deploy | Operation::Preview => "deploy",
    };
    format!(
        "resuming: {} finished{running}, {left} to {to}",
        words::count(done, "project")
    )
}

/// The unselected dependencies of the selected projects.
fn assumed(projects: &[PlannedProject]) -> Option<String> {
    let all = projects
        .iter()
        .flat_map(|project| &project.unselected_dependencies);
    let mut seen = HashSet::new();
    let unselected_dependencies: Vec<String> =
        all.filter(|name| seen.insert(*name)).cloned().collect();
    let some = text::some_of(&unselected_dependencies, 5);
    (!some.is_empty()).then(|| format!("assumed to be deployed (not selected): {some}"))
}

/// The only line about a preview that a signal ends.
pub(super) fn preview_interrupted(signal: Signal) -> Line {
    let says = format!("{signal}: the preview was interrupted; nothing was deployed.");
    Line::answer(says)
}

/// What a signal does, what the run waits for, and what the next signal does.
fn interrupted(
    signal: Signal,
    step: OnInterrupt,
    awaiting: &[String],
    hooks: &[AwaitedHook],
) -> String {
    let again = match signal {
        Signal::Sigint => "Press Ctrl-C again to",
        _ => "Send the signal again to",
    };
    let them = |n| if n == 1 { "it" } else { "them" };
    let (it, either) = (them(awaiting.len()), them(awaiting.len() + hooks.len()));
    let some = text::some_of(awaiting, 5);
    let n = words::count(awaiting.len(), "deployment");
    let hooks = some_hooks(hooks);
    match (step, awaiting.is_empty(), hooks) {
        (OnInterrupt::Drain, true, Some(hooks)) => format!(
            "{signal}: nothing new starts; waiting for {hooks} to finish. {again} stop {either}."
        ),
        (OnInterrupt::Cancel, true, Some(hooks)) => {
            format!("{signal}: nothing new starts; stopping {hooks}. {again} exit immediately.")
        }
        (_, true, _) => {
            format!("{signal}: nothing new starts; this run has no deployment on the server.")
        }
        (OnInterrupt::Drain, false, hooks) => format!(
            "{signal}: nothing new starts; waiting for {n} ({some}){} to finish. {again} cancel {either}.",
            hooks.map_or_else(String::new, |hooks| format!(" and {hooks}"))
        ),
        (OnInterrupt::Cancel, false, hooks) => format!(
            "{signal}: cancelling {n} ({some}){} and waiting for {either} to finish. {again} exit \
             immediately and leave {it} running.",
            hooks.map_or_else(String::new, |hooks| format!(", stopping {hooks},"))
        ),
        _ => format!(
            "{signal}: exiting immediately; {n} may still be running on the server: {some}. \
             The next run waits for {it}, or cancels {it} with --cancel-in-progress-deployment."
        ),
    }
}

/// `1 hook (shop: pre)`, `2 hooks (shop: pre, the run: post)`.
fn some_hooks(hooks: &[AwaitedHook]) -> Option<String> {
    let name = |awaited: &AwaitedHook| {
        let whose = awaited.project.as_deref().unwrap_or("the run");
        format!("{whose}: {}", awaited.hook)
    };
    let names: Vec<String> = hooks.iter().map(name).collect();
    let n = words::count(hooks.len(), "hook");
    (!hooks.is_empty()).then(|| format!("{n} ({})", text::some_of(&names, 5)))
}

/// The end of a hook. A failure is repeated at the end of the project, except that of `on_failure`, which is only a warning.
fn hook_ended(record: &HookRecord) -> Line {
    let took = words::span(record.duration_ms);
    match &record.error {
        Some(error) if record.hook == Hook::OnFailure => Line::trouble(error.as_str()),
        Some(error) => Line::step(error.as_str()),
        None => Line::step(format!(
            "its {} finished after {took}",
            words::hook(record.hook)
        )),
    }
}

/// The output of a hook, line by line, for `-v`.
pub(super) fn output(event: &Event) -> Vec<Line> {
    let (Event::HookEnded(record) | Event::RunHookEnded(record)) = event else {
        return vec![];
    };
    let lines = record.output.iter().flat_map(|output| output.lines());
    let lines = lines.filter(|line| !line.trim().is_empty());
    lines
        .map(|line| Line::detail(format!("| {line}")))
        .collect()
}

fn finished(row: &ProjectReport, shown: &Row, operation: Operation, verbose: bool) -> Line {
    let (mark, style) = paint::mark(row.result);
    let result = words::ended(row);
    let waits = [(millis(shown.throttled), "rate limited")];
    let took = row
        .started_at
        .map(|started| words::took(row.finished_at.millis_since(started), &waits));
    let level = match row.result {
        ProjectResult::Succeeded | ProjectResult::Unchanged => Level::News,
        // One failure may skip several projects; a signal or --max-fail skips all that remain, and the summary names them.
        ProjectResult::Skipped if is_held_up_by_another(row) => Level::News,
        ProjectResult::Skipped => Level::Detail,
        _ if words::is_held_up(row) => Level::Step,
        _ => Level::Alarm,
    };
    let mut says = match row.result {
        ProjectResult::Succeeded | ProjectResult::Unchanged if operation == Operation::Preview => {
            words::forecast(row)
        }
        ProjectResult::Succeeded if words::was_not_there(operation, row) => {
            format!("{result}: nothing to delete")
        }
        ProjectResult::Succeeded => {
            let took = took.map(|took| format!(" in {took}"));
            let diff = row
                .shown_diff()
                .map(|diff| format!(": {}", words::diff(&diff)));
            format!(
                "{result}{}{}",
                took.unwrap_or_default(),
                diff.unwrap_or_default()
            )
        }
        ProjectResult::Unchanged => format!("{result}, nothing sent"),
        ProjectResult::Skipped
            if let (Some(Reason::DependencyFailed), Some(name)) = (row.reason, &row.cause) =>
        {
            format!("{result}: depends on {name}")
        }
        _ => {
            let took = took
                .map(|took| format!(" after {took}"))
                .unwrap_or_default();
            let why = match &row.error {
                Some(error) => error.message.clone(),
                None => words::why(row),
            };
            format!("{result}{took}: {why}")
        }
    };
    if verbose {
        let id = row
            .deployment_id
            .as_ref()
            .map(|id| format!("deployment {id}"));
        let id = id.filter(|id| !says.contains(id.as_str()));
        let facts: Vec<String> = id.into_iter().chain(effort(operation, row)).collect();
        if !facts.is_empty() {
            says.push_str(&format!(" ({})", facts.join(", ")));
        }
    }
    Line {
        level,
        mark,
        style,
        says,
        most: match row.result {
            _ if verbose => usize::MAX,
            ProjectResult::Skipped => 2,
            _ if level == Level::News => usize::MAX,
            _ => 3,
        },
    }
}

/// The end of bundling. What the project printed may explain unexpected deletions.
fn bundled(cached: bool, warning: Option<&str>, notes: &[Note]) -> Line {
    let mut printed = notes.iter().filter(|it| it.source == NoteSource::Project);
    let printed = printed.find_map(|note| note.message.lines().next());
    match (printed, warning) {
        (Some(line), _) => Line::trouble(format!("bundled; printed: {line}")),
        (None, Some(warning)) => Line::trouble(format!("bundled; {warning}")),
        (None, None) if cached => Line::step("bundle reused from the cache"),
        (None, None) => Line::step("bundled"),
    }
}

fn is_held_up_by_another(row: &ProjectReport) -> bool {
    matches!(
        row.reason,
        Some(Reason::DependencyFailed | Reason::DependencyNotDeployed | Reason::DependentFailed)
    )
}

/// What `-v` adds if a project took several attempts: `2 uploads, 1 reconnection`.
pub(super) fn effort(operation: Operation, row: &ProjectReport) -> Option<String> {
    let counted = |n: u32, least, what| {
        (n >= least).then(|| words::count(usize::try_from(n).unwrap_or(usize::MAX), what))
    };
    let upload = match operation {
        Operation::Deploy | Operation::Preview => "upload",
        Operation::Destroy => "deletion request",
    };
    let uploads = counted(row.attempts, 2, upload);
    let reconnections = counted(row.reconnects, 1, "reconnection");
    let parts: Vec<String> = uploads.into_iter().chain(reconnections).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn pause(delay_ms: u64) -> String {
    match delay_ms {
        0 => "now".into(),
        delay => format!("in {}", words::span(delay)),
    }
}

/// The state of the run in a line: `42%, 3 succeeded, 2 deploying, about 2 min left: checkout 40%, search blocked (…)`.
pub(super) fn state(progress: &ProgressState) -> Line {
    let names: Vec<String> = progress
        .active()
        .into_iter()
        .take(SHOWN)
        .map(|row| {
            let phase = match row.stage {
                Stage::Deploying => format!("{}%", row.percent),
                _ => bar::phase(progress, row).1.to_owned(),
            };
            let notes = match &bar::notes(progress, row, false)[..] {
                [] => String::new(),
                notes => format!(" ({})", notes.join(", ")),
            };
            format!("{} {phase}{notes}", row.name)
        })
        .collect();
    let counts = progress.counts().map(|(n, what)| format!("{n} {what}"));
    let facts = [format!("{}%", progress.percent())].into_iter();
    let facts = facts.chain(bar::wave(progress)).chain(counts);
    let facts: Vec<String> = facts.chain(progress.left().map(text::about)).collect();
    let mut says = facts.join(", ");
    if !names.is_empty() {
        says.push_str(&format!(": {}", names.join(", ")));
    }
    let more = progress.active().len().saturating_sub(SHOWN);
    if more > 0 {
        says.push_str(&format!(" and {more} more"));
    }
    Line::step(says)
}

/// The maximum number of projects in [`state`].
const SHOWN: usize = 5;
