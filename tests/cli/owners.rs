//! Project ownership: refused and allowed takeovers, and `validate --online`.

use super::api::{Sandbox, nobody};
use super::bundling::shop;
use super::folder::Folder;
use super::orphans::printing;
use super::preview::{against, counting};
use super::program::{Ended, orchestrate, results};
use rusqlite::Connection;
use serde_json::json;

const OURS: &str = "https://github.com/acme/shop";

/// An account with `shop` from another repository, and a directory with our `shop`.
pub(crate) fn taken() -> (Sandbox, Folder) {
    let sandbox = counting();
    let folder = Folder::of(&["blog", "shop < blog"]);
    repository(
        &folder,
        "shop",
        "https://ci:t0ps3cret@gitlab.com/umbrella/store.git",
    );
    against(&sandbox, &folder, "--yes -q").run().expect(0);
    repository(&folder, "shop", OURS);
    (sandbox, folder)
}

/// Sets the repository in a bundle.
pub(crate) fn repository(folder: &Folder, name: &str, address: &str) {
    let file = format!("{name}.json");
    let mut bundle = folder.json(&file);
    bundle["project"]["repoUrl"] = json!(address);
    folder.write(&file, &bundle.to_string());
}

#[track_caller]
pub(crate) fn says(ended: &Ended, what: &str) {
    assert!(ended.err.contains(what), "{}", ended.err);
    assert!(!ended.err.contains("t0ps3cret"), "{}", ended.err);
    assert!(!ended.out.contains("t0ps3cret"), "{}", ended.out);
}

/// The number of uploads of `shop`.
fn uploads(sandbox: &Sandbox) -> usize {
    let seen = sandbox.seen();
    let line = seen
        .iter()
        .find_map(|line| line.strip_prefix("shop deploy "));
    line.map_or(0, |count| count.parse().unwrap())
}

const REFUSED: &str = "account default has project \"shop\" from gitlab.com/umbrella/store";

#[test]
fn a_project_of_another_repository_is_not_deployed() {
    let (sandbox, folder) = taken();
    let words = "--yes --message-format json";
    let ended = against(&sandbox, &folder, words).run().expect(1);
    assert_eq!(
        results(&ended.report()),
        [
            "blog succeeded -",
            "shop rejected owned_by_another_repository"
        ]
    );
    says(&ended, REFUSED);
    says(&ended, "--allow-takeover shop");

    let words = "--message-format json";
    let ended = against(&sandbox, &folder, words).run().expect(1);
    assert_eq!(
        results(&ended.report()),
        [
            "blog skipped preview_failed",
            "shop rejected owned_by_another_repository"
        ]
    );
    says(&ended, REFUSED);

    let ended = against(&sandbox, &folder, "destroy --yes").run().expect(1);
    says(&ended, REFUSED);
    assert_eq!(uploads(&sandbox), 1, "the first one");
}

#[test]
fn allow_takeover_deploys_over_it() {
    for words in [
        "--yes --allow-takeover shop",
        "--yes --allow-takeover blog,sh*",
        "preview --allow-takeover shop",
        "destroy --yes --allow-takeover shop",
    ] {
        let (sandbox, folder) = taken();
        against(&sandbox, &folder, words).run().expect(0);
    }
}

#[test]
fn a_takeover_pattern_without_a_match_is_an_error() {
    let folder = Folder::of(&["blog", "shop"]);
    for command in ["deploy --yes", "preview", "destroy --yes", "validate"] {
        let words = format!("{command} --allow-takeover shob --api-url {}", nobody());
        let ended = orchestrate(&words).within(folder.path()).run().expect(64);
        says(&ended, "no project matches `--allow-takeover shob`");
        says(&ended, "did you mean `shop`?");
    }
    // It may match an unselected project.
    let words = "--sandbox --only blog --allow-takeover shop";
    orchestrate(words).within(folder.path()).run().expect(0);
}

