//! The CLI's output about a project's mistakes, recorded from 9.5.0 and shortened.

use super::*;

fn fails(output: &str) -> BundlingError {
    let project = Project::new("cat output; exit 1");
    fs::write(project.directory.dir.join("output"), output).unwrap();
    project.make().unwrap_err()
}

/// The message, and the output below it.
fn told(error: &BundlingError) -> String {
    format!("{error}\n\n{}", error.output().unwrap_or("-"))
}

#[test]
fn the_headline_is_the_mistake_itself() {
    let error = fails(
        r#"Parsing your project... ✅

Validating project resources... ❌
⚠ [CheckGroupV1:g] Use of deprecated Construct

  Construct "CheckGroup" is deprecated and will eventually be removed.

✖ [BrowserCheck:b] Invalid property value

  The value provided for property "runtimeId" is not valid.
 
  Reason: "2026.04" is not a known runtime.

✖ [ApiCheck:home] Invalid property value

  The value provided for property "degradedResponseTime" is not valid.
 
  Reason: The value of "degradedResponseTime" must be less than or equal to
  "maxResponseTime".


✖ Unable to continue due to unresolved validation errors.

"#,
    );
    insta::assert_snapshot!(told(&error), @r#"
    [BrowserCheck:b] The value provided for property "runtimeId" is not valid. Reason: "2026.04" is not a known runtime. (and 1 more)

    [BrowserCheck:b] Invalid property value

    The value provided for property "runtimeId" is not valid.

    Reason: "2026.04" is not a known runtime.

    [ApiCheck:home] Invalid property value

    The value provided for property "degradedResponseTime" is not valid.

    Reason: The value of "degradedResponseTime" must be less than or equal to "maxResponseTime".
    "#);
    let config = fails(
        r#"
✖ [checkly.config.ts] Missing required property

  Property "logicalId" is required and must be set.
 
  Reason: Value must be a non-empty string.

✖ Your Checkly configuration file is not valid.

"#,
    );
    insta::assert_snapshot!(config, @r#"[checkly.config.ts] Property "logicalId" is required and must be set. Reason: Value must be a non-empty string."#);
}

/// A stack trace through packages, wrapped as by the CLI.
const WRAPPED: &str = r#"
✖ [PlaywrightCheck:one] Invalid property value

  The value provided for property "playwrightConfigPath" is not valid.
 
  Reason: Unable to parse Playwright config
  "/home/runner/work/acme/acme/web/playwright.config.ts": Error loading file
  '/home/runner/work/acme/acme/web/playwright.config.ts'
  Error: Cannot find module 'not-installed'
  Require stack:
  - /home/runner/work/acme/acme/web/playwright.config.ts
      at Function._resolveFilename (node:internal/modules/cjs/loader:1430:15)
      at jitiResolve
  (/home/runner/work/acme/acme/node_modules/jiti/dist/jiti.cjs:1:176713)
      at
  /home/runner/work/acme/acme/node_modules/jiti/dist/jiti.cjs:1:187397-and-more
      at reporters (/home/runner/work/acme/acme/web/playwright.config.ts:3:32)
      at async InitializedJitiFileLoaderState.loadFile
  (file:///home/runner/work/acme/acme/node_modules/checkly/dist/loader/jiti.js:53:35)
      at async Promise.all (index 0)


✖ Unable to continue due to unresolved validation errors.

"#;

#[test]
fn a_wrapped_stack_trace_does_not_hide_its_cause() {
    let error = fails(WRAPPED);
    insta::assert_snapshot!(told(&error), @r#"
    [PlaywrightCheck:one] Error: Cannot find module 'not-installed' (playwright.config.ts:3:32)

    [PlaywrightCheck:one] Invalid property value

    The value provided for property "playwrightConfigPath" is not valid.

    Reason: Unable to parse Playwright config "/home/runner/work/acme/acme/web/playwright.config.ts": Error loading file '/home/runner/work/acme/acme/web/playwright.config.ts'
    Error: Cannot find module 'not-installed'
    Require stack:
    - /home/runner/work/acme/acme/web/playwright.config.ts
        at reporters (/home/runner/work/acme/acme/web/playwright.config.ts:3:32)
        at async Promise.all (index 0)
    "#);
}

#[test]
fn offline_the_headline_is_the_same() {
    let reason = "Unable to parse\\nError: Cannot find module 'not-installed'\\n    at f (/x/node_modules/y.js:1:1)\\n    at g (/x/playwright.config.ts:3:32)";
    let printed = format!(
        r#"{{
  "diagnostics": {{
    "observations": [
      {{ "title": "[PlaywrightCheck:one] Invalid property value", "message": "Not valid.\n\nReason: {reason}", "fatal": true }}
    ]
  }},
  "payload": null
}}"#
    );
    let project = Project::new("cat printed");
    fs::write(project.directory.dir.join("printed"), printed).unwrap();
    let error = project.make_offline().unwrap_err();
    assert_eq!(error.to_string(), fails(WRAPPED).to_string());
}

#[test]
fn a_secret_in_a_truncated_or_wrapped_diagnostic_is_redacted() {
    let mut project = Project::new("cat output; exit 1");
    let secret = "one secret with spaces";
    project.directory.env = [("SHOP_PASSWORD".to_owned(), secret.to_owned())].into();
    let output = format!(
        "✖ [ApiCheck:home] {}\n\n  {} one\n  secret with spaces {secret}\n\n\n✖ Unable to continue due to unresolved \
         validation errors.\n",
        "x".repeat(170),
        "y".repeat(69)
    );
    fs::write(project.directory.dir.join("output"), output).unwrap();
    let online = project.make().unwrap_err();
    let printed = format!(
        "{{\n  \"errors\": [{{ \"name\": \"Error\", \"message\": \"{}{secret}\" }}]\n}}",
        "x".repeat(180)
    );
    fs::write(project.directory.dir.join("fake.sh"), "cat output").unwrap();
    fs::write(project.directory.dir.join("output"), printed).unwrap();
    let offline = project.make_offline().unwrap_err();
    for error in [online, offline] {
        assert!(matches!(error.cause(), Cause::Invalid(_)), "{error}");
        let text = told(&error);
        assert!(text.contains("***") && !text.contains("secret"), "{text}");
    }
}
