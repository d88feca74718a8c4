//! The picture of a run in the README: the cells of a terminal as SVG.

use super::script::Script;
use super::terminal::Terminal;
use super::*;
use std::fmt::Write;

const COLUMNS: u16 = 92;
const ROWS: u16 = 22;

/// Pixels of a cell and of the margin.
const CELL: (f64, f64) = (8.4, 19.0);
const MARGIN: f64 = 16.0;

/// The eight colors of a terminal, legible on the dark background.
const COLORS: [&str; 8] = [
    "#6e7681", "#ff7b72", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea", "#e6edf3",
];

#[test]
fn the_picture_in_the_readme_is_what_a_terminal_shows() {
    let terminal = Terminal::new(ROWS, COLUMNS);
    let mut human = terminal.human(true);
    for event in under_way() {
        human.event(&event);
    }
    human.tick(Duration::from_secs(21));
    crate::tests::support::generated::assert_generated("docs/run.svg", &terminal.with_screen(svg));
}

/// A fleet in the middle of a run: deployed, deploying, blocked, retried, failed.
fn under_way() -> Vec<RunEvent> {
    let mut s = Script::new(&[
        "shared-alerts",
        "status-page",
        "checkout-staging",
        "checkout-production",
        "catalogue",
        "payments",
        "search",
        "warehouse",
        "operations",
    ]);
    for name in ["shared-alerts", "status-page", "search", "warehouse"] {
        s.bundling_folder(name);
    }
    for (at, name) in [
        (900, "shared-alerts"),
        (1_400, "status-page"),
        (1_900, "search"),
    ] {
        s.at(at).bundled(name, false).accepted(name, "dep");
    }
    s.at(5_200).succeeded("shared-alerts", 5_200, [0, 4, 0, 0]);
    for name in ["checkout-staging", "checkout-production", "payments"] {
        s.bundled(name, true).accepted(name, "dep");
    }
    s.at(6_100).succeeded("status-page", 4_700, [1, 7, 0, 0]);
    s.at(7_300).conflict("search", "3f2a9c41", OnConflict::Wait);
    s.bundled("catalogue", false).accepted("catalogue", "dep");
    s.at(12_000).progress("checkout-staging", 90).succeeded(
        "checkout-staging",
        6_800,
        [0, 12, 0, 0],
    );
    s.at(14_000)
        .progress("checkout-production", 64)
        .progress("catalogue", 38)
        .progress("payments", 81);
    s.bundled("warehouse", false);
    s.at(19_500).submitting("warehouse", 1);
    s.events
}

/// A screen as SVG. Each span of equally styled cells has its position, so columns align in every font.
fn svg(screen: &vt100::Screen) -> String {
    let (across, down) = (
        f64::from(COLUMNS) * CELL.0 + 2.0 * MARGIN,
        f64::from(ROWS) * CELL.1 + 2.0 * MARGIN,
    );
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {across:.0} {down:.0}\" role=\"img\">\n\
         <title>orchestrate deploys nine projects on a terminal</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, monospace\" font-size=\"14\" fill=\"#e6edf3\" \
         xml:space=\"preserve\">\n"
    );
    for row in 0..ROWS {
        let mut column = 0;
        while column < COLUMNS {
            let style = style(screen, row, column);
            let start = column;
            let mut text = String::new();
            while column < COLUMNS && self::style(screen, row, column) == style {
                text += screen
                    .cell(row, column)
                    .filter(|cell| cell.has_contents())
                    .map_or(" ", vt100::Cell::contents);
                column += 1;
            }
            if text.trim().is_empty() {
                continue;
            }
            let (x, y) = (
                MARGIN + f64::from(start) * CELL.0,
                MARGIN + f64::from(row) * CELL.1 + 14.0,
            );
            let text = text.trim_end();
            let columns = u16::try_from(width(text)).unwrap();
            let length = f64::from(columns) * CELL.0;
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\"{style}>{text}</text>"
            );
        }
    }
    svg + "</g>\n</svg>\n"
}

/// The attributes of one cell.
fn style(screen: &vt100::Screen, row: u16, column: u16) -> String {
    let Some(cell) = screen.cell(row, column) else {
        return String::new();
    };
    let mut style = String::new();
    if let vt100::Color::Idx(index) = cell.fgcolor() {
        let color = COLORS[usize::from(index) % COLORS.len()];
        style += &format!(" fill=\"{color}\"");
    }
    if cell.bold() {
        style += " font-weight=\"bold\"";
    }
    if cell.dim() {
        style += " opacity=\"0.65\"";
    }
    style
}
