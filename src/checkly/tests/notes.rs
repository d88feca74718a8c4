//! Notes from successful bundlings. The CLI's output is recorded from 9.5.0.

use super::*;
use crate::model::{Note, NoteSource};

const PROGRESS: &str = r#"Parsing your project... ✅

Validating project resources... ✅
"#;

const DEPRECATED: &str = r#"⚠ [CheckGroupV1:web] Use of deprecated Construct

  Construct "CheckGroup" is deprecated and will eventually be removed.
 
  Hint: Please update to CheckGroupV2 which has more intuitive behavior.

⚠ [CheckGroupV1:api] Use of deprecated Construct

  Construct "CheckGroup" is deprecated and will eventually be removed.
 
  Hint: Please update to CheckGroupV2 which has more intuitive behavior.

"#;

const UNSUPPORTED: &str = r#"⚠ Unsupported Node version

  You are using Node v20.11.0, which is not compatible with the Checkly CLI.

"#;

const DONE: &str = r#"
Bundling project resources... ✅

Uploading Playwright tests... ✅

Successfully wrote debug bundle to "/tmp/orch-1/bundle.json".
"#;

/// A project whose bundling prints this and succeeds.
fn project(stdout: &str, stderr: &str) -> Project {
    let project =
        Project::new(r#"cat stdout; cat stderr >&2; [ -z "$bundle" ] || echo '{}' > "$bundle""#);
    fs::write(project.directory.dir.join("stdout"), stdout).unwrap();
    fs::write(project.directory.dir.join("stderr"), stderr).unwrap();
    project
}

fn notes(stdout: &str, stderr: &str) -> Vec<Note> {
    project(stdout, stderr).make().unwrap().notes().to_vec()
}

fn note(source: NoteSource, message: &str, constructs: &[&str]) -> Note {
    Note {
        source,
        message: message.to_owned(),
        constructs: constructs.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn diagnostics_of_a_bundled_project_are_noted_once_with_their_constructs() {
    let stdout = [UNSUPPORTED, PROGRESS, DEPRECATED, DONE].concat();
    let expected = [
        note(
            NoteSource::Cli,
            "Unsupported Node version: You are using Node v20.11.0, which is not compatible with the Checkly CLI.",
            &[],
        ),
        note(
            NoteSource::Cli,
            "Use of deprecated Construct: Construct \"CheckGroup\" is deprecated and will eventually be removed. Hint: Please \
             update to CheckGroupV2 which has more intuitive behavior.",
            &["CheckGroupV1:web", "CheckGroupV1:api"],
        ),
    ];
    assert_eq!(notes(&stdout, ""), expected);
}

#[test]
fn standard_error_of_the_project_is_noted_without_frames_of_packages() {
    let stderr =
        "cannot read the list: Error: ENOENT: no such file or directory, open 'no-such.json'
    at /acme/watts/s.check.ts:2:40
    at async Function.import (/acme/node_modules/jiti/dist/jiti.cjs:1:187718)
using defaults
";
    let message =
        "cannot read the list: Error: ENOENT: no such file or directory, open 'no-such.json'
    at /acme/watts/s.check.ts:2:40
using defaults";
    let stdout = [PROGRESS, "loading 3 urls\n", DONE].concat();
    let expected = [note(NoteSource::Project, message, &[])];
    assert_eq!(notes(&stdout, stderr), expected);
    let command = Project::with_command(
        "echo 'no list' >&2; echo '{}' > \"$ORCHESTRATE_BUNDLE_FILE\"",
        &["sh", "fake.sh"],
    );
    let expected = [note(NoteSource::Project, "no list", &[])];
    assert_eq!(command.make().unwrap().notes(), expected);
}

#[test]
fn the_clis_progress_is_not_a_note() {
    let stdout = [PROGRESS, DONE].concat();
    assert_eq!(notes(&stdout, ""), []);
}

#[test]
fn a_warning_of_node_is_noted_without_its_process_id_and_experimental_ones_are_not() {
    let stderr = "(node:4711) [DEP0040] DeprecationWarning: The `punycode` module is deprecated.
(Use `node --trace-deprecation ...` to show where the warning was created)
(node:4711) ExperimentalWarning: Type Stripping is an experimental feature
";
    let message = "Node.js: [DEP0040] DeprecationWarning: The `punycode` module is deprecated.";
    assert_eq!(notes("", stderr), [note(NoteSource::Cli, message, &[])]);
}

#[test]
fn offline_the_same_is_noted() {
    let project = project(
        r#"{
  "diagnostics": {
    "fatal": false,
    "benign": false,
    "observations": [
      { "title": "[CheckGroupV1:web] Use of deprecated Construct", "message": "Old.\n\nHint: New.", "fatal": false, "benign": false }
    ]
  },
  "payload": {"resources": []}
}"#,
        "no list\n",
    );
    let made = project.make_offline().unwrap();
    let expected = [
        note(
            NoteSource::Cli,
            "Use of deprecated Construct: Old. Hint: New.",
            &["CheckGroupV1:web"],
        ),
        note(NoteSource::Project, "no list", &[]),
    ];
    assert_eq!(made.notes(), expected);
}

#[test]
fn notes_are_limited_and_contain_no_secrets_or_escape_sequences() {
    let lines: String = (0..100)
        .map(|n| format!("{n} \u{1b}[31m{KEY}\u{7}\n"))
        .collect();
    let stdout: String = (0..100)
        .map(|n| format!("⚠ [A:{n}] {KEY} {n}\n\n  Old.\n\n"))
        .collect();
    let notes = notes(&stdout, &lines);
    assert_eq!(notes.len(), 21);
    assert_eq!(notes[0].message, "*** 0: Old.");
    let lines: Vec<&str> = notes[20].message.lines().collect();
    assert_eq!((lines.len(), lines[39]), (40, "99 ***"));
}
