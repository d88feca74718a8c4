//! Crash files: the details of a panic, for the report of the bug.

use super::console::Log;
use super::live;
use super::reuse::default_state_dir;
use crate::private_dir::PrivateDir;
use crate::words::INTERNAL_ERROR;
use std::backtrace::Backtrace;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::panic;
use std::path::{Path, PathBuf};

/// From now on, a panic is one line on standard error, and a file in the state directory. If that cannot be written, its
/// content is on standard error.
pub(super) fn report_panics() {
    panic::set_hook(Box::new(|panic| {
        let backtrace = Backtrace::force_capture();
        let details = format!(
            "orchestrate {} on {}\n{panic}\n{backtrace}\n",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
        );
        let file = default_state_dir()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
            .and_then(|dir| append(&dir, &details));
        live::restore();
        let rest = match file {
            Ok(file) => format!("  help: report it with the file {}", file.display()),
            Err(_) => details,
        };
        // Standard error may be closed.
        let _ = Log.write_all(format!("error: {INTERNAL_ERROR}\n{rest}\n").as_bytes());
    }));
}

/// One file per process.
fn append(state_dir: &Path, details: &str) -> io::Result<PathBuf> {
    let name = format!("crash-{}.txt", std::process::id());
    let file = PrivateDir::open(state_dir)?.file(&name);
    let mut opened = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(&file)?;
    opened.write_all(details.as_bytes())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_crashes_of_a_process_are_in_one_private_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = append(directory.path(), "first\n").unwrap();
        assert_eq!(append(directory.path(), "second\n").unwrap(), file);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "first\nsecond\n");
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
