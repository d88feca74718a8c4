//! What the block on a terminal says: output goes to an emulated terminal and is read from its cells.

use super::script::{START, Script};
use super::terminal::{BAR, Terminal};
use super::*;

/// Five projects in different stages, one with a long name.
pub(super) fn under_way() -> Vec<RunEvent> {
    let mut s = Script::new(&[
        "checkout",
        "payments-and-a-very-long-name-eu",
        "検索",
        "mail",
        "docs",
    ]);
    s.at(100)
        .accepted("checkout", "dep-1")
        .submitting("検索", 1);
    s.accepted("payments-and-a-very-long-name-eu", "dep-2")
        .accepted("mail", "dep-4");
    s.at(2000)
        .conflict("検索", "dep-other-3f2a", OnConflict::Wait);
    s.progress("checkout", 42)
        .progress("payments-and-a-very-long-name-eu", 7);
    s.at(5000).succeeded("mail", 4900, [1, 0, 0, 0]);
    s.events
}

fn at_12_seconds(columns: u16) -> String {
    let terminal = Terminal::new(24, columns);
    let mut human = terminal.human(false);
    for event in under_way() {
        human.event(&event);
    }
    human.tick(Duration::from_secs(12));
    terminal.screen()
}

#[test]
fn the_bar_at_60_columns() {
    insta::assert_snapshot!(at_12_seconds(60));
}

#[test]
fn the_bar_at_100_columns() {
    insta::assert_snapshot!(at_12_seconds(100));
}

#[test]
fn the_bar_at_200_columns() {
    insta::assert_snapshot!(at_12_seconds(200));
}

/// What a run with an outage shows at 12 seconds; with `ended`, the outage is over.
fn during_an_outage(columns: u16, ended: bool) -> String {
    let terminal = Terminal::new(24, columns);
    let mut human = terminal.human(false);
    let mut s = Script::new(&[
        "checkout", "payments", "catalog", "search", "mail", "docs", "blog",
    ]);
    s.at(100)
        .accepted("checkout", "dep-1")
        .accepted("payments", "dep-2");
    s.bundling("catalog").bundling_folder("search");
    s.at(2000).progress("checkout", 42).progress("payments", 50);
    let id = PlannedProject::bare("checkout").account_id;
    s.at(3000).run(Event::AccountUnavailable {
        account: "prod".into(),
        account_id: id.clone(),
        since: Timestamp(START + 2500),
        error: ErrorInfo {
            message: "HTTP 503 Service Unavailable".into(),
            ..ErrorInfo::default()
        },
        waiting: 2,
        next_probe_ms: 2000,
    });
    s.at(4000).project(
        "payments",
        Event::Reconnecting {
            attempt: 1,
            cause: "the event stream ended".into(),
            delay_ms: 0,
        },
    );
    if ended {
        s.at(9000).run(Event::AccountAvailable {
            account: "prod".into(),
            account_id: id,
            unavailable_ms: 6500,
        });
    }
    for event in &s.events {
        human.event(event);
    }
    human.tick(Duration::from_secs(12));
    terminal.screen()
}

/// What runs here or on the server goes on: bundling a directory, and a deployment with its stream.
#[test]
fn projects_that_wait_for_an_unavailable_api_say_so() {
    for columns in [60, 100] {
        let name = format!("an_outage_at_{columns}_columns");
        insta::assert_snapshot!(name, during_an_outage(columns, false));
    }
    let after = during_an_outage(100, true);
    assert!(!after.contains("waiting for the API"), "{after}");
    assert!(
        after.contains("1 queued") || after.contains("queued"),
        "{after}"
    );
}

/// Four projects in eight slots, at 39 seconds: one has ended, one has 23 of 60 seconds left, one 15 of 45, and one has not
/// started, which counts as the average, 45 seconds.
fn estimated(columns: u16, options: Options) -> String {
    let script = Script::new(&["checkout", "search", "mail", "docs"]);
    let mut s = script.expecting(&[("checkout", 60), ("mail", 30), ("docs", 45)]);
    s.at(2000).accepted("checkout", "dep-1");
    s.accepted("mail", "dep-2")
        .at(9000)
        .succeeded("mail", 6900, [1, 0, 0, 0]);
    s.accepted("docs", "dep-3");
    let terminal = Terminal::new(24, columns);
    let mut human = terminal.human_with(options);
    s.events.iter().for_each(|event| human.event(event));
    human.tick(Duration::from_secs(12));
    human.tick(Duration::from_secs(39));
    terminal.screen()
}

#[test]
fn the_time_left_at_60_and_100_columns() {
    let shown = [60, 100].map(|columns| estimated(columns, BAR));
    insta::assert_snapshot!(shown.join("\n---\n"));
}

#[test]
fn the_time_left_in_lines_after_a_silence() {
    let shown = [60, 100].map(|columns| estimated(columns, PLAIN));
    insta::assert_snapshot!(shown.join("\n---\n"));
}

