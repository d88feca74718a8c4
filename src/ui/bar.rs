//! The block at the bottom of a terminal: a status line, and a line for each active project.

use super::paint::{Paint, Style};
use super::progress::{ProgressState, Row, Stage};
use super::style::Size;
use super::text;
use crate::model::{Operation, ProjectResult};
use crate::words;

/// The maximum number of projects shown at once.
const MOST: usize = 10;

/// The lines of the block, no wider than the terminal and at most half as high.
pub(super) fn block(progress: &ProgressState, paint: Paint, size: Size) -> Vec<String> {
    // The last column stays empty: terminals differ in where the cursor goes after it.
    let columns = size.columns.saturating_sub(1);
    let mut lines = vec![paint.fit(&[(Style::Strong, status(progress, columns))], columns)];
    let active: Vec<&Row> = progress.active().collect();
    let room = MOST.min((size.rows / 2).saturating_sub(1));
    let shown = if active.len() <= room {
        active.len()
    } else {
        room.saturating_sub(1)
    };
    let name_width = name_width(progress, size);
    for row in &active[..shown] {
        let pieces = pieces(progress, row, name_width, columns);
        lines.push(paint.fit(&pieces, columns));
    }
    if shown < active.len() && room > 0 {
        let more = format!("  and {} more", active.len() - shown);
        lines.push(paint.fit(&[(Style::Dim, more)], columns));
    }
    lines
}

/// The width of the name column: that of the longest name, at most a third of the line.
pub(super) fn name_width(progress: &ProgressState, size: Size) -> usize {
    progress.longest_name.min((size.columns / 3).max(8))
}

/// `3/6 done · wave 1 of 2 · 1 failed · 2 deploying · 1 blocked · 00:12 · about 20 s left`, with fewer counts if the line is too
/// narrow.
fn status(progress: &ProgressState, columns: usize) -> String {
    let ended = |stage: &Stage| matches!(stage, Stage::Ended(_));
    let moving = match progress.operation {
        Operation::Deploy => "deploying",
        Operation::Preview => "previewing",
        Operation::Destroy => "deleting",
    };
    let mut parts = vec![format!(
        "{}/{} done",
        progress.count(ended),
        progress.rows.len()
    )];
    parts.extend(wave(progress));
    for (n, what) in [
        (progress.count(is_failure), "failed"),
        (progress.count(is_moving), moving),
        (
            progress.count(|s| *s == Stage::Unavailable),
            "waiting for the API",
        ),
        (
            progress.count(|s| matches!(s, Stage::Bundling(_))),
            "bundling",
        ),
        (
            progress.count(|s| matches!(s, Stage::Waiting(_))),
            "blocked",
        ),
        (progress.count(|s| *s == Stage::Pausing), "retrying"),
        (progress.count(|s| *s == Stage::Throttled), "rate limited"),
        (progress.count(|s| *s == Stage::Bundled), "bundled"),
        (progress.count(|s| *s == Stage::Queued), "queued"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    let mut clock = text::clock(progress.now);
    if let Some(left) = progress.left() {
        clock.push_str(&format!(" · {}", text::about(left)));
    }
    loop {
        let line = format!("{} · {clock}", parts.join(" · "));
        if text::width(&line) <= columns || parts.len() == 1 {
            return line;
        }
        parts.pop();
    }
}

/// The current wave, or the time until the next one.
fn wave(progress: &ProgressState) -> Option<String> {
    if let Some(until) = progress.next_wave {
        let left = until.saturating_sub(progress.now);
        return Some(format!("next wave in {}", text::clock(left)));
    }
    let (wave, of) = progress.wave?;
    Some(format!("wave {wave} of {of}"))
}

fn is_failure(stage: &Stage) -> bool {
    let left_out = [ProjectResult::Skipped, ProjectResult::Interrupted];
    matches!(stage, Stage::Ended(result) if !result.is_success() && !left_out.contains(result))
}

fn is_moving(stage: &Stage) -> bool {
    matches!(
        stage,
        Stage::Uploading
            | Stage::Previewing
            | Stage::Deploying
            | Stage::Reconnecting
            | Stage::Cancelling
            | Stage::Hook(_)
    )
}

fn pieces(
    progress: &ProgressState,
    row: &Row,
    name_width: usize,
    columns: usize,
) -> Vec<(Style, String)> {
    let name = text::pad(&text::cut_middle(&row.name, name_width), name_width);
    let since = text::clock(progress.now.saturating_sub(row.since));
    let (style, says) = stage(progress, row);
    let mut pieces = vec![(Style::Plain, format!("  {name}  ")), (Style::Dim, since)];
    if matches!(row.stage, Stage::Deploying | Stage::Reconnecting) {
        let cells = (columns / 6).clamp(8, 24);
        let full = cells * usize::from(row.percent) / 100;
        pieces.push((Style::Busy, format!("  {}", "━".repeat(full))));
        pieces.push((Style::Dim, "─".repeat(cells - full)));
        pieces.push((Style::Plain, format!(" {:>3}%", row.percent)));
    }
    // The bar replaces the text.
    if row.stage != Stage::Deploying {
        pieces.push((style, format!("  {says}")));
    }
    pieces
}

/// A project's stage in a few words.
pub(super) fn stage(progress: &ProgressState, row: &Row) -> (Style, String) {
    match progress.stage(row) {
        Stage::Uploading | Stage::Deploying if progress.operation == Operation::Destroy => {
            (Style::Plain, "deleting".into())
        }
        Stage::Queued => (Style::Dim, "queued".into()),
        Stage::Bundling(_) => (Style::Plain, "bundling".into()),
        Stage::Bundled => (Style::Dim, "bundled".into()),
        Stage::Uploading => (Style::Plain, "uploading".into()),
        Stage::Previewing => (Style::Plain, "previewing".into()),
        Stage::Deploying => (Style::Plain, "deploying".into()),
        Stage::Reconnecting => (Style::Warn, "reconnecting".into()),
        Stage::Waiting(id) => {
            let id = text::one_line(id.as_str());
            (Style::Warn, format!("blocked by deployment {id}"))
        }
        Stage::Pausing => (Style::Warn, "waiting to retry".into()),
        Stage::Throttled => (Style::Dim, "rate limited".into()),
        Stage::Unavailable => (Style::Warn, "waiting for the API".into()),
        Stage::Cancelling => (Style::Warn, "cancelling".into()),
        Stage::Hook(hook) => (Style::Plain, format!("running its {}", words::hook(*hook))),
        Stage::Ended(result) => (Style::Plain, words::result(*result).into()),
    }
}
