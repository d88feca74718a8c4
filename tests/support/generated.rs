//! Files that a test generates and checks.

use std::path::Path;

/// Fails if the file differs from `content`. With `UPDATE_DOCS=1`, writes it instead.
pub(crate) fn assert_generated(path: &str, content: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, content).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let mut lines = found.lines().zip(content.lines());
    let differing = lines.find(|(found, new)| found != new);
    assert!(
        found == content,
        "{} is out of date: run `UPDATE_DOCS=1 cargo test` and commit what it writes; it differs first in {differing:?}",
        path.display()
    );
}