#[test]
fn there_is_no_time_left_before_an_approval_nor_before_the_last_wave() {
    let shown = |mut s: Script| {
        let terminal = Terminal::new(24, 100);
        let mut human = terminal.human(false);
        s.at(1000).accepted("a", "dep-1");
        s.events.iter().for_each(|event| human.event(event));
        human.tick(Duration::from_secs(12));
        terminal.screen()
    };
    let seconds = [("a", 60)];
    let wave = |wave| {
        let mut script = Script::new(&["a"]).expecting(&seconds);
        let projects = vec!["a".into()];
        script.run(Event::RunWave {
            wave,
            of: 2,
            projects,
        });
        script
    };
    let unknown = Script::new(&["a"]);
    let previewed = Script::previewed(&["a"]).expecting(&seconds);
    for script in [unknown, previewed, wave(1)] {
        let shown = shown(script);
        assert!(!shown.contains("left"), "{shown}");
    }
    let shown = shown(wave(2));
    assert!(shown.contains(" · 00:12 · about 50 s left"), "{shown}");
}

#[test]
fn every_stage_has_a_text() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let mut s = Script::new(&names);
    s.bundling("j");
    s.bundling_folder("a")
        .submitting("b", 1)
        .accepted("c", "dep");
    s.progress("c", 10).accepted("d", "dep").progress("d", 60);
    let cause = String::from("eof");
    let retrying = Event::Retrying {
        attempt: 2,
        delay_ms: 5,
        cause: cause.clone(),
    };
    s.project(
        "d",
        Event::Reconnecting {
            attempt: 1,
            delay_ms: 5,
            cause,
        },
    );
    s.project(
        "e",
        Event::Conflict {
            deployment_id: "dep-9".into(),
            policy: OnConflict::Wait,
        },
    );
    s.submitting("f", 1).project("f", retrying);
    // A cancelled deployment stays so, even if it progresses.
    let cancelling = Event::Cancelling {
        deployment_id: "dep".into(),
        reason: Reason::Interrupted,
    };
    s.accepted("g", "dep")
        .project("g", cancelling)
        .progress("g", 90);
    s.project(
        "h",
        Event::Queued {
            depends_on: Vec::new(),
        },
    );
    s.ended(row("i", ProjectResult::Failed));
    let terminal = Terminal::new(30, 80);
    let mut human = terminal.human(false);
    for event in &s.events {
        human.event(event);
    }
    human.tick(Duration::from_secs(1));
    let screen = terminal.screen();
    let bar: Vec<&str> = screen
        .lines()
        .skip_while(|line| !line.contains('%'))
        .collect();
    insta::assert_snapshot!(bar.join("\n"), @r"
    ━━━━───────────────  26% · 00:01
    10 projects: 1 failed · 4 deploying · 1 reading · 1 bundling · 1 blocked
      1 retrying · 1 queued
      a  bundling      00:01
      b  uploading     00:01
      c  deploying     00:01  ─────────  10%
      d  reconnecting  00:01  ━━━━━────  60%
      e  blocked       00:01  29:59 left · by deployment dep-9
      f  retrying      00:01  waiting for a slot · attempt 2 of 4
      g  cancelling    00:01
      j  reading       00:01
    ");
}

/// What a project waits for after its blocker has finished: a delay, the rate limit, or the API.
#[test]
fn a_project_is_no_longer_blocked_once_its_blocker_has_finished() {
    let terminal = Terminal::new(24, 100);
    let mut human = terminal.human(false);
    let mut s = Script::new(&["shop", "blog"]);
    s.submitting("shop", 1);
    s.at(1_000).conflict("shop", "dep-9", OnConflict::Wait);
    let mut row = |s: &mut Script, seconds| {
        for event in std::mem::take(&mut s.events) {
            human.event(&event);
        }
        human.tick(Duration::from_secs(seconds));
        let screen = terminal.screen();
        let row = screen.lines().find(|line| line.starts_with("  shop  "));
        (row.unwrap_or_default().to_owned(), screen)
    };
    let (shown, _) = row(&mut s, 2);
    assert_eq!(
        shown,
        "  shop  blocked       00:01  29:59 left · by deployment dep-9"
    );
    s.at(3_000).project(
        "shop",
        Event::Retrying {
            attempt: 2,
            delay_ms: 4_000,
            cause: "the blocking deployment has finished".into(),
        },
    );
    let (shown, _) = row(&mut s, 4);
    assert_eq!(
        shown,
        "  shop  retrying      00:01  in 00:03 · attempt 2 of 4"
    );
    s.at(7_000).bundling("shop");
    s.at(7_000)
        .project("shop", Event::Throttled { delay_ms: 9_000 });
    let (shown, _) = row(&mut s, 8);
    assert_eq!(
        shown,
        "  shop  rate limited  00:01  for 00:08 · attempt 2 of 4"
    );
    s.at(9_000).run(Event::AccountUnavailable {
        account: "prod".into(),
        account_id: PlannedProject::bare("shop").account_id,
        since: Timestamp(START + 9_000),
        error: ErrorInfo::default(),
        waiting: 1,
        next_probe_ms: 1_000,
    });
    let (shown, screen) = row(&mut s, 10);
    assert!(
        shown.starts_with("  shop  waiting       00:03  01:59 left · for the API"),
        "{shown}"
    );
    // The other one waits for its turn, and the upload that is under way for the API.
    assert!(screen.contains("; 1 project waiting"), "{screen}");
    assert!(
        screen.contains("2 projects: 1 waiting for the API · 1 queued"),
        "{screen}"
    );
    s.at(11_000).submitting("shop", 2);
    let (shown, screen) = row(&mut s, 12);
    assert!(shown.starts_with("  shop  waiting "), "{shown}");
    assert!(
        screen.contains("unblocked after 10 s; uploading, attempt 2"),
        "{screen}"
    );
}

