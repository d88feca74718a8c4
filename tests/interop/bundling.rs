//! Bundling directories with the real CLI: the example's bundles, and the errors of broken projects.

use super::INSTALLATION;
use super::body::Body;
use super::projects;
use super::rig::sandbox;
use super::scratch::{ACCOUNT, Scratch};
use orchestrate::internals::{
    Account, BundleOutput, Bundling, BundlingError, CancellationToken, Cause, Mode, Variables,
    Workers,
};
use orchestrate::internals::{Directory, Secret};
use orchestrate::internals::{inspect, inspect_with};
use orchestrate::{Sandbox, SandboxOptions};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const KEY: &str = "cu_0123456789abcdef0123456789abcdef";

/// Bundles on another thread, since the sandbox answers on this one. Without `url`, offline.
pub(crate) async fn bundle(
    folder: Directory,
    url: Option<&str>,
) -> Result<BundleOutput, BundlingError> {
    let url = url.map(str::to_owned);
    let made = tokio::task::spawn_blocking(move || {
        let key = Secret::new(KEY);
        let mode = url.as_deref().map_or(Mode::Offline, |api_url| {
            Mode::Online(Account {
                api_url,
                account_id: ACCOUNT,
                api_key: &key,
            })
        });
        let bundling = Bundling {
            directory: &folder,
            inherited: &inherited(),
            keys: &[],
            token: &CancellationToken::default(),
            workers: &Workers::new(1),
            is_repeated: false,
        };
        bundling.run(mode)
    });
    made.await.unwrap()
}

/// Variables of a careless caller, none of which may change a bundle.
fn inherited() -> Variables {
    let mut variables = Variables::from([("PATH".into(), INSTALLATION.search_path())]);
    variables.extend(std::env::var_os("HOME").map(|home| ("HOME".into(), home)));
    for (name, value) in [
        ("CHECKLY_ENV", "staging"),
        ("CHECKLY_SKIP_AUTH", "1"),
        ("CHECKLY_EMULATE_PW_TEST", "true"),
        ("CHECKLY_CONFIG_FILE", "no-such.config.ts"),
        ("CHECKLY_CLI_MODE", "agent"),
        ("HTTP_PROXY", "http://127.0.0.1:9"),
        ("FORCE_COLOR", "1"),
    ] {
        variables.insert(name.into(), value.into());
    }
    variables
}

fn folder(dir: impl AsRef<Path>) -> Directory {
    Directory {
        dir: dir.as_ref().to_owned(),
        config: None,
        cwd: None,
        command: None,
        env: [].into(),
        bundler: orchestrate::internals::BundlerKind::Process,
        timeout: Duration::from_secs(300),
        cache: false,
    }
}

/// A project of the example, in the scratch repository.
pub(crate) fn example(scratch: &Scratch, project: &projects::Project) -> Directory {
    let config = Path::new(&project.config);
    let variables = project.variables();
    Directory {
        env: variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
        ..folder(scratch.repo().join(config.parent().unwrap()))
    }
}

/// A bundle as a request body that can be compared.
pub(crate) fn body(bundle: &Path) -> Body {
    let mut whole: Value = serde_json::from_slice(&fs::read(bundle).unwrap()).unwrap();
    whole["repoInfo"] = Value::Null;
    Body::new(whole.to_string().as_bytes())
}

#[track_caller]
pub(crate) fn assert_same(name: &str, made: &Body, expected: &Body) {
    assert_eq!(made.project, expected.project, "{name}");
    assert_eq!(made.types, expected.types, "{name}");
    assert_eq!(made.shared_files, expected.shared_files, "{name}");
    assert_eq!(made.resources, expected.resources, "{name}");
}

