//! `validate`, `list`, and `graph`; the choice of the manifest and of its projects.

use super::api::{Sandbox, Witness, nobody};
use super::folder::{Folder, monorepo};
use super::program::orchestrate;
use serde_json::{Value, json};

/// The projects that these flags select in the monorepo, in start order.
#[track_caller]
fn listed(flags: &str) -> Vec<String> {
    orchestrate(&format!("list --format json {flags}"))
        .within(monorepo())
        .run()
        .expect(0)
        .listed()
}

#[test]
fn validate_checks_every_project_and_sends_nothing() {
    let witness = Witness::new();
    let ended = orchestrate("validate --api-url")
        .arg(witness.url())
        .within(monorepo())
        .run()
        .expect(0);
    assert_eq!(
        ended.err,
        format!(
            "projects.toml is valid: 10 projects, account shop at {}\n",
            witness.url()
        )
    );
    assert_eq!(ended.out, "");
    assert!(witness.saw_nobody());

    let folder = Folder::of(&["shop"]);
    folder.write("shop.json", "{");
    orchestrate("validate")
        .within(folder.path())
        .run()
        .expect(78);
}

#[test]
fn validate_needs_no_credentials_unless_it_asks_the_api() {
    let validate = |flags: &str| {
        orchestrate(&format!("validate {flags}"))
            .without("CHECKLY_API_KEY")
            .without("CHECKLY_ACCOUNT_ID")
            .within(monorepo())
            .run()
    };
    let ended = validate("--sandbox").expect(0);
    assert_eq!(
        ended.err,
        "projects.toml is valid: 10 projects, account shop in the sandbox\n"
    );
    let ended = validate("").expect(0);
    assert_eq!(
        ended.err,
        "note: account shop: CHECKLY_ACCOUNT_ID and CHECKLY_API_KEY are not set; deploying needs them\n\
         projects.toml is valid: 10 projects, account shop at https://api.checklyhq.com\n"
    );
    let ended = validate("--online --api-url http://127.0.0.1:9").expect(78);
    assert!(ended.err.contains("CHECKLY_ACCOUNT_ID") && ended.err.contains("CHECKLY_API_KEY"));
}

#[test]
fn validate_notes_each_credential_that_is_not_set_where_it_is_named() {
    let folder = Folder::of(&["shop"]).with(
        "[accounts.prod]\naccount_id = 'a'\napi_key = { file = 'none.key' }\n[defaults]\naccount = 'prod'",
    );
    let validate = || orchestrate("validate").within(folder.path()).run();
    let ended = validate().expect(0);
    let note = "note: account prod: the file none.key is not set; deploying needs it\n";
    assert!(ended.err.starts_with(note), "{}", ended.err);
    // One that is set and cannot be used is an error all the same.
    folder.write("none.key", "two words");
    let ended = validate().expect(78);
    assert!(
        ended.err.contains("is not a valid credential"),
        "{}",
        ended.err
    );
}

#[test]
fn what_the_sandbox_says_to_type_deploys() {
    let folder = Folder::of(&["shop"]);
    let mut sandbox = orchestrate("sandbox --port 0 --time-scale 0.05").start();
    let command = sandbox.says("orchestrate --api-url");
    let (variables, arguments) = command.trim().split_once(" orchestrate ").unwrap();
    let mut program = orchestrate(arguments)
        .without("CHECKLY_ACCOUNT_ID")
        .without("CHECKLY_API_KEY");
    for variable in variables.split(' ') {
        let (name, value) = variable.split_once('=').unwrap();
        program = program.env(name, value);
    }
    program.within(folder.path()).run().expect(0);
}

#[test]
fn validate_checks_credentials_only_with_online() {
    let sandbox = Sandbox::start(1.0);
    let folder = Folder::of(&["shop"]).with("[defaults]\noutage_limit = '0s'");
    let validate = |key: &str, url: &str| {
        orchestrate("validate --online --api-url")
            .arg(url)
            .env("CHECKLY_API_KEY", key)
            .within(folder.path())
            .run()
    };
    let ended = validate("cu_good", &sandbox.url).expect(0);
    assert!(ended.err.ends_with(", credentials accepted\n"));

    let ended = validate("invalid-key", &sandbox.url).expect(77);
    assert!(ended.err.starts_with("error: account default: "));
    assert!(!ended.err.contains("invalid-key"));

    validate("cu_good", &nobody()).expect(75);
}

