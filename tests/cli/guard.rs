//! The confirmation of deletions before a deployment.

use super::api::Sandbox;
use super::folder::{Folder, monorepo};
use super::preview::{against, counting, shrunken};
use super::program::{Ended, orchestrate, results};
use super::terminal::{Seat, closed_at};
use serde_json::{Value, json};

pub(crate) const LISTED: &str = "2 resources of 2 projects would be deleted:\n\
                      \n  blog (account default)\n    - check check-3\n\
                      \n  shop (account default)\n    - check check-2\n";

/// Asserts that the account is unchanged.
#[track_caller]
pub(crate) fn nothing_was_deployed(sandbox: &Sandbox) {
    let deploys = sandbox
        .seen()
        .into_iter()
        .filter(|it| it.contains(" deploy "));
    let deploys: Vec<_> = deploys.collect();
    assert_eq!(
        deploys,
        ["blog deploy 1", "shop deploy 1"],
        "only the first one"
    );
}

#[track_caller]
pub(super) fn says(ended: &Ended, what: &str) {
    assert!(ended.err.contains(what), "{}", ended.err);
}

/// The envelope on standard output.
#[track_caller]
/// The last line of standard output; before it, there is nothing, or the events of the run.
pub(super) fn envelope(ended: &Ended) -> Value {
    let lines = ended
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let mut lines: Vec<Value> = lines.collect();
    let envelope = lines.pop().unwrap();
    assert!(envelope["type"].is_null(), "{envelope}");
    if let Some(last) = lines.last() {
        assert_eq!(last["type"], "run.finished");
        let refused = lines.iter().any(|event| event["type"] == "run.refused");
        assert!(refused, "{}", ended.out);
    }
    envelope
}

#[test]
fn if_not_interactive_nothing_is_deployed_and_the_envelope_contains_the_command() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    for format in ["human", "json"] {
        let words = format!("deploy --message-format {format} --report-file report.json");
        let ended = against(&sandbox, &folder, &words).run().expect(2);
        says(&ended, LISTED);
        says(
            &ended,
            "error: nothing was deployed: the deletions require confirmation",
        );
        let deletion = |project, id| json!({ "project": project, "account": "default", "action": "DELETE", "type": "check", "logicalId": id });
        let mut told = envelope(&ended);
        for change in told["deletions"].as_array_mut().unwrap() {
            assert!(
                change
                    .as_object_mut()
                    .unwrap()
                    .remove("physicalId")
                    .is_some()
            );
        }
        let confirm = format!("orchestrate {words} --api-url {} --yes", sandbox.url);
        let expected = json!({
            "status": "confirmation_required",
            "command": "deploy",
            "changes": [
                "delete check check-3 of project blog from account default",
                "delete check check-2 of project shop from account default"
            ],
            "deletions": [deletion("blog", "check-3"), deletion("shop", "check-2")],
            "confirmCommand": confirm,
        });
        assert_eq!(told, expected);
        assert!(ended.err.contains(&confirm), "{}", ended.err);
    }
    let report = folder.json("report.json");
    let skipped = ["blog skipped not_confirmed", "shop skipped not_confirmed"];
    assert_eq!(results(&report), skipped);
    let cause = "delete check check-3 of project blog from account default; \
                 delete check check-2 of project shop from account default";
    assert_eq!(report["projects"][1]["cause"], cause);
    let said = (
        &report["operation"],
        &report["result"],
        &report["exit_code"],
    );
    assert_eq!(said, (&json!("deploy"), &json!("failed"), &json!(2)));
    nothing_was_deployed(&sandbox);
}

#[test]
fn the_confirm_command_deploys_without_a_dry_run() {
    for yes in ["--yes", "-y", "--force", "-f"] {
        let sandbox = counting();
        let folder = shrunken(&sandbox);
        let words = format!("{yes} --message-format json");
        let ended = against(&sandbox, &folder, &words).run().expect(0);
        assert_eq!(ended.report()["counts"], json!({ "succeeded": 2 }));
        let seen = sandbox.seen();
        assert!(!seen.iter().any(|it| it.contains("dry_run")), "{seen:?}");
    }
}

