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

/// Whether a resource refers to an upload. One that is not written as the CLI does counts as one that does.
pub(super) fn refers_to(resource: &RawValue) -> bool {
    // Most resources have neither word anywhere, and are not read again.
    let text = resource.get();
    if !MEMBERS.iter().any(|member| text.contains(member)) {
        return false;
    }
    let resource = serde_json::from_str::<Resource>(text);
    resource.map_or(true, |resource| {
        resource.payload.is_some_and(|payload| {
            let snapshots = payload.snapshots.unwrap_or_default();
            payload.code_bundle_path.is_some() || !snapshots.is_empty()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refers(payload: &str) -> bool {
        let text = format!(r#"{{"logicalId":"home","type":"check","payload":{payload}}}"#);
        refers_to(&serde_json::from_str::<Box<RawValue>>(&text).unwrap())
    }

    #[test]
    fn suites_and_snapshots_are_uploads() {
        assert!(refers(r#"{"codeBundlePath":"a1b2/bundle.tar.gz"}"#));
        assert!(refers(r#"{"snapshots":[{"key":"a1b2","path":"a.png"}]}"#));
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        assert!(!refers("null"));
        assert!(!refers(r#"{"name":"Home"}"#));
        assert!(!refers(r#"{"snapshots":[]}"#));
        assert!(!refers(r#"{"snapshots":null,"codeBundlePath":null}"#));
        assert!(!refers(r#"{"script":"{\"codeBundlePath\":\"a\"}"}"#));
        assert!(!refers(r#"{"request":{"codeBundlePath":"a"}}"#));
    }

    #[test]
    fn what_cannot_be_told_counts_as_one() {
        assert!(refers(r#"{"snapshots":"a1b2"}"#));
        assert!(refers(r#"{"snapshots":[],"snapshots":[1]}"#));
    }
}
