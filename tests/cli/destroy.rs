//! `orchestrate destroy`: the confirmation and the deletion.

use super::api::{Sandbox, Witness};
use super::folder::Folder;
use super::program::{Program, hears_hangups, orchestrate, results};
use super::terminal::Seat;
use serde_json::{Value, json};

/// A manifest with a name, two projects of which one depends on the other, and a third.
fn fleet() -> Folder {
    Folder::of(&["shared", "shop < shared", "blog"]).with("name = 'acme'")
}

fn on(url: &str, folder: &Folder, arguments: &str) -> Program {
    orchestrate(arguments)
        .arg("--api-url")
        .arg(url)
        .within(folder.path())
}

fn deployed(folder: &Folder) -> Sandbox {
    let sandbox = Sandbox::start(0.05);
    on(&sandbox.url, folder, "-q").run().expect(0);
    sandbox
}

/// The projects that are in the account.
fn there(sandbox: &Sandbox, folder: &Folder) -> Vec<String> {
    let ended = on(&sandbox.url, folder, "--message-format json").run();
    let report = ended.expect(0).report();
    let rows = report["projects"].as_array().unwrap().iter();
    let found = rows.filter(|row| row["diff"]["create"] == 0);
    let name = |row: &Value| row["name"].as_str().unwrap().to_owned();
    found.map(name).collect()
}

fn ask(sandbox: &Sandbox, folder: &Folder, arguments: &str, word: &str) -> Seat {
    let mut seat = Seat::start(on(&sandbox.url, folder, arguments));
    seat.sees(&format!("Type {word} to confirm: "));
    seat
}

#[test]
fn typing_the_manifest_name_deletes_everything_dependents_first() {
    let folder = fleet();
    let sandbox = deployed(&folder);
    let mut seat = ask(&sandbox, &folder, "destroy --message-format json", "acme");
    seat.types("acme\n");
    let (code, screen, out) = seat.end();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("3 projects: 3 succeeded"), "{screen}");
    let events: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let asked = events
        .iter()
        .filter(|event| event["type"] == "project.submitting");
    let asked: Vec<&str> = asked
        .map(|event| event["project"].as_str().unwrap())
        .collect();
    let place = |name: &str| asked.iter().position(|one| *one == name).unwrap();
    assert!(place("shop") < place("shared"));
    let report = &events.last().unwrap()["data"];
    assert_eq!(report["operation"], "destroy");
    assert_eq!(
        report["projects"][0]["diff"],
        json!({ "create": 0, "update": 0, "delete": 1, "detach": 0 })
    );
    assert_eq!(there(&sandbox, &folder), [""; 0]);
}

#[test]
fn any_other_answer_deletes_nothing() {
    let folder = fleet();
    let sandbox = deployed(&folder);
    for keys in ["ACME\n", "y\n", "\n", "\u{4}"] {
        let mut seat = ask(&sandbox, &folder, "destroy", "acme");
        seat.types(keys);
        let (code, screen, _) = seat.end();
        assert_eq!(code, 1, "{screen}");
        let last = "\r\nNothing was deleted.\r\n";
        assert!(screen.ends_with(last), "{screen}");
    }
    assert_eq!(there(&sandbox, &folder).len(), 3);
}

#[test]
fn the_project_limit_applies_even_with_yes() {
    let folder = fleet().with("limits.max_projects = 2");
    let witness = Witness::new();
    let arguments = "destroy --yes --report-file report.json --message-format json";
    let ended = on(&witness.url(), &folder, arguments).run().expect(1);
    assert!(witness.saw_nobody());
    let why = "error: nothing was deleted: 3 projects selected; max_projects allows 2\n";
    assert!(ended.err.contains(why), "{}", ended.err);
    let report = folder.json("report.json");
    assert_eq!(report["operation"], "destroy");
    assert_eq!(report["counts"], json!({ "skipped": 3 }));
    let told: Value = serde_json::from_str(ended.out.lines().last().unwrap()).unwrap();
    let told = (&told["status"], &told["command"], &told["reasons"]);
    let reasons = json!(["3 projects selected; max_projects allows 2"]);
    assert_eq!(told, (&json!("refused"), &json!("destroy"), &reasons));
}

