//! Which resources refer to files that the Checkly CLI uploaded when it made the bundle. The one look into a resource
//! beyond its name: such a reference is worth nothing when the file is gone.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// Where the CLI writes the keys of uploads: Playwright suites have the first, browser checks the second.
const MEMBERS: [&str; 2] = ["codeBundlePath", "snapshots"];

#[derive(Deserialize)]
struct Resource {
    payload: Option<Payload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    code_bundle_path: Option<IgnoredAny>,
    snapshots: Option<Vec<IgnoredAny>>,
}

/// How many uploads a resource refers to. One that is not written as the CLI does counts as one.
pub(super) fn of(resource: &RawValue) -> usize {
    // Most resources have neither word anywhere, and are not read again.
    let text = resource.get();
    if !MEMBERS.iter().any(|member| text.contains(member)) {
        return 0;
    }
    let resource = serde_json::from_str::<Resource>(text);
    resource.map_or(1, |resource| {
        resource.payload.map_or(0, |payload| {
            let snapshots = payload.snapshots.unwrap_or_default();
            usize::from(payload.code_bundle_path.is_some()) + snapshots.len()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uploads(payload: &str) -> usize {
        let text = format!(r#"{{"logicalId":"home","type":"check","payload":{payload}}}"#);
        of(&serde_json::from_str::<Box<RawValue>>(&text).unwrap())
    }

    #[test]
    fn suites_and_snapshots_are_uploads() {
        assert_eq!(uploads(r#"{"codeBundlePath":"a1b2/bundle.tar.gz"}"#), 1);
        let two = r#"{"snapshots":[{"key":"a1b2","path":"a.png"},{"key":"c3d4","path":"b.png"}]}"#;
        assert_eq!(uploads(two), 2);
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        assert_eq!(uploads("null"), 0);
        assert_eq!(uploads(r#"{"name":"Home"}"#), 0);
        assert_eq!(uploads(r#"{"snapshots":[]}"#), 0);
        assert_eq!(uploads(r#"{"snapshots":null,"codeBundlePath":null}"#), 0);
        assert_eq!(uploads(r#"{"script":"{\"codeBundlePath\":\"a\"}"}"#), 0);
        assert_eq!(uploads(r#"{"request":{"codeBundlePath":"a"}}"#), 0);
    }

    #[test]
    fn what_cannot_be_told_counts_as_one() {
        assert_eq!(uploads(r#"{"snapshots":"a1b2"}"#), 1);
        assert_eq!(uploads(r#"{"snapshots":[],"snapshots":[1]}"#), 1);
    }
}
