//! The digest depends on the content and nothing else.

use super::*;
use std::collections::BTreeMap;

fn digest(content: impl AsRef<[u8]>) -> String {
    inspected(content).unwrap().facts.sha256
}

/// [`BUNDLE`] with `head` and `tail` swapped.
fn swapped(head: &str, tail: &str) -> String {
    let both = format!("{head},{tail}");
    assert!(COMPACT.contains(&both), "{both}");
    COMPACT.replace(&both, &format!("{tail},{head}"))
}

const HOME: &str = r#"{"logicalId":"home","type":"check","member":true,"payload":{"name":"Home","frequency":10,"degradedResponseTime":1000.5}}"#;
const GROUP: &str = r#"{"logicalId":"check-group-77","type":"check-group","physicalId":77,"member":false,"payload":null}"#;

#[test]
fn the_digest_matches_its_definition() {
    // Computed with `jq --compact-output`, `sha256sum`, and `sort`, according to the definition.
    assert_eq!(
        digest(BUNDLE),
        "15c6fcff508581928571ed2a0decc4e1639b42c471ddc2587e08cdaabab9719d"
    );
}

#[test]
fn order_of_resources_white_space_compression_and_repo_info_do_not_matter() {
    let open = BUNDLE.strip_suffix('}').unwrap();
    let same = [
        COMPACT.as_bytes().to_vec(),
        gzipped(BUNDLE),
        swapped(HOME, GROUP).into_bytes(),
        format!("{open},\"repoInfo\":{{\"commitId\":\"1\"}}}}").into_bytes(),
        format!("{open},\"repoInfo\":null}}").into_bytes(),
        BUNDLE.replace('\n', "\r\n").into_bytes(),
    ];
    for (nth, content) in same.iter().enumerate() {
        assert_eq!(digest(content), digest(BUNDLE), "{nth}");
    }
}

#[test]
fn order_of_the_outermost_keys_does_not_matter() {
    assert_eq!(
        digest(r#"{"resources":[],"sharedFiles":[],"project":{"logicalId":"a","name":"b"}}"#),
        digest(r#"{"project":{"logicalId":"a","name":"b"},"sharedFiles":[],"resources":[]}"#),
    );
}

#[test]
fn everything_else_matters() {
    let open = COMPACT.strip_suffix('}').unwrap();
    let contents = [
        COMPACT.to_owned(),
        COMPACT.replace("\"shop\"", "\"shoq\""),
        COMPACT.replace("Shop é", "Shop \\u00e9"),
        COMPACT.replace(r#","repoUrl":"https://example.com/shop""#, ""),
        COMPACT.replace("1000.5", "1000.50"),
        COMPACT.replace("\"home\"", "\"hom\""),
        COMPACT.replace("{ }", "{}"),
        COMPACT.replace("\"Home\"", "\" Home\""),
        swapped(r#""logicalId":"home""#, r#""type":"check""#),
        swapped(
            r#"{"path":"lib/a.ts","content":"export const a = \"{ }\"\n"}"#,
            r#"{"path":"lib/b.ts","content":"export const b = 1"}"#,
        ),
        COMPACT.replace(&format!("{HOME},"), ""),
        COMPACT.replace(&format!("{HOME},{GROUP}"), ""),
        format!("{open},\"new\":null}}"),
        format!("{open},\"new\":1}}"),
        format!("{open},\"neu\":1}}"),
    ];
    let mut seen = BTreeMap::new();
    for content in &contents {
        if let Some(other) = seen.insert(digest(content), content) {
            panic!("one digest for two contents:\n{other}\n{content}");
        }
    }
}

#[test]
fn an_upload_with_known_content_counts_by_that_content() {
    let bundle = |code: &str, picture: &str| {
        file(format!(
            r#"{{"project":{{"logicalId":"a","name":"b"}},"sharedFiles":[],"resources":[{{"type":"check","logicalId":"c",
               "payload":{{"codeBundlePath":"{code}","snapshots":[{{"key":"{picture}","path":"c"}}]}}}}]}}"#
        ))
    };
    let by_key =
        |keys: [&str; 2]| Contents::from(keys.map(|key| (key.to_owned(), format!("of {key}"))));
    let same = |of: [&str; 2]| {
        Contents::from([
            (of[0].to_owned(), "1".into()),
            (of[1].to_owned(), "2".into()),
        ])
    };
    let (one, two) = (bundle("k1", "k2"), bundle("k3", "k4"));
    let digest =
        |file: &File, contents: &Contents| inspect_with(&file.path, contents).unwrap().facts.sha256;
    let first = digest(&one, &same(["k1", "k2"]));
    assert_eq!(first, digest(&two, &same(["k3", "k4"])));
    assert_ne!(
        first,
        digest(&one, &by_key(["k1", "k2"])),
        "another content"
    );
    assert_ne!(
        digest(&one, &Contents::new()),
        digest(&two, &Contents::new()),
        "nothing is known of a file"
    );
    let known = same(["k1", "k2"]);
    let checked = inspect_with(&one.path, &known).unwrap();
    let payload = prepare(&one.path, &checked, None, &known).unwrap();
    assert!(body(&payload).contains("\"k1\""), "the keys are sent");
    // A bundle that is written for comparison has the same digest.
    let mut written = vec![];
    write_by_content(&one.path, &same(["k1", "k2"]), &mut written).unwrap();
    let written = file(written);
    assert_eq!(digest(&written, &Contents::new()), first);
}
