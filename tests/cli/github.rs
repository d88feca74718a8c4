//! A run in a job of GitHub Actions, and of GitLab.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Program, orchestrate};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn job(folder: &Folder, sandbox: &Sandbox, flags: &str) -> Program {
    orchestrate(&format!("--yes --color never {flags} --api-url"))
        .arg(&sandbox.url)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", folder.file("summary"))
        .env("GITHUB_OUTPUT", folder.file("outputs"))
        .within(folder.path())
}

#[test]
fn failures_are_annotated_and_the_summary_and_the_outputs_are_appended() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop", "blog"]));
    let folder = folder.refused("blog");
    folder.write("summary", "# Before\n");
    folder.write("outputs", "before=1\n");
    let ended = job(&folder, &sandbox, "--report-file report.md")
        .run()
        .expect(1);
    let manifest = folder.read("projects.toml");
    let before = manifest.split("name = \"blog\"").next().unwrap();
    let line = before.matches('\n').count() + 1;
    let annotation = format!("\n::error file=projects.toml,line={line},title=blog%3A rejected::");
    assert!(
        ended.err.contains(&annotation),
        "{annotation}\n{}",
        ended.err
    );
    let (progress, end) = ended.err.split_once("::endgroup::\n").unwrap();
    let (_, progress) = progress.split_once("::group::Progress\n").unwrap();
    assert!(progress.contains("shop  accepted"), "{}", ended.err);
    assert!(end.contains("2 projects: 1 succeeded, 1 rejected"), "{end}");
    let report = folder.read("report.md");
    assert_eq!(
        folder.read("summary").trim_end(),
        format!("# Before\n{report}").trim_end()
    );
    let outputs = folder.read("outputs");
    assert!(
        outputs.starts_with("before=1\nresult=failed\nexit_code=1\nrun="),
        "{outputs}"
    );
    assert!(
        outputs.contains("\nsucceeded=1\n") && outputs.contains("\nrejected=1\n"),
        "{outputs}"
    );
}

#[test]
fn nothing_of_it_is_written_with_github_off_or_elsewhere() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop"]));
    let off = job(&folder, &sandbox, "--github off").run().expect(0);
    let elsewhere = job(&folder, &sandbox, "")
        .env("GITHUB_ACTIONS", "")
        .run()
        .expect(0);
    for ended in [off, elsewhere] {
        assert!(!ended.err.contains("::"), "{}", ended.err);
    }
    assert!(!folder.file("summary").exists() && !folder.file("outputs").exists());
}

#[test]
fn a_job_of_gitlab_folds_the_lines_during_the_run() {
    let (sandbox, folder) = (Sandbox::start(0.05), Folder::of(&["shop"]));
    let job = |flags: &str| {
        let program = orchestrate(&format!("--yes --color never {flags} --api-url"));
        let program = program.arg(&sandbox.url).env("GITLAB_CI", "true");
        program.within(folder.path()).run().expect(0).err
    };
    let log = job("");
    let (before, rest) = log.split_once("\u{1b}[0Ksection_start:").unwrap();
    assert!(!before.contains("accepted"), "{log}");
    let (progress, end) = rest.split_once("\u{1b}[0Ksection_end:").unwrap();
    assert!(
        progress.contains(":orchestrate[collapsed=true]\r\u{1b}[0KProgress\n"),
        "{log}"
    );
    assert!(progress.contains("shop  accepted"), "{log}");
    assert!(end.contains("1 project: 1 succeeded"), "{log}");
    assert!(!job("--gitlab off").contains("section_"));
}

/// A repository with a manifest and one that it includes, which names the project that fails on its fifth line.
fn repository() -> Folder {
    let folder = Folder::of(&["shop", "pay", "mail"]).refused("pay");
    fs::create_dir(folder.file(".git")).unwrap();
    fs::remove_file(folder.file("projects.toml")).unwrap();
    let pay = r#"
# The team's projects.

[[project]]
name = "pay"
bundle = "../../pay.json"

[[project]]
name = "mail"
bundle = "../../mail.json"
depends_on = ["pay"]
"#;
    folder.write("monitoring/teams/pay.toml", pay);
    let root = r#"
include = ["teams/*.toml"]

[[project]]
name = "shop"
bundle = "../shop.json"
"#;
    folder.write("monitoring/projects.toml", root);
    folder
}

