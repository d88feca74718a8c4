//! Lists in the source, read from its text because they are private.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every text between two others in a source file, without its tests.
pub(crate) fn between(file: &str, start: &str, end: &str) -> Vec<String> {
    let source = read(file);
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    // As one line.
    let words: Vec<&str> = source.split_whitespace().collect();
    let source = words.join(" ").replace("( ", "(");
    let parts = source.split(start).skip(1);
    let found: Vec<String> = parts
        .filter_map(|rest| Some(rest.split_once(end)?.0.to_owned()))
        .collect();
    assert!(!found.is_empty(), "nothing like {start} in {file}");
    found
}

/// Every type of event, and the fields of its data.
pub(crate) fn events() -> Vec<(String, Vec<String>)> {
    let source = read("src/model/event.rs");
    let (_, events) = source.split_once("pub enum Event {").unwrap();
    let (events, _) = events.split_once("\n}").unwrap();
    let mut found: Vec<(String, Vec<String>)> = vec![];
    let mut variants = 0;
    for line in events.lines() {
        let (deep, line) = match line.strip_prefix("        ") {
            Some(line) => (true, line),
            None => (false, line.trim_start()),
        };
        if let Some(rest) = line.strip_prefix("#[serde(rename = \"") {
            let name = rest.split('"').next().unwrap_or_default();
            found.push((name.to_owned(), vec![]));
        } else if let (true, Some((field, _))) = (is_code(line) && deep, line.split_once(": ")) {
            found.last_mut().unwrap().1.push(field.to_owned());
        } else if is_code(line) && line.starts_with(|c: char| c.is_ascii_uppercase()) {
            variants += 1;
        }
    }
    assert_eq!(found.len(), variants, "an event without a name");
    found
}

fn is_code(line: &str) -> bool {
    !line.starts_with("//")
}

/// Every key anywhere in a JSON document.
pub(crate) fn all_keys(value: &serde_json::Value, keys: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                keys.insert(key.clone());
                all_keys(value, keys);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| all_keys(item, keys)),
        _ => {}
    }
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_field_of_an_event_is_found() {
    let events = events();
    let of = |name: &str| events.iter().find(|(found, _)| found == name).unwrap();
    assert_eq!(of("project.bundling").1, ["origin"]);
    assert_eq!(of("project.submitted").1, ["deployment_id", "attempt"]);
    assert_eq!(of("run.interrupted").1.len(), 5);
}

#[test]
fn every_key_of_the_schema_is_found() {
    let of = |kind| between("src/manifest/schema.rs", kind, "\"");
    let keys = [of("key(\""), of("root_only(\"")].concat();
    let some_of_each_table = [
        "version",
        "include",
        "url",
        "rate",
        "file",
        "path",
        "account",
        "delay",
        "max_deletes",
    ];
    for key in some_of_each_table {
        assert!(keys.iter().any(|found| found == key), "{key}: {keys:?}");
    }
}