#[test]
fn a_signal_at_the_question_deletes_nothing() {
    let folder = fleet();
    let sandbox = deployed(&folder);
    let mut codes = vec![("INT", 130), ("TERM", 143)];
    if hears_hangups() {
        codes.push(("HUP", 129));
    }
    for (signal, expected) in codes {
        let seat = ask(&sandbox, &folder, "destroy", "acme");
        seat.signal(signal);
        let (code, screen, out) = seat.end();
        assert_eq!((code, out.as_str()), (expected, ""), "{screen}");
        let last = "\r\nNothing was deleted.\r\n";
        assert!(screen.ends_with(last), "{screen}");
    }
    assert_eq!(there(&sandbox, &folder).len(), 3);
}

#[test]
fn the_name_can_come_through_a_pipe_with_or_without_a_line_break() {
    let folder = fleet();
    let sandbox = deployed(&folder);
    for (typed, code) in [
        ("y\n", 1),
        ("yes", 1),
        ("\n", 1),
        ("acme", 0),
        ("acme\nrest", 0),
    ] {
        let ended = on(&sandbox.url, &folder, "destroy").stdin(typed).run();
        let ended = ended.expect(code);
        let asked = "\nType acme to confirm: \n";
        assert!(ended.err.contains(asked), "{}", ended.err);
        assert_eq!(ended.out, "");
        let refused = ended.err.ends_with("Nothing was deleted.\n");
        assert_eq!(refused, code == 1, "{}", ended.err);
    }
    assert_eq!(there(&sandbox, &folder), [""; 0]);
}

#[test]
fn nothing_is_asked_in_ci_or_by_an_agent_or_with_a_piped_manifest() {
    let folder = fleet();
    let witness = Witness::new();
    for variable in ["CI", "AI_AGENT"] {
        let program = on(&witness.url(), &folder, "destroy").env(variable, "true");
        let (code, screen, out) = Seat::start(program).end();
        assert_eq!(code, 2, "{screen}");
        let status = r#"{"status":"confirmation_required","command":"destroy""#;
        assert!(out.starts_with(status), "{out}");
    }
    let manifest = folder.read("projects.toml");
    let program = on(&witness.url(), &folder, "destroy --config -").stdin(&manifest);
    program.run().expect(2);
    assert!(witness.saw_nobody());
}

#[test]
fn without_a_name_the_number_of_projects_must_be_typed() {
    let folder = Folder::of(&["shop", "blog"]);
    let sandbox = deployed(&folder);
    let mut seat = ask(&sandbox, &folder, "destroy", "destroy 2");
    seat.types("destroy 2\n");
    let (code, screen, _) = seat.end();
    assert_eq!(code, 0, "{screen}");
    assert_eq!(there(&sandbox, &folder), [""; 0]);
}

#[test]
fn if_not_interactive_nothing_is_sent_and_the_envelope_contains_the_command() {
    let folder = fleet();
    let witness = Witness::new();
    let arguments = "destroy --only shared --preserve-resources";
    let ended = on(&witness.url(), &folder, arguments).run().expect(2);
    assert!(witness.saw_nobody());
    let envelope: Value = serde_json::from_str(&ended.out).unwrap();
    let command = format!("orchestrate {arguments} --api-url {} --yes", witness.url());
    assert_eq!(
        envelope,
        json!({
            "status": "confirmation_required",
            "command": "destroy",
            "changes": ["delete project shared from account default, and preserve its resources"],
            "projects": [{
                "name": "shared", "logical_id": "shared", "account": "default", "account_id": "account-1",
                "preserve_resources": true,
            }],
            "dependents": [{ "name": "shop", "depends_on": ["shared"] }],
            "confirmCommand": command,
        })
    );
    assert!(
        ended.err.contains(
            "nothing was deleted: confirmation is required, but this run is not interactive"
        ),
        "{}",
        ended.err
    );
    assert!(ended.err.contains(&command), "{}", ended.err);
}

#[test]
fn yes_and_force_skip_the_question_and_a_missing_project_counts_as_deleted() {
    let folder = fleet();
    let sandbox = deployed(&folder);
    for (flag, ids) in [("--yes", 1), ("--force", 0)] {
        let arguments = format!("destroy {flag} --only blog --message-format json");
        let ended = on(&sandbox.url, &folder, &arguments).run().expect(0);
        let report = ended.report();
        assert_eq!(results(&report), ["blog succeeded -"]);
        let id = &report["projects"][0]["deployment_id"];
        assert_eq!(usize::from(id.is_string()), ids, "{flag}");
        let says = ended.err.contains("nothing to delete");
        assert_eq!(says, ids == 0, "{}", ended.err);
    }
    assert_eq!(there(&sandbox, &folder), ["shared", "shop"]);
}

