//! The body of a deploy request, without the CLI's random order.
//!
//! The CLI bundles checks concurrently and writes them as they finish: within a type, resources have no fixed order. The
//! same holds for shared files and the numbers by which resources refer to them. Here resources are keyed by type and name,
//! and shared files by path. All other differences count.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug)]
pub(crate) struct Body {
    /// The top-level keys in their order.
    pub(crate) keys: Vec<String>,
    pub(crate) project: Value,
    /// Contents by path.
    pub(crate) shared_files: BTreeMap<String, String>,
    /// The types of the resources in their order, which matters between types.
    pub(crate) types: Vec<String>,
    /// By type and logical id.
    pub(crate) resources: BTreeMap<String, Value>,
    pub(crate) repo_info: Value,
}

impl Body {
    pub(crate) fn new(json: &[u8]) -> Self {
        let Keys(keys) = serde_json::from_slice(json).unwrap();
        let mut whole: Value = serde_json::from_slice(json).unwrap();
        let mut files = vec![];
        for file in whole["sharedFiles"].as_array().unwrap() {
            let text = |key: &str| file[key].as_str().unwrap().to_owned();
            assert_eq!(file.as_object().unwrap().len(), 2, "{file}");
            files.push((text("path"), text("content")));
        }
        let (mut types, mut resources) = (vec![], BTreeMap::new());
        for resource in whole["resources"].as_array_mut().unwrap() {
            resolve(&mut resource["payload"], &files);
            let text = |key: &str| resource[key].as_str().unwrap();
            let name = format!("{} {}", text("type"), text("logicalId"));
            types.push(text("type").to_owned());
            assert!(!resources.contains_key(&name), "{name} twice");
            resources.insert(name, resource.take());
        }
        let files_by_path: BTreeMap<_, _> = files.iter().cloned().collect();
        assert_eq!(files_by_path.len(), files.len(), "a shared file twice");
        Self {
            keys,
            project: whole["project"].take(),
            shared_files: files_by_path,
            types,
            resources,
            repo_info: whole["repoInfo"].take(),
        }
    }
}

/// Replaces numbers with paths: `"dependencies": [0]` and similar.
fn resolve(payload: &mut Value, files: &[(String, String)]) {
    for (key, value) in payload.as_object_mut().into_iter().flatten() {
        let indices = match value.as_array() {
            Some(indices) if key.to_lowercase().ends_with("dependencies") => indices,
            _ => continue,
        };
        let path = |index: &Value| files[index.as_u64().unwrap() as usize].0.clone();
        let mut paths: Vec<String> = indices.iter().map(path).collect();
        paths.sort();
        *value = paths.into();
    }
}

/// The keys of an object in the order of its text.
struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = vec![];
        while let Some((key, IgnoredAny)) = map.next_entry()? {
            keys.push(key);
        }
        Ok(Keys(keys))
    }
}

#[test]
fn only_the_order_of_checks_and_shared_files_is_ignored() {
    let body = |files: [(&str, &str); 2], checks: [(&str, usize); 2]| {
        let file = |(path, content)| serde_json::json!({"path": path, "content": content});
        let check = |(name, file)| {
            serde_json::json!({"type": "check", "logicalId": name,
                "payload": {"setupScriptDependencies": [file]}})
        };
        let whole = serde_json::json!({
            "project": {"logicalId": "shop"},
            "sharedFiles": files.map(file),
            "resources": checks.map(check),
            "repoInfo": null,
        });
        Body::new(whole.to_string().as_bytes())
    };
    let one = body([("a", "A"), ("b", "B")], [("home", 0), ("basket", 1)]);
    let same = body([("b", "B"), ("a", "A")], [("basket", 0), ("home", 1)]);
    assert_eq!(one.shared_files, same.shared_files);
    assert_eq!(one.resources, same.resources);
    let other = body([("a", "A"), ("b", "B")], [("home", 1), ("basket", 0)]);
    assert_eq!(one.shared_files, other.shared_files);
    assert_ne!(one.resources, other.resources);
}

#[test]
fn the_keys_keep_the_order_of_the_text() {
    let json = br#"{"resources":[],"repoInfo":null,"project":{},"sharedFiles":[]}"#;
    let keys = Body::new(json).keys;
    assert_eq!(keys, ["resources", "repoInfo", "project", "sharedFiles"]);
}
