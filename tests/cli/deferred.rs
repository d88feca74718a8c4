//! A project whose bundling needs a resource of another project. A script stands in for the Checkly CLI and finds the private
//! location only after that project is deployed; for the real one, see `tests/interop/repositories/private-locations`.

use super::api::Sandbox;
use super::bundling::{shop, within};
use super::folder::{Folder, bundle};
use super::program::{Ended, Program, results};

/// Prints the real CLI's error about a missing private location, online and offline; `runs` counts the online ones.
const SCRIPT: &str = r#"
file= pretends=
for word; do case $word in
  --debug-bundle-output-file=*) file=${word#*=};;
  --inject-private-location=*:warehouse) pretends=yes;;
esac; done
lacks="ApiCheck 'home' is using a private-location 'warehouse' not found in your account. Please, review your configuration."
bundle=$(cat ../shop.json)
if [ "$1" = debug ]; then
  if [ "$pretends" ]; then printf '{\n"diagnostics":{"observations":[]},"payload":%s}\n' "$bundle"
  else printf '{\n"errors":[{"name":"Error","message":"%s"}]}\n' "$lacks"; fi
  exit
fi
echo run >> ../runs
[ -e ../deployed ] && [ "$(wc -l <../runs)" -gt 1 ] || { echo "    Error: $lacks" >&2; exit 1; }
echo "$bundle" > "$file"
"#;

/// `shop` needs `base`, whose `post` hook tells the script that it is deployed.
fn needing(settings: &str) -> Folder {
    let folder = shop(
        SCRIPT,
        &format!(
            "depends_on = [\"base\"]\n{settings}\n[[project]]\nname = \"base\"\nbundle = \"base.json\"\n\
             hooks.post = [\"touch\", \"{{here}}deployed\"]\n"
        ),
    );
    let here = format!("{}/", folder.path().display());
    let manifest = folder.read("projects.toml").replace("{here}", &here);
    folder.write("projects.toml", &manifest);
    for name in ["base", "shop"] {
        folder.write(&format!("{name}.json"), &bundle(name, 1).to_string());
    }
    folder
}

fn against(sandbox: &Sandbox, folder: &Folder, words: &str) -> Program {
    within(folder, words).arg("--api-url").arg(&sandbox.url)
}

fn bundlings(folder: &Folder) -> usize {
    folder.read("runs").lines().count()
}

/// The types of the bundling events.
fn course(ended: &Ended) -> Vec<String> {
    let events = ended.events();
    let of_shop = events.iter().filter(|event| event["project"] == "shop");
    let kinds = of_shop.map(|event| event["type"].as_str().unwrap().to_owned());
    kinds
        .filter(|kind| kind.contains("bundl") || kind.ends_with("deferred"))
        .collect()
}

#[test]
fn on_a_new_account_a_project_is_bundled_again_after_its_dependency() {
    for settings in ["", "logical_id = \"shop\""] {
        let (sandbox, folder) = (Sandbox::start(0.05), needing(settings));
        let ended = against(&sandbox, &folder, "--yes --message-format json");
        let ended = ended.run().expect(0);
        assert_eq!(
            results(&ended.report()),
            ["shop succeeded -", "base succeeded -"]
        );
        assert_eq!(
            course(&ended),
            [
                "project.bundling",
                "project.deferred",
                "project.bundling",
                "project.bundled"
            ]
        );
        assert_eq!(bundlings(&folder), 2);
        // Without a logical id, `base` waits for it; otherwise, it may already be deployed.
        let says = match settings {
            "" => "shop  bundling again after base: a check runs on the private location\n",
            _ => "shop  bundling again",
        };
        assert!(ended.err.contains(says), "{}", ended.err);
    }
}

#[test]
fn on_a_new_account_an_incomplete_preview_does_not_stop_the_deployment() {
    let (sandbox, folder) = (Sandbox::start(0.05), needing(""));
    against(&sandbox, &folder, "deploy").run().expect(0);
    assert_eq!(bundlings(&folder), 2, "one for the preview");
}

#[test]
fn an_existing_project_is_not_deployed_before_its_deletions_are_known() {
    let (sandbox, folder) = (Sandbox::start(0.05), needing(""));
    let manifest = "[[project]]\nname = \"shop\"\nbundle = \"shop.json\"\n";
    folder.write("old.toml", manifest);
    let old = against(&sandbox, &folder, "--yes --config old.toml");
    old.run().expect(0);
    let ended = against(&sandbox, &folder, "deploy").run().expect(1);
    let says = "error: nothing was deployed: the deletions of some projects are not known yet\n  \
                shop: known after deploying base\n";
    assert!(ended.err.contains(says), "{}", ended.err);
    assert_eq!(bundlings(&folder), 1);
    assert!(!folder.file("deployed").exists());
}

#[test]
fn an_incomplete_preview_is_shown_and_writes_no_plan() {
    let (sandbox, folder) = (Sandbox::start(0.05), needing(""));
    let ended = against(&sandbox, &folder, "preview").run().expect(0);
    assert!(
        ended.err.contains("shop      known after deploying base\n"),
        "{}",
        ended.err
    );
    let words = "preview --detailed-exitcode";
    against(&sandbox, &folder, words).run().expect(2);
    let words = "preview --out plan.json";
    let ended = against(&sandbox, &folder, words).run().expect(1);
    assert!(ended.err.contains("error: no plan was written"));
    assert!(!folder.file("plan.json").exists());
}

#[test]
fn bundling_that_fails_twice_is_not_tried_a_third_time() {
    let (sandbox, folder) = (Sandbox::start(0.05), needing(""));
    let manifest = folder
        .read("projects.toml")
        .replace("deployed\"]", "other\"]");
    folder.write("projects.toml", &manifest);
    let ended = against(&sandbox, &folder, "--yes --message-format json");
    let ended = ended.run().expect(1);
    assert_eq!(
        results(&ended.report()),
        ["shop failed bundling_failed", "base succeeded -"]
    );
    assert_eq!(bundlings(&folder), 2);
}

#[test]
fn a_failed_dependency_skips_its_dependent() {
    let (sandbox, folder) = (Sandbox::start(0.05), needing(""));
    let manifest = folder
        .read("projects.toml")
        .replace("\"touch\"", "\"false\"");
    folder.write("projects.toml", &manifest);
    let ended = against(&sandbox, &folder, "--yes --message-format json");
    let ended = ended.run().expect(1);
    assert_eq!(
        results(&ended.report()),
        ["shop skipped dependency_failed", "base failed post_hook"]
    );
    assert_eq!(bundlings(&folder), 1);
}
