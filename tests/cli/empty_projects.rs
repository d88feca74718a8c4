//! A project without resources is not deployed because that would delete all its resources. A project that became much
//! smaller is deployed with a warning.

use super::api::Sandbox;
use super::bundling::{shop, within};
use super::folder::Folder;
use super::guard::says;
use super::preview::{against, counting};
use super::program::{Ended, results};
use serde_json::Value;

const EMPTY: &str =
    r#"{"project":{"logicalId":"shop","name":"Shop"},"sharedFiles":[],"resources":[]}"#;

/// What the Checkly CLI does with a project without resources: `deploy` fails, and `debug parse-project` prints it.
const CLI: &str = r#"
if [ "$1" = deploy ]; then
  echo ' ›   Error: Failed to deploy your project. Unable to find constructs to deploy.' >&2
  exit 1
fi
printf '{\n"diagnostics":{"fatal":false,"benign":false,"observations":[]},"payload":'
echo '{"project":{"logicalId":"shop","name":"Shop"},"sharedFiles":[],"resources":[]}}'
"#;

/// An account with a project `shop` with two checks, and a directory in which `shop` is now empty.
fn emptied(settings: &str) -> (Sandbox, Folder) {
    let sandbox = counting();
    let before = Folder::of(&["shop"]).checks("shop", 2);
    against(&sandbox, &before, "--yes -q").run().expect(0);
    let folder = shop(CLI, settings);
    let configuration = "export default defineConfig({\n  checks: { checkMatch: '**/*.chek.ts', environmentVariables: [{ value: 't0ps3cret' }] },\n})\n";
    folder.write("shop/checkly.config.ts", configuration);
    (sandbox, folder)
}

/// Runs the program in the directory.
fn run(sandbox: &Sandbox, folder: &Folder, words: &str) -> Ended {
    let program = within(folder, words).without("CHECKLY_API_KEY");
    let program = program.env("CHECKLY_API_KEY", "key-1");
    program.arg("--api-url").arg(&sandbox.url).run()
}

/// The number of uploads of `shop`.
fn uploads(sandbox: &Sandbox) -> usize {
    let seen = sandbox.seen();
    let uploads = seen.iter().filter(|seen| {
        ["shop deploy ", "shop dry_run "]
            .iter()
            .any(|start| seen.starts_with(start))
    });
    uploads
        .map(|seen| seen.rsplit(' ').next().unwrap().parse::<usize>().unwrap())
        .sum()
}

#[test]
fn an_empty_directory_is_refused_by_every_command() {
    let command = format!(
        "bundle_command = ['sh', '-c', \"echo '{}' >{{bundle}}\"]",
        EMPTY.replace('"', "\\\"")
    );
    let cached = "cache = true\ninputs = ['shop/**']";
    for (settings, words) in [
        ("", "--yes"),
        ("", "--yes --offline-bundle"),
        ("", "deploy"),
        ("", "preview --out plan.json"),
        ("", "deploy --preview --offline-bundle"),
        ("", "validate --bundle"),
        (cached, "--yes --offline-bundle"),
        (&command, "--yes"),
        (&command, "validate --bundle"),
    ] {
        let (sandbox, folder) = emptied(settings);
        let before = uploads(&sandbox);
        let ended = run(&sandbox, &folder, words).expect(78);
        let text = ended.err.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = "the project in shop has no resources; shop/checkly.config.ts:2 sets checkMatch to '**/*.chek.ts'";
        assert!(text.contains(told), "{words}: {}", ended.err);
        assert!(text.contains("set allow_empty_project = true"), "{text}");
        assert!(!text.contains("t0ps3cret"), "{text}");
        assert_eq!(uploads(&sandbox), before, "{words}: nothing is sent");
        assert!(!folder.names().contains(&"plan.json".to_owned()));
    }
}

#[test]
fn an_empty_bundle_is_refused_when_it_is_loaded() {
    let sandbox = counting();
    let folder = Folder::of(&["shop", "blog"]).checks("shop", 2);
    let plan = "preview --out plan.json";
    against(&sandbox, &folder, plan).run().expect(0);
    let folder = folder.checks("shop", 0);
    let before = sandbox.seen();
    for words in [
        "--yes",
        "deploy --plan plan.json",
        "preview",
        "validate",
        "validate --bundle",
    ] {
        let ended = against(&sandbox, &folder, words).run().expect(78);
        says(
            &ended,
            "error: the bundle of project \"shop\" has no resources\n",
        );
        says(&ended, "3 | bundle = \"shop.json\"\n");
        says(&ended, "set allow_empty_project = true");
    }
    assert_eq!(sandbox.seen(), before, "nothing is sent");
}

