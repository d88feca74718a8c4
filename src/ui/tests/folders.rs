//! Projects that are bundled from their directories.

use super::*;

#[test]
fn bundling_is_shown_with_the_output_of_a_failed_cli() {
    let mut s = Script::new(&["shop", "blog", "mail"]);
    s.at(5).bundling_folder("shop").bundling_folder("blog");
    s.at(1200).bundled("shop", false).submitting("shop", 1);
    s.bundling_folder("mail").at(1210).bundled("mail", true);
    let output = "✖ Unable to continue due to unresolved validation errors.\n\n  [api] Value 'frequency' must be one of 1, 2, 5\n    at __checks__/api.check.ts:12:3";
    s.at(1900).ended(ProjectReport {
        error: Some(ErrorInfo {
            message: "the Checkly CLI finds mistakes in the project".into(),
            output: Some(output.into()),
            ..ErrorInfo::default()
        }),
        started_at: Some(Timestamp(script::START)),
        ..because("blog", ProjectResult::Failed, Reason::BundlingFailed)
    });
    s.at(2000).succeeded("shop", 800, [1, 0, 0, 0]);
    s.succeeded("mail", 800, [1, 0, 0, 0]);
    let events = s.over(RunResult::Failed);
    insta::assert_snapshot!(shown(&events, PLAIN, 80), @r#"
    00:00   orchestrate 0.1.0 · deploying 3 projects to account prod (5c2ac9b4) at
            api.checklyhq.com · projects.toml · at most 8 at once
    00:00   shop  bundling
    00:00   blog  bundling
    00:01   shop  bundled
    00:01   shop  uploading
    00:01   mail  bundling
    00:01   mail  bundle reused from the cache
    00:01 ✗ blog  failed after 1.9 s: the Checkly CLI finds mistakes in the project
    00:02 ✓ shop  succeeded in 800 ms: 1 created
    00:02 ✓ mail  succeeded in 800 ms: 1 created

    ✓ 2 succeeded: 2 created

    ✗ blog failed
        why         bundling failed; nothing was sent
        error       the Checkly CLI finds mistakes in the project
        output      ✖ Unable to continue due to unresolved validation errors.

                      [api] Value 'frequency' must be one of 1, 2, 5
                        at __checks__/api.check.ts:12:3
        next        fix the reported error, then deploy again

    3 projects: 2 succeeded, 1 failed · 2 s
    "#);
}

fn note(source: NoteSource, message: &str, constructs: &[&str]) -> Note {
    Note {
        source,
        message: message.into(),
        constructs: constructs.iter().map(ToString::to_string).collect(),
    }
}

/// Three deployed projects with notes.
fn with_notes() -> Vec<RunEvent> {
    let deprecated = |constructs: &[&str]| {
        let message = "Use of deprecated Construct: Construct \"CheckGroup\" is deprecated and will eventually be removed. Hint: Please update to CheckGroupV2 which has more intuitive behavior.";
        note(NoteSource::Cli, message, constructs)
    };
    let list = "cannot read the list: Error: ENOENT: no such file or directory, open 'no-such.json'\n    at /acme/watts/s.check.ts:2:40";
    let mut s = Script::new(&["shop", "watts", "mail"]);
    for (name, notes) in [
        (
            "shop",
            vec![deprecated(&["CheckGroupV1:web", "CheckGroupV1:api"])],
        ),
        (
            "watts",
            vec![
                deprecated(&["CheckGroupV1:all"]),
                note(NoteSource::Project, list, &[]),
            ],
        ),
        ("mail", vec![]),
    ] {
        s.at(5).bundling_folder(name).noted(name, &notes);
        s.at(900).ended(ProjectReport {
            notes,
            started_at: Some(Timestamp(script::START)),
            ..ProjectReport::bare(name, ProjectResult::Succeeded)
        });
    }
    s.over(RunResult::Succeeded)
}

#[test]
fn notes_are_shown_once_for_all_their_projects() {
    insta::assert_snapshot!("notes_at_60_columns", shown(&with_notes(), PLAIN, 60));
    insta::assert_snapshot!("notes_at_100_columns", shown(&with_notes(), PLAIN, 100));
}

#[test]
fn quiet_runs_show_only_the_notes_of_projects() {
    let quiet = Options {
        verbosity: Verbosity::Quiet,
        ..PLAIN
    };
    let text = shown(&with_notes(), quiet, 100);
    assert!(text.contains("cannot read the list"), "{text}");
    assert!(!text.contains("deprecated"), "{text}");
}
