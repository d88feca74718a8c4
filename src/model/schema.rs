//! The JSON Schemas of events and of the report, from their types.
//!
//! They describe what this version writes. Types and fields may be added, so objects are open.

use super::{Report, RunEvent};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

/// The schema of a line of `--message-format json`, as indented JSON with a newline at the end.
pub fn event_schema() -> String {
    schema_of::<RunEvent>("An event of orchestrate")
}

/// The same of `--report-file x.json`.
pub fn report_schema() -> String {
    schema_of::<Report>("The report of orchestrate")
}

fn schema_of<T: JsonSchema>(title: &str) -> String {
    let generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    // Descriptions are comments of the source, which link to each other.
    let json = format!("{:#}\n", schema.as_value());
    json.replace("[`", "`").replace("`]", "`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    /// One line for each type of event, as the documentation describes it.
    const EVENTS: &str = include_str!("events.jsonl");

    /// The schema, closed: a field that it does not have is an error.
    fn closed(schema: &str) -> Value {
        let mut schema: Value = serde_json::from_str(schema).unwrap();
        let close = |schema: &mut Value| {
            if schema["type"] == "object" && schema.get("properties").is_some() {
                schema["unevaluatedProperties"] = json!(false);
            }
        };
        close(&mut schema);
        let branches = schema.get_mut("oneOf").and_then(Value::as_array_mut);
        for branch in branches.into_iter().flatten() {
            if let Some(data) = branch.pointer_mut("/properties/data") {
                close(data);
            }
        }
        for definition in schema["$defs"].as_object_mut().unwrap().values_mut() {
            close(definition);
        }
        schema
    }

    fn valid(schema: Value, instance: &Value) -> Result<(), String> {
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.add_resource("schema.json", schema).unwrap();
        let index = compiler.compile("schema.json", &mut schemas).unwrap();
        let valid = schemas.validate(instance, index);
        valid.map_err(|error| format!("{error:#}\n{instance}"))
    }

    #[test]
    fn an_example_of_every_type_of_event_is_valid_and_is_read_and_written_as_it_is() {
        let schema = closed(&event_schema());
        let mut seen = BTreeSet::new();
        for line in EVENTS.lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            valid(schema.clone(), &event).unwrap();
            let read: RunEvent = serde_json::from_str(line).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), event);
            seen.insert(event["type"].as_str().unwrap().to_owned());
        }
        let branches = schema["oneOf"].as_array().unwrap().iter();
        let types = branches.map(|it| it.pointer("/properties/type/const").unwrap());
        let types: BTreeSet<String> = types.map(|it| it.as_str().unwrap().to_owned()).collect();
        assert_eq!(seen, types);
    }

    #[test]
    fn what_the_schema_does_not_describe_is_invalid() {
        let schema = closed(&event_schema());
        for (path, wrong) in [
            ("/seq", json!("1")),
            ("/data/percent", json!(-1)),
            ("/data", json!({ "percent": 1, "more": 1 })),
            ("/data", json!({})),
            ("/type", json!("project.exploded")),
        ] {
            let line = EVENTS
                .lines()
                .find(|line| line.contains("\"project.progress\""));
            let mut event: Value = serde_json::from_str(line.unwrap()).unwrap();
            valid(schema.clone(), &event).unwrap();
            *event.pointer_mut(path).unwrap() = wrong;
            assert!(valid(schema.clone(), &event).is_err(), "{event}");
        }
    }

    #[test]
    fn the_golden_report_and_that_of_the_last_event_are_valid() {
        let golden = include_str!("../report/golden.json");
        let golden = serde_json::from_str(golden).unwrap();
        valid(closed(&report_schema()), &golden).unwrap();
        let event = |line| serde_json::from_str::<Value>(line).unwrap();
        let mut events = EVENTS.lines().map(event);
        let finished = events.find(|event| event["type"] == "run.finished");
        valid(closed(&report_schema()), &finished.unwrap()["data"]).unwrap();
    }
}
