//! Hooks in the real program: scripts, output, signals, and history.

use super::api::Sandbox;
use super::folder::Folder;
use super::program::{Ended, Program, orchestrate, results};
use std::os::unix::fs::PermissionsExt;

impl Folder {
    /// Adds an executable script.
    fn script(self, name: &str, text: &str) -> Self {
        let path = self.write(name, &format!("#!/bin/sh\n{text}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        self
    }
}

fn deploy(sandbox: &Sandbox, folder: &Folder, flags: &str) -> Program {
    orchestrate(&format!("{flags} --message-format json --api-url"))
        .arg(&sandbox.url)
        .within(folder.path())
}

fn run(sandbox: &Sandbox, folder: &Folder, flags: &str) -> Ended {
    deploy(sandbox, folder, &format!("--yes {flags}")).run()
}

/// The summary without times.
fn summary(err: &str) -> String {
    let start = err.find("\n\n").unwrap();
    let line = |line: &str| match line.split_once(" · ") {
        Some((counts, _)) => counts.to_owned(),
        // Without the run's id.
        None if line.starts_with("    orchestrate resume ") => {
            format!("{}RUN", &line[..line.len() - 36])
        }
        None => line.to_owned(),
    };
    err[start..]
        .trim()
        .lines()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_output_of_a_failed_hook_is_shown_without_secrets() {
    let sandbox = Sandbox::start(0.1);
    let folder = Folder::of(&["shop", "blog"])
        .script(
            "smoke.sh",
            "echo \"GET / 500, with $CHECKLY_API_KEY\"; exit 3",
        )
        .script("page.sh", "echo no one is on call >&2; exit 1")
        .with("[hooks]\non_failure = ['./page.sh']\n[defaults]\nhooks.pre = ['true']");
    let projects = folder.read("projects.toml");
    let hook =
        "name = \"shop\"\nhooks = { post = ['./smoke.sh', 'all'], on_failure = ['./page.sh'] }";
    folder.write("projects.toml", &projects.replace("name = \"shop\"", hook));
    let secret = "hunter2hunter2";
    let program = deploy(&sandbox, &folder, "--yes").env("CHECKLY_API_KEY", secret);
    let ended = program.run().expect(1);
    assert!(!ended.err.contains(secret) && !ended.out.contains(secret));
    let id = ended.report()["projects"][0]["deployment_id"]
        .as_str()
        .unwrap()
        .to_owned();
    insta::assert_snapshot!(summary(&ended.err).replace(&id, "ID"), @r"
    ✓ 1 succeeded: 1 created

    ✗ shop failed
        why         it was deployed, but its post hook failed
        error       its post hook ./smoke.sh ended with exit code 3
        output      GET / 500, with ***
        warning     its on_failure hook ./page.sh ended with exit code 1
        output      no one is on call
        deployment  ID
        next        fix the hook, then resume the run

    ! the run's on_failure hook ./page.sh ended with exit code 1
        output      no one is on call

    To finish this run:
        orchestrate resume RUN
    2 projects: 1 succeeded, 1 failed
    ");
}

#[test]
fn verbose_shows_the_output_of_every_hook() {
    let sandbox = Sandbox::start(0.1);
    let folder = Folder::of(&["shop"]).with(
        "[hooks]\npost = ['echo', 'all is well']\n[defaults]\nhooks.pre = ['echo', 'seeding']",
    );
    let loud = run(&sandbox, &folder, "-v").expect(0);
    assert!(loud.err.contains("| seeding\n") && loud.err.contains("| all is well\n"));
    let normal = run(&sandbox, &folder, "").expect(0);
    assert!(
        normal.err.contains("running its pre hook"),
        "{}",
        normal.err
    );
    assert!(!normal.err.contains("seeding"), "{}", normal.err);
}

#[test]
fn sandbox_and_no_hooks_skip_hooks() {
    let folder = Folder::of(&["shop"])
        .with("[hooks]\npre = ['touch', 'ran']\n[defaults]\nhooks.pre = ['touch', 'ran']");
    let trial = orchestrate("--sandbox --time-scale 0.1")
        .within(folder.path())
        .run()
        .expect(0);
    assert!(
        trial.err.contains(
            "Skipping hooks: the target is a sandbox. Use --sandbox-hooks to run them.\n"
        ),
        "{}",
        trial.err
    );
    let sandbox = Sandbox::start(0.1);
    run(&sandbox, &folder, "--no-hooks").expect(0);
    let by_variable = deploy(&sandbox, &folder, "--yes").env("ORCHESTRATE_NO_HOOKS", "1");
    by_variable.run().expect(0);
    assert!(!folder.file("ran").exists());
    run(&sandbox, &folder, "").expect(0);
    assert!(folder.file("ran").exists());
}

#[test]
fn sandbox_hooks_runs_hooks() {
    let folder = Folder::of(&["shop"]).with("[hooks]\npre = ['touch', 'ran']");
    let trial = orchestrate("--sandbox --time-scale 0.1 --sandbox-hooks");
    trial.within(folder.path()).run().expect(0);
    assert!(folder.file("ran").exists());
}

#[test]
fn no_hook_runs_before_a_deletion_is_confirmed() {
    let sandbox = Sandbox::start(0.1);
    let folder = Folder::of(&["shop"]).checks("shop", 2);
    run(&sandbox, &folder, "").expect(0);
    let folder = folder
        .checks("shop", 1)
        .with("[hooks]\npre = ['touch', 'ran']\non_failure = ['touch', 'ran']");
    deploy(&sandbox, &folder, "").run().expect(2);
    assert!(!folder.file("ran").exists());
    run(&sandbox, &folder, "").expect(0);
    assert!(folder.file("ran").exists());
}

#[test]
fn a_project_whose_post_hook_failed_is_not_unchanged() {
    let sandbox = Sandbox::start(0.1);
    let folder = Folder::of(&["shop"]).with("[defaults]\nhooks.post = ['test', '-e', 'well']");
    let deploy = |code| {
        let program = deploy(&sandbox, &folder, "--yes --skip-unchanged");
        let program = program.env("ORCHESTRATE_STATE_DIR", folder.file("state"));
        results(&program.run().expect(code).report())
    };
    assert_eq!(deploy(1), ["shop failed post_hook"]);
    folder.write("well", "");
    assert_eq!(deploy(0), ["shop succeeded -"]);
    assert_eq!(deploy(0), ["shop unchanged -"]);
}

#[test]
fn one_ctrl_c_waits_for_the_hook_and_names_it() {
    let sandbox = Sandbox::start(0.1);
    let folder = Folder::of(&["shop"])
        .script(
            "seed.sh",
            "until [ -e go ]; do sleep 0.02; done; touch seeded",
        )
        .with("[defaults]\nhooks.pre = ['./seed.sh']");
    let mut run = deploy(&sandbox, &folder, "--yes").start();
    run.event("project.hook");
    run.signal("INT");
    run.says("waiting for 1 hook (shop: pre) to finish. Press Ctrl-C again to stop it.");
    folder.write("go", "");
    let ended = run.end().expect(130);
    assert_eq!(results(&ended.report()), ["shop interrupted interrupted"]);
    assert!(folder.file("seeded").exists());
}

#[test]
fn a_third_signal_exits_at_once_and_leaves_no_process() {
    let sandbox = Sandbox::start(0.1);
    // The hook keeps the pipe open while it runs.
    let folder = Folder::of(&["shop"])
        .script(
            "deaf.sh",
            "trap '' TERM; exec 3>pipe; while :; do sleep 0.02; done",
        )
        .with("[defaults]\nhooks.pre = ['./deaf.sh']");
    let pipe = folder.file("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let mut run = deploy(&sandbox, &folder, "--yes").start();
    run.event("project.hook");
    let mut open = std::fs::File::open(pipe).unwrap(); // when the hook opens it, too
    for (name, step) in [("INT", "drain"), ("TERM", "cancel"), ("INT", "detach")] {
        run.signal(name);
        assert_eq!(run.event("run.interrupted")["data"]["step"], step);
    }
    let ended = run.end().expect(130);
    assert_eq!(results(&ended.report()), ["shop interrupted interrupted"]);
    std::io::copy(&mut open, &mut std::io::sink()).unwrap();
}
