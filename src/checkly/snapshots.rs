//! Finds the checks of a payload that need uploads: Playwright suites, and browser checks with snapshots.

use serde::Deserialize;
use std::fs;
use std::path::Path;

/// The part of a payload that is needed here.
#[derive(Deserialize)]
struct Payload {
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "logicalId")]
    logical_id: String,
    payload: Option<Check>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    code_bundle_path: Option<serde::de::IgnoredAny>,
    script_path: Option<String>,
}

/// The logical ids of the checks that need an upload, sorted. `dir` is the configuration's directory.
///
/// # Errors
/// The text is not a payload.
pub(super) fn needing_upload(payload: &str, dir: &Path) -> serde_json::Result<Vec<String>> {
    let payload: Payload = serde_json::from_str(payload)?;
    let needs = |resource: &Resource| {
        let check = resource.payload.as_ref();
        check.is_some_and(|check| {
            let script = check.script_path.as_deref();
            check.code_bundle_path.is_some()
                || script.is_some_and(|script| has_snapshots(dir, script))
        })
    };
    let mut needing: Vec<String> = (payload.resources.into_iter())
        .filter(needs)
        .map(|resource| resource.logical_id)
        .collect();
    needing.sort();
    Ok(needing)
}

/// Whether a script has snapshots. Its path starts at the workspace's root, which is the configuration's directory or
/// one above it; only the CLI knows which.
fn has_snapshots(dir: &Path, script: &str) -> bool {
    dir.ancestors().any(|root| {
        root.join(script).is_file() && has_files(&root.join(format!("{script}-snapshots")))
    })
}

/// Whether a directory contains a file at any depth. As in the CLI, symbolic links do not count.
fn has_files(dir: &Path) -> bool {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut kinds = entries.filter_map(|entry| Some((entry.path(), entry.file_type().ok()?)));
    kinds.any(|(path, kind)| match (kind.is_symlink(), kind.is_dir()) {
        (true, _) => false,
        (false, true) => has_files(&path),
        (false, false) => true,
    })
}