#[test]
fn dependents_that_are_not_deleted_are_named_first() {
    let folder = fleet();
    let sandbox = deployed(&folder);
    let ended = on(&sandbox.url, &folder, "destroy --yes --only shared").run();
    let err = ended.expect(0).err;
    let told = err
        .find("warning: dependents that are not deleted:\n  shop depends on shared\n")
        .unwrap();
    assert!(
        told < err.find("· deleting 1 project from").unwrap(),
        "{err}"
    );
    let arguments = "destroy --yes --only shared --with-dependents";
    let ended = on(&sandbox.url, &folder, arguments).run().expect(0);
    assert!(!ended.err.contains("warning"), "{}", ended.err);
}

#[test]
fn a_deleted_project_is_not_unchanged() {
    let folder = Folder::of(&["shop"]);
    let sandbox = Sandbox::start(0.05);
    let state = folder.file("state");
    let run = |arguments: &str| {
        let program = on(&sandbox.url, &folder, arguments).env("ORCHESTRATE_STATE_DIR", &state);
        results(&program.run().expect(0).report())
    };
    let deploy = "--skip-unchanged --message-format json";
    assert_eq!(run(deploy), ["shop succeeded -"]);
    assert_eq!(run(deploy), ["shop unchanged -"]);
    assert_eq!(
        run("destroy --yes --message-format json"),
        ["shop succeeded -"]
    );
    assert_eq!(run(deploy), ["shop succeeded -"]);
}

#[test]
fn an_empty_sandbox_needs_no_confirmation() {
    let folder = fleet();
    let ended = orchestrate("destroy --sandbox").within(folder.path()).run();
    let ended = ended.expect(0);
    assert!(
        ended.err.contains("3 projects: 3 succeeded"),
        "{}",
        ended.err
    );
    assert_eq!(ended.out, "");
}

#[test]
fn a_project_with_a_logical_id_needs_no_bundle_and_no_directory() {
    let folder = fleet();
    let sandbox = deployed(&folder);
    // `shop` and `blog` are removed from the manifest, `shared` only from the disk.
    let gone = "name = 'acme'\n\
                [[project]]\nname = 'shop'\nlogical_id = 'shop'\ndepends_on = ['the-shared']\n\
                [[project]]\nname = 'the-shared'\nlogical_id = 'shared'\nbundle = 'gone.json'\n\
                [[project]]\npath = 'gone/blog'\nlogical_id = 'blog'\n";
    folder.write("gone.toml", gone);
    let arguments = "destroy --config gone.toml --yes --message-format json";
    let ended = on(&sandbox.url, &folder, arguments).run().expect(0);
    let report = ended.report();
    assert_eq!(
        results(&report),
        [
            "shop succeeded -",
            "the-shared succeeded -",
            "blog succeeded -"
        ]
    );
    for row in report["projects"].as_array().unwrap() {
        assert_eq!(row["diff"]["delete"], 1, "{row}");
    }
    assert_eq!(there(&sandbox, &folder), [""; 0]);
}

#[test]
fn a_project_without_a_logical_id_needs_its_bundle() {
    let folder = Folder::empty();
    let manifest = "[[project]]\nname = 'shop'\nbundle = 'gone.json'\n[[project]]\nname = 'blog'\n";
    folder.write("projects.toml", manifest);
    let witness = Witness::new();
    let ended = on(&witness.url(), &folder, "destroy --yes")
        .run()
        .expect(78);
    assert!(ended.err.contains("there is no such file"), "{}", ended.err);
    let neither = "`blog` has neither `path` nor `bundle`";
    assert!(ended.err.contains(neither), "{}", ended.err);
    assert!(witness.saw_nobody());
}

#[test]
fn only_destroy_needs_no_bundle() {
    let folder = Folder::empty();
    let manifest = "[[project]]\nname = 'shop'\nlogical_id = 'shop'\n";
    folder.write("projects.toml", manifest);
    for command in ["deploy --yes", "preview", "validate", "list"] {
        let ended = orchestrate(command).within(folder.path()).run().expect(78);
        let neither = "`shop` has neither `path` nor `bundle`";
        assert!(ended.err.contains(neither), "{}", ended.err);
        let enough = "`destroy` needs nothing but this";
        assert!(ended.err.contains(enough), "{}", ended.err);
    }
}
