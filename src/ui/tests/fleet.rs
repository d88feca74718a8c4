//! What a terminal shows of small and large fleets with every kind of trouble, and what its keys change.

use super::script::{START, Script};
use super::terminal::Terminal;
use super::*;
use crate::ui::Key;

/// The terminals: rows and columns.
const SIZES: [(u16, u16); 3] = [(20, 60), (30, 100), (50, 200)];

/// A fleet after 90 seconds: every seventh project has succeeded, every 50th has failed, and the others are in all stages. Those
/// of an eighth are in an account that has been unavailable for 12 seconds.
fn fleet(count: usize) -> Script {
    let words = ["checkout", "payments", "search", "mail-and-notifications"];
    let names: Vec<String> = (0..count)
        .map(|n| format!("{}-{n:03}", words[n % words.len()]))
        .collect();
    let refs: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut s = Script::new(&refs).expecting(&[(&names[0], 240)]);
    if let Event::RunPlanned { projects } = &mut s.events[1].event {
        for (n, project) in projects.iter_mut().enumerate() {
            if n % 8 == 5 {
                project.account_id = "eu".into();
            }
            if n > 0 && n % 16 == 15 {
                project.depends_on = vec![names[n - 1].clone()];
            }
        }
    }
    let retrying = |attempt, delay_ms| Event::Retrying {
        attempt,
        delay_ms,
        cause: "HTTP 503 Service Unavailable".into(),
    };
    for (n, name) in names.iter().enumerate() {
        let id = format!("dep-{n}");
        let begins = (n as u64 * 37) % 40_000;
        s.at(begins);
        match n % 8 {
            _ if n % 16 == 15 => _ = s.at(0),
            0 => {
                s.accepted(name, &id);
                s.at(begins + 30_000).progress(name, 64);
            }
            1 => {
                s.submitting(name, 1);
                s.at(begins + 9_000)
                    .conflict(name, "3f2a9c41", OnConflict::Wait);
            }
            2 => {
                s.submitting(name, 1).project(name, retrying(2, 1_000));
                s.at(begins + 1_000).submitting(name, 2);
                s.at(80_000).project(name, retrying(3, 24_000));
            }
            3 => _ = s.bundling_folder(name),
            4 => {
                s.accepted(name, &id).at(begins + 20_000);
                s.succeeded(name, 20_000, [1, 2, 0, 0]);
            }
            5 => _ = s.at(88_000).bundling(name),
            6 if n % 50 == 6 => {
                s.accepted(name, &id).at(begins + 10_000);
                let limit = ErrorInfo {
                    message: "The plan's limit of checks is exceeded.".into(),
                    ..ErrorInfo::default()
                };
                s.ended(ProjectReport {
                    error: Some(limit),
                    started_at: Some(Timestamp(START + begins)),
                    ..because(name, ProjectResult::Failed, Reason::DeploymentFailed)
                });
            }
            6 => {
                let delay_ms = 30_000;
                s.at(85_000).project(name, Event::Throttled { delay_ms });
            }
            _ => {
                s.accepted(name, &id).progress(name, 12);
                s.at(82_000).project(
                    name,
                    Event::Reconnecting {
                        attempt: 2,
                        delay_ms: 15_000,
                        cause: "the event stream ended".into(),
                    },
                );
            }
        }
    }
    s.at(80_000).run(Event::AccountUnavailable {
        account: "prod-eu".into(),
        account_id: "eu".into(),
        since: Timestamp(START + 78_000),
        error: ErrorInfo {
            message: "HTTP 503 Service Unavailable".into(),
            ..ErrorInfo::default()
        },
        waiting: count / 8,
        next_probe_ms: 2_000,
    });
    s.events.sort_by_key(|event| event.ts);
    s
}

/// The reporter of a fleet at 90 seconds, and its terminal.
fn watched(
    count: usize,
    (rows, columns): (u16, u16),
    options: Options,
) -> (Terminal, Human<Terminal>) {
    let terminal = Terminal::new(rows, columns);
    let mut human = terminal.human_with(options);
    for event in &fleet(count).events {
        human.event(event);
    }
    human.tick(Duration::from_secs(80));
    human.requests(1_000);
    human.tick(Duration::from_secs(90));
    human.requests(1_040);
    human.redraw();
    (terminal, human)
}

const BAR: Options = Options {
    progress: Progress::Bar,
    ..PLAIN
};

