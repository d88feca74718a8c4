//! What the program writes is valid in the schemas of `docs/schema`.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The schemas of events and of the report.
static SCHEMAS: LazyLock<(Schemas, [SchemaIndex; 2])> = LazyLock::new(|| {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let indexes = ["events", "report"].map(|name| {
        let path = format!("{}/docs/schema/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let schema = std::fs::read_to_string(path).unwrap();
        let schema: Value = serde_json::from_str(&schema).unwrap();
        compiler.add_resource(name, schema).unwrap();
        compiler.compile(name, &mut schemas).unwrap()
    });
    (schemas, indexes)
});

/// Fails if it is not valid in the schema of this name.
#[track_caller]
pub(crate) fn assert_valid(name: &str, instance: &Value) {
    let (schemas, [events, report]) = &*SCHEMAS;
    let index = if name == "events" { *events } else { *report };
    if let Err(error) = schemas.validate(instance, index) {
        panic!("not valid in docs/schema/{name}.json: {error:#}\n{instance}");
    }
}

#[test]
#[should_panic = "not valid in docs/schema/events.json"]
fn an_event_that_is_not_described_fails_the_tests() {
    let event = json!({ "v": 2, "seq": 1, "ts": "2026-11-22T18:17:00.123Z", "run": "r", "type": "run.exploded" });
    assert_valid("events", &event);
}
