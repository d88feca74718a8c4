//! How two bundles of one project differ. The Checkly CLI bundles checks concurrently and writes them as they finish, so the
//! order of resources and shared files has no meaning, nor have the numbers by which resources refer to shared files.

use super::source;
use serde_json::{Map, Value};
use std::io;
use std::path::Path;

/// The most differences that are listed.
const MOST: usize = 20;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The JSON path of the value.
    pub path: String,
    /// The value in each bundle as JSON; `None` if there is none.
    pub values: [Option<String>; 2],
}

/// The first differences between two bundles; empty if there are none.
///
/// # Errors
/// A file cannot be read, or is no JSON.
pub fn compare(one: &Path, other: &Path) -> io::Result<Vec<Difference>> {
    let [one, other] = [one, other].map(|path| source::parse(path).map(ordered));
    let mut found = vec![];
    add("", Some(&one?), Some(&other?), &mut found);
    Ok(found)
}

/// The bundle with lists that have no order as objects.
fn ordered(mut bundle: Value) -> Value {
    let path = |file: &Value| file["path"].as_str().map(str::to_owned);
    let files = bundle["sharedFiles"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let paths: Vec<String> = files.iter().filter_map(path).collect();
    if paths.len() == files.len() {
        let named = paths.iter().cloned().zip(files);
        bundle["sharedFiles"] = listing(named);
    }
    let Some(resources) = bundle["resources"].as_array_mut() else {
        return bundle;
    };
    let resources = resources.iter_mut().map(|resource| {
        for (key, value) in resource["payload"].as_object_mut().into_iter().flatten() {
            if key.to_lowercase().ends_with("dependencies") {
                name_files(value, &paths);
            }
        }
        let text = |key: &str| resource[key].as_str().unwrap_or_default();
        let name = format!("{} {}", text("type"), text("logicalId"));
        (name, resource.take())
    });
    bundle["resources"] = listing(resources);
    bundle
}

/// A list as an object. Equal names stay apart.
fn listing(named: impl Iterator<Item = (String, Value)>) -> Value {
    let mut listing = Map::new();
    for (mut name, value) in named {
        while listing.contains_key(&name) {
            name.push('\'');
        }
        listing.insert(name, value);
    }
    Value::Object(listing)
}

/// Replaces the positions of shared files with their paths.
fn name_files(value: &mut Value, paths: &[String]) {
    let Some(positions) = value.as_array() else {
        return;
    };
    let path = |position: &Value| paths.get(usize::try_from(position.as_u64()?).ok()?);
    let found: Option<Vec<&String>> = positions.iter().map(path).collect();
    if let Some(mut found) = found {
        found.sort();
        *value = found.into_iter().map(String::as_str).collect();
    }
}

fn add(path: &str, one: Option<&Value>, other: Option<&Value>, found: &mut Vec<Difference>) {
    if one == other || found.len() == MOST {
        return;
    }
    match (one, other) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let added = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(added) {
                add(&member(path, key), one.get(key), other.get(key), found);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            for at in 0..one.len().max(other.len()) {
                add(&format!("{path}[{at}]"), one.get(at), other.get(at), found);
            }
        }
        _ => found.push(Difference {
            path: path.to_owned(),
            values: [one, other].map(|value| value.map(Value::to_string)),
        }),
    }
}

/// The path of a member of an object.
fn member(path: &str, key: &str) -> String {
    let is_plain = key
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match (path, is_plain) {
        ("", true) => key.to_owned(),
        (_, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{}]", Value::from(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::io::Write;
    use tempfile::NamedTempFile;

    fn found(one: &Value, other: &Value) -> Vec<String> {
        let file = |bundle: &Value| {
            let mut file = NamedTempFile::new().unwrap();
            file.write_all(bundle.to_string().as_bytes()).unwrap();
            file
        };
        let found = compare(file(one).path(), file(other).path()).unwrap();
        let show = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        found
            .iter()
            .map(|it| {
                format!(
                    "{}: {} {}",
                    it.path,
                    show(&it.values[0]),
                    show(&it.values[1])
                )
            })
            .collect()
    }

    fn check(id: &str, payload: &Value) -> Value {
        json!({"type": "check", "logicalId": id, "payload": payload})
    }

    fn bundle(files: &Value, resources: &Value) -> Value {
        json!({"project": {"logicalId": "shop"}, "sharedFiles": files, "resources": resources})
    }

    #[test]
    fn the_order_of_checks_and_shared_files_is_no_difference() {
        let [a, b] = ["a", "b"].map(|path| json!({"path": path, "content": path}));
        let uses = |at: usize| json!({"dependencies": [at]});
        let one = bundle(
            &json!([a, b]),
            &json!([check("x", &uses(0)), check("y", &uses(1))]),
        );
        let same = bundle(
            &json!([b, a]),
            &json!([check("y", &uses(0)), check("x", &uses(1))]),
        );
        assert_eq!(found(&one, &same), [""; 0]);
        let other = bundle(
            &json!([a, b]),
            &json!([check("x", &uses(1)), check("y", &uses(1))]),
        );
        let path = r#"resources["check x"].payload.dependencies[0]"#;
        assert_eq!(found(&one, &other), [format!(r#"{path}: "a" "b""#)]);
    }

    #[test]
    fn every_other_difference_is_listed_with_its_path_and_both_values() {
        let one = bundle(
            &json!([{"path": "a", "content": "1"}]),
            &json!([
                check("x", &json!({"frequency": 5, "tags": ["a"]})),
                check("gone", &json!({}))
            ]),
        );
        let other = bundle(
            &json!([{"path": "a", "content": "2"}]),
            &json!([check(
                "x",
                &json!({"frequency": 10, "tags": ["a", "b"], "a-b": null})
            )]),
        );
        insta::assert_snapshot!(found(&one, &other).join("\n"), @r#"
        resources["check gone"]: {"logicalId":"gone","payload":{},"type":"check"} -
        resources["check x"].payload.frequency: 5 10
        resources["check x"].payload.tags[1]: - "b"
        resources["check x"].payload["a-b"]: - null
        sharedFiles.a.content: "1" "2"
        "#);
    }

    #[test]
    fn a_resource_that_occurs_twice_is_a_difference() {
        let (x, none) = (check("x", &json!({})), json!([]));
        let (once, twice) = (bundle(&none, &json!([x])), bundle(&none, &json!([x, x])));
        assert_eq!(found(&once, &twice).len(), 1);
    }
}
