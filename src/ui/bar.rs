//! The block at the bottom of a terminal: the state of the run, and a line for each active project. Pure: a function of the
//! progress, the view, and the size of the terminal.

use super::paint::{Paint, Style};
use super::progress::{ProgressState, Row};
use super::stage::Stage;
use super::style::Size;
use super::text;
use crate::model::{Hook, Operation, OriginKind};
use crate::words;

/// The lines above the block that stay on the screen: the latest permanent ones.
const ABOVE: usize = 3;

/// The block has a second line for counts if it has room for this many lines.
const ROOMY: usize = 10;

/// The width of the longest phase.
const PHASE: usize = 12;

/// A project's bar has at least this many cells.
const SHORTEST: usize = 3;

/// The width of a row without its name, bar, and notes.
const BESIDE: usize = "    ".len() + PHASE + "  00:00 100%".len();

/// A key that changes the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// `t`: show the details of all projects, or of active ones.
    Details,
    /// `?`: show or hide what the keys do.
    Help,
    /// Enter: write the state as a permanent line.
    Snapshot,
}

/// What the block shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    /// Keys are read.
    pub(super) has_keys: bool,
    /// Show all projects that have not ended, and their deployments.
    pub(super) details: bool,
    /// Show what the keys do.
    pub(super) help: bool,
}

/// The lines of the block. They are no wider than the terminal, and leave room for the last lines above them.
pub(super) fn block(progress: &ProgressState, view: View, paint: Paint, size: Size) -> Vec<String> {
    // The last column stays empty: terminals differ in where the cursor goes after it.
    let columns = size.columns.saturating_sub(1);
    let room = size.rows.saturating_sub(ABOVE).max(1);
    let of_counts = if room < ROOMY { 1 } else { 2 };
    let mut lines = vec![overall(progress, view, columns)];
    lines.extend(counts(progress, columns).into_iter().take(of_counts));
    let fit = |line: &Vec<_>| paint.fit(line, columns);
    let mut lines: Vec<String> = lines.iter().map(fit).collect();
    let help = view.help.then(|| {
        let keys = "  t details · Enter print the state · ? hide this · Ctrl-C start nothing new";
        paint.fit(&[(Style::Dim, keys.into())], columns)
    });
    let mut rows = progress.active();
    if view.details {
        rows.extend(progress.idle());
    }
    let room_for_rows = room.saturating_sub(lines.len() + usize::from(view.help));
    let shown = if rows.len() <= room_for_rows {
        rows.len()
    } else {
        room_for_rows.saturating_sub(1)
    };
    // A bar is left out before a name is shortened, and a name is shortened before a countdown is left out.
    let countdown = |row: &&Row| {
        let notes = progress.waits_for(row).map(|_| notes(progress, row, false));
        let first = notes.and_then(|notes| notes.into_iter().next());
        first.map_or(0, |note| text::width("  …") + text::width(&note))
    };
    let beside = BESIDE + rows[..shown].iter().map(countdown).max().unwrap_or(0);
    let most = columns.saturating_sub(beside).min(columns / 2).max(8);
    let name_width = progress.longest_name.min(most);
    for row in &rows[..shown] {
        let pieces = pieces(progress, row, view, name_width, columns);
        lines.push(paint.fit(&pieces, columns));
    }
    if shown < rows.len() && room_for_rows > 0 {
        let more = format!("  and {} more", rows.len() - shown);
        lines.push(paint.fit(&[(Style::Dim, more)], columns));
    }
    lines.extend(help);
    lines.truncate(room);
    lines
}

/// The width of the name column of permanent lines: that of the longest name, at most two fifths of the line.
pub(super) fn name_width(progress: &ProgressState, size: Size) -> usize {
    progress.longest_name.min((size.columns * 2 / 5).max(8))
}

