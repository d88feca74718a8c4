//! Small repositories modeled after public ones, in `repositories/`. In each, the CLI runs as its users run it, then
//! `orchestrate`, each against its own sandbox. Both must end as `expected.toml` says, and deploy the same.
//!
//! A new repository needs no Rust: a directory with an `expected.toml` is one. `REPOSITORY=NAME` runs only that one;
//! `REPOSITORIES=half` runs every other one; each then runs with one of the two versions of the CLI.

use super::body::Body;
use super::request::assert_same_body;
use super::rig::sandbox;
use super::scratch::{Ended, Scratch};
use futures::{FutureExt as _, StreamExt as _, stream};
use orchestrate::Sandbox;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

/// The contents of `expected.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Commands before either side starts.
    #[serde(default)]
    prepare: Vec<String>,
    /// What users of the CLI run, in order.
    cli: Vec<Step>,
    /// What users of `orchestrate` run instead.
    orchestrate: Vec<Step>,
    /// The logical ids of the projects that each side deploys, once per deployment.
    deployed: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// A shell command line, run in the repository's root.
    run: String,
    #[serde(default)]
    exit_code: i32,
    /// What its output contains; whitespace is collapsed.
    #[serde(default)]
    prints: Vec<String>,
    /// What its output does not contain.
    #[serde(default)]
    never_prints: Vec<String>,
}

#[actix::test]
async fn the_cli_and_orchestrate_do_the_same_in_every_repository() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let failed: Vec<Option<String>> = stream::iter(repositories())
        .map(fails)
        .buffer_unordered(cores)
        .collect()
        .await;
    let failed: Vec<_> = failed.into_iter().flatten().collect();
    assert!(failed.is_empty(), "see above: {failed:?}");
}

/// The name of the repository, if the two sides differ in it.
async fn fails(dir: PathBuf) -> Option<String> {
    let name = dir.file_name()?.to_string_lossy().into_owned();
    let run = AssertUnwindSafe(both(&name, &dir)).catch_unwind();
    run.await.is_err().then_some(name)
}

/// Where each side runs.
fn repositories() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/repositories");
    let mut found: Vec<_> = match std::env::var("REPOSITORY") {
        Ok(name) => vec![all.join(name)],
        Err(_) => fs::read_dir(all)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect(),
    };
    found.sort();
    if std::env::var("REPOSITORIES").is_ok_and(|which| which == "half") {
        let mut nth = usize::from(super::INSTALLATION.is_our_version);
        found.retain(|_| {
            nth += 1;
            nth.is_multiple_of(2)
        });
    }
    assert!(!found.is_empty());
    found
}

/// Runs the CLI, then `orchestrate`, and compares.
async fn both(name: &str, dir: &Path) {
    let text = fs::read_to_string(dir.join("expected.toml")).unwrap();
    let expected: Expected =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    // Both must find `.env`.
    let scratch = Scratch::of(dir, "Watch the shop").set("CHECKLY_NO_DOTENV", "0");
    // From Node.js 22.1 on, the CLI is compiled once, not at each start.
    let scratch = scratch.set("NODE_COMPILE_CACHE", env!("CARGO_TARGET_TMPDIR"));
    let nothing_is_asked = sandbox(0.0);
    for run in &expected.prepare {
        shell(&scratch, &nothing_is_asked, "$PATH", run)
            .await
            .expect(0);
    }
    let mut deployments = vec![];
    // The CLI runs as in a script of `package.json`, with the programs of packages in `PATH`: `npx` costs a second each
    // time. The `node` that is installed next to it is for `orchestrate` to find.
    let sides = [
        ("$PATH", &expected.cli),
        ("${PATH#*:}", &expected.orchestrate),
    ];
    for (path, steps) in sides {
        let sandbox = sandbox(0.0);
        for Step {
            run,
            exit_code,
            prints,
            never_prints,
        } in steps
        {
            let ended = shell(&scratch, &sandbox, path, run).await;
            let all = format!("{}\n{}", ended.stdout, ended.stderr);
            assert_eq!(ended.code, Some(*exit_code), "{name}: {run}\n{all}");
            let text = one_line(&all);
            for words in prints {
                assert!(
                    text.contains(&one_line(words)),
                    "{name}: {run}: no {words:?} in\n{all}"
                );
            }
            for words in never_prints {
                assert!(
                    !text.contains(&one_line(words)),
                    "{name}: {run}: {words:?} in\n{all}"
                );
            }
        }
        deployments.push(deployed(&sandbox));
        scratch.git(&["reset", "--quiet", "--hard"]);
        scratch.git(&["clean", "--quiet", "-d", "--force"]);
    }
    let [cli, ours] = &deployments[..] else {
        unreachable!()
    };
    for side in [cli, ours] {
        let mut names: Vec<_> = side
            .iter()
            .flat_map(|(name, bodies)| bodies.iter().map(move |_| name))
            .collect();
        let mut wanted: Vec<_> = expected.deployed.iter().collect();
        names.sort();
        wanted.sort();
        assert_eq!(names, wanted, "{name}: what was deployed");
    }
    for (project, bodies) in cli {
        for (cli, ours) in bodies.iter().zip(&ours[project]) {
            assert_same_body(&format!("{name}: {project}"), cli, ours);
        }
    }
}

/// Runs a shell command line, with `path` and `orchestrate` in `PATH`.
async fn shell(scratch: &Scratch, sandbox: &Sandbox, path: &str, run: &str) -> Ended {
    let program = Path::new(env!("CARGO_BIN_EXE_orchestrate"));
    let line = format!("PATH={path}:{}; {run}", program.parent().unwrap().display());
    scratch
        .run("bash", sandbox.url(), &["-c", &line], &[])
        .await
}

/// The deployed projects by logical id, in order.
fn deployed(sandbox: &Sandbox) -> BTreeMap<String, Vec<Body>> {
    let mut deployed: BTreeMap<String, Vec<Body>> = BTreeMap::new();
    for request in sandbox.requests() {
        if request.path != "/v1/projects/deploy" || request.query.contains("dryRun=true") {
            continue;
        }
        let mut body = Body::new(without_ids(&request.body).as_bytes());
        for resource in body.resources.values_mut() {
            hide_keys(&mut resource["payload"]);
        }
        let name = body.project["logicalId"].as_str().unwrap().to_owned();
        deployed.entry(name).or_default().push(body);
    }
    deployed
}

/// Removes the ids of existing resources, which differ per account.
fn without_ids(body: &[u8]) -> String {
    let mut text = std::str::from_utf8(body).unwrap().to_owned();
    let body: serde_json::Value = serde_json::from_slice(body).unwrap();
    for resource in body["resources"].as_array().unwrap() {
        if let Some(id) = resource["physicalId"].as_str() {
            text = text.replace(id, "an id");
        }
    }
    text
}

/// Removes the keys of uploads, which are all different.
fn hide_keys(payload: &mut serde_json::Value) {
    if let Some(key) = payload.get_mut("codeBundlePath") {
        assert!(key.is_string(), "{key}");
        *key = "an upload".into();
    }
    let snapshots = payload.get_mut("snapshots");
    for snapshot in snapshots
        .and_then(serde_json::Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        assert!(snapshot["key"].is_string(), "{snapshot}");
        snapshot["key"] = "an upload".into();
    }
}

/// Removes what depends on the width of a terminal.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