#[test]
fn two_repositories_on_one_machine_do_not_overwrite_each_other() {
    let sandbox = counting();
    let state = Folder::empty();
    let run = |folder: &Folder, words: &str, code| {
        let program = against(&sandbox, folder, words);
        let ended = program.env("ORCHESTRATE_STATE_DIR", state.path()).run();
        ended.expect(code)
    };
    let theirs = Folder::of(&["shop"]);
    let address = "https://ci:t0ps3cret@gitlab.com/umbrella/store.git";
    repository(&theirs, "shop", address);
    run(&theirs, "--yes", 0);
    let ours = Folder::of(&["shop"]);
    repository(&ours, "shop", OURS);
    for words in ["--yes", "preview", "destroy --yes"] {
        says(&run(&ours, words, 1), REFUSED);
    }
    // Even if it is bundled during the run and was deployed from there before.
    let project = |address| {
        format!(
            r#"{{"project":{{"logicalId":"shop","name":"shop","repoUrl":"{address}"}},"sharedFiles":[],"resources":[{{"type":"check","logicalId":"home","member":true,"payload":{{"checkType":"API"}}}}]}}"#
        )
    };
    let find =
        "for word; do case $word in --debug-bundle-output-file=*) file=${word#*=}; esac; done";
    let bundling = |address| {
        let script = format!("{find}\necho '{}' >\"$file\"", project(address));
        shop(&script, "")
    };
    let (ours, theirs) = (bundling(OURS), bundling(address));
    says(&run(&ours, "--yes", 1), REFUSED);
    run(&theirs, "--yes", 0);
    run(&ours, "--yes --allow-takeover shop", 0);
    says(
        &run(&theirs, "--yes", 1),
        "has project \"shop\" from github.com/acme/shop",
    );
    let database = Connection::open(state.file("state.db")).unwrap();
    let repository = "SELECT repository FROM deployment";
    let recorded: String = database
        .query_row(repository, [], |row| row.get(0))
        .unwrap();
    assert_eq!(recorded, "github.com/acme/shop");
    // Not even in a free page.
    let stored = std::fs::read(state.file("state.db")).unwrap();
    assert!(!stored.windows(9).any(|it| it == b"t0ps3cret"));
}