/// `━━━━━━──────  42% · 00:12 · about 20 s left · 240 req/min`, with fewer facts if the line is too narrow.
fn overall(progress: &ProgressState, view: View, columns: usize) -> Vec<(Style, String)> {
    let percent = progress.percent();
    let mut pieces = gauge((columns / 4).clamp(8, 40), percent);
    pieces.push((Style::Strong, format!(" {percent:>3}%")));
    let mut facts = vec![text::clock(progress.now)];
    facts.extend(progress.left().map(text::about));
    let rate = progress.request_rate();
    facts.extend(rate.map(|rate| format!("{rate} req/min")));
    if view.has_keys && !view.help {
        facts.push("? for help".into());
    }
    let facts = facts.into_iter().map(|fact| (Style::Plain, fact));
    wrapped(pieces, facts, " · ", columns).swap_remove(0)
}

/// `6 projects: wave 1 of 2 · 3 succeeded · 1 failed · 2 deploying · 1 blocked`, wrapped.
fn counts(progress: &ProgressState, columns: usize) -> Vec<Vec<(Style, String)>> {
    let projects = words::count(progress.rows.len(), "project");
    let counts = progress.counts().map(|(n, what)| {
        let style = match what {
            "succeeded" => Style::Good,
            "failed" => Style::Bad,
            _ => Style::Plain,
        };
        (style, format!("{n} {what}"))
    });
    let wave = wave(progress).map(|wave| (Style::Plain, wave));
    let facts = wave.into_iter().chain(counts);
    wrapped(vec![(Style::Plain, projects)], facts, ": ", columns)
}

/// A line and these facts, of which the first follows `first`, in as many lines as they need.
fn wrapped(
    line: Vec<(Style, String)>,
    facts: impl Iterator<Item = (Style, String)>,
    first: &str,
    columns: usize,
) -> Vec<Vec<(Style, String)>> {
    let mut used = width(&line);
    let mut lines = vec![line];
    let mut separator = first;
    for (style, fact) in facts {
        used += text::width(separator) + text::width(&fact);
        if used > columns {
            lines.push(vec![]);
            separator = "  ";
            used = text::width(separator) + text::width(&fact);
        }
        let line = lines.last_mut();
        line.into_iter().for_each(|line| {
            line.extend([(Style::Plain, separator.into()), (style, fact.clone())]);
        });
        separator = " · ";
    }
    lines
}

fn width(pieces: &[(Style, String)]) -> usize {
    pieces.iter().map(|(_, piece)| text::width(piece)).sum()
}

/// A bar of this many cells.
fn gauge(cells: usize, percent: u8) -> Vec<(Style, String)> {
    let full = cells * usize::from(percent) / 100;
    vec![
        (Style::Busy, "━".repeat(full)),
        (Style::Dim, "─".repeat(cells - full)),
    ]
}

/// The current wave, or the time until the next one.
pub(super) fn wave(progress: &ProgressState) -> Option<String> {
    if let Some(until) = progress.next_wave {
        let left = until.saturating_sub(progress.now);
        return Some(format!("next wave in {}", text::clock(left)));
    }
    let (wave, of) = progress.wave?;
    Some(format!("wave {wave} of {of}"))
}

/// `  checkout  deploying     00:11  ━━━━━━──────  42%  attempt 2 of 4`.
fn pieces(
    progress: &ProgressState,
    row: &Row,
    view: View,
    name_width: usize,
    columns: usize,
) -> Vec<(Style, String)> {
    let name = text::pad(&text::cut_middle(&row.name, name_width), name_width);
    let since = text::clock(progress.now.saturating_sub(row.since));
    let (style, phase) = phase(progress, row);
    let mut pieces = vec![
        (Style::Plain, format!("  {name}  ")),
        (style, text::pad(phase, PHASE)),
        (Style::Dim, format!("  {since:>5}")),
    ];
    let notes = match &notes(progress, row, view.details)[..] {
        [] => vec![],
        notes => vec![(Style::Dim, format!("  {}", notes.join(" · ")))],
    };
    if matches!(row.stage, Stage::Deploying | Stage::Reconnecting) {
        let percent = format!(" {:>3}%", row.percent);
        let used = width(&pieces) + width(&notes) + text::width("  ") + text::width(&percent);
        let cells = (columns / 8).clamp(6, 24).min(columns.saturating_sub(used));
        if cells >= SHORTEST {
            pieces.push((Style::Plain, "  ".into()));
            pieces.extend(gauge(cells, row.percent));
        }
        pieces.push((Style::Plain, percent));
    }
    pieces.extend(notes);
    pieces
}

