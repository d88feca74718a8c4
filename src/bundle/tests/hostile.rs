//! No input causes a panic, and no truncated bundle is accepted.

use super::*;
use proptest::prelude::*;

#[test]
fn no_truncated_bundle_is_accepted() {
    for end in 1..BUNDLE.len() {
        let start = &BUNDLE.as_bytes()[..end];
        match inspected(start).unwrap_err() {
            BundleError::TruncatedJson { .. } => {}
            // A truncated number is a valid number.
            BundleError::NotJson { .. } if start.ends_with(b"1000.") => {}
            error => panic!("{end}: {error}"),
        }
    }
}

#[test]
fn no_truncated_gzip_data_is_accepted() {
    let gzip = gzipped(BUNDLE);
    for end in 2..gzip.len() {
        let error = inspected(&gzip[..end]).unwrap_err();
        assert!(
            matches!(error, BundleError::TruncatedGzip),
            "{end}: {error}"
        );
    }
}

#[test]
fn no_corruption_of_gzip_data_changes_the_content() {
    let gzip = gzipped(BUNDLE);
    let whole = inspected(&gzip).unwrap();
    for at in 2..gzip.len() {
        let mut damaged = gzip.clone();
        damaged[at] ^= 0x10;
        // Some bits have no meaning: the time in the header, the padding at the end.
        if let Ok(inspection) = inspected(&damaged) {
            assert_eq!(inspection, whole, "{at}");
        }
    }
}

/// Reads it in every way, and formats every error.
fn read(content: &[u8]) {
    let file = file(content);
    match inspect(&file.path) {
        Ok(checked) => assert!(prepare(&file.path, &checked, None, &Contents::new()).is_ok()),
        Err(error) => assert!(!format!("{error} {error:?} {}", error.hint()).is_empty()),
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(content: Vec<u8>) {
        read(&content);
        read(&gzipped(&content));
        read(&[&[0x1f, 0x8b], content.as_slice()].concat());
    }

    #[test]
    fn any_damaged_bundle_is_read_without_a_panic(
        at in 0..BUNDLE.len(), removed in 0..40usize, added in "[\\x00-\\x7f]{0,4}|\\PC{0,4}"
    ) {
        let mut content = BUNDLE.as_bytes().to_vec();
        let end = content.len().min(at + removed);
        content.splice(at..end, added.bytes());
        read(&content);
    }
}