#[test]
fn fleets_on_terminals_of_three_sizes() {
    for count in [3, 40, 500] {
        for size in SIZES {
            let (terminal, _human) = watched(count, size, BAR);
            let name = format!("{count}_projects_at_{}x{}", size.1, size.0);
            insta::assert_snapshot!(name, terminal.screen());
        }
    }
}

#[test]
fn keys_show_details_and_help_and_write_the_state() {
    let (terminal, mut human) = watched(40, (30, 100), BAR);
    let plain = terminal.screen();
    human.read_keys(true);
    human.press(Key::Details);
    insta::assert_snapshot!("details_of_all", terminal.screen());
    human.press(Key::Help);
    let screen = terminal.screen();
    let last = screen.lines().last();
    assert_eq!(
        last,
        Some("  t details · Enter print the state · ? hide this · Ctrl-C start nothing new")
    );
    human.press(Key::Help);
    human.press(Key::Details);
    assert_eq!(
        terminal.screen().replace(" · ? for help", ""),
        plain,
        "a key pressed twice changes nothing"
    );
    human.press(Key::Snapshot);
    insta::assert_snapshot!("the_state_above_the_block", terminal.screen());
}

#[test]
fn without_a_block_keys_do_nothing() {
    let (terminal, mut human) = watched(3, (20, 60), PLAIN);
    assert!(!human.is_live());
    let before = terminal.screen();
    for key in [Key::Details, Key::Help, Key::Snapshot] {
        human.press(key);
    }
    assert_eq!(terminal.screen(), before);
}

/// SIGUSR1: all projects, however many rows there are.
#[test]
fn the_state_on_request_is_complete_and_goes_to_a_pipe_too() {
    let mut human = Human::new(Vec::new(), PLAIN, || Size {
        columns: 100,
        rows: 24,
    });
    let events = fleet(40).events;
    events.iter().for_each(|event| human.event(event));
    let before = human.into_inner().len();
    let mut human = Human::new(Vec::new(), PLAIN, || Size {
        columns: 100,
        rows: 24,
    });
    events.iter().for_each(|event| human.event(event));
    human.show_state();
    let text = human.into_inner().split_off(before);
    insta::assert_snapshot!(String::from_utf8(text).unwrap());
}

#[test]
fn a_terminal_that_is_not_utf_8_gets_ascii_only() {
    let ascii = Options {
        is_ascii: true,
        ..BAR
    };
    let (terminal, _human) = watched(3, (20, 60), ascii);
    let screen = terminal.screen();
    assert!(screen.is_ascii(), "{screen}");
    insta::assert_snapshot!(screen);
}

#[test]
fn a_line_of_a_log_goes_above_the_block() {
    let (terminal, human) = watched(3, (20, 100), BAR);
    let before = terminal.screen();
    let above = human.above();
    assert!(above.write(100, "DEBUG orchestrate::api: GET /v1/projects 200\n"));
    let screen = terminal.screen();
    let (log, block) = screen.split_once("━").unwrap();
    assert!(
        log.ends_with("DEBUG orchestrate::api: GET /v1/projects 200\n"),
        "{screen}"
    );
    assert!(before.ends_with(block), "{screen}");
    // And the next frame replaces the block, not the line.
    human.above();
    assert_eq!(screen.matches("GET /v1").count(), 1);
}

#[test]
fn the_taskbar_shows_the_percentage_and_failures_and_is_cleared() {
    let options = Options {
        has_taskbar: true,
        ..BAR
    };
    let text = shown(&eventful(), options, 100);
    let shown: Vec<&str> = text.split("\u{1b}]9;4;").skip(1).collect();
    let shown: Vec<&str> = shown
        .iter()
        .filter_map(|rest| rest.split("\u{1b}\\").next())
        .collect();
    assert_eq!(shown.first(), Some(&"1;0"), "{shown:?}");
    assert!(shown.iter().any(|it| it.starts_with("2;")), "{shown:?}");
    assert_eq!(shown.last(), Some(&"0;"), "{shown:?}");
    assert!(!super::shown(&eventful(), BAR, 100).contains("\u{1b}]"));
}

#[test]
fn a_run_that_breaks_off_leaves_no_block() {
    let (terminal, human) = watched(40, (30, 100), BAR);
    drop(human);
    assert!(!terminal.screen().contains('━'), "{}", terminal.screen());
}
