//! What is read from a resource besides its name: whether it is a heartbeat check, since users need the ping URLs of new
//! ones, and the files that the Checkly CLI uploaded during bundling.
//!
//! Resources refer to an upload by a key that the server assigns. The key changes each time, so the digest of a bundle covers the content of an upload if it is known: the key
//! counts as `"sha256:…"` with the digest of the content.

use crate::model::{Contents, Upload};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Where the CLI writes the keys of uploads: in Playwright suites, and in browser checks.
const MEMBERS: [&str; 2] = ["codeBundlePath", "snapshots"];

/// An upload, and the JSON text of its key in the resource.
pub(super) type Reference<'a> = (Upload, &'a str);

#[derive(Deserialize)]
struct WithUploads<'a> {
    #[serde(borrow)]
    payload: Option<UploadFields<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UploadFields<'a> {
    #[serde(borrow)]
    code_bundle_path: Option<&'a RawValue>,
    #[serde(borrow)]
    snapshots: Option<Vec<Snapshot<'a>>>,
}

#[derive(Deserialize)]
struct Snapshot<'a> {
    #[serde(borrow)]
    key: &'a RawValue,
    path: String,
}

/// The uploads that a resource refers to.
pub(super) fn uploads(resource: &RawValue) -> Vec<Reference<'_>> {
    // Most resources contain neither word and are not parsed again.
    let text = resource.get();
    if !MEMBERS.iter().any(|member| text.contains(member)) {
        return vec![];
    }
    let found = serde_json::from_str::<WithUploads<'_>>(text);
    let payload = found.map(|resource| resource.payload);
    let Ok(payload) = payload else {
        return vec![reference("", None)];
    };
    let Some(payload) = payload else {
        return vec![];
    };
    let code = payload
        .code_bundle_path
        .map(|key| reference(key.get(), None));
    let snapshots = payload.snapshots.unwrap_or_default().into_iter();
    let snapshots = snapshots.map(|one| reference(one.key.get(), Some(one.path)));
    code.into_iter().chain(snapshots).collect()
}

fn reference(token: &str, path: Option<String>) -> Reference<'_> {
    let key = serde_json::from_str(token).unwrap_or_default();
    (Upload { key, path }, token)
}

/// A resource with the known uploads' keys replaced by digests; `None` if there are none. `references` must be those
/// found in this resource.
pub(super) fn by_content(
    resource: &str,
    references: &[Reference<'_>],
    contents: &Contents,
) -> Option<String> {
    let known = |(upload, token): &Reference<'_>| {
        let digest = contents.get(&upload.key)?;
        let start = token
            .as_ptr()
            .addr()
            .checked_sub(resource.as_ptr().addr())?;
        Some((start, start + token.len(), digest.clone()))
    };
    let mut known: Vec<_> = references.iter().filter_map(known).collect();
    if known.is_empty() {
        return None;
    }
    known.sort_unstable();
    let (mut text, mut copied) = (String::with_capacity(resource.len()), 0);
    for (start, end, digest) in known {
        text.push_str(resource.get(copied..start)?);
        text.push_str(&format!("\"sha256:{digest}\""));
        copied = end;
    }
    text.push_str(resource.get(copied..)?);
    Some(text)
}

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
pub(super) fn heartbeat(resource: &RawValue) -> Option<String> {
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

    fn resource(payload: &str) -> Box<RawValue> {
        let text = format!(r#"{{"logicalId":"home","type":"check","payload":{payload}}}"#);
        serde_json::from_str(&text).unwrap()
    }

    fn uploads_in(payload: &str) -> Vec<(String, Option<String>)> {
        let resource = resource(payload);
        let found = uploads(&resource).into_iter();
        found.map(|(upload, _)| (upload.key, upload.path)).collect()
    }

    #[test]
    fn suites_and_snapshots_are_uploads() {
        let code = [("a1b2/bundle.tar.gz".to_owned(), None)];
        assert_eq!(
            uploads_in(r#"{"codeBundlePath":"a1b2/bundle.tar.gz"}"#),
            code
        );
        let two = r#"{"snapshots":[{"key":"a1b2","path":"a.png"},{"path":"b.png","key":"c3d4"}]}"#;
        let pictures = [("a1b2", "a.png"), ("c3d4", "b.png")];
        assert_eq!(
            uploads_in(two),
            pictures.map(|(key, path)| (key.to_owned(), Some(path.to_owned())))
        );
    }

    #[test]
    fn a_similar_member_is_no_upload() {
        for payload in [
            "null",
            r#"{"name":"Home"}"#,
            r#"{"snapshots":[]}"#,
            r#"{"snapshots":null,"codeBundlePath":null}"#,
            r#"{"script":"{\"codeBundlePath\":\"a\"}"}"#,
            r#"{"request":{"codeBundlePath":"a"}}"#,
        ] {
            assert_eq!(uploads_in(payload), [], "{payload}");
        }
    }

    #[test]
    fn a_malformed_reference_counts_as_an_upload_without_a_key() {
        for payload in [
            r#"{"snapshots":"a1b2"}"#,
            r#"{"snapshots":[],"snapshots":[{"key":"a","path":"b"}]}"#,
            r#"{"codeBundlePath":7}"#,
        ] {
            assert_eq!(uploads_in(payload), [(String::new(), None)], "{payload}");
        }
    }

    #[test]
    fn only_keys_of_known_content_are_replaced() {
        let payload = r#"{ "script": "\"k1\"", "codeBundlePath" : "k1", "name": "k1",
            "snapshots": [{"path":"k2","key":"k2"},{"key":"\u006b3","path":"c"},{"key":"k4","path":"d"}]}"#;
        let resource = resource(payload);
        let digests = [("k1", "00"), ("k2", "11"), ("k3", "22")];
        let contents = digests.map(|(key, digest)| (key.to_owned(), digest.to_owned()));
        let references = uploads(&resource);
        let text = by_content(resource.get(), &references, &contents.into()).unwrap();
        let expected = payload
            .replacen(": \"k1\",", ": \"sha256:00\",", 1)
            .replace("\"key\":\"k2\"", "\"key\":\"sha256:11\"")
            .replace("\"\\u006b3\"", "\"sha256:22\"");
        assert!(text.ends_with(&format!("{expected}}}")), "{text}");
        assert_eq!(
            by_content(resource.get(), &references, &Contents::new()),
            None
        );
    }

    fn heartbeat_in(kind: &str, payload: &str) -> Option<String> {
        let text = format!(r#"{{"logicalId":"nightly","type":"{kind}","payload":{payload}}}"#);
        heartbeat(&serde_json::from_str::<Box<RawValue>>(&text).unwrap())
    }

    #[test]
    fn only_checks_of_type_heartbeat_are_heartbeat_checks() {
        let heartbeats = r#"{"name":"Nightly","checkType":"HEARTBEAT"}"#;
        assert_eq!(
            heartbeat_in("check", heartbeats).as_deref(),
            Some("nightly")
        );
        assert_eq!(heartbeat_in("check-group", heartbeats), None);
        assert_eq!(heartbeat_in("check", "null"), None);
        assert_eq!(heartbeat_in("check", r#"{"checkType":"API"}"#), None);
        let named = r#"{"name":"HEARTBEAT","checkType":"API"}"#;
        assert_eq!(heartbeat_in("check", named), None);
    }
}