#[test]
fn a_name_is_shortened_only_after_the_bar() {
    let name = "notifications-production-eu";
    let terminal = Terminal::new(24, 60);
    let mut human = terminal.human(false);
    let mut s = Script::new(&[name, "recommendations-and-something-longer"]);
    s.accepted(name, "dep-1").progress(name, 40);
    s.accepted("recommendations-and-something-longer", "dep-2");
    s.events.iter().for_each(|event| human.event(event));
    human.tick(Duration::from_secs(1));
    insta::assert_snapshot!(
        terminal
            .screen()
            .lines()
            .skip(4)
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[test]
fn a_name_is_shortened_before_a_countdown() {
    let names =
        ["a", "b", "c", "d"].map(|it| format!("{it}-notifications-of-production-in-europe"));
    let [retrying, reconnecting, blocked, throttled] = names.each_ref().map(String::as_str);
    let mut s = Script::new(&[retrying, reconnecting, blocked, throttled]);
    for name in [retrying, reconnecting, blocked] {
        s.accepted(name, "dep-1");
    }
    let (attempt, delay_ms, cause) = (2, 12_000, String::new());
    s.project(
        retrying,
        Event::Retrying {
            attempt,
            delay_ms,
            cause: cause.clone(),
        },
    );
    s.progress(reconnecting, 100);
    s.project(
        reconnecting,
        Event::Reconnecting {
            attempt,
            delay_ms,
            cause,
        },
    );
    s.conflict(blocked, "dep-9", OnConflict::Wait);
    s.project(throttled, Event::Throttled { delay_ms });
    let on_screen = |s: &Script, columns| {
        let terminal = Terminal::new(24, columns);
        let mut human = terminal.human(false);
        s.events.iter().for_each(|event| human.event(event));
        human.tick(Duration::from_secs(2));
        terminal.screen()
    };
    for columns in [50, 60, 80] {
        let screen = on_screen(&s, columns);
        for countdown in ["in 00:10", "29:58 left", "for 00:10"] {
            assert!(
                screen.contains(&format!("  {countdown}")),
                "{columns}: {screen}"
            );
        }
    }
    s.run(Event::AccountUnavailable {
        account: "prod".into(),
        account_id: PlannedProject::bare(retrying).account_id,
        since: Timestamp(START),
        error: ErrorInfo::default(),
        waiting: 1,
        next_probe_ms: 1_000,
    });
    let screen = on_screen(&s, 60);
    assert_eq!(screen.matches(" left").count(), 4, "{screen}");
}

#[test]
fn the_status_shows_the_wave_and_a_countdown_to_the_next() {
    let terminal = Terminal::new(24, 60);
    let mut human = terminal.human(false);
    let mut script = Script::new(&["shop", "blog"]);
    let shop = vec!["shop".to_owned()];
    script.at(0).run(Event::RunWave {
        wave: 1,
        of: 2,
        projects: shop,
    });
    script.at(1_000).progress("shop", 40);
    let status = |human: &mut Human<Terminal>, seconds| {
        human.tick(Duration::from_secs(seconds));
        let screen = terminal.screen();
        let status = screen.lines().find(|line| line.starts_with("2 projects"));
        status.unwrap_or(&screen).to_owned()
    };
    for event in std::mem::take(&mut script.events) {
        human.event(&event);
    }
    assert_eq!(
        status(&mut human, 2),
        "2 projects: wave 1 of 2 · 1 deploying · 1 queued"
    );
    script.succeeded("shop", 3_000, [1, 0, 0, 0]);
    script.run(Event::RunSoaking { delay_ms: 600_000 });
    for event in &script.events {
        human.event(event);
    }
    assert_eq!(
        status(&mut human, 63),
        "2 projects: next wave in 08:59 · 1 succeeded · 1 queued"
    );
}

#[test]
fn bundled_projects_are_counted() {
    let terminal = Terminal::new(24, 100);
    let mut human = terminal.human(false);
    let mut script = Script::new(&["shop", "blog", "docs"]);
    script.bundling("shop").bundled("shop", false);
    let depends_on = vec![];
    script.project("shop", Event::Queued { depends_on });
    script.bundling("blog");
    for event in &script.events {
        human.event(event);
    }
    human.tick(Duration::from_secs(3));
    let screen = terminal.screen();
    let status = "3 projects: 1 reading · 1 bundled · 1 queued";
    assert!(screen.contains(status), "{screen}");
    assert!(!screen.contains("  shop  "), "{screen}");
}
