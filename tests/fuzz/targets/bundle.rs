//! Bundle files.
#![no_main]

use std::sync::LazyLock;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a temporary directory"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| orchestrate::fuzzing::bundle(bytes, FOLDER.path()));
