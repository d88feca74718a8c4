//! The fuzz targets of `tests/fuzz`: each takes arbitrary bytes and panics if a promise is broken. The tests here replay the
//! corpus.

pub use crate::api::fuzzing::{error_body, sse};
pub use crate::bundle::fuzzing::bundle;

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn replay(target: &str, check: impl Fn(&[u8])) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
        let files: Vec<_> = fs::read_dir(corpus.join(target)).unwrap().collect();
        assert!(files.len() > 10, "{target}: {} files", files.len());
        for file in files {
            check(&fs::read(file.unwrap().path()).unwrap());
        }
    }

    #[test]
    fn the_corpus_of_event_streams_holds() {
        replay("sse", sse);
    }

    #[test]
    fn the_corpus_of_error_bodies_holds() {
        replay("error_body", error_body);
    }

    #[test]
    fn the_corpus_of_bundles_holds() {
        let directory = tempfile::tempdir().unwrap();
        replay("bundle", |bytes| bundle(bytes, directory.path()));
    }
}
