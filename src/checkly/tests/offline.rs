//! Bundling offline: the output of `checkly debug parse-project`, recorded from 8.23.2.

use super::*;

/// A CLI that prints this.
fn prints(text: &str) -> Project {
    let project = Project::new(r#"echo "$@" > arguments; cat printed"#);
    fs::write(project.directory.dir.join("printed"), text).unwrap();
    project
}

/// An output of the CLI with this payload.
pub(super) fn with_payload(payload: &str) -> String {
    format!(
        "{{\n  \"diagnostics\": {{\n    \"fatal\": false,\n    \"benign\": true,\n    \"observations\": []\n  }},\n  \"payload\": {payload}\n}}\n"
    )
}

const PAYLOAD: &str = r#"{"project": {"logicalId": "shop"}, "sharedFiles": [], "resources": []}"#;

#[test]
fn the_payload_is_used_as_printed() {
    let project = prints(&with_payload(PAYLOAD));
    let made = project.make_offline().unwrap();
    assert_eq!(fs::read_to_string(made.bundle()).unwrap(), PAYLOAD);
    let arguments = "debug parse-project --config=checkly.config.ts\n";
    assert_eq!(project.noted("arguments"), arguments);
}

#[test]
fn output_of_the_projects_own_code_is_skipped() {
    let noise = "loading {\n{\n  \"region\": \"eu\"\n}\n";
    let project = prints(&format!("{noise}{}bye\n", with_payload(PAYLOAD)));
    let made = project.make_offline().unwrap();
    assert_eq!(fs::read_to_string(made.bundle()).unwrap(), PAYLOAD);
}

#[test]
fn an_error_is_reported_in_the_clis_words() {
    let error = prints(
        r#"hello from config
{
  "errors": [
    {
      "name": "Error",
      "message": "Error loading file '/shop/a.check.ts'\nError: ParseError: Unexpected token  \n /shop/a.check.ts:2:42"
    }
  ]
}"#,
    );
    let error = error.make_offline().unwrap_err();
    insta::assert_snapshot!(error, @"Error: ParseError: Unexpected token (a.check.ts:2:42)");
    insta::assert_snapshot!(error.output().unwrap(), @r"
    Error: Error loading file '/shop/a.check.ts'
    Error: ParseError: Unexpected token
     /shop/a.check.ts:2:42
    ");
}

#[test]
fn the_fatal_diagnostics_are_reported() {
    let error = prints(
        r#"{
  "diagnostics": {
    "fatal": true,
    "benign": false,
    "observations": [
      { "title": "[Check:home] Old", "message": "Use a newer runtime.", "fatal": false, "benign": false },
      { "title": "[Check:home] Invalid property value", "message": "The value of 'frequency' is not valid.", "fatal": true, "benign": false }
    ]
  },
  "payload": null
}"#,
    );
    let error = error.make_offline().unwrap_err();
    assert!(matches!(error.cause(), Cause::Invalid(_)), "{error}");
    insta::assert_snapshot!(error.output().unwrap(), @r"
    [Check:home] Invalid property value

    The value of 'frequency' is not valid.
    ");
}

#[test]
fn a_private_location_of_the_account_is_recognized() {
    let error = prints(
        r#"{
  "errors": [
    {
      "name": "Error",
      "message": "ApiCheck 'a' is using a private-location 'my-loc' not found in your account. Please, review your configuration and try again."
    }
  ]
}"#,
    );
    let error = error.make_offline().unwrap_err();
    insta::assert_snapshot!(error, @"a check runs on the private location `my-loc`, which only the account knows");
    insta::assert_snapshot!(error.hint().unwrap(), @"bundle it with credentials; offline, only private locations that the project declares are known");
}

#[test]
fn checks_that_need_an_upload_are_named() {
    let check = |id: &str, payload: &str| {
        format!(r#"{{"logicalId": "{id}", "type": "check", "payload": {payload}}}"#)
    };
    let payload = |resources: &[String]| {
        let resources = resources.join(", ");
        with_payload(&format!(r#"{{"resources": [{resources}]}}"#))
    };
    // Relative to the root of the workspace, here the directory above the project's.
    let with = check("with", r#"{"scriptPath": "shop/with.spec.ts"}"#);
    let without = check("without", r#"{"scriptPath": "shop/without.spec.ts"}"#);
    let suite = check(
        "suite",
        r#"{"codeBundlePath": "/tmp/cli-1/playwright-project.tar.gz"}"#,
    );
    let reference = check("channel", "null");

    let project = prints(&payload(&[suite, with, without.clone(), reference.clone()]));
    let dir = &project.directory.dir;
    for script in ["with.spec.ts", "without.spec.ts"] {
        fs::write(dir.join(script), "").unwrap();
    }
    fs::create_dir_all(dir.join("with.spec.ts-snapshots/linux")).unwrap();
    fs::write(dir.join("with.spec.ts-snapshots/linux/home.png"), "").unwrap();
    fs::create_dir_all(dir.join("without.spec.ts-snapshots/empty")).unwrap();
    let error = project.make_offline().unwrap_err();
    insta::assert_snapshot!(error, @"the checks `suite` and `with` need uploaded files, which are not available offline");

    let sketch = project.make_in(Mode::ParseOnly(&[], None)).unwrap();
    let sketch = fs::read_to_string(sketch.bundle()).unwrap();
    assert!(
        sketch.contains("suite"),
        "to be looked at, it is enough: {sketch}"
    );

    let printed = payload(&[without, reference]);
    fs::write(dir.join("printed"), printed).unwrap();
    project.make_offline().unwrap();
}

#[test]
fn any_other_output_is_not_a_project() {
    for text in ["", "hello\n", "{\n  \"region\": \"eu\"\n}\n"] {
        let error = prints(text).make_offline().unwrap_err();
        assert!(
            matches!(error.cause(), Cause::Unreadable(_)),
            "{text}: {error}"
        );
    }
    let cut = with_payload(PAYLOAD);
    let error = prints(&cut[..cut.len() - 4]).make_offline().unwrap_err();
    insta::assert_snapshot!(error, @"the Checkly CLI 8.23.2 printed no readable project");
}

#[test]
fn a_runtime_that_the_cli_does_not_know_is_a_note_and_not_a_mistake() {
    let script = r#"
if [ -z "$ORCHESTRATE_RUNTIMES" ]; then cat refused; else
  echo "$ORCHESTRATE_RUNTIMES $NODE_OPTIONS" > told; cat "$TMPDIR/../preload.cjs" > preload; cat printed
fi"#;
    let mut project = Project::new(script);
    let refused = r#"{
  "diagnostics": {
    "observations": [
      { "title": "[BrowserCheck:b] Invalid property value", "message": "Not valid.\n\nReason: \"2026.04\" is not a known runtime.", "fatal": true }
    ]
  },
  "payload": null
}"#;
    fs::write(project.directory.dir.join("refused"), refused).unwrap();
    fs::write(project.directory.dir.join("printed"), with_payload(PAYLOAD)).unwrap();
    project.directory.env = [("NODE_OPTIONS".to_owned(), "--no-warnings".to_owned())].into();
    let made = project.make_offline().unwrap();
    assert_eq!(fs::read_to_string(made.bundle()).unwrap(), PAYLOAD);
    let notes: Vec<&str> = made.notes().iter().map(|note| &*note.message).collect();
    assert_eq!(
        notes,
        [
            "Checkly CLI 8.23.2 does not know runtime 2026.04: offline, checks on it are validated as on the newest runtime that the CLI knows"
        ]
    );
    let told = project.noted("told");
    assert!(
        told.starts_with("2026.04 --no-warnings --require \"/"),
        "{told}"
    );
    assert!(project.noted("preload").contains("runtimes\\.json"));

    // If that does not help, the CLI's own message is reported.
    fs::write(project.directory.dir.join("printed"), refused).unwrap();
    let error = project.make_offline().unwrap_err();
    assert!(matches!(error.cause(), Cause::Invalid(_)), "{error}");
}
