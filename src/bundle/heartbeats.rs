//! Finds heartbeat checks: users need the ping URLs of new ones.

use serde::Deserialize;
use serde_json::value::RawValue;

const HEARTBEAT: &str = "HEARTBEAT";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    logical_id: String,
    r#type: String,
    payload: Option<Payload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    check_type: Option<String>,
}

/// The logical id of a heartbeat check.
pub(super) fn of(resource: &RawValue) -> Option<String> {
    // Most resources do not contain the word and are not parsed again.
    let text = resource.get();
    if !text.contains(HEARTBEAT) {
        return None;
    }
    let resource: Resource = serde_json::from_str(text).ok()?;
    let is_heartbeat =
        resource.r#type == "check" && resource.payload?.check_type.as_deref() == Some(HEARTBEAT);
    is_heartbeat.then_some(resource.logical_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heartbeat(kind: &str, payload: &str) -> Option<String> {
        let text = format!(r#"{{"logicalId":"nightly","type":"{kind}","payload":{payload}}}"#);
        of(&serde_json::from_str::<Box<RawValue>>(&text).unwrap())
    }

    #[test]
    fn only_checks_of_type_heartbeat_are_heartbeat_checks() {
        let heartbeats = r#"{"name":"Nightly","checkType":"HEARTBEAT"}"#;
        assert_eq!(heartbeat("check", heartbeats).as_deref(), Some("nightly"));
        assert_eq!(heartbeat("check-group", heartbeats), None);
        assert_eq!(heartbeat("check", "null"), None);
        assert_eq!(heartbeat("check", r#"{"checkType":"API"}"#), None);
        let named = r#"{"name":"HEARTBEAT","checkType":"API"}"#;
        assert_eq!(heartbeat("check", named), None);
    }
}
