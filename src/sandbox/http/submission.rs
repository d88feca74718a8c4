//! The body of a deploy request, validated as by the API, with messages that name the path.
//!
//! The top-level object may have no unknown fields, since the client composes it. Projects and resources are forwarded from
//! bundles and may have fields that are not read here.

use super::super::world::{Facts, Key, Resource, Submission, TYPES, is_logical_id};
use super::problem::Problem;
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
        file.is("content", Json::Text)?;
    }
    let resources = resources(body.list("resources")?)?;
    body.is("repoInfo", Json::Object)
        .or_else(|_| body.is("repoInfo", Json::Null))
        .map_err(|_| body.problem("repoInfo", "must be an object or null, and present"))?;
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
        let resource = Object::read(&format!("resources[{index}]"), raw)?;
        let key = key(&resource)?;
        if let Some(earlier) = known.insert(key.clone(), index) {
            let Key { kind, logical_id } = key;
            return Err(Problem::bad(format!(
                "\"resources[{index}]\" contains a duplicate value: \
                 {kind} \"{logical_id}\" is \"resources[{earlier}]\" already"
            )));
        }
        resource.is("member", Json::Boolean)?;
        let payload = resource.required("payload")?;
        if resource.fields.get("member").map(|raw| raw.get()) == Some("true") {
            let payload = Object::read(&format!("resources[{index}].payload"), payload)?;
            let facts = facts(key.kind, &payload);
            members.push(Resource { key, facts });
        } else {
            resource.is("payload", Json::Null)?;
        }
    }
    Ok(members)
}

fn key(resource: &Object<'_>) -> Result<Key, Problem> {
    let logical_id = resource.text("logicalId")?;
    let kind = resource.text("type")?;
    let kind = TYPES.into_iter().find(|known| *known == kind);
    let kind = kind.ok_or_else(|| {
        let one_of = format!("must be one of [{}]", TYPES.join(", "));
        resource.problem("type", &one_of)
    })?;
    Ok(Key { kind, logical_id })
}

/// The fields that other endpoints show; missing and invalid ones are omitted.
fn facts(kind: &str, payload: &Object<'_>) -> Facts {
    if !matches!(kind, "check" | "private-location") {
        return Facts::default();
    }
    let text = |name| payload.text(name).ok();
    Facts {
        name: text("name"),
        check_type: text("checkType"),
        slug_name: text("slugName"),
    }
}

/// A JSON object with unparsed values, and its path in the body.
struct Object<'a> {
    path: String,
    fields: BTreeMap<String, &'a RawValue>,
}

/// The kinds of JSON values.
#[derive(Clone, Copy)]
enum Json {
    Text,
    Boolean,
    Null,
    Object,
    Array,
}

impl Json {
    fn matches(self, raw: &RawValue) -> bool {
        let text = raw.get();
        match self {
            Self::Text => text.starts_with('"'),
            Self::Boolean => text == "true" || text == "false",
            Self::Null => text == "null",
            Self::Object => text.starts_with('{'),
            Self::Array => text.starts_with('['),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "must be a string",
            Self::Boolean => "must be a boolean",
            Self::Null => "must be null",
            Self::Object => "must be of type object",
            Self::Array => "must be an array",
        }
    }
}

impl<'a> Object<'a> {
    fn read(path: &str, raw: &'a RawValue) -> Result<Self, Problem> {
        let fields = serde_json::from_str(raw.get());
        let path = path.to_owned();
        let fields = fields.map_err(|_| {
            let place = if path.is_empty() { "value" } else { &path };
            Problem::bad(format!("\"{place}\" {}", Json::Object.name()))
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

    fn is(&self, name: &str, kind: Json) -> Result<(), Problem> {
        if !kind.matches(self.required(name)?) {
            return Err(self.problem(name, kind.name()));
        }
        Ok(())
    }

    /// A nonempty string.
    fn text(&self, name: &str) -> Result<String, Problem> {
        let text: String = serde_json::from_str(self.required(name)?.get())
            .map_err(|_| self.problem(name, Json::Text.name()))?;
        if text.is_empty() {
            return Err(self.problem(name, "is not allowed to be empty"));
        }
        Ok(text)
    }

    fn list(&self, name: &str) -> Result<Vec<&'a RawValue>, Problem> {
        serde_json::from_str(self.required(name)?.get())
            .map_err(|_| self.problem(name, Json::Array.name()))
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
        assert_eq!((check.key.kind, &*check.key.logical_id), ("check", "home"));
        assert_eq!(check.facts.name.as_deref(), Some("Home"));
        assert_eq!(check.facts.check_type.as_deref(), Some("HEARTBEAT"));
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
