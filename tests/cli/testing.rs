//! The gate in the real program. Sandboxes run no checks; with the variable that Checkly's developers set for a local API,
//! tests run anyway, by a script that stands in for the Checkly CLI.

use super::api::Sandbox;
use super::bundling::{BUNDLE, nothing_is_left, shop, within};
use super::folder::Folder;
use super::program::{Program, results};

fn tested(test: &str) -> Folder {
    let script = format!(
        "for word; do case $word in --debug-bundle-output-file=*) file=${{word#*=}}; esac; done
         case $1 in
           test) touch ../tested; {test} ;;
           *) echo '{BUNDLE}' >\"$file\" ;;
         esac"
    );
    shop(&script, "test = true")
}

fn deploy(sandbox: &Sandbox, folder: &Folder) -> Program {
    within(
        folder,
        "--yes --message-format json --report-file x.md --api-url",
    )
    .arg(&sandbox.url)
}

fn gated(sandbox: &Sandbox, folder: &Folder) -> Program {
    deploy(sandbox, folder).env("CHECKLY_MQTT_URL", "wss://127.0.0.1:9")
}

const REPORT: &str = "cat >$CHECKLY_REPORTER_GITHUB_OUTPUT <<END
# Checkly Test Session Summary
Ran **1** checks in **eu-west-1**.
[View detailed test session summary](https://chkly.link/l/abc)
|Result|Name|Check Type|Filename|Duration|Link|
|:-|:-|:-|:-|:-|:-|
|❌ Fail|Checkout of @acme <b>|BROWSER|\\`checkout.check.ts\\`|2s |[Full test report](https://chkly.link/l/def)|
END
";

#[test]
fn failed_tests_are_shown_and_included_in_the_report() {
    let sandbox = Sandbox::start(0.05);
    let folder = tested(&format!("{REPORT}echo the key is $CHECKLY_API_KEY; exit 1"));
    let ended = gated(&sandbox, &folder).run().expect(1);
    assert_eq!(results(&ended.report()), ["shop failed test_failed"]);
    assert!(
        ended.err.contains("running its test suite"),
        "{}",
        ended.err
    );
    let (_, summary) = ended.err.split_once("\n\n").unwrap();
    let (summary, _) = summary.rsplit_once("\n\n").unwrap();
    insta::assert_snapshot!(summary, @r"
    ✗ shop failed
        why         its test suite failed; nothing was sent
        error       its test suite ended with exit code 1
        output      the key is ***
        next        fix the failing checks, then resume the run; `deploy --no-tests`
                    skips the test suites
    ");
    let page = folder.read("x.md");
    let (_, page) = page.split_once("\n| project").unwrap();
    let (_, page) = page.split_once("\n\n").unwrap();
    insta::assert_snapshot!(page, @r"
    <details>
    <summary>1 test report</summary>

    ### `shop`

    Ran **1** checks in **eu-west-1**.
    [View detailed test session summary](https://chkly.link/l/abc)
    |Result|Name|Check Type|Filename|Duration|Link|
    |:-|:-|:-|:-|:-|:-|
    |❌ Fail|Checkout of &#64;acme &lt;b>|BROWSER|`checkout.check.ts`|2s |[Full test report](https://chkly.link/l/def)|

    </details>
    ");
    nothing_is_left(&folder);
}

#[test]
fn no_tests_and_sandboxes_skip_tests() {
    let sandbox = Sandbox::start(0.05);
    let folder = tested("exit 1");
    let said = "Skipping tests:";
    let ended = deploy(&sandbox, &folder).run().expect(0);
    assert!(ended.err.contains(said), "{}", ended.err);
    let ended = within(&folder, "--sandbox --time-scale 0.05")
        .run()
        .expect(0);
    assert!(ended.err.contains(said), "{}", ended.err);
    assert!(!ended.err.contains("Skipping hooks"), "{}", ended.err);
    let ended = gated(&sandbox, &folder).arg("--no-tests").run().expect(0);
    assert!(!ended.err.contains(said), "{}", ended.err);
    assert!(!folder.file("tested").exists());
    gated(&sandbox, &folder).arg("--no-hooks").run().expect(1);
    assert!(folder.file("tested").exists());
}