#[test]
fn a_directory_that_became_empty_is_not_in_a_plan() {
    let (sandbox, folder) = emptied("");
    let full = CLI.replace(
        "\"resources\":[]",
        "\"resources\":[{\"type\":\"check\",\"logicalId\":\"check-1\",\"member\":true,\"payload\":{\"checkType\":\"API\"}}]",
    );
    folder.write("shop/fake.sh", &full);
    let plan = "preview --offline-bundle --out plan.json";
    run(&sandbox, &folder, plan).expect(0);
    folder.write("shop/fake.sh", CLI);
    let ended = run(
        &sandbox,
        &folder,
        "deploy --plan plan.json --offline-bundle",
    )
    .expect(78);
    says(&ended, "the project in shop has no resources");
}

#[test]
fn an_empty_project_is_deployed_if_allowed() {
    for (settings, words) in [
        ("allow_empty_project = true", "--yes"),
        ("allow_empty_project = true", "--yes --offline-bundle"),
        ("[defaults]\nallow_empty_project = true", "--yes"),
        (
            "[profile.gone]\nallow_empty_project = true",
            "--yes -P gone",
        ),
    ] {
        let (sandbox, folder) = emptied(settings);
        let ended = run(&sandbox, &folder, &format!("{words} --message-format json")).expect(0);
        assert_eq!(
            ended.report()["projects"][0]["diff"]["delete"],
            2,
            "{settings}"
        );
    }
    let sandbox = counting();
    let folder = Folder::of(&["shop"]).checks("shop", 2);
    against(&sandbox, &folder, "--yes").run().expect(0);
    let folder = folder
        .checks("shop", 0)
        .with("[defaults]\nallow_empty_project = true");
    against(&sandbox, &folder, "validate").run().expect(0);
    says(
        &against(&sandbox, &folder, "--yes").run().expect(0),
        "2 deleted",
    );
}

#[test]
fn an_empty_project_can_be_destroyed() {
    let (sandbox, folder) = emptied("");
    run(&sandbox, &folder, "destroy --yes").expect(0);
    let folder = Folder::of(&["shop"]).checks("shop", 0);
    against(&sandbox, &folder, "destroy --yes").run().expect(0);
}

#[test]
fn other_projects_are_deployed_and_the_exit_code_is_1() {
    let (sandbox, folder) = emptied("");
    let other = Folder::of(&["blog"]);
    folder.write("blog.json", &other.read("blog.json"));
    let both = format!(
        "{}[[project]]\nname = \"blog\"\nbundle = \"blog.json\"\n",
        folder.read("projects.toml")
    );
    folder.write("projects.toml", &both);
    let ended = run(&sandbox, &folder, "--yes --message-format json").expect(1);
    assert_eq!(
        results(&ended.report()),
        ["shop failed empty_project", "blog succeeded -"]
    );
}

/// The warnings of a deployment of `shop` with `now` checks after one with `before`.
fn warnings(before: usize, now: usize) -> Vec<Value> {
    let (sandbox, state) = (counting(), Folder::empty());
    let deploy = |checks| {
        let folder = Folder::of(&["shop"]).checks("shop", checks);
        let words = "--yes --message-format json";
        let program = against(&sandbox, &folder, words);
        let program = program.env("ORCHESTRATE_STATE_DIR", state.path());
        program.run().expect(0)
    };
    assert!(!deploy(before).out.contains("run.warning"));
    let events = deploy(now).events();
    let warnings = events
        .into_iter()
        .filter(|event| event["type"] == "run.warning");
    warnings
        .map(|event| event["data"]["message"].clone())
        .collect()
}

#[test]
fn a_much_smaller_bundle_is_a_warning() {
    let told = "shop: its bundle has 4 resources; the last one deployed from this machine had 9";
    assert_eq!(warnings(9, 4), [told]);
    // Half of them, or a few, may be intended.
    assert!(warnings(10, 5).is_empty());
    assert!(warnings(5, 1).is_empty());
    assert!(warnings(4, 9).is_empty());
}
