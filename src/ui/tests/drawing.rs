//! How the block is drawn on an emulated terminal: in place, once, at its size, and not too often.

use super::bar::under_way;
use super::script::{Script, elapsed};
use super::terminal::{BAR, Terminal};
use super::*;
use std::io::Write;

#[test]
fn the_bar_is_erased_at_the_end_of_the_run() {
    for color in [false, true] {
        let terminal = Terminal::new(200, 100);
        let mut human = terminal.human(color);
        for event in eventful() {
            human.event(&event);
            human.tick(elapsed(&event));
        }
        let screen = terminal.screen();
        assert!(!screen.contains(" · 1 queued"), "{screen}");
        assert!(!screen.contains('━'), "{screen}");
        // The summary is the same as without a bar.
        let lines = shown(&eventful(), PLAIN, 100);
        let summary = lines.split_once("\n\n").unwrap().1.trim_end();
        assert!(screen.ends_with(summary), "{screen}");
    }
}

#[test]
fn each_permanent_line_is_written_once() {
    let terminal = Terminal::new(24, 100);
    let mut human = terminal.human(false);
    for event in under_way() {
        human.event(&event);
        for _ in 0..5 {
            human.tick(elapsed(&event));
        }
    }
    let screen = terminal.screen();
    let last = u16::try_from(screen.lines().count()).unwrap() - 1;
    let cursor = terminal.with_screen(vt100::Screen::cursor_position);
    assert_eq!(cursor, (last, 0), "at the start of the last line");
    assert_eq!(screen.matches("succeeded in 4.9 s").count(), 1, "{screen}");
    assert_eq!(screen.matches("; waiting for it to").count(), 1, "{screen}");
    assert_eq!(
        screen.matches("5 projects: 1 succeeded").count(),
        1,
        "{screen}"
    );
}

#[test]
fn the_block_fills_the_terminal_below_three_lines() {
    let names: Vec<String> = (0..40).map(|n| format!("project-{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut script = Script::new(&names);
    for name in &names {
        script.accepted(name, "dep");
    }
    for (rows, bar) in [(1, 1), (3, 1), (5, 2), (10, 7), (24, 21), (80, 42)] {
        let terminal = Terminal::new(rows, 60);
        let mut human = terminal.human(false);
        for event in &script.events {
            human.event(event);
        }
        human.tick(Duration::from_secs(1));
        let screen = terminal.screen();
        assert!(screen.contains("  0% · 00:01"), "{screen}");
        let below = screen.lines().skip_while(|line| !line.contains("  0% · "));
        assert_eq!(below.count(), bar, "{rows} rows:\n{screen}");
        assert_eq!(
            screen.ends_with(" more"),
            (3..42).contains(&bar),
            "{screen}"
        );
    }
}

/// Rewraps lines, as terminals do when they become narrower.
fn reflowed(screen: &str, columns: usize) -> (Vec<String>, usize) {
    let mut rows = Vec::new();
    let mut last = 0;
    for line in screen.lines() {
        last = rows.len();
        let cells: Vec<char> = line.chars().collect();
        if cells.is_empty() {
            rows.push(String::new());
        }
        rows.extend(cells.chunks(columns).map(|row| row.iter().collect()));
    }
    (rows, last)
}

#[test]
fn a_terminal_made_narrower_keeps_its_lines_and_one_bar() {
    let terminal = Terminal::new(30, 100);
    let mut human = terminal.human(false);
    let mut script = Script::new(&["checkout", "payments"]);
    script
        .accepted("checkout", "dep-1")
        .accepted("payments", "dep-2")
        .progress("checkout", 99);
    script
        .at(10)
        .project("payments", Event::Throttled { delay_ms: 5 });
    script.conflict("payments", "dep-other", OnConflict::Wait);
    for event in &script.events {
        human.event(event);
    }
    human.tick(Duration::from_secs(1));
    // The emulator truncates lines that real terminals rewrap.
    let (rows, cursor) = reflowed(&terminal.screen(), 30);
    terminal.restart(30, 30);
    let repainted = format!("{}\x1b[{};1H", rows.join("\n"), cursor + 1);
    terminal.clone().write_all(repainted.as_bytes()).unwrap();
    human.tick(Duration::from_secs(3));
    insta::assert_snapshot!(terminal.screen());
}

/// The top of the block is the top of the screen, because what was above is gone.
#[test]
fn a_terminal_made_smaller_than_the_block_keeps_at_most_one_copy() {
    let names: Vec<String> = (0..12)
        .map(|n| format!("a-long-project-name-{n}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut script = Script::new(&names);
    for name in &names {
        script.accepted(name, "dep");
    }
    let terminal = Terminal::new(30, 100);
    let mut human = terminal.human(false);
    script.events.iter().for_each(|event| human.event(event));
    human.tick(Duration::from_secs(1));
    // Each row of the block becomes two, of which the first scroll out.
    let (rows, _) = reflowed(&terminal.screen(), 40);
    terminal.restart(12, 40);
    let rewrapped = format!("{}\r", rows.join("\n"));
    terminal.clone().write_all(rewrapped.as_bytes()).unwrap();
    for second in 2..8 {
        human.tick(Duration::from_secs(second));
    }
    assert_eq!(human.error(), None);
    let screen = terminal.screen();
    assert_eq!(screen.matches("12 projects").count(), 1, "{screen}");
    let history = terminal.history();
    assert!(history.matches("12 projects").count() <= 1, "{history}");
}

#[test]
fn quiet_and_no_progress_hide_the_bar() {
    for options in [
        Options {
            verbosity: Verbosity::Quiet,
            progress: Progress::Bar,
            ..PLAIN
        },
        Options {
            progress: Progress::None,
            ..PLAIN
        },
    ] {
        let text = shown(&under_way(), options, 100);
        assert_eq!(text, "");
    }
}

#[test]
fn the_bar_is_drawn_at_most_ten_times_a_second() {
    let mut script = Script::new(&["checkout"]);
    script.accepted("checkout", "dep-1");
    for ms in 0..1000 {
        // Every frame differs.
        script
            .at(ms)
            .progress("checkout", u8::try_from(ms / 10).unwrap());
    }
    let bar = Options {
        progress: Progress::Bar,
        ..PLAIN
    };
    let text = shown(&script.events, bar, 100);
    assert_eq!(text.matches("1 project:").count(), 1 + 9);
}

#[test]
fn lines_that_come_at_once_are_written_in_one_frame_in_order_and_even_if_the_run_breaks_off() {
    let names: Vec<String> = (0..100).map(|ix| format!("p{ix:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut script = Script::new(&names);
    script.at(1000);
    for name in &names {
        script.conflict(name, "dep-other", OnConflict::Wait);
    }
    let text = shown(&script.events, BAR, 100);
    let line = |name: &&str| format!("{name}  blocked by deployment dep-other; waiting for");
    let places: Vec<_> = names.iter().map(|name| text.find(&line(name))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted());
    // The start, the first line, and the end.
    assert_eq!(text.matches("100 projects:").count(), 3);
}