#[actix::test]
async fn offline_the_bundle_lacks_empty_lists_of_snapshots_and_the_places_of_resources_and_nothing_else()
 {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Bundle"));
    for project in projects::all() {
        let [online, offline] =
            [Some(sandbox.url()), None].map(|url| bundle(example(&scratch, &project), url));
        let mut online = body(online.await.unwrap().bundle());
        let offline = body(offline.await.unwrap().bundle());
        for resource in online.resources.values_mut() {
            let place = resource.as_object_mut().unwrap().remove("sourceFile");
            assert_eq!(place.is_some(), INSTALLATION.is_our_version, "{resource}");
            let payload = resource["payload"].as_object_mut();
            let snapshots = payload.and_then(|payload| payload.remove("snapshots"));
            assert!(snapshots.is_none_or(|snapshots| snapshots == json!([])));
        }
        assert_same(&project.name, &offline, &online);
    }
}

/// A project of these files, in the scratch repository. Bundling it fails online and offline, with these messages.
async fn fails(files: &[(&str, &str)]) -> [BundlingError; 2] {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Break"));
    let dir = scratch.repo().join("broken");
    fs::create_dir(&dir).unwrap();
    for (name, content) in files {
        fs::write(dir.join(name), content).unwrap();
    }
    let online = bundle(folder(&dir), Some(sandbox.url())).await;
    let offline = bundle(folder(&dir), None).await;
    let names: Vec<_> = fs::read_dir(&dir).unwrap().collect();
    assert_eq!(names.len(), files.len(), "the CLI wrote into the directory");
    [online, offline].map(|made| made.unwrap_err())
}

const CONFIG: (&str, &str) = (
    "checkly.config.ts",
    "import { defineConfig } from 'checkly'
     console.log('{')
     export default defineConfig({ projectName: 'P', logicalId: 'p', checks: { checkMatch: '**/*.check.ts' } })",
);

#[actix::test]
async fn a_mistake_in_a_check_is_reported_with_its_position() {
    let check = "import { ApiCheck } from 'checkly/constructs'\nnew ApiCheck('a', { name: ?? })\n";
    for error in fails(&[CONFIG, ("a.check.ts", check)]).await {
        let output = error.output().unwrap();
        assert!(output.contains("broken/a.check.ts:2:"), "{output}");
    }
}

#[actix::test]
async fn a_value_that_the_cli_rejects_is_reported() {
    let check = "import { ApiCheck } from 'checkly/constructs'\nnew ApiCheck('a', { name: 'A', degradedResponseTime: 999999, \
                 request: { method: 'GET', url: 'https://shop.example' } })\n";
    let [online, offline] = fails(&[CONFIG, ("a.check.ts", check)]).await;
    for error in [online, offline] {
        assert!(matches!(error.cause(), Cause::Invalid(_)), "{error}");
        let headline = error.to_string();
        assert!(headline.contains("must be 30000 or lower"), "{headline}");
        let output = error.output().unwrap();
        assert!(output.contains("degradedResponseTime"), "{output}");
    }
}

#[actix::test]
async fn the_cause_of_a_playwright_configuration_that_cannot_be_loaded_is_the_headline() {
    let check = "import { PlaywrightCheck } from 'checkly/constructs'\nfor (const id of ['a', 'b'])\n  new PlaywrightCheck(id, \
                 { name: id, playwrightConfigPath: './playwright.config.ts' })\n";
    let config = "export default { reporter: reporters() }\nfunction reporters() { return [[require('not-installed')]] }\n";
    let files = [
        CONFIG,
        ("a.check.ts", check),
        ("playwright.config.ts", config),
    ];
    for error in fails(&files).await {
        let headline = error.to_string();
        let expected = "[PlaywrightCheck:a] Error: Cannot find module 'not-installed' (playwright.config.ts:2:32) \
                        (and 1 more)";
        assert!(headline.ends_with(expected), "{headline}");
        let output = error.output().unwrap();
        assert!(output.contains("playwright.config.ts:2:"), "{output}");
        assert!(!output.contains("node_modules"), "{output}");
    }
}

#[actix::test]
async fn a_configuration_that_throws_is_reported_with_its_position() {
    for error in fails(&[("checkly.config.ts", "throw new Error('no database')\n")]).await {
        let output = error.output().unwrap();
        assert!(error.to_string().ends_with("Error: no database"), "{error}");
        assert!(output.contains("Error: no database"), "{output}");
        assert!(output.contains("broken/checkly.config.ts"), "{output}");
        assert!(!output.contains("node_modules"), "{output}");
    }
}

