//! Projects that are bundled from their folders.

use super::*;

#[test]
fn bundling_is_shown_and_what_the_cli_says_when_it_fails() {
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
        ..because("blog", ProjectResult::Failed, Reason::BUNDLING_FAILED)
    });
    s.at(2000).succeeded("shop", 800, [1, 0, 0, 0]);
    s.succeeded("mail", 800, [1, 0, 0, 0]);
    let events = s.over(RunResult::Failed);
    insta::assert_snapshot!(shown(&events, PLAIN, 80), @r#"
    00:00   orchestrate 0.1.0 · projects.toml → https://api.checklyhq.com · at most
            8 at once
    00:00   3 projects
    00:00   shop  bundling
    00:00   blog  bundling
    00:01   shop  bundled
    00:01   shop  uploading
    00:01   mail  bundling
    00:01   mail  bundled before, and nothing has changed
    00:01 ✗ blog  failed after 1.9 s: the Checkly CLI finds mistakes in the project
    00:02 ✓ shop  succeeded in 800 ms: 1 created
    00:02 ✓ mail  succeeded in 800 ms: 1 created

    ✓ 2 succeeded: 2 created

    ✗ blog failed
        why         it could not be bundled; nothing was sent
        error       the Checkly CLI finds mistakes in the project
        output      ✖ Unable to continue due to unresolved validation errors.

                      [api] Value 'frequency' must be one of 1, 2, 5
                        at __checks__/api.check.ts:12:3
        next        correct what is named above, then deploy again

    3 projects: 2 succeeded, 1 failed · 2 s
    "#);
}
