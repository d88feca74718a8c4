//! `preview`: shows what a deployment would change, and changes nothing.

use super::api::Sandbox;
use super::folder::{Folder, monorepo};
use super::program::{Program, orchestrate, results};

/// A sandbox whose script only counts.
pub(super) fn counting() -> Sandbox {
    let rule = "[[rule]]\nafter = 1_000_000\nfault = \"hang\"\n";
    Sandbox::scripted(0.05, rule)
}

/// The program with these arguments and the sandbox.
pub(super) fn against(sandbox: &Sandbox, folder: &Folder, words: &str) -> Program {
    orchestrate(words)
        .arg("--api-url")
        .arg(&sandbox.url)
        .within(folder.path())
}

/// Two deployed projects with three and two checks, and bundles that each lack one of them.
pub(super) fn shrunken(sandbox: &Sandbox) -> Folder {
    let folder = Folder::of(&["blog", "shop < blog"]);
    let folder = folder.checks("blog", 3).checks("shop", 2);
    against(sandbox, &folder, "--yes -q").run().expect(0);
    folder.checks("blog", 2).checks("shop", 1)
}

#[test]
fn a_preview_shows_what_would_change_and_changes_nothing() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    for words in ["preview", "plan", "deploy --preview", "--preview"] {
        let ended = against(&sandbox, &folder, words).run().expect(0);
        assert_eq!(ended.out, "");
        let table = "PROJECT    CREATE   UPDATE   DELETE PRESERVE\n\
                     blog            -        2        1        -\n\
                     shop            -        1        1        -\n\
                     all             -        3        2        -\n";
        assert!(ended.err.contains(table), "{words}: {}", ended.err);
        assert!(!ended.err.contains("- check check-3"), "{}", ended.err);
    }
    let ended = against(&sandbox, &folder, "preview --output")
        .run()
        .expect(0);
    for line in ["- check check-3\n", "~ check check-1\n"] {
        assert!(ended.err.contains(line), "{}", ended.err);
    }
    let mut seen = sandbox.seen();
    seen.retain(|request| request.contains("dry_run"));
    assert_eq!(seen, ["blog dry_run 5", "shop dry_run 5"]);
}

#[test]
fn a_preview_in_markdown_names_every_deletion() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    against(
        &sandbox,
        &folder,
        "preview --out plan.json --report-file plan.md",
    )
    .run()
    .expect(0);
    let text = folder.read("plan.md");
    for part in [
        "**2 of 2 projects would delete 2 resources.**\n",
        "| `blog` | – | 2 | **1** | – |\n",
        "- `blog` (account `default`): 1\n  - check `check-3`\n- `shop` (account `default`): 1\n  - check `check-2`\n",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn the_example_is_previewed_in_an_empty_sandbox() {
    let ended = orchestrate("preview --sandbox --message-format json")
        .within(monorepo())
        .run()
        .expect(0);
    let report = ended.report();
    assert_eq!(report["operation"], "preview");
    assert_eq!(report["counts"]["succeeded"], 10);
    let rows = report["projects"].as_array().unwrap();
    assert!(
        rows.iter()
            .all(|row| row["diff"]["create"].as_u64() > Some(0))
    );
    assert!(rows.iter().all(|row| row["deployment_id"].is_null()));
    let started = &ended.events()[0];
    assert_eq!(started["data"]["operation"], "preview");
    let kinds: Vec<_> = ended.events().iter().map(|it| it["type"].clone()).collect();
    assert!(kinds.contains(&"project.previewing".into()));
    assert!(!kinds.contains(&"project.submitting".into()));
}

#[test]
fn the_detailed_exit_code_reports_created_and_deleted_resources() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    let code = |words| against(&sandbox, &folder, words).run().code();
    assert_eq!(code("preview --detailed-exitcode"), 2);
    assert_eq!(code("preview --detailed-exitcode --preserve-resources"), 2);
    assert_eq!(code("preview"), 0);
    against(&sandbox, &folder, "--yes").run().expect(0);
    assert_eq!(
        code("preview --detailed-exitcode"),
        0,
        "updates do not count"
    );
    let folder = folder.refused("shop");
    let failed = against(&sandbox, &folder, "preview --detailed-exitcode");
    failed.run().expect(1);
}