#[test]
fn validate_online_points_to_the_project_in_the_manifest() {
    let (sandbox, folder) = taken();
    let ended = against(&sandbox, &folder, "validate --online")
        .run()
        .expect(78);
    insta::assert_snapshot!(ended.err, @r#"
    error: account default has project "shop" from gitlab.com/umbrella/store; this one is from github.com/acme/shop
     --> projects.toml:6:8
      |
    6 | name = "shop"
      |        ^^^^^^
      |
      = help: give it a unique `logicalId` in its Checkly configuration; if it is the same project and has moved, pass --allow-takeover shop

    1 problem in projects.toml: nothing was sent
    "#);
    let allowed = "validate --online --allow-takeover shop";
    against(&sandbox, &folder, allowed).run().expect(0);
    against(&sandbox, &folder, "validate").run().expect(0);
}

#[test]
fn validate_online_warns_about_unchecked_projects() {
    // The first request is for the account.
    let script = "[[rule]]\non = \"other\"\nafter = 1\nfault.status = { code = 403 }\n";
    let sandbox = Sandbox::scripted(0.05, script);
    let folder = Folder::of(&["shop"]);
    repository(&folder, "shop", OURS);
    let ended = against(&sandbox, &folder, "validate --online")
        .run()
        .expect(0);
    says(
        &ended,
        "warning: cannot list the projects of account default",
    );
    says(&ended, "the ownership of its projects cannot be checked");
}

/// An account with `a` and `b` from another repository, which does not list projects.
fn unlisted(fault: &str) -> (Sandbox, Folder) {
    let script = format!(
        "[[rule]]\nafter = 1_000_000\nfault = \"hang\"\n[[rule]]\non = \"other\"\nfault{fault}\n"
    );
    let sandbox = Sandbox::scripted(0.05, &script);
    let folder = impatient(Folder::of(&["a", "b"]));
    for (address, words) in [
        ("https://gitlab.com/umbrella/store", "--yes -q"),
        (OURS, ""),
    ] {
        repository(&folder, "a", address);
        repository(&folder, "b", address);
        if !words.is_empty() {
            let words = format!("{words} --allow-takeover a,b");
            against(&sandbox, &folder, &words).run().expect(0);
        }
    }
    (sandbox, folder)
}

/// All requests except those that track a deployment.
fn sent(sandbox: &Sandbox) -> Vec<String> {
    let mut sent = sandbox.seen();
    sent.retain(|line| !line.contains(" events "));
    sent
}

#[test]
fn an_account_that_refuses_to_list_projects_gets_no_deployments() {
    let (sandbox, folder) = unlisted(".status = { code = 403 }");
    let ended = against(&sandbox, &folder, "--yes").run().expect(1);
    says(&ended, "2 rejected");
    for once in [
        "--allow-takeover NAME",
        "`ownership_check = false` in [accounts.default]",
    ] {
        let flat = ended.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(flat.matches(once).count(), 1, "{}", ended.err);
    }
    assert_eq!(sent(&sandbox), ["- other 1", "a deploy 1", "b deploy 1"]);
    let words = "--yes --allow-takeover a,b";
    against(&sandbox, &folder, words).run().expect(0);

    let (sandbox, folder) = unlisted(".status = { code = 404 }");
    let unchecked = "[accounts.default]\naccount_id = 'account-1'\napi_key.env = 'CHECKLY_API_KEY'\n\
                     ownership_check = false";
    let folder = folder.with(unchecked);
    against(&sandbox, &folder, "--yes").run().expect(0);
    assert_eq!(sent(&sandbox), ["a deploy 2", "b deploy 2"]);
}

#[test]
fn validate_bundles_a_directory_to_read_its_repository() {
    let (sandbox, _) = taken();
    let project = format!(r#"{{"logicalId":"shop","name":"Shop","repoUrl":"{OURS}"}}"#);
    let folder = printing(&project, r#"[{"type":"check","logicalId":"home"}]"#, "");
    let words = "validate --online --bundle";
    let ended = against(&sandbox, &folder, words).run().expect(78);
    says(&ended, REFUSED);
    against(&sandbox, &folder, "validate --online")
        .run()
        .expect(0);
}

/// Makes the retries of a directory's projects immediate, and waits for no outage.
pub(crate) fn impatient(folder: Folder) -> Folder {
    folder.with(
        "[defaults]\nretries = { count = 2, delay = '10ms', max_delay = '20ms', jitter = false }\noutage_limit = '0s'",
    )
}

/// A server with this fault in the first responses to requests other than deployments.
fn faulty(fault: &str, times: usize) -> Sandbox {
    let script = format!("[[rule]]\non = \"other\"\ntimes = {times}\nfault{fault}\n");
    Sandbox::scripted(0.05, &script)
}

#[test]
fn read_only_commands_retry_transient_failures() {
    let folder = impatient(Folder::of(&["shop"]));
    repository(&folder, "shop", OURS);
    for command in ["orphans", "validate --online"] {
        let sandbox = faulty(".status = { code = 503 }", 2);
        let ended = against(&sandbox, &folder, command).run().expect(0);
        assert!(!ended.err.contains("error"), "{}", ended.err);
        assert!(!ended.err.contains("warning"), "{}", ended.err);
        let sandbox = faulty(".status = { code = 503 }", 99);
        against(&sandbox, &folder, command).run().expect(75);
    }
    // The first request is for the account, the next two are for the list.
    let script = "[[rule]]\non = \"other\"\nafter = 1\ntimes = 2\nfault.status = { code = 503 }\n";
    let sandbox = Sandbox::scripted(0.05, script);
    let ended = against(&sandbox, &folder, "validate --online").run();
    assert!(!ended.expect(0).err.contains("warning"));
}

#[test]
fn read_only_commands_exit_as_a_run_does() {
    let folder = impatient(Folder::of(&["shop"]));
    for (fault, code) in [
        (".status = { code = 401 }", 77),
        (".status = { code = 403 }", 77),
        (".status = { code = 404 }", 1),
        (".status = { code = 429 }", 75),
        (".status = { code = 302 }", 75),
        (" = \"html\"", 75),
    ] {
        for command in ["orphans", "validate --online"] {
            let sandbox = faulty(fault, 99);
            let ended = against(&sandbox, &folder, command).run().expect(code);
            assert_eq!(ended.out, "", "{fault}");
        }
    }
}

#[test]
fn read_only_commands_give_no_advice_about_deploying() {
    let sandbox = faulty(".status = { code = 403 }", 99);
    let folder = Folder::of(&["shop"]);
    let ended = against(&sandbox, &folder, "orphans").run().expect(77);
    says(
        &ended,
        "help: Check that the API key may read account account-1.",
    );
}

/// A copy of a template with its own check.
fn copy(check: &str) -> Folder {
    let folder = Folder::of(&["shop"]);
    let mut bundle = folder.json("shop.json");
    bundle["project"]["logicalId"] = json!("boilerplate-project");
    bundle["project"]["repoUrl"] = json!("https://github.com/checkly/checkly-cli");
    bundle["resources"][0]["logicalId"] = json!(check);
    folder.write("shop.json", &bundle.to_string());
    folder
}

#[test]
fn two_copies_of_a_template_do_not_overwrite_each_other() {
    let sandbox = counting();
    let deploy = |folder: &Folder, repository: &str, words: &str, code| {
        let program = against(&sandbox, folder, words);
        program
            .env("GITHUB_REPOSITORY", repository)
            .run()
            .expect(code)
    };
    let (one, two) = (copy("one"), copy("two"));
    deploy(&one, "acme/one", "--yes", 0);
    for words in ["--yes", "", "preview", "destroy --yes"] {
        let ended = deploy(&two, "acme/two", words, 1);
        says(&ended, "--allow-takeover shop");
    }
    // Nor does one whose own repository is unknown.
    let nowhere = against(&sandbox, &two, "--yes").run().expect(1);
    says(&nowhere, "--allow-takeover shop");
    // The first one deploys as before.
    deploy(&one, "acme/one", "--yes", 0);
    deploy(&two, "acme/two", "--yes --allow-takeover shop", 0);
}

#[test]
fn validate_warns_about_a_template_logical_id() {
    let ended = orchestrate("validate")
        .within(copy("one").path())
        .run()
        .expect(0);
    says(
        &ended,
        "warning: shop: the logical id \"boilerplate-project\" comes from a template",
    );
    let ended = orchestrate("validate")
        .within(Folder::of(&["shop"]).path())
        .run();
    assert!(!ended.expect(0).err.contains("warning"));
}
