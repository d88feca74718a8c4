//! Bundles that refer to uploads: their keys differ every time, their content may not.

use super::api::Sandbox;
use super::bundling::{shop, within};
use super::folder::Folder;
use super::guard::says;
use super::program::{Ended, results};
use serde_json::Value;

/// Uploads the files of `code`, and a picture, and writes a bundle that refers to them by new keys.
const CLI: &str = r#"
for word; do case $word in --debug-bundle-output-file=*) bundle=${word#*=}; esac; done
echo made >>../made
n=$(($(wc -l <../made)))
mkdir "$TMPDIR/cli-$n"
tar -czf "$TMPDIR/cli-$n/playwright-project.tar.gz" code
printf '{"project":{"logicalId":"shop","name":"Shop"},"sharedFiles":[],"resources":[
  {"type":"check","logicalId":"suite","member":true,"payload":{"checkType":"PLAYWRIGHT","codeBundlePath":"key-of-code-%s"}},
  {"type":"check","logicalId":"home","member":true,"payload":{"checkType":"BROWSER","snapshots":[
    {"key":"key-of-picture-%s","path":"shop/home.png"}]}}]}' $n $n >"$bundle"
"#;

/// A project with a suite and a snapshot.
fn suite(settings: &str) -> (Sandbox, Folder) {
    let folder = shop(CLI, settings);
    folder.write("shop/code/a.spec.ts", "test('a')");
    folder.write("shop/home.png", "a picture");
    folder.write("made", "");
    (Sandbox::start(0.05), folder)
}

fn run(sandbox: &Sandbox, folder: &Folder, words: &str) -> Ended {
    let program = within(folder, words)
        .without("CHECKLY_API_KEY")
        .env("CHECKLY_API_KEY", "key-1")
        .env("ORCHESTRATE_CACHE_DIR", folder.file("cache"))
        .env("ORCHESTRATE_STATE_DIR", folder.file("state"));
    program.arg("--api-url").arg(&sandbox.url).run()
}

/// The number of times that the project was bundled.
fn made(folder: &Folder) -> usize {
    folder.read("made").lines().count()
}

#[test]
fn a_plan_with_uploads_is_deployed_until_a_file_changes() {
    let (sandbox, folder) = suite("");
    run(&sandbox, &folder, "preview --out plan.json").expect(0);
    // The same content, written later.
    folder.write("shop/code/a.spec.ts", "test('a')");
    run(&sandbox, &folder, "deploy --plan plan.json").expect(0);
    folder.write("shop/code/a.spec.ts", "test('b')");
    let ended = run(&sandbox, &folder, "deploy --plan plan.json").expect(1);
    says(&ended, "\n  shop: its bundle changed from ");
    folder.write("shop/code/a.spec.ts", "test('a')");
    folder.write("shop/home.png", "another picture");
    run(&sandbox, &folder, "deploy --plan plan.json").expect(1);
    folder.write("shop/home.png", "a picture");
    run(&sandbox, &folder, "deploy --plan plan.json").expect(0);
}

#[test]
fn uploads_by_another_command_have_unknown_content() {
    let (sandbox, folder) =
        suite("bundle_command = ['sh', 'make.sh', '--debug-bundle-output-file={bundle}']");
    folder.write("shop/make.sh", CLI);
    run(&sandbox, &folder, "preview --out plan.json").expect(0);
    let ended = run(&sandbox, &folder, "deploy --plan plan.json").expect(1);
    says(&ended, "\n  shop: its bundle changed from ");
}

#[test]
fn unchanged_uploads_are_neither_rebundled_nor_sent() {
    let (sandbox, folder) = suite("cache = true\ninputs = ['shop/**']");
    let deploy = |flags: &str| {
        let words = format!("--yes --message-format json {flags}");
        let ended = run(&sandbox, &folder, &words).expect(0);
        let bundled = ended
            .events()
            .into_iter()
            .find(|event| event["type"] == "project.bundled");
        (
            results(&ended.report()).remove(0),
            bundled.unwrap()["data"]["cached"] == true,
        )
    };
    let (deployed, unchanged) = ("shop succeeded -".to_owned(), "shop unchanged -".to_owned());
    assert_eq!(deploy("--skip-unchanged"), (deployed.clone(), false));
    assert_eq!(deploy("--skip-unchanged"), (unchanged.clone(), true));
    assert_eq!(made(&folder), 1);
    // The server may have removed the files, so they are uploaded again before a deployment.
    assert_eq!(deploy(""), (deployed.clone(), false));
    run(&sandbox, &folder, "preview").expect(0);
    assert_eq!(made(&folder), 3);
    // Even without the cache.
    assert_eq!(deploy("--skip-unchanged --no-cache"), (unchanged, false));
    folder.write("shop/home.png", "another picture");
    assert_eq!(deploy("--skip-unchanged"), (deployed, false));
    for kept in std::fs::read_dir(folder.file("cache/bundles")).unwrap() {
        let kept = std::fs::read_to_string(kept.unwrap().path()).unwrap();
        let kept: Value = serde_json::from_str(&kept).unwrap();
        assert!(kept.to_string().contains("\"sha256:"), "{kept}");
        assert!(
            !kept.to_string().contains("key-of-"),
            "what is kept cannot be sent"
        );
    }
}
