//! The JSON Schema of the manifest, from the tables of its keys: editors complete and check `projects.toml` with it.
//!
//! It is draft 7, which every TOML language server reads. It accepts everything that loads: a string with `${` may expand to
//! anything.

use super::schema::{Groups, Kind, MANIFEST, PROJECT, keys};
use serde_json::{Map, Value, json};

/// A unit of `humantime`, and a number before it.
const DURATION: &str = "^\\s*(0|([0-9]+\\s*(nanos|nsec|ns|usec|us|µs|millis|msec|ms|seconds|second|secs|sec|s|minutes|minute|min|mins|m|hours|hour|hr|hrs|h|days|day|d|weeks|week|wk|wks|w|months|month|M|years|year|yr|yrs|y)\\s*)+)$|\\$\\{";

const RATE: &str = "^\\s*[0-9]+\\s*/\\s*(s|sec|second|m|min|minute|h|hour)\\s*$|\\$\\{";

/// The schema as indented JSON with a newline at the end.
pub fn json_schema() -> String {
    let mut schema = table(MANIFEST);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("The manifest of orchestrate");
    format!("{schema:#}\n")
}

fn table(groups: Groups) -> Value {
    let properties = keys(groups).map(|key| (key.name.to_owned(), value(&key.kind)));
    json!({
        "type": "object",
        "properties": properties.collect::<Map<_, _>>(),
        "additionalProperties": false,
    })
}

fn value(kind: &Kind) -> Value {
    let string = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match kind {
        Kind::Text | Kind::Raw | Kind::Glob => string("\\S"),
        Kind::Name => string("^\\S([^\\u0000-\\u001f\\u007f]*\\S)?$"),
        Kind::Duration { .. } => string(DURATION),
        Kind::Rate => string(RATE),
        Kind::Integer { least, most } => {
            let mut integer = json!({ "type": "integer" });
            if *least > i64::MIN {
                integer["minimum"] = json!(least);
            }
            if *most < i64::MAX {
                integer["maximum"] = json!(most);
            }
            integer
        }
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::OneOf(words) => json!({ "anyOf": [{ "enum": words }, string("\\$\\{")] }),
        Kind::List(kind) => json!({ "type": "array", "items": value(kind) }),
        Kind::Filled(kind) => json!({ "type": "array", "items": value(kind), "minItems": 1 }),
        Kind::Table(groups) | Kind::Secret(groups) => table(groups),
        Kind::Switch(groups) => json!({ "anyOf": [{ "type": "boolean" }, table(groups)] }),
        Kind::Named(kind) => json!({ "type": "object", "additionalProperties": value(kind) }),
        Kind::Matrix => json!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": { "pattern": "^[A-Za-z0-9_-]+$" },
            "additionalProperties": value(&Kind::Filled(&Kind::Name)),
        }),
        Kind::Variables => json!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
            "additionalProperties": { "type": "string" },
        }),
        Kind::Projects => json!({ "type": "array", "items": table(PROJECT) }),
    }
}