/// A project's stage in a word or two.
pub(super) fn phase(progress: &ProgressState, row: &Row) -> (Style, &'static str) {
    match progress.stage(row) {
        Stage::Uploading | Stage::Deploying if progress.operation == Operation::Destroy => {
            (Style::Plain, "deleting")
        }
        Stage::Queued => (Style::Dim, "queued"),
        Stage::Bundling(OriginKind::Bundle) => (Style::Plain, "reading"),
        Stage::Bundling(OriginKind::Directory) => (Style::Plain, "bundling"),
        Stage::Bundled => (Style::Dim, "bundled"),
        Stage::Uploading => (Style::Plain, "uploading"),
        Stage::Previewing => (Style::Plain, "previewing"),
        Stage::Deploying => (Style::Plain, "deploying"),
        Stage::Reconnecting => (Style::Warn, "reconnecting"),
        Stage::Waiting(_) => (Style::Warn, "blocked"),
        Stage::Pausing => (Style::Warn, "retrying"),
        Stage::Throttled => (Style::Dim, "rate limited"),
        Stage::Unavailable => (Style::Warn, "waiting"),
        Stage::Cancelling => (Style::Warn, "cancelling"),
        Stage::Hook(Hook::OnFailure) => (Style::Plain, "on_failure"),
        Stage::Hook(hook) => (Style::Plain, words::hook(*hook)),
        Stage::Ended(result) => (Style::Plain, words::result(*result)),
    }
}

/// What a project waits for and until when, its attempt, and, as details, its deployment.
pub(super) fn notes(progress: &ProgressState, row: &Row, details: bool) -> Vec<String> {
    let left = progress.waits_for(row).map(text::clock);
    let is_delayed = left.is_some();
    let left = |says: &str| left.as_ref().map(|left| says.replace("{}", left));
    let mut notes: Vec<String> = match progress.stage(row) {
        Stage::Waiting(id) => {
            let blocker = format!("by deployment {}", text::one_line(id.as_str()));
            left("{} left").into_iter().chain([blocker]).collect()
        }
        Stage::Unavailable => {
            let api = "for the API".to_owned();
            left("{} left").into_iter().chain([api]).collect()
        }
        Stage::Pausing if !is_delayed => vec!["waiting for a slot".into()],
        Stage::Pausing | Stage::Reconnecting => left("in {}").into_iter().collect(),
        Stage::Throttled => left("for {}").into_iter().collect(),
        Stage::Queued | Stage::Bundled => {
            let open = row
                .depends_on
                .iter()
                .filter_map(|ix| progress.rows.get(*ix));
            let open = open.filter(|it| !matches!(it.stage, Stage::Ended(_)));
            let open: Vec<&str> = open.map(|it| it.name.as_str()).collect();
            let after = format!("after {}", text::some_of(&open, 3));
            (!open.is_empty()).then_some(after).into_iter().collect()
        }
        _ => vec![],
    };
    if row.attempt > 1 {
        let of = row.attempts().map(|most| format!(" of {most}"));
        notes.push(format!("attempt {}{}", row.attempt, of.unwrap_or_default()));
    }
    if let Some(id) = row.deployment_id.as_ref().filter(|_| details) {
        notes.push(format!("deployment {}", text::one_line(id.as_str())));
    }
    notes
}
