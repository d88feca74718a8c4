//! The payload is the content of the file.

use super::*;
use crate::bundle::Commit;
use proptest::prelude::*;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Value, json};

/// A compact bundle with `null` for its `repoInfo`.
fn with_null(compact: &str) -> String {
    let open = compact.strip_suffix('}').unwrap();
    format!("{open},\"repoInfo\":null}}")
}

#[test]
fn the_body_is_the_bundle_without_white_space_and_with_repo_info_at_the_end() {
    assert_eq!(body(&prepared(BUNDLE, None)), with_null(COMPACT));
}

#[test]
fn repo_info_is_sent_as_given() {
    let env = |name: &str| (name == "CHECKLY_REPO_SHA").then(|| "a\"1".to_owned());
    let repo_info = Commit::new(None, &env).info(Some("u")).unwrap();
    let body = body(&prepared(BUNDLE, Some(&repo_info)));
    assert_eq!(
        body.strip_prefix(COMPACT.strip_suffix('}').unwrap()),
        Some(
            r#","repoInfo":{"commitId":"a\"1","repoUrl":"u","branchName":null,"commitMessage":null}}"#
        )
    );
}

#[test]
fn the_files_own_repo_info_is_replaced_at_any_position() {
    let own = r#""repoInfo": {"commitId": "old"}"#;
    let first = BUNDLE.replacen('{', &format!("{{{own},"), 1);
    let last = format!("{},{own}}}", BUNDLE.strip_suffix('}').unwrap());
    for bundle in [first, last] {
        assert_eq!(body(&prepared(bundle, None)), with_null(COMPACT));
    }
}

#[test]
fn a_bundle_lists_its_uploads() {
    assert_eq!(inspected(BUNDLE).unwrap().uploads, []);
    let suite = r#""frequency": 10, "codeBundlePath": "a1b2/suite.tar.gz""#;
    let bundle = BUNDLE.replace(r#""frequency": 10"#, suite);
    assert_eq!(inspected(bundle).unwrap().uploads.len(), 1);
}

#[test]
fn keys_keep_their_order_and_unknown_ones_are_sent() {
    let bundle = r#" { "new" : [ 1 , 2 ] , "resources":[], "sharedFiles":[ ], "\u0070roject":{"name":"n","logicalId":"l"},"":0 } "#;
    assert_eq!(
        body(&prepared(bundle, None)),
        r#"{"new":[1,2],"resources":[],"sharedFiles":[],"\u0070roject":{"name":"n","logicalId":"l"},"":0,"repoInfo":null}"#
    );
}

#[test]
fn numbers_and_strings_are_sent_as_written() {
    let values = r#"[1.0,1e5,-0,1E+2,0.10,123456789012345678901234567890,1e999,"\u00e9\/\ud800 é","\u2028"]"#;
    let bundle = format!(
        r#"{{"project":{{"logicalId":"a","name":"b","x":{values}}},"sharedFiles":[{values}],"resources":[{{"type":"t","logicalId":"l","payload":{values},"\ud800":1}}],"x":{values}}}"#
    );
    assert_eq!(body(&prepared(&bundle, None)), with_null(&bundle));
}

#[test]
fn a_deeply_nested_resource_is_sent_unchanged() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bundle = COMPACT.replace("1000.5", &deep);
    assert_eq!(body(&prepared(&bundle, None)), with_null(&bundle));
}

#[test]
fn a_bundle_that_has_changed_since_its_check_is_refused() {
    let own = BUNDLE.replacen('{', r#"{"repoInfo": {"commitId": "old"},"#, 1);
    for checked in [BUNDLE, &own] {
        let file = file(checked);
        let inspection = inspect(&file.path).unwrap();
        let again = |content: &[u8]| {
            std::fs::write(&file.path, content).unwrap();
            prepare(&file.path, &inspection, None, &Contents::new())
        };
        for other in [
            &BUNDLE.replace("\"frequency\": 10", "\"frequency\": 11"),
            "[]",
            "{",
        ] {
            let error = again(other.as_bytes()).unwrap_err();
            assert!(matches!(error, BundleError::Changed), "{other}: {error}");
        }
        for same in [checked.as_bytes(), &gzipped(checked), COMPACT.as_bytes()] {
            assert_eq!(body(&again(same).unwrap()), with_null(COMPACT));
        }
        std::fs::remove_file(&file.path).unwrap();
        let gone = prepare(&file.path, &inspection, None, &Contents::new());
        assert!(matches!(gone, Err(BundleError::Unreadable(_))));
    }
}

#[test]
fn the_same_bundle_gives_the_same_bytes() {
    let bytes = |content: &[u8]| prepared(content, None);
    assert_eq!(bytes(BUNDLE.as_bytes()), bytes(COMPACT.as_bytes()));
    assert_eq!(bytes(BUNDLE.as_bytes()), bytes(&gzipped(BUNDLE)));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[ \\t\\n\"\\\\{}\\[\\]:,a]*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_bundle() -> impl Strategy<Value = Value> {
    let files = prop::collection::vec(any_json(), 0..4);
    let payloads = prop::collection::vec(any_json(), 0..4);
    (any::<String>(), files, payloads, any_json()).prop_map(|(name, files, payloads, extra)| {
        let resource = |(nth, payload)| {
            json!({"logicalId": format!("r{nth}"), "type": "check", "payload": payload})
        };
        let resources: Vec<_> = payloads.into_iter().enumerate().map(resource).collect();
        json!({
            "project": {"logicalId": "shop", "name": name, "more": extra},
            "sharedFiles": files,
            "resources": resources,
            "unknown": extra,
        })
    })
}

proptest! {
    #[test]
    fn any_bundle_is_sent_byte_for_byte(bundle in any_bundle(), indent in "[ \\t\\r\\n]{0,3}") {
        let mut pretty = Vec::new();
        let formatter = PrettyFormatter::with_indent(indent.as_bytes());
        serde::Serialize::serialize(&bundle, &mut Serializer::with_formatter(&mut pretty, formatter)).unwrap();
        let sent = body(&prepared(pretty, None));
        prop_assert_eq!(sent, with_null(&bundle.to_string()));
    }
}
