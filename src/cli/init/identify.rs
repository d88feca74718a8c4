//! Reads the names and logical ids of projects with their own Checkly CLI, offline.

use super::find::Found;
use super::inputs;
use super::text::{Finding, Identity, label};
use crate::checkly::{Bundling, BundlingError, CancellationToken, Cause, Workers};
use crate::model::{BundlerKind, Directory};
use crate::os_error::plain;
use crate::process::within;
use crate::ui::Counter;
use futures::{StreamExt, stream};
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// A CLI that takes longer to read a project hangs.
const LIMIT: Duration = Duration::from_mins(5);

/// The maximum length of a logical id in a manifest, and of a reason in a comment.
const LONGEST: usize = 200;

/// Reads every project, as many at the same time as there are cores. Dropping it stops it.
pub(super) async fn identify_all(
    dir: &Path,
    found: Vec<Found>,
    counter: Counter<impl Write>,
) -> Vec<Finding> {
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = Workers::new(at_once);
    let counter = RefCell::new(counter);
    let asked = stream::iter(found).map(|found| async {
        let identity = identify(dir, &found, workers.clone()).await;
        let files = identity
            .as_ref()
            .map_or(&[][..], |identity| &identity.files);
        let inputs = inputs::of(dir, &found.path, files);
        counter.borrow_mut().step(&label(&found));
        Finding {
            found,
            identity,
            inputs,
        }
    });
    asked.buffered(at_once).collect().await
}

async fn identify(base: &Path, found: &Found, workers: Workers) -> Result<Identity, String> {
    let (base, found) = (base.to_owned(), found.clone());
    let work = move |token: &CancellationToken| ask(&base, &found, token, &workers);
    within(LIMIT, CancellationToken::default(), work).await.0
}

fn ask(
    base: &Path,
    found: &Found,
    token: &CancellationToken,
    workers: &Workers,
) -> Result<Identity, String> {
    let directory = Directory {
        dir: base.join(&found.path),
        config: Some(found.config.as_str().into()),
        cwd: found.cwd.as_ref().map(|cwd| base.join(cwd)),
        command: None,
        env: BTreeMap::new(),
        bundler: BundlerKind::Shared,
        timeout: LIMIT,
        cache: false,
    };
    let variables = std::env::vars_os().collect();
    let bundling = Bundling {
        directory: &directory,
        inherited: &variables,
        keys: &[],
        token,
        workers,
        is_repeated: false,
    };
    let made = bundling
        .parse_only(None)
        .map_err(|error| why(&error, base))?;
    let bundle = std::fs::read(made.bundle()).map_err(|error| plain(&error))?;
    read(&bundle)
}

/// An error in one line, with paths relative to `base`.
fn why(error: &BundlingError, base: &Path) -> String {
    match error.cause() {
        Cause::NotInstalled { .. } => "the Checkly CLI is not installed".to_owned(),
        Cause::Stopped => format!("its Checkly CLI took longer than {} s", LIMIT.as_secs()),
        why => {
            let base = base.canonicalize().unwrap_or_default();
            let line = why.to_string().replace(&format!("{}/", base.display()), "");
            line.chars().take(LONGEST).collect()
        }
    }
}

/// Reads the identity of a project from its bundle.
fn read(bundle: &[u8]) -> Result<Identity, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Bundle {
        project: Project,
        #[serde(default)]
        shared_files: Vec<SharedFile>,
        #[serde(default)]
        resources: Vec<Resource>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Project {
        name: String,
        logical_id: String,
    }
    #[derive(Deserialize)]
    struct SharedFile {
        path: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Resource {
        logical_id: String,
        #[serde(rename = "type")]
        kind: String,
        payload: Option<Payload>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Payload {
        script_path: Option<String>,
    }
    let Bundle {
        project,
        shared_files,
        resources,
    } = serde_json::from_slice(bundle)
        .map_err(|error| format!("its Checkly CLI did not write a bundle: {error}"))?;
    let id = &project.logical_id;
    if id.is_empty()
        || id.trim() != id
        || id.contains(char::is_control)
        || id.chars().count() > LONGEST
    {
        return Err("its `logicalId` is not a single line of at most 200 characters".to_owned());
    }
    let shared = shared_files.into_iter().filter_map(|file| file.path);
    let name = |resource: &Resource| format!("{} {}", resource.kind, resource.logical_id);
    let names = resources.iter().map(name).collect();
    let scripts = resources
        .into_iter()
        .filter_map(|resource| resource.payload?.script_path);
    Ok(Identity {
        name: project.name,
        logical_id: project.logical_id,
        files: shared.chain(scripts).collect(),
        resources: names,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_contains_the_identity_of_its_project() {
        let bundle = br#"{"project":{"name":"Shop","logicalId":"shop","x":1},"sharedFiles":[{"path":"lib/a.ts","content":""}],
            "resources":[{"logicalId":"b","type":"check","payload":{"scriptPath":"b.spec.ts"}},
            {"logicalId":"s","type":"alert-channel-subscription","payload":null}]}"#;
        let identity = read(bundle).unwrap();
        assert_eq!((&*identity.name, &*identity.logical_id), ("Shop", "shop"));
        assert_eq!(identity.files, ["lib/a.ts", "b.spec.ts"]);
        assert!(identity.resources.contains("check b"));
    }

    #[test]
    fn a_logical_id_that_is_invalid_in_a_manifest_is_an_error() {
        for id in ["", " a", "a\\nb", &"x".repeat(201)] {
            let bundle = format!(r#"{{"project":{{"name":"Shop","logicalId":"{id}"}}}}"#);
            assert!(read(bundle.as_bytes()).is_err(), "{id}");
        }
        assert!(read(b"{}").is_err());
    }
}