#[actix::test]
async fn offline_a_runtime_newer_than_the_cli_is_not_an_error() {
    let scratch = Scratch::new("Bundle");
    let dir = scratch.repo().join("newer");
    fs::create_dir(&dir).unwrap();
    let check = "import { BrowserCheck } from 'checkly/constructs'\nnew BrowserCheck('b', { name: 'B', runtimeId: '2099.01', \
                 code: { content: 'const x = 1' } })\n";
    for (name, content) in [CONFIG, ("b.check.ts", check)] {
        fs::write(dir.join(name), content).unwrap();
    }
    let made = bundle(folder(&dir), None).await.unwrap();
    let note = &made.notes()[0].message;
    assert!(
        note.starts_with("Checkly CLI ") && note.contains(" does not know runtime 2099.01: "),
        "{note}"
    );
    let made = body(made.bundle());
    assert_eq!(made.resources["check b"]["payload"]["runtimeId"], "2099.01");
}

#[actix::test]
async fn no_second_playwright_configuration_is_written() {
    for error in fails(&[("playwright.config.ts", "export default {}\n")]).await {
        assert!(
            matches!(error.cause(), Cause::NoConfiguration { .. }),
            "{error}"
        );
    }
}

#[actix::test]
async fn a_private_location_slug_is_resolved_by_the_account() {
    let check = "import { ApiCheck } from 'checkly/constructs'\nnew ApiCheck('a', { name: 'A', privateLocations: ['cellar'], \
                 request: { method: 'GET', url: 'https://shop.example' } })\n";
    let [online, offline] = fails(&[CONFIG, ("a.check.ts", check)]).await;
    assert!(
        matches!(offline.cause(), Cause::PrivateLocation(slug) if slug == "cellar"),
        "{offline}"
    );
    // The sandbox has no private location either.
    assert!(online.output().unwrap().contains("cellar"), "{online}");
}

#[actix::test]
async fn an_unreachable_api_is_not_the_projects_fault() {
    let scratch = Scratch::new("Bundle");
    let folder = example(&scratch, &projects::named("status-page"));
    let error = bundle(folder, Some("http://127.0.0.1:9"))
        .await
        .unwrap_err();
    assert!(
        matches!(error.cause(), Cause::Unreachable),
        "{error}: {:?}",
        error.output()
    );
}

/// The test of the suite in `pictures`.
const SPEC: &str = "import { test } from '@playwright/test'\ntest('home', async () => {})\n";

/// The snapshot of a browser check in `pictures`.
const PICTURE: &str = "home.spec.ts-snapshots/home.png";

/// A project with a Playwright suite, and a browser check with a snapshot.
fn pictures(scratch: &Scratch) -> PathBuf {
    let dir = scratch.repo().join("pictures");
    fs::create_dir_all(dir.join("home.spec.ts-snapshots")).unwrap();
    let check = "import { BrowserCheck, PlaywrightCheck } from 'checkly/constructs'
        new BrowserCheck('home', { name: 'Home', code: { entrypoint: './home.spec.ts' } })
        new PlaywrightCheck('suite', { name: 'Suite', playwrightConfigPath: './playwright.config.ts' })";
    for (name, content) in [
        CONFIG,
        ("pictures.check.ts", check),
        ("home.spec.ts", SPEC),
        ("playwright.config.ts", "export default { testDir: '.' }\n"),
        (PICTURE, "a picture"),
    ] {
        fs::write(dir.join(name), content).unwrap();
    }
    dir
}