#[test]
fn without_deletions_there_is_no_question() {
    let sandbox = counting();
    let folder = Folder::of(&["blog", "shop < blog"]);
    let ended = against(&sandbox, &folder, "--message-format json")
        .run()
        .expect(0);
    let report = ended.report();
    assert_eq!(results(&report), ["blog succeeded -", "shop succeeded -"]);
    assert_eq!(report["operation"], "deploy");
    let runs = ended.events();
    assert!(
        runs.iter().all(|event| event["run"] == report["run"]),
        "one run, one stream"
    );
    // Also the preview is part of it.
    let types = runs.iter().map(|event| event["type"].as_str().unwrap());
    let stages: Vec<&str> = types.filter(|it| it.starts_with("run.")).collect();
    assert_eq!(
        stages,
        [
            "run.started",
            "run.planned",
            "run.previewed",
            "run.approved",
            "run.finished"
        ]
    );
    let dry_runs = sandbox
        .seen()
        .into_iter()
        .filter(|it| it.contains("dry_run"));
    assert_eq!(
        dry_runs.collect::<Vec<_>>(),
        ["blog dry_run 1", "shop dry_run 1"]
    );
}

#[test]
fn preserved_resources_need_no_confirmation() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    let kept = against(
        &sandbox,
        &folder,
        "--preserve-resources --message-format json",
    );
    let report = kept.run().expect(0).report();
    assert_eq!(report["projects"][0]["diff"]["detach"], 1);
    let folder = folder.with("[defaults]\npreserve_resources = true");
    against(&sandbox, &folder, "").run().expect(0);
    let seen = sandbox.seen();
    assert!(!seen.iter().any(|it| it.contains("dry_run")), "{seen:?}");
}

#[test]
fn the_answer_can_come_through_a_pipe_with_or_without_a_line_break() {
    for (answer, code) in [("n\n", 1), ("no", 1), ("\n", 1), ("y", 0), ("YES\nrest", 0)] {
        let sandbox = counting();
        let folder = shrunken(&sandbox);
        let ended = against(&sandbox, &folder, "deploy").stdin(answer).run();
        let ended = ended.expect(code);
        says(&ended, LISTED);
        says(&ended, "Deploy and delete 2 resources? [y/N] \n");
        assert_eq!(ended.out, "");
        if code == 1 {
            says(&ended, "Nothing was deployed.\n");
            nothing_was_deployed(&sandbox);
        }
    }
}

#[test]
fn on_a_terminal_only_yes_deploys() {
    for (answer, code) in [("n\n", 1), ("\u{4}", 1), ("y\n", 0)] {
        let sandbox = counting();
        let folder = shrunken(&sandbox);
        let mut seat = Seat::start(against(&sandbox, &folder, "deploy --color never"));
        seat.sees("    - check check-2\r\n\r\nDeploy and delete 2 resources? [y/N] ");
        seat.types(answer);
        let (ended, screen, _) = seat.end();
        assert_eq!(ended, code, "{screen}");
        if code == 1 {
            assert!(
                screen.ends_with("\r\nNothing was deployed.\r\n"),
                "{screen}"
            );
            nothing_was_deployed(&sandbox);
        }
    }
}

#[test]
fn input_typed_before_the_question_is_discarded() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    let mut seat = Seat::start_after_typing("y\n", against(&sandbox, &folder, "deploy"));
    seat.sees("[y/N]");
    seat.types("n\n");
    let (ended, screen, _) = seat.end();
    assert_eq!(ended, 1, "{screen}");
    nothing_was_deployed(&sandbox);
}

#[test]
fn closing_the_terminal_at_the_question_exits_as_sighup() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    let program = against(&sandbox, &folder, "deploy --report-file report.json");
    assert_eq!(closed_at("[y/N]", program), 129);
    let report = folder.json("report.json");
    assert_eq!(results(&report)[0], "blog interrupted interrupted");
    assert_eq!(
        (&report["result"], &report["exit_code"]),
        (&json!("interrupted"), &json!(129))
    );
    nothing_was_deployed(&sandbox);
}

#[test]
fn ctrl_c_at_the_question_ends_its_line_and_exits() {
    for words in ["deploy", "destroy --progress lines"] {
        let sandbox = counting();
        let folder = shrunken(&sandbox);
        let mut seat = Seat::start(against(&sandbox, &folder, words));
        let question = match words {
            "deploy" => "[y/N] ",
            _ => "to confirm: ",
        };
        seat.sees(question);
        seat.interrupt();
        let (code, screen, out) = seat.end();
        assert_eq!((code, out.as_str()), (130, ""), "{screen}");
        let (_, after) = screen.split_once(question).unwrap();
        assert!(after.starts_with("\r\n"), "{screen}");
        let nothing = [
            "\r\nNothing was deployed.\r\n",
            "\r\nNothing was deleted.\r\n",
        ];
        assert!(nothing.iter().any(|it| screen.ends_with(it)), "{screen}");
        nothing_was_deployed(&sandbox);
    }
}