#[test]
fn list_shows_the_start_order() {
    let folder = Folder::of(&["shop < alerts", "alerts", "search"]);
    let ended = orchestrate("list")
        .without("CHECKLY_API_KEY") // `list` needs no credentials
        .within(folder.path())
        .run()
        .expect(0);
    insta::assert_snapshot!(ended.out, @r"
    PROJECT  ACCOUNT  LOGICAL ID  DEPENDS ON
    alerts   default  alerts
    shop     default  shop        alerts
    search   default  search
    ");
    assert_eq!(ended.err, "");
}

#[test]
fn list_as_json_has_a_version_and_a_row_for_every_project() {
    let folder = Folder::of(&["shop < alerts", "alerts"]);
    let ended = orchestrate("list --format json")
        .within(folder.path())
        .run()
        .expect(0);
    let list: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(
        list,
        json!({ "version": 1, "projects": [
            { "name": "alerts", "logical_id": "alerts", "account": "default", "depends_on": [], "unselected_dependencies": [], "tags": [],
              "priority": 0, "wave": null, "hooks": [], "bundle": "alerts.json", "path": null },
            { "name": "shop", "logical_id": "shop", "account": "default", "depends_on": ["alerts"], "unselected_dependencies": [], "tags": [],
              "priority": 0, "wave": null, "hooks": [], "bundle": "shop.json", "path": null } ] })
    );
}

#[test]
fn list_shows_unselected_dependencies() {
    let folder = Folder::of(&["alerts", "web < alerts", "shop < alerts web"]);
    let list = |words: &str| orchestrate(words).within(folder.path()).run().expect(0).out;
    insta::assert_snapshot!(list("list --exclude alerts"), @r"
    PROJECT  ACCOUNT  LOGICAL ID  DEPENDS ON
    web      default  web         alerts (not selected)
    shop     default  shop        web, alerts (not selected)
    ");
    let json: Value = serde_json::from_str(&list("list --exclude alerts --format json")).unwrap();
    let shop = &json["projects"][1];
    assert_eq!(shop["depends_on"], json!(["web"]));
    assert_eq!(shop["unselected_dependencies"], json!(["alerts"]));
}

/// `shop` depends on `web`, both on `alerts`, which is in the first wave and has hooks.
fn in_waves() -> Folder {
    let hooks = "hooks = { pre = ['true'], on_failure = ['true'] }";
    let folder = Folder::of(&["alerts", "web < alerts", "shop < alerts web"])
        .with("[[wave]]\nselect = ['alerts']");
    let manifest = folder.read("projects.toml");
    let manifest = manifest.replace("name = \"alerts\"", &format!("name = \"alerts\"\n{hooks}"));
    folder.write("projects.toml", &manifest);
    folder
}

#[test]
fn list_shows_waves_and_hooks_if_there_are_any() {
    let folder = in_waves();
    let list = |words: &str| orchestrate(words).within(folder.path()).run().expect(0).out;
    insta::assert_snapshot!(list("list"), @r"
    PROJECT  ACCOUNT  LOGICAL ID  WAVE  DEPENDS ON   HOOKS
    alerts   default  alerts      1                  pre, on_failure
    web      default  web         2     alerts
    shop     default  shop        2     alerts, web
    ");
    let json: Value = serde_json::from_str(&list("list --format json")).unwrap();
    let projects = json["projects"].as_array().unwrap();
    let of = |key: &str| Vec::from_iter(projects.iter().map(|it| it[key].clone()));
    assert_eq!(of("wave"), [json!(1), json!(2), json!(2)]);
    assert_eq!(
        of("hooks"),
        [json!(["pre", "on_failure"]), json!([]), json!([])]
    );
}

#[test]
fn list_fits_the_terminal() {
    let list = orchestrate("list").within(monorepo()).env("COLUMNS", "60");
    let out = list.run().expect(0).out;
    assert!(out.lines().all(|line| line.chars().count() <= 60), "{out}");
    assert!(out.contains('…') && out.contains("team:web"), "{out}");
}

#[test]
fn graph_draws_the_selection_in_three_formats() {
    let folder = in_waves();
    let graph = |flags: &str| {
        let graph = orchestrate(&format!("graph {flags}"))
            .without("CHECKLY_API_KEY") // `graph` needs no credentials
            .within(folder.path());
        let ended = graph.run().expect(0);
        assert_eq!(ended.err, "");
        ended.out
    };
    insta::assert_snapshot!(graph(""), @r"
    shop (wave 2)
    ├── alerts (wave 1)
    └── web (wave 2)
        └── alerts (wave 1)
    ");
    insta::assert_snapshot!(graph("--exclude alerts --format dot"), @r#"
    digraph {
      rankdir=LR
      node [shape=box]
      subgraph cluster_2 {
        label="wave 2"
        p0 [label="web"]
        p1 [label="shop"]
      }
      p2 [label="alerts (not selected)", style=dashed]
      p0 -> p2
      p1 -> p0
      p1 -> p2
    }
    "#);
    insta::assert_snapshot!(graph("--only alerts --format mermaid"), @r#"
    flowchart LR
      subgraph wave_1 ["wave 1"]
        p0["alerts"]
      end
    "#);
    let orphan = orchestrate("graph --only none").within(folder.path());
    assert_eq!(orphan.run().expect(64).out, "");
}

#[test]
fn projects_are_selected_by_name_glob_and_tag() {
    assert_eq!(listed("--only catalogue"), ["catalogue"]);
    assert_eq!(
        listed("--only shared-*"),
        ["shared-alerts", "shared-locations"]
    );
    assert_eq!(listed("--only tag:staging"), ["checkout-staging"]);
    assert_eq!(
        listed("--only tag:team:web --only catalogue --exclude storefront"),
        ["catalogue", "customer-accounts"]
    );
    assert_eq!(
        listed("--exclude tag:team:* --exclude tag:shared --allow-empty").len(),
        0
    );
}

#[test]
fn dependencies_and_dependents_of_selected_projects_can_be_added() {
    assert_eq!(
        listed("--only checkout-staging --with-deps"),
        ["shared-alerts", "shared-locations", "checkout-staging"]
    );
    assert_eq!(
        listed("--only checkout-staging --with-dependents"),
        ["checkout-staging", "checkout-production", "operations"]
    );
}

#[test]
fn unselected_projects_are_neither_deployed_nor_waited_for() {
    let folder = Folder::of(&["alerts", "shop < alerts", "search"]);
    let report = orchestrate("--sandbox --time-scale 0.05 --message-format json --only shop")
        .within(folder.path())
        .run()
        .expect(0)
        .report();
    assert_eq!(report["counts"], json!({ "succeeded": 1 }));
    assert_eq!(report["projects"][0]["name"], "shop");
}

#[test]
fn the_manifest_in_the_nearest_parent_directory_is_read() {
    let folder = Folder::of(&["outer"]);
    let inner = Folder::of(&["inner"]);
    folder.write("a/b/c/file", "");
    folder.write("a/projects.toml", &inner.read("projects.toml"));
    folder.write("a/inner.json", &inner.read("inner.json"));
    for (within, name) in [("a/b/c", "inner"), ("a", "inner"), (".", "outer")] {
        let ended = orchestrate("list")
            .within(folder.file(within))
            .run()
            .expect(0);
        assert!(ended.out.contains(&format!("\n{name} ")), "{}", ended.out);
    }
}

#[test]
fn paths_in_a_manifest_are_relative_to_it() {
    let (folder, elsewhere) = (Folder::of(&["shop"]), Folder::empty());
    let manifest = folder.file("projects.toml");
    for flag in ["--config", "-c"] {
        let ended = orchestrate("--sandbox --time-scale 0.05 --message-format json")
            .arg(flag)
            .arg(&manifest)
            .within(elsewhere.path())
            .run()
            .expect(0);
        assert_eq!(ended.report()["manifest"], manifest.to_str().unwrap());
    }
}

#[test]
fn a_manifest_can_come_from_standard_input() {
    let folder = Folder::of(&["shop"]);
    let manifest = folder.read("projects.toml");
    std::fs::remove_file(folder.file("projects.toml")).unwrap();
    let ended = orchestrate("--sandbox --time-scale 0.05 -c -")
        .stdin(&manifest)
        .within(folder.path())
        .run()
        .expect(0);
    assert!(
        ended.err.contains("1 project: 1 succeeded"),
        "{}",
        ended.err
    );
    let ended = orchestrate("--sandbox -c -")
        .stdin("nonsense")
        .within(folder.path())
        .run()
        .expect(78);
    assert!(ended.err.contains("nonsense"), "{}", ended.err);
    orchestrate("--sandbox -c -")
        .stdin("")
        .within(folder.path())
        .run()
        .expect(78);
}

#[test]
fn a_profile_overrides_the_defaults() {
    let folder =
        Folder::of(&["shop"]).with("[limits]\nconcurrency = 2\n[profile.ci]\nconcurrency = 9");
    let concurrency = |flags: &str| {
        let mut run = orchestrate(&format!("--sandbox --message-format json {flags}"))
            .within(folder.path())
            .start();
        run.event("run.started")["data"]["concurrency"].clone()
    };
    assert_eq!(concurrency(""), 2);
    assert_eq!(concurrency("-P ci"), 9);
    assert_eq!(concurrency("--profile ci -j 4"), 4);
    let ended = orchestrate("--sandbox -P cy")
        .within(folder.path())
        .run()
        .expect(78);
    assert!(ended.err.contains("`ci`"), "{}", ended.err);
}

#[test]
fn flags_may_come_before_the_command() {
    let folder = Folder::of(&["shop"]);
    let run = |arguments: &str| orchestrate(arguments).within(folder.path()).run();
    for arguments in [
        "--config projects.toml list",
        "list -c projects.toml",
        "-cprojects.toml list",
        "-c deploy list -c projects.toml",
        "--only shop list",
    ] {
        let ended = run(arguments).expect(0);
        assert!(ended.out.starts_with("PROJECT"), "{}", ended.out);
    }
    for arguments in [
        "--sandbox --time-scale 0.05 -q deploy",
        "--sandbox deploy --time-scale 0.05 -q",
        "--time-scale 0.05 -q deploy --sandbox",
        "--sandbox --preview deploy --time-scale 0.05 --out plan.json",
    ] {
        let ended = run(arguments).expect(0);
        assert!(ended.err.contains("1 project: 1 "), "{}", ended.err);
    }
    let sandbox = run("--time-scale 0 sandbox").expect(64);
    assert!(sandbox.err.contains("'--time-scale"), "{}", sandbox.err);
    assert!(
        run("-c none.toml list")
            .expect(78)
            .err
            .contains("none.toml")
    );
}

#[test]
fn a_flag_before_a_command_that_lacks_it_is_an_error() {
    let folder = Folder::of(&["shop"]);
    for (arguments, expected) in [
        (
            "--max-deletes 3 list",
            "unexpected argument '--max-deletes' found: 'list' has no such argument\n\n\
             Usage: orchestrate list [OPTIONS]",
        ),
        (
            "-c projects.toml init",
            "unexpected argument '--config' found: 'init' has no such argument",
        ),
        (
            "--port 3000 sandbox",
            "unexpected argument '--port' found\n\n  tip: use 'orchestrate sandbox --port'",
        ),
        (
            "--api-url http://127.0.0.1:9 deploy --sandbox",
            "the argument '--api-url' cannot be used with '--sandbox'",
        ),
    ] {
        let ended = orchestrate(arguments).within(folder.path()).run();
        let ended = ended.expect(64);
        assert!(ended.err.contains(expected), "{}", ended.err);
    }
}

#[test]
fn a_flag_that_requires_another_is_an_error_without_it() {
    let folder = Folder::of(&["shop"]);
    for (arguments, expected) in [
        ("--time-scale 2", "'--time-scale' requires '--sandbox'"),
        (
            "deploy --sandbox-script x",
            "'--sandbox-script' requires '--sandbox'",
        ),
        (
            "--sandbox-seed x preview",
            "'--sandbox-seed' requires '--sandbox'",
        ),
        (
            "--sandbox-state x orphans",
            "'--sandbox-state' requires '--sandbox'",
        ),
        ("--sandbox-hooks", "'--sandbox-hooks' requires '--sandbox'"),
        (
            "--time-scale 2 --api-url http://127.0.0.1:9",
            "'--time-scale' requires '--sandbox'",
        ),
        ("--out x", "'--out' requires '--preview'"),
        (
            "--detailed-exitcode deploy",
            "'--detailed-exitcode' requires '--preview'",
        ),
    ] {
        let ended = orchestrate(arguments).within(folder.path()).run();
        let ended = ended.expect(64);
        assert!(ended.err.contains(expected), "{}", ended.err);
    }
}

#[test]
fn a_flag_before_the_command_overrides_its_variable() {
    let folder = Folder::of(&["shop"]);
    let ended = orchestrate("--config projects.toml list").within(folder.path());
    let ended = ended.env("ORCHESTRATE_CONFIG", "none.toml").run().expect(0);
    assert!(ended.out.starts_with("PROJECT"), "{}", ended.out);
}

#[test]
fn a_sandbox_on_a_used_port_is_an_error_with_help() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ended = orchestrate(&format!("sandbox --port {port}"))
        .run()
        .expect(1);
    assert!(
        ended.err.contains(&port.to_string()) && ended.err.contains("--port 0"),
        "{}",
        ended.err
    );
}
