//! A run in a job of GitHub Actions, and of GitLab.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Program, orchestrate};

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