#[actix::test]
async fn uploads_are_identified_by_content() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Bundle"));
    let dir = pictures(&scratch);
    let digests = async || {
        let made = bundle(folder(&dir), Some(sandbox.url())).await.unwrap();
        let by_key = inspect(made.bundle()).unwrap();
        let contents = made.contents(&by_key.uploads);
        assert_eq!((by_key.uploads.len(), contents.len()), (2, 2));
        let by_content = inspect_with(made.bundle(), &contents).unwrap();
        (by_key.facts.sha256, by_content.facts.sha256)
    };
    let (first_key, first) = digests().await;
    // As in another checkout, only the files' times differ.
    fs::write(dir.join("home.spec.ts"), SPEC).unwrap();
    fs::write(dir.join(PICTURE), "a picture").unwrap();
    let (second_key, second) = digests().await;
    assert_ne!(first_key, second_key, "each upload has another key");
    assert_eq!(first, second);
    fs::write(dir.join(PICTURE), "another one").unwrap();
    let (_, picture) = digests().await;
    assert_ne!(picture, second);
    fs::write(
        dir.join("home.spec.ts"),
        SPEC.replace("'home'", "'front page'"),
    )
    .unwrap();
    let (_, code) = digests().await;
    assert_ne!(code, picture);
}

#[actix::test]
async fn a_plan_with_a_suite_and_a_snapshot_is_deployed_until_one_of_their_files_changes() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Bundle"));
    let dir = pictures(&scratch);
    let manifest = scratch.repo().join("pictures.toml");
    fs::write(manifest, "[[project]]\npath = \"pictures\"\n").unwrap();
    let run = async |words: &[&str], code| {
        let words = [words, &["--config", "pictures.toml"]].concat();
        let ended = scratch.orchestrate(sandbox.url(), &words).await;
        ended.expect(code).stderr
    };
    let plan = ["preview", "--out", "plan.json"];
    let deploy = ["deploy", "--plan", "plan.json"];
    run(&plan, 0).await;
    run(&deploy, 0).await;
    for changed in ["home.spec.ts", PICTURE] {
        run(&plan, 0).await;
        let content = fs::read_to_string(dir.join(changed)).unwrap();
        fs::write(dir.join(changed), content.clone() + "\n").unwrap();
        let told = run(&deploy, 1).await;
        assert!(
            told.contains("pictures: its bundle changed from "),
            "{told}"
        );
        fs::write(dir.join(changed), content).unwrap();
        run(&deploy, 0).await;
    }
}

#[actix::test]
async fn required_uploads_happen_online_and_are_named_offline() {
    let (sandbox, scratch) = (sandbox(0.0), Scratch::new("Bundle"));
    let dir = pictures(&scratch);
    let error = bundle(folder(&dir), None).await.unwrap_err();
    assert!(
        matches!(error.cause(), Cause::NeedsUpload(checks) if checks == &["home", "suite"]),
        "{error}: {:?}",
        error.output()
    );
    let made = bundle(folder(&dir), Some(sandbox.url())).await.unwrap();
    let made = body(made.bundle());
    let snapshots = &made.resources["check home"]["payload"]["snapshots"];
    assert_eq!(
        snapshots[0]["path"],
        "pictures/home.spec.ts-snapshots/home.png"
    );
    assert!(snapshots[0]["key"].is_string());
    let code = made.resources["check suite"]["payload"]["codeBundlePath"].as_str();
    assert!(
        code.is_some_and(|key| !key.contains("playwright-project.tar.gz")),
        "{code:?}"
    );
}

#[actix::test]
async fn refused_credentials_are_reported_with_their_account() {
    let script = "[[rule]]\non = \"other\"\nfault.status.code = 401\n";
    let options = SandboxOptions {
        script: script.parse().unwrap(),
        ..SandboxOptions::default()
    };
    let (sandbox, scratch) = (Sandbox::start(options).unwrap(), Scratch::new("Bundle"));
    let folder = example(&scratch, &projects::named("status-page"));
    let error = bundle(folder, Some(sandbox.url())).await.unwrap_err();
    assert!(
        matches!(error.cause(), Cause::Credentials(account) if account == ACCOUNT),
        "{error}"
    );
    assert!(
        !error.output().unwrap().contains(&KEY[KEY.len() - 4..]),
        "{error:?}"
    );
}