#[test]
fn a_person_who_sets_ci_to_false_is_asked() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    let program = against(&sandbox, &folder, "deploy").env("CI", "false");
    let mut seat = Seat::start(program);
    seat.sees("[y/N]");
    seat.types("n\n");
    let (code, screen, _) = seat.end();
    assert_eq!(code, 1, "{screen}");
}

#[test]
fn nothing_is_asked_in_ci_or_by_an_agent_even_on_a_terminal() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    for variable in ["CI", "GITHUB_ACTIONS", "AI_AGENT"] {
        let program = against(&sandbox, &folder, "deploy").env(variable, "true");
        let (code, screen, out) = Seat::start(program).end();
        assert_eq!(code, 2, "{screen}");
        assert!(
            out.starts_with(r#"{"status":"confirmation_required""#),
            "{out}"
        );
    }
    let manifest = folder.read("projects.toml");
    let from_stdin = against(&sandbox, &folder, "deploy --config -").stdin(&manifest);
    from_stdin.run().expect(2);
    nothing_was_deployed(&sandbox);
}

#[test]
fn if_one_project_cannot_be_previewed_nothing_is_deployed() {
    let sandbox = counting();
    let folder = Folder::of(&["blog", "shop"]).refused("blog");
    let words = "--message-format json --report-file report.json";
    let ended = against(&sandbox, &folder, words).run().expect(1);
    let report = ended.report();
    assert_eq!(report, folder.json("report.json"));
    assert_eq!(
        results(&report),
        ["blog rejected http_400", "shop skipped preview_failed"]
    );
    assert_eq!(report["operation"], "deploy");
    says(
        &ended,
        "error: nothing was deployed: some projects could not be previewed\n",
    );
    let seen = sandbox.seen();
    assert!(seen.iter().all(|it| it.contains("dry_run")), "{seen:?}");
}

#[test]
fn an_unreachable_api_exits_with_75_in_the_preview() {
    let folder = Folder::of(&["shop"]);
    let url = super::api::nobody();
    let run = orchestrate("--outage-limit 0s --message-format json --api-url").arg(&url);
    let ended = run.within(folder.path()).run().expect(75);
    assert_eq!(results(&ended.report()), ["shop unavailable connection"]);
}

#[test]
fn a_signal_during_the_preview_exits_at_once() {
    let sandbox = Sandbox::scripted(0.05, "[[rule]]\non = \"dry_run\"\nfault = \"hang\"\n");
    let folder = Folder::of(&["shop"]);
    let words = "--message-format json";
    let mut run = against(&sandbox, &folder, words).start();
    run.says(" for deletions");
    run.signal("INT");
    let ended = run.end().expect(130);
    let last = "SIGINT: the preview was interrupted; nothing was deployed.\n";
    assert!(ended.err.ends_with(last), "{}", ended.err);
    assert_eq!(results(&ended.report()), ["shop interrupted interrupted"]);
}

/// Removes the last check from a bundle of the example, and returns its logical id.
fn take_a_check_out(folder: &Folder, project: &str) -> String {
    let name = format!("bundles/{project}.json");
    let mut bundle = folder.json(&name);
    let resources = bundle["resources"].as_array_mut().unwrap();
    let at = resources
        .iter()
        .rposition(|resource| resource["type"] == "check")
        .unwrap();
    let check = resources.remove(at);
    let id = check["logicalId"].as_str().unwrap().to_owned();
    // Resources of the check are removed with it.
    resources.retain(|resource| {
        !resource["payload"]
            .to_string()
            .contains(&format!("\"ref\":\"{id}\""))
    });
    folder.write(&name, &bundle.to_string());
    id
}

