//! Bodies of replies.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| orchestrate::fuzzing::error_body(bytes));
