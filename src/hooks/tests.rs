//! Hooks, with shell scripts as commands.

use super::*;
use crate::model::{Hook, Outcome, ProjectResult, Reason};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command as Shell;
use tempfile::TempDir;

fn inherited() -> Variables {
    let path = std::env::var_os("PATH").unwrap();
    [("PATH".into(), path)].into()
}

fn sh(dir: &Path, script: &str) -> HookCommand {
    HookCommand {
        command: ["sh", "-c", script].map(str::to_owned).to_vec(),
        dir: dir.to_owned(),
    }
}

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn ran(script: &str, own: &[(&'static str, String)]) -> HookOutcome {
    let directory = directory();
    run(
        &sh(directory.path(), script),
        inherited(),
        own,
        &[],
        &CancellationToken::default(),
    )
}

#[test]
fn a_hook_runs_in_its_directory_without_input_and_its_output_is_kept() {
    let directory = directory();
    let script = "pwd; cat; echo wrong >&2; exit 0";
    let ended = run(
        &sh(directory.path(), script),
        inherited(),
        &[],
        &[],
        &CancellationToken::default(),
    );
    let dir = directory.path().canonicalize().unwrap();
    assert_eq!(ended.exit_code, Some(0));
    assert_eq!(ended.fault, None);
    assert_eq!(ended.output.unwrap(), format!("{}\nwrong", dir.display()));
}

#[test]
fn a_program_with_a_slash_is_relative_to_the_directory() {
    let directory = directory();
    let file = directory.path().join("say.sh");
    fs::write(&file, "#!/bin/sh\necho \"said $1\"\n").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
    let command = HookCommand {
        command: vec!["./say.sh".into(), "it; exit 1".into()],
        dir: directory.path().to_owned(),
    };
    let ended = run(
        &command,
        inherited(),
        &[],
        &[],
        &CancellationToken::default(),
    );
    assert_eq!(ended.output.as_deref(), Some("said it; exit 1"));
    assert_eq!(ended.fault, None);
}

#[test]
fn every_failure_is_described() {
    assert_eq!(ran("exit 3", &[]).exit_code, Some(3));
    let fault = |script| ran(script, &[]).fault.unwrap();
    insta::assert_snapshot!(fault("exit 3"), @"ended with exit code 3");
    insta::assert_snapshot!(fault("kill -9 $$"), @"ended with signal 9 (SIGKILL)");
    let directory = directory();
    let mut missing = sh(directory.path(), "");
    missing.command = vec!["no-such-program".into()];
    let ended = run(
        &missing,
        inherited(),
        &[],
        &[],
        &CancellationToken::default(),
    );
    insta::assert_snapshot!(ended.fault.unwrap(), @"cannot be run: program not found");
    let file = directory.path().join("x.sh");
    missing.command = vec!["./x.sh".into()];
    for (text, why) in [
        (
            "#!/no/such/interp\n",
            "the interpreter in its first line (#!) does not exist",
        ),
        (
            "echo\n",
            "it is neither a program for this system nor a script that starts with #! (such as #!/bin/sh)",
        ),
    ] {
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
        let ended = run(
            &missing,
            inherited(),
            &[],
            &[],
            &CancellationToken::default(),
        );
        assert_eq!(ended.fault.unwrap(), format!("cannot be run: {why}"));
    }
    let token = CancellationToken::default();
    token.cancel();
    let ended = run(
        &sh(directory.path(), "touch x"),
        inherited(),
        &[],
        &[],
        &token,
    );
    insta::assert_snapshot!(ended.fault.unwrap(), @"was stopped before it started");
    assert!(!directory.path().join("x").exists());
}

#[test]
fn secrets_are_redacted_in_the_output() {
    let own = [("ORCHESTRATE_PROJECT", "shop".to_owned())];
    let mut variables = inherited();
    variables.insert("PAGER_TOKEN".into(), "hunter2hunter2".into());
    let script = "echo \"$PAGER_TOKEN cu_0123456789abcdef0123456789abcdef $ORCHESTRATE_PROJECT\"";
    let ended = run(
        &sh(directory().path(), script),
        variables,
        &own,
        &[],
        &CancellationToken::default(),
    );
    let output = ended.output.unwrap();
    assert!(output.starts_with("*** ***"), "{output}");
    assert!(output.ends_with(" shop"), "{output}");
    assert!(!output.contains("0123456789"), "{output}");
}

#[test]
fn the_end_of_long_output_is_kept() {
    let script = "yes 'some line of no great interest' | head -c 10000000; echo; echo the end";
    let ended = ran(script, &[]);
    assert_eq!(ended.fault, None);
    let output = ended.output.unwrap();
    assert!(output.ends_with("\nthe end") && output.len() < 20_000);
}

#[test]
fn leftover_processes_are_killed_and_delay_nothing() {
    let directory = directory();
    let pipe = directory.path().join("pipe");
    assert!(Shell::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Reading the pipe ends when no process has it open for writing.
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    let script = "exec 3>pipe; (trap '' TERM; sleep 1000) & echo done";
    let ended = run(
        &sh(directory.path(), script),
        inherited(),
        &[],
        &[],
        &CancellationToken::default(),
    );
    assert_eq!(ended.output.as_deref(), Some("done"));
    assert_eq!(reader.join().unwrap(), "");
}

/// Runs a script and calls `interrupt` once the script has written to the pipe.
fn interrupted(script: &str, interrupt: impl FnOnce(&CancellationToken)) -> HookOutcome {
    let directory = directory();
    let pipe = directory.path().join("pipe");
    assert!(Shell::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (hook, token) = (sh(directory.path(), script), CancellationToken::default());
    std::thread::scope(|scope| {
        let running = scope.spawn(|| run(&hook, inherited(), &[], &[], &token));
        assert_eq!(fs::read_to_string(&pipe).unwrap(), "ready\n");
        interrupt(&token);
        running.join().unwrap()
    })
}

#[test]
fn a_stopped_hook_may_clean_up() {
    let script = "trap 'echo tidied; exit 0' TERM; sleep 60 & echo ready >pipe; wait";
    let ended = interrupted(script, CancellationToken::cancel);
    assert_eq!(ended.output.as_deref(), Some("tidied"));
    assert_eq!(ended.fault.as_deref(), Some("was stopped"));
}

#[test]
fn a_hook_that_ignores_the_signal_is_killed() {
    let script = "trap '' TERM; echo ready >pipe; while :; do sleep 0.01; done";
    let ended = interrupted(script, |token| {
        token.cancel();
        token.kill();
    });
    assert_eq!(ended.fault.as_deref(), Some("was stopped"));
}

#[test]
fn a_hook_gets_its_variables_and_none_of_another_hook() {
    let mut outcome = Outcome::new(ProjectResult::Failed).because(Reason::DeploymentFailed);
    outcome.deployment_id = Some("dep-1".into());
    outcome.changes = Some(vec![]);
    let about = OfProject {
        name: "shop",
        logical_id: "the-shop",
        dir: Some(Path::new("/shop")),
        account: "prod",
        account_id: "acc-1",
        outcome: Some(&outcome),
    };
    let of_run = OfRun {
        run: "run-1".into(),
        manifest: "projects.toml".into(),
    };
    let of_hook = of_project(Hook::OnFailure, &of_run, about);
    let mut variables = inherited();
    // As inherited from an outer hook.
    variables.insert("ORCHESTRATE_SUCCEEDED".into(), "7".into());
    variables.insert("ORCHESTRATE_ONLY".into(), "kept".into());
    let script = "env | grep ORCHESTRATE_ | sort";
    let ended = run(
        &sh(directory().path(), script),
        variables,
        &of_hook,
        &[],
        &CancellationToken::default(),
    );
    insta::assert_snapshot!(ended.output.unwrap(), @r"
    ORCHESTRATE_ACCOUNT=prod
    ORCHESTRATE_ACCOUNT_ID=acc-1
    ORCHESTRATE_DEPLOYMENT_ID=dep-1
    ORCHESTRATE_DIFF_CREATE=0
    ORCHESTRATE_DIFF_DELETE=0
    ORCHESTRATE_DIFF_DETACH=0
    ORCHESTRATE_DIFF_UPDATE=0
    ORCHESTRATE_DIRECTORY=/shop
    ORCHESTRATE_HOOK=on_failure
    ORCHESTRATE_LOGICAL_ID=the-shop
    ORCHESTRATE_MANIFEST=projects.toml
    ORCHESTRATE_ONLY=kept
    ORCHESTRATE_PROJECT=shop
    ORCHESTRATE_REASON=deployment_failed
    ORCHESTRATE_RESULT=failed
    ORCHESTRATE_RUN=run-1
    ");
    let before = OfProject {
        outcome: None,
        ..about
    };
    let variables = of_project(Hook::Pre, &of_run, before);
    assert!(
        variables
            .iter()
            .all(|(name, _)| NAMES.contains(name) && *name != "ORCHESTRATE_RESULT")
    );
}

#[test]
fn the_path_of_the_manifest_is_absolute() {
    let here = std::env::current_dir().unwrap();
    let path = absolute("configs/projects.toml");
    assert_eq!(Path::new(&path), here.join("configs/projects.toml"));
    assert_eq!(absolute("/etc/projects.toml"), "/etc/projects.toml");
    assert_eq!(absolute("-"), "-");
}