#[test]
fn the_last_deployed_bundle_is_unchanged() {
    let sandbox = counting();
    let folder = Folder::of(&["blog", "shop"]);
    let run = |words| {
        let program = against(&sandbox, &folder, words);
        program.env("ORCHESTRATE_STATE_DIR", folder.file("state"))
    };
    run("--yes").run().expect(0);
    let ended = run("preview").run().expect(0);
    assert!(
        ended.err.contains("shop      unchanged (same bundle)\n"),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("2 projects: 2 unchanged"),
        "{}",
        ended.err
    );
}

#[test]
fn a_failed_preview_stops_no_other_and_writes_no_plan() {
    let sandbox = counting();
    let folder = Folder::of(&["blog", "shop < blog"]).refused("blog");
    let ended = against(
        &sandbox,
        &folder,
        "preview --out plan.json --report-file report.json",
    )
    .run()
    .expect(1);
    let report = folder.json("report.json");
    assert_eq!(
        results(&report),
        ["blog rejected http_400", "shop succeeded -"]
    );
    assert!(
        ended.err.contains("error: no plan was written"),
        "{}",
        ended.err
    );
    assert!(!folder.file("plan.json").exists());
}

#[test]
fn an_unwritable_plan_is_an_error_before_any_request() {
    let sandbox = counting();
    let folder = Folder::of(&["shop"]);
    let ended = against(&sandbox, &folder, "preview --out none/plan.json").run();
    let ended = ended.expect(64);
    assert!(
        ended
            .err
            .contains("--out none/plan.json: directory none does not exist"),
        "{}",
        ended.err
    );
    assert_eq!(sandbox.seen(), [""; 0]);
}

#[test]
fn a_preview_warns_about_exceeded_limits() {
    let sandbox = counting();
    let folder = shrunken(&sandbox).with("[limits]\nmax_deletes = 1");
    let ended = against(&sandbox, &folder, "preview").run().expect(0);
    let warning = "warning: a deployment would be refused: 2 resources would be deleted; max_deletes allows 1\n";
    assert!(ended.err.contains(warning), "{}", ended.err);
}

#[test]
fn deploy_preview_accepts_the_flags_of_preview() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    let words = "deploy --preview --detailed-exitcode --out plan.json";
    against(&sandbox, &folder, words).run().expect(2);
    assert!(folder.file("plan.json").exists());
    let before = sandbox.seen();
    for words in ["deploy --detailed-exitcode", "--out other.json"] {
        let ended = against(&sandbox, &folder, words).run().expect(64);
        assert!(ended.err.contains("--preview"), "{}", ended.err);
    }
    assert_eq!(sandbox.seen(), before);
}

#[test]
fn deploy_preview_refuses_the_flags_that_preview_lacks() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    let before = sandbox.seen();
    for flag in [
        "--max-deletes 3",
        "--on-conflict cancel",
        "--conflict-deadline 5m",
        "--journal run.journal",
        "--if-running fail",
        "--no-hooks",
        "--no-schedule-on-deploy",
        "--plan plan.json",
        "--yes",
    ] {
        let name = flag.split(' ').next().unwrap();
        against(&sandbox, &folder, &format!("preview {flag}"))
            .run()
            .expect(64);
        for words in [
            format!("deploy --preview {flag}"),
            format!("{flag} deploy --preview"),
            format!("--preview {flag}"),
        ] {
            let ended = against(&sandbox, &folder, &words).run().expect(64);
            let expected = format!("'--preview' cannot be used with '{name}'");
            assert!(ended.err.contains(&expected), "{}", ended.err);
        }
        // Its variable is no reason to deploy.
        let ended = against(&sandbox, &folder, &format!("deploy {flag}"));
        ended.env("ORCHESTRATE_PREVIEW", "true").run().expect(64);
    }
    let ended = against(&sandbox, &folder, "deploy --preview");
    let ended = ended
        .env("ORCHESTRATE_MAX_DELETES", "0")
        .env("ORCHESTRATE_YES", "true");
    ended.run().expect(0);
    assert!(!folder.file("run.journal").exists());
    assert!(sandbox.seen().len() > before.len());
}