#[test]
fn without_git_paths_start_at_the_checkout_of_the_ci_system() {
    let sandbox = Sandbox::start(0.05);
    let elsewhere = Folder::of(&["shop"]);
    for variable in ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"] {
        let folder = repository();
        fs::remove_dir(folder.file(".git")).unwrap();
        let path_in = |checkout: &Path| {
            let program = orchestrate(&format!("--yes --report-file {FINDINGS}"));
            let program = program.env("CHECKLY_API_URL", &sandbox.url);
            let program = program.env(variable, checkout);
            let dir = folder.file("monitoring");
            program.within(&dir).run().expect(1);
            let findings = folder.json(&format!("monitoring/{FINDINGS}"));
            findings[0]["location"]["path"].as_str().unwrap().to_owned()
        };
        assert_eq!(path_in(folder.path()), "monitoring/teams/pay.toml");
        // Not below it.
        assert_eq!(path_in(elsewhere.path()), "teams/pay.toml");
    }
}

const FINDINGS: &str = "gl-code-quality-report.json";

#[test]
fn gitlab_shows_each_failure_at_its_project_in_the_repository() {
    let sandbox = Sandbox::start(0.05);
    let mut found = vec![];
    for (dir, config) in [
        ("", "--config monitoring/projects.toml"),
        ("monitoring/teams", ""),
        ("monitoring/teams", "--config ../projects.toml"),
    ] {
        let folder = repository();
        let dir = folder.file(dir);
        let orchestrate = |words: &str| {
            let program = orchestrate(words).env("CHECKLY_API_URL", &sandbox.url);
            let program = program.env("ORCHESTRATE_STATE_DIR", folder.file("state"));
            program.within(&dir)
        };
        let run = orchestrate(&format!("--yes {config} --report-file"));
        let run = run
            .arg(folder.file(FINDINGS))
            .env("GITHUB_ACTIONS", "true")
            .run()
            .expect(1);
        let annotation = "\n::error file=monitoring/teams/pay.toml,line=5,title=pay%3A rejected::";
        assert!(run.err.contains(annotation), "{}", run.err);
        let again = folder.file("gl-code-quality.json");
        let runs = fs::read_dir(folder.file("state/runs")).unwrap();
        let journals = fs::read_dir(runs.last().unwrap().unwrap().path()).unwrap();
        let journal = journals.last().unwrap().unwrap().path();
        let report = || {
            orchestrate("runs report")
                .arg(&journal)
                .arg("-o")
                .arg(&again)
        };
        report().run().expect(0);
        assert_eq!(folder.read(FINDINGS), folder.read("gl-code-quality.json"));
        found.push(folder.json(FINDINGS));

        // A journal of an older version.
        let events = fs::read_to_string(&journal).unwrap();
        let without_locations = events.lines().map(|line| {
            let mut event: Value = serde_json::from_str(line).unwrap();
            if event["type"] == "run.planned" {
                for project in event["data"]["projects"].as_array_mut().unwrap() {
                    let location = project.as_object_mut().unwrap().remove("location");
                    assert!(location.is_some(), "{project}");
                }
            }
            format!("{event}\n")
        });
        fs::write(&journal, without_locations.collect::<String>()).unwrap();
        report().run().expect(0);
        let location = &folder.json("gl-code-quality.json")[0]["location"];
        let manifest = &location["path"].as_str().unwrap();
        assert!(manifest.ends_with("projects.toml"), "{manifest}");
        assert_eq!(location["lines"]["begin"], 1);
    }
    // Not mail, which only waited for it.
    let findings = found[0].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    let place = json!({ "path": "monitoring/teams/pay.toml", "lines": { "begin": 5 } });
    assert_eq!(findings[0]["location"], place);
    assert_eq!(findings[0]["severity"], "critical");
    let description = findings[0]["description"].as_str().unwrap();
    assert!(description.starts_with("pay rejected: "), "{description}");
    assert!(found.iter().all(|it| *it == found[0]), "{found:?}");
}

#[test]
fn without_failures_gitlab_shows_nothing() {
    let folder = Folder::of(&["shop"]);
    let run = orchestrate("--sandbox --time-scale 0.05 --report-file");
    let run = run.arg(folder.file(FINDINGS)).within(folder.path()).run();
    run.expect(0);
    assert_eq!(folder.read(FINDINGS), "[]\n");
}