#[test]
fn only_the_removed_checks_of_the_example_are_listed() {
    let sandbox = counting();
    let folder = Folder::empty();
    folder.write(
        "projects.toml",
        &std::fs::read_to_string(monorepo().join("projects.toml")).unwrap(),
    );
    for entry in std::fs::read_dir(monorepo().join("bundles")).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("bundles/{}", path.file_name().unwrap().to_str().unwrap());
        folder.write(&name, &std::fs::read_to_string(&path).unwrap());
    }
    against(&sandbox, &folder, "").run().expect(0);
    let lost = ["warehouse", "storefront"].map(|project| take_a_check_out(&folder, project));
    let ended = against(&sandbox, &folder, "deploy").run().expect(2);
    says(&ended, "2 resources of 2 projects would be deleted:\n");
    for id in &lost {
        says(&ended, &format!("    - check {id}\n"));
    }
    assert_eq!(envelope(&ended)["changes"].as_array().unwrap().len(), 2);
    against(&sandbox, &folder, "deploy")
        .stdin("n")
        .run()
        .expect(1);
    against(&sandbox, &folder, "deploy --yes").run().expect(0);
    against(&sandbox, &folder, "preview --detailed-exitcode")
        .run()
        .expect(0);
}

/// Refuses connections, and does not count as a server on this machine.
const ACCOUNT: &str = "--preserve-resources --outage-limit 0s --api-url https://0.0.0.0:9";

const FIRST: &str = "Deploy 1 project to account default (account-1), for the first time from this directory? [y/N]";

#[test]
fn a_first_deployment_to_an_account_is_asked_about_once() {
    let folder = Folder::of(&["shop"]);
    let deploy = |flags: &str| {
        orchestrate(&format!("{flags} {ACCOUNT}"))
            .env("ORCHESTRATE_STATE_DIR", folder.file("state"))
            .env("COLUMNS", "200")
            .within(folder.path())
    };
    let mut seat = Seat::start(deploy(""));
    seat.sees(FIRST);
    seat.types("n\n");
    let (code, seen, _) = seat.end();
    assert_eq!(code, 1, "{seen}");
    assert!(seen.contains("Nothing was deployed."), "{seen}");

    let mut seat = Seat::start(deploy(""));
    seat.sees(FIRST);
    seat.types("y\n");
    let (code, seen, _) = seat.end();
    assert_eq!(code, 75, "{seen}");

    let (code, seen, _) = Seat::start(deploy("")).end();
    assert_eq!(code, 75, "{seen}");
    assert!(!seen.contains("for the first time"), "{seen}");

    // Another account is another question.
    let mut seat = Seat::start(deploy("").env("CHECKLY_ACCOUNT_ID", "WRONG"));
    seat.sees("to account default (WRONG), for the first time");
    seat.types("n\n");
    assert_eq!(seat.end().0, 1);
}

#[test]
fn a_first_deployment_to_an_account_is_not_asked_about_with_a_flag_in_ci_or_without_a_terminal() {
    for flags in ["--yes", "--force"] {
        let folder = Folder::of(&["shop"]);
        let program = orchestrate(&format!("{flags} {ACCOUNT}")).within(folder.path());
        let (code, seen, _) = Seat::start(program).end();
        assert_eq!(code, 75, "{seen}");
        assert!(!seen.contains("for the first time"), "{seen}");
    }
    let folder = Folder::of(&["shop"]);
    let in_ci = orchestrate(ACCOUNT).env("CI", "true").within(folder.path());
    let (code, seen, _) = Seat::start(in_ci).end();
    assert_eq!(code, 75, "{seen}");
    let piped = orchestrate(ACCOUNT).within(folder.path()).run().expect(75);
    assert!(!piped.err.contains("for the first time"), "{}", piped.err);
}

#[test]
fn the_first_line_of_a_run_names_the_account_the_host_the_operation_and_the_number_of_projects() {
    let folder = Folder::of(&["shop", "blog"]);
    let sandbox = Sandbox::start(0.05);
    let first = |words: &str| {
        let program = against(&sandbox, &folder, words).env("CHECKLY_ACCOUNT_ID", "WRONG");
        let ended = program.env("COLUMNS", "300").run().expect(0);
        ended.err.lines().next().unwrap().to_owned()
    };
    let target = format!("account default (WRONG) at {}", sandbox.url);
    for (words, says) in [
        ("deploy", "checking 2 projects in"),
        ("deploy --yes", "deploying 2 projects to"),
        ("preview", "previewing 2 projects in"),
        ("destroy --yes", "deleting 2 projects from"),
    ] {
        let (line, says) = (first(words), format!("{says} {target}"));
        assert!(line.contains(&says), "{line}");
    }
    let ended = against(&sandbox, &folder, "--yes --message-format json");
    let events = ended.run().expect(0).events();
    let started = &events[0]["data"];
    let accounts = json!([{ "name": "default", "account_id": "account-1" }]);
    assert_eq!(started["accounts"], accounts);
    assert_eq!(started["projects"], 2);
}
