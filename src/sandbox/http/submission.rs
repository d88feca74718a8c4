//! The body of a deploy request, validated as by the API, with messages that name the path.
//!
//! The top-level object may have no unknown fields, since the client composes it. Projects and resources are forwarded from
//! bundles and may have fields that are not read here.

use super::super::world::{Resource, Submission, TYPES, is_logical_id};
use super::problem::Problem;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashMap};

/// Parses a body into the project's logical id and its new contents.
pub(super) fn read(body: &[u8], preserve: bool) -> Result<(String, Submission), Problem> {
    let raw: &RawValue = serde_json::from_slice(body)
        .map_err(|error| Problem::bad(format!("Invalid request payload JSON format: {error}")))?;
    let body = Object::read("", raw)?;
    body.only(&["project", "sharedFiles", "resources", "repoInfo"])?;
    let project = Object::read("project", body.required("project")?)?;
    let logical_id = project.text("logicalId")?;
    if !logical_id.bytes().all(is_logical_id) {
        return Err(Problem::bad(format!(
            "\"project.logicalId\" with value \"{logical_id}\" fails to match the required pattern: \
             /^[A-Za-z0-9_\\-/#.]+$/"
        )));
    }
    for (index, file) in body.list("sharedFiles")?.into_iter().enumerate() {
        let file = Object::read(&format!("sharedFiles[{index}]"), file)?;
        file.text("path")?;
        if !file.required("content")?.get().starts_with('"') {
            return Err(file.problem("content", "must be a string"));
        }
    }
    let resources = resources(body.list("resources")?)?;
    let what = "must be an object or null, and present";
    body.value::<Option<BTreeMap<String, IgnoredAny>>>("repoInfo", what)
        .map_err(|_| body.problem("repoInfo", what))?;
    let repo_url = project.fields.get("repoUrl");
    let submission = Submission {
        name: project.text("name")?,
        repo_url: repo_url.map(|_| project.text("repoUrl")).transpose()?,
        resources,
        preserve,
    };
    Ok((logical_id, submission))
}

/// The project's resources. References to existing resources are validated and left out.
fn resources(raw: Vec<&RawValue>) -> Result<Vec<Resource>, Problem> {
    let mut known = HashMap::new();
    let mut members = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        let object = Object::read(&format!("resources[{index}]"), raw)?;
        let mut resource = Resource {
            logical_id: object.text("logicalId")?,
            kind: object.text("type")?,
            ..Resource::default()
        };
        if !TYPES.contains(&resource.kind.as_str()) {
            let one_of = format!("must be one of [{}]", TYPES.join(", "));
            return Err(object.problem("type", &one_of));
        }
        if let Some(earlier) = known.insert(resource.key(), index) {
            let Resource {
                kind, logical_id, ..
            } = resource;
            return Err(Problem::bad(format!(
                "\"resources[{index}]\" contains a duplicate value: \
                 {kind} \"{logical_id}\" is \"resources[{earlier}]\" already"
            )));
        }
        let payload = object.required("payload")?;
        if !object.value("member", "must be a boolean")? {
            object.value::<()>("payload", "must be null")?;
            continue;
        }
        let payload = Object::read(&format!("resources[{index}].payload"), payload)?;
        if ["check", "private-location"].contains(&resource.kind.as_str()) {
            // Shown by other endpoints; missing and invalid ones are omitted.
            resource.name = payload.text("name").ok();
            resource.check_type = payload.text("checkType").ok();
            resource.slug_name = payload.text("slugName").ok();
        }
        members.push(resource);
    }
    Ok(members)
}

/// A JSON object with unparsed values, and its path in the body.
struct Object<'a> {
    path: String,
    fields: BTreeMap<String, &'a RawValue>,
}

impl<'a> Object<'a> {
    fn read(path: &str, raw: &'a RawValue) -> Result<Self, Problem> {
        let fields = serde_json::from_str(raw.get());
        let path = path.to_owned();
        let fields = fields.map_err(|_| {
            let place = if path.is_empty() { "value" } else { &path };
            Problem::bad(format!("\"{place}\" must be of type object"))
        })?;
        Ok(Self { path, fields })
    }

    fn problem(&self, name: &str, what: &str) -> Problem {
        let dot = if self.path.is_empty() { "" } else { "." };
        Problem::bad(format!("\"{}{dot}{name}\" {what}", self.path))
    }

    fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let mut names = self.fields.keys();
        let unknown = names.find(|name| !known.contains(&name.as_str()));
        unknown.map_or(Ok(()), |name| Err(self.problem(name, "is not allowed")))
    }

    fn required(&self, name: &str) -> Result<&'a RawValue, Problem> {
        let value = self.fields.get(name).copied();
        value.ok_or_else(|| self.problem(name, "is required"))
    }

    /// A value of this type, or else `what` is wrong with it.
    fn value<T: Deserialize<'a>>(&self, name: &str, what: &str) -> Result<T, Problem> {
        let value = self.required(name)?.get();
        serde_json::from_str(value).map_err(|_| self.problem(name, what))
    }

    /// A nonempty string.
    fn text(&self, name: &str) -> Result<String, Problem> {
        let text: String = self.value(name, "must be a string")?;
        if text.is_empty() {
            return Err(self.problem(name, "is not allowed to be empty"));
        }
        Ok(text)
    }

    fn list(&self, name: &str) -> Result<Vec<&'a RawValue>, Problem> {
        self.value(name, "must be an array")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// A valid body with one check and one reference.
    fn good() -> Value {
        json!({
            "project": { "logicalId": "team/shop#1.x", "name": "Shop", "repoUrl": "https://example.com/shop" },
            "sharedFiles": [{ "path": "a.ts", "content": "" }],
            "resources": [
                { "logicalId": "home", "type": "check", "member": true, "sourceFile": "a.check.ts",
                  "payload": { "name": "Home", "checkType": "HEARTBEAT" } },
                { "logicalId": "alert-channel-4242", "type": "alert-channel", "physicalId": 4242,
                  "member": false, "payload": null },
            ],
            "repoInfo": null,
        })
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut body = good();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match body.pointer_mut(parent).unwrap() {
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
            other => other[name] = value,
        }
        body
    }

    fn without(pointer: &str) -> Value {
        let mut body = good();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = body.pointer_mut(parent).unwrap().as_object_mut();
        assert!(parent.unwrap().remove(name).is_some());
        body
    }

    fn refusal(body: &Value) -> String {
        let problem = read(body.to_string().as_bytes(), false).unwrap_err();
        assert_eq!(problem.status, actix_http::StatusCode::BAD_REQUEST);
        problem.message
    }

    #[test]
    fn a_valid_body_has_a_project_and_its_members_without_references() {
        let (logical_id, submission) = read(good().to_string().as_bytes(), true).unwrap();
        assert_eq!(logical_id, "team/shop#1.x");
        assert_eq!(submission.name, "Shop");
        assert_eq!(submission.repo_url.unwrap(), "https://example.com/shop");
        assert!(submission.preserve);
        let [check] = &submission.resources[..] else {
            panic!("one member");
        };
        assert_eq!((&*check.kind, &*check.logical_id), ("check", "home"));
        assert_eq!(check.name.as_deref(), Some("Home"));
        assert_eq!(check.check_type.as_deref(), Some("HEARTBEAT"));
    }

    #[test]
    fn missing_fields_are_named_with_their_path() {
        for (pointer, path) in [
            ("/project", "project"),
            ("/project/logicalId", "project.logicalId"),
            ("/project/name", "project.name"),
            ("/sharedFiles", "sharedFiles"),
            ("/sharedFiles/0/content", "sharedFiles[0].content"),
            ("/resources", "resources"),
            ("/resources/0/logicalId", "resources[0].logicalId"),
            ("/resources/0/type", "resources[0].type"),
            ("/resources/1/member", "resources[1].member"),
            ("/resources/0/payload", "resources[0].payload"),
        ] {
            let expected = format!("\"{path}\" is required");
            assert_eq!(refusal(&without(pointer)), expected);
        }
        assert_eq!(
            refusal(&without("/repoInfo")),
            "\"repoInfo\" must be an object or null, and present"
        );
    }

    #[test]
    fn invalid_fields_are_named_with_their_path() {
        for (pointer, value, message) in [
            ("/project", json!([]), "\"project\" must be of type object"),
            (
                "/project/name",
                json!(1),
                "\"project.name\" must be a string",
            ),
            (
                "/project/name",
                json!(""),
                "\"project.name\" is not allowed to be empty",
            ),
            (
                "/sharedFiles",
                json!({}),
                "\"sharedFiles\" must be an array",
            ),
            ("/resources", json!(null), "\"resources\" must be an array"),
            (
                "/resources/1",
                json!("x"),
                "\"resources[1]\" must be of type object",
            ),
            (
                "/resources/0/member",
                json!("true"),
                "\"resources[0].member\" must be a boolean",
            ),
            (
                "/resources/0/payload",
                json!(null),
                "\"resources[0].payload\" must be of type object",
            ),
            (
                "/resources/1/payload",
                json!({}),
                "\"resources[1].payload\" must be null",
            ),
            (
                "/repoInfo",
                json!("x"),
                "\"repoInfo\" must be an object or null, and present",
            ),
            ("/extra", json!(1), "\"extra\" is not allowed"),
        ] {
            assert_eq!(refusal(&with(pointer, value)), message);
        }
        let unknown = refusal(&with("/resources/0/type", json!("cheque")));
        assert!(unknown.starts_with("\"resources[0].type\" must be one of [status-page-service, "));
    }

    #[test]
    fn a_logical_id_with_invalid_characters_is_refused() {
        let message = refusal(&with("/project/logicalId", json!("a b")));
        assert!(message.starts_with("\"project.logicalId\" with value \"a b\" fails"));
    }

    #[test]
    fn a_duplicate_resource_is_refused() {
        let twin = good()["resources"][0].clone();
        assert_eq!(
            refusal(&with("/resources/1", twin)),
            "\"resources[1]\" contains a duplicate value: check \"home\" is \"resources[0]\" already"
        );
    }

    #[test]
    fn invalid_json_is_refused() {
        for body in ["", "{", "{}x", "not json"] {
            let problem = read(body.as_bytes(), false).unwrap_err();
            assert!(
                problem
                    .message
                    .starts_with("Invalid request payload JSON format")
            );
        }
        assert_eq!(refusal(&json!([])), "\"value\" must be of type object");
    }
}
