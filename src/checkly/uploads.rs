//! What the Checkly CLI uploads for a bundle: the code of Playwright suites, which it packs into an archive in its
//! directory for temporary files, and the snapshots of browser checks, which it uploads unchanged. Finds the checks that
//! need it, and identifies what was uploaded by content.
//!
//! The paths of scripts and snapshots start at the workspace's root, which is the configuration's directory or one above
//! it; only the CLI knows which.

use crate::hash::{of_parts, sha256};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tar::Archive;

/// The name of the CLI's archive.
const ARCHIVE: &str = "playwright-project.tar.gz";

/// The digest of the code that was packed below a directory. `None` unless there is exactly one readable archive.
pub(super) fn code(tmp: &Path) -> Option<String> {
    let dirs = fs::read_dir(tmp).ok()?.flatten();
    let archives = dirs.map(|dir| dir.path().join(ARCHIVE));
    let archives: Vec<PathBuf> = archives.filter(|archive| archive.is_file()).collect();
    match &archives[..] {
        [archive] => digest(archive).ok(),
        _ => None,
    }
}

/// The digest of an archive: of the names, types, modes, targets, and contents of its entries. Their order and times
/// differ between checkouts and do not count.
fn digest(archive: &Path) -> io::Result<String> {
    let mut archive = Archive::new(MultiGzDecoder::new(File::open(archive)?));
    let mut entries = vec![];
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path_bytes().into_owned();
        let target = entry.link_name_bytes().unwrap_or_default().into_owned();
        let kind = entry.header().entry_type().as_byte();
        let mode = entry.header().mode()?;
        let mut content = vec![];
        entry.read_to_end(&mut content)?;
        entries.push((name, kind, mode, target, sha256(content)));
    }
    entries.sort_unstable();
    let mut parts = vec![];
    for (name, kind, mode, target, content) in entries {
        let about = format!("{kind} {mode:o} {content}");
        parts.extend([name, about.into_bytes(), target]);
    }
    Ok(of_parts(&parts))
}

/// The digest of a snapshot. `None` unless the path names exactly one file.
pub(super) fn snapshot(dir: &Path, path: &str) -> Option<String> {
    let files = dir.ancestors().map(|root| root.join(path));
    let files: Vec<PathBuf> = files.filter(|file| file.is_file()).collect();
    let [file] = &files[..] else {
        return None;
    };
    Some(sha256(fs::read(file).ok()?))
}

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

/// Whether a script has snapshots.
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

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use tar::{Builder, EntryType, Header};
    use tempfile::TempDir;

    /// The digest of an archive whose files have this modification time.
    fn packed(time: u64, files: &[(&str, u32, &str)]) -> String {
        let tmp = TempDir::new().unwrap();
        fs::create_dir(tmp.path().join("cli-1")).unwrap();
        let file = File::create(tmp.path().join("cli-1").join(ARCHIVE)).unwrap();
        let gzip = GzEncoder::new(file, Compression::new(u32::from(time > 5)));
        let mut archive = Builder::new(gzip);
        for (name, mode, content) in files {
            let mut header = Header::new_gnu();
            header.set_mtime(time);
            header.set_mode(*mode);
            match content.strip_prefix("-> ") {
                Some(target) => {
                    header.set_entry_type(EntryType::Symlink);
                    header.set_size(0);
                    archive.append_link(&mut header, name, target).unwrap();
                }
                None => {
                    header.set_size(content.len() as u64);
                    archive
                        .append_data(&mut header, name, content.as_bytes())
                        .unwrap();
                }
            }
        }
        archive.into_inner().unwrap().finish().unwrap();
        code(tmp.path()).unwrap()
    }

    #[test]
    fn code_is_identified_by_its_files_not_by_times_or_order() {
        let (a, b) = (("a.ts", 0o755, "1"), ("b.ts", 0o755, "-> a.ts"));
        let digest = packed(1, &[a, b]);
        assert_eq!(digest, packed(9, &[b, a]));
        for other in [
            [("c.ts", 0o755, "1"), b],
            [("a.ts", 0o644, "1"), b],
            [("a.ts", 0o755, "2"), b],
            [a, ("b.ts", 0o755, "-> c.ts")],
            [a, ("b.ts", 0o755, "")],
        ] {
            assert_ne!(digest, packed(1, &other), "{other:?}");
        }
        assert_ne!(digest, packed(1, &[a]));
    }

    #[test]
    fn long_names_count_to_their_end() {
        let names = ["x", "y"].map(|end| format!("{}/{end}", "directory/".repeat(30)));
        let [x, y] = names.each_ref().map(|name| packed(1, &[(name, 0o755, "")]));
        assert_ne!(x, y);
    }

    #[test]
    fn unreadable_code_is_unknown() {
        let tmp = TempDir::new().unwrap();
        assert_eq!(code(tmp.path()), None);
        fs::create_dir(tmp.path().join("cli-1")).unwrap();
        fs::write(tmp.path().join("cli-1").join(ARCHIVE), "no archive").unwrap();
        assert_eq!(code(tmp.path()), None);
    }

    #[test]
    fn a_snapshot_is_known_if_its_path_means_one_file() {
        let repo = TempDir::new().unwrap();
        let dir = repo.path().join("web/checks");
        fs::create_dir_all(dir.join("checks")).unwrap();
        fs::write(dir.join("home.png"), "picture").unwrap();
        let digest = snapshot(&dir, "checks/home.png").unwrap();
        assert_eq!(Some(digest), snapshot(&dir, "web/checks/home.png"));
        assert_eq!(snapshot(&dir, "web/none.png"), None);
        fs::write(dir.join("checks/home.png"), "another").unwrap();
        assert_eq!(snapshot(&dir, "checks/home.png"), None);
    }
}
