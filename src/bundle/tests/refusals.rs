//! The messages and advice for refused bundles.

use super::*;
use insta::assert_snapshot;

fn said(error: &BundleError) -> String {
    format!("{error}\n= {}", error.hint())
}

fn refusal(content: impl AsRef<[u8]>) -> String {
    said(&inspected(content).unwrap_err())
}

/// The refusal of [`BUNDLE`] after a change.
fn changed(from: &str, to: &str) -> String {
    assert!(BUNDLE.contains(from), "{from}");
    refusal(BUNDLE.replacen(from, to, 1))
}

#[cfg(unix)]
#[test]
fn a_missing_file() {
    let directory = TempDir::new().unwrap();
    let error = inspect(&directory.path().join("missing")).unwrap_err();
    assert_snapshot!(said(&error), @r"
    it cannot be read: there is no such file
    = correct the path, or write the file with `checkly deploy --debug-bundle --debug-bundle-output-file FILE`
    ");
}

#[test]
fn a_directory() {
    let directory = TempDir::new().unwrap();
    assert_snapshot!(said(&inspect(directory.path()).unwrap_err()), @r"
    it is a directory, not a file
    = name the bundle file; for the directory of a Checkly project, set `path` instead of `bundle`
    ");
}

#[cfg(unix)]
#[test]
fn a_device() {
    assert_snapshot!(said(&inspect("/dev/null".as_ref()).unwrap_err()), @r"
    it is not a regular file
    = write the bundle to a file first: it is read twice, for the check and for the deployment
    ");
}

#[test]
fn nothing() {
    assert_snapshot!(refusal(""), @r"
    it is empty
    = write it again with `checkly deploy --debug-bundle`, and check that the command succeeds
    ");
    assert_eq!(refusal(" \r\n\t\n"), refusal(""));
    assert_eq!(refusal(gzipped("")), refusal(""));
}

#[test]
fn truncated_gzip_data() {
    let gzip = gzipped(BUNDLE);
    assert_snapshot!(refusal(&gzip[..gzip.len() - 4]), @r"
    its gzip data is truncated, or something else follows it
    = compress or copy it again, and check it with `gzip --test`
    ");
}

#[test]
fn corrupt_gzip_data() {
    let mut gzip = gzipped(BUNDLE);
    let checksum = gzip.len() - 8;
    gzip[checksum] ^= 1;
    assert_snapshot!(refusal(gzip), @r"
    its gzip data is corrupt: corrupt gzip stream does not have a matching checksum
    = compress or copy it again, and check it with `gzip --test`
    ");
}

#[test]
fn gzip_data_with_trailing_bytes() {
    let gzip = [gzipped(BUNDLE), b"more than a header".to_vec()].concat();
    assert_snapshot!(refusal(gzip), @r"
    its gzip data is corrupt: invalid gzip header
    = compress or copy it again, and check it with `gzip --test`
    ");
}

#[test]
fn truncated_json() {
    assert_snapshot!(refusal(&BUNDLE[..BUNDLE.len() - 9]), @r"
    it is truncated: the JSON ends in line 34
    = write it again with `checkly deploy --debug-bundle`, and check that the command succeeds
    ");
}

#[test]
fn a_file_that_is_not_json() {
    assert_snapshot!(refusal("<!DOCTYPE html>"), @r"
    it is not JSON: line 1, column 1: expected value, found `<`
    = this looks like an HTML or XML page: download the bundle itself
    ");
    assert_snapshot!(refusal("export default {}"), @r"
    it is not JSON: line 1, column 1: expected value, found `e`
    = name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped
    ");
}

#[test]
fn json_with_a_mistake() {
    assert_snapshot!(changed("\"sharedFiles\": [", "\"sharedFiles\" ["), @r"
    it is not JSON: line 7, column 17: expected `:`, found `[`
    = name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped
    ");
    assert_snapshot!(changed("\"frequency\": 10,", "\"größe\": 010,"), @r"
    it is not JSON: line 24, column 19: invalid number, found `1`
    = name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped
    ");
}

#[test]
fn a_line_feed_in_a_string() {
    assert_snapshot!(changed("Home", "Ho\nme"), @r#"
    it is not JSON: line 23, column 20: control character (\u0000-\u001F) found while parsing a string, found U+000A
    = name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped
    "#);
}

#[test]
fn a_mistake_never_shows_more_than_one_character() {
    let bundle = BUNDLE.replace("Home", "\\secret");
    let error = inspected(bundle).unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("secret"),
        "{error:?}"
    );
}

#[test]
fn other_encodings_than_utf_8() {
    assert_snapshot!(refusal(format!("\u{feff}{BUNDLE}")), @r"
    it is not JSON: line 1, column 1: expected value, found U+FEFF
    = save it as UTF-8 without a byte order mark
    ");
    let utf_16: Vec<_> = "\u{feff}{}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_snapshot!(refusal(utf_16), @r"
    it is not UTF-8: line 1, column 1
    = name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped; if an editor changed it, save it as UTF-8
    ");
    let latin_1: Vec<_> = BUNDLE.chars().map(|c| c as u8).collect();
    assert_snapshot!(refusal(latin_1), @r"
    it is not UTF-8: line 4, column 19
    = name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped; if an editor changed it, save it as UTF-8
    ");
}

#[test]
fn a_binary_file() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let (zip, binary) = (b"PK\x03\x04\x14\0\x08\0", b"\x7fELF\x02\x01\x01\0");
    for bytes in [&png[..], zip, binary, b"SQLite format 3\0"] {
        let hint = "name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped";
        let expected = format!("it is a binary file, not JSON\n= {hint}");
        assert_eq!(refusal(bytes), expected);
    }
}

#[test]
fn trailing_text() {
    assert_snapshot!(refusal(format!("{BUNDLE}\nDone.")), @r"
    something follows the end of its JSON: line 37, column 1, found `D`
    = keep only the bundle in the file: the output of a command may have been appended to it
    ");
}

#[test]
fn json_that_is_not_an_object() {
    for (json, what) in [
        ("[{}]", "an array"),
        ("\"text\"", "a string"),
        ("null", "null"),
        ("true", "a boolean"),
        ("-1", "a number"),
        ("1", "a number"),
        ("1.5", "a number"),
    ] {
        let error = refusal(json);
        assert_eq!(
            error.lines().next().unwrap(),
            format!("it contains {what}, not an object")
        );
    }
    assert_snapshot!(refusal("[{}]"), @r"
    it contains an array, not an object
    = name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped
    ");
}

#[test]
fn an_object_that_is_not_a_bundle() {
    assert_snapshot!(refusal("{}"), @r"
    it has no `project`, `sharedFiles` and `resources`; it is an object without keys
    = name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped
    ");
    assert_snapshot!(changed("sharedFiles", "shared_files"), @r#"
    it has no `sharedFiles`; its keys are `project`, `resources`, `shared_files`
    = name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped
    "#);
    let package = r#"{"name":1,"version":1,"type":1,"a-key-as-long-as-this-one-is-not-shown-to-its-end":1,"main":1,"bin":1,"files":1,"z":1}"#;
    assert_snapshot!(refusal(package), @r#"
    it has no `project`, `sharedFiles` and `resources`; its keys are `a-key-as-long-as-this-one-is-not…`, `bin`, `files`, `main`, `name`, `type` and 2 more
    = name the file that `checkly deploy --debug-bundle` wrote, plain or gzipped
    "#);
}

#[test]
fn another_file_of_the_cli_or_the_api() {
    let parsed = format!(r#"{{"diagnostics": {{"fatal": false}}, "payload": {BUNDLE}}}"#);
    assert_snapshot!(refusal(parsed), @r#"
    it has no `project`, `sharedFiles` and `resources`; its keys are `diagnostics`, `payload`
    = this is the output of `checkly debug parse-project`: extract its `payload`, for example with `jq .payload`
    "#);
    assert_snapshot!(refusal(r#"{"errors": [{"message": "no config"}]}"#), @r#"
    it has no `project`, `sharedFiles` and `resources`; its keys are `errors`
    = this is the output of a failed `checkly debug parse-project`: fix its `errors`
    "#);
    assert_snapshot!(refusal(r#"{"method": "POST", "body": {}}"#), @r#"
    it has no `project`, `sharedFiles` and `resources`; its keys are `body`, `method`
    = this looks like a recorded request: extract its body
    "#);
    assert_snapshot!(refusal(r#"{"project": {"logicalId": "a", "name": "b"}, "diff": []}"#), @r#"
    it has no `sharedFiles` and `resources`; its keys are `diff`, `project`
    = this is the API's response to a deployment: name the file that was sent instead
    "#);
}

#[test]
fn a_duplicate_key() {
    assert_snapshot!(changed("{", "{\"\\u0070roject\": {},"), @r#"
    `project` has no `logicalId`
    = write it again with `checkly deploy --debug-bundle`; the CLI never writes it like this
    "#);
    assert_snapshot!(changed("\"sharedFiles\"", "\"\\u0070roject\": {}, \"sharedFiles\""), @r#"
    it has the key `project` twice
    = remove one of them; `checkly deploy --debug-bundle` never writes a key twice
    "#);
    assert_snapshot!(changed("\"name\": \"Shop", "\"name\": \"\", \"name\": \"Shop"), @r#"
    `project` has the key `name` twice
    = remove one of them; `checkly deploy --debug-bundle` never writes a key twice
    "#);
}

#[test]
fn a_missing_key() {
    assert_snapshot!(changed("\"logicalId\": \"shop\",", ""), @r"
    `project` has no `logicalId`
    = write it again with `checkly deploy --debug-bundle`; the CLI never writes it like this
    ");
    assert_snapshot!(changed("\"name\"", "\"title\""), @r"
    `project` has no `name`
    = write it again with `checkly deploy --debug-bundle`; the CLI never writes it like this
    ");
    assert_snapshot!(changed("\"type\": \"check-group\",", ""), @r"
    `resources[1]` has no `type`
    = write it again with `checkly deploy --debug-bundle`; the CLI never writes it like this
    ");
}

#[test]
fn a_value_of_the_wrong_type() {
    let first = |from, to| changed(from, to).lines().next().unwrap().to_owned();
    assert_snapshot!(changed("\"shop\"", "7"), @r"
    `project.logicalId` is a number, not a string
    = write it again with `checkly deploy --debug-bundle`; the CLI never writes it like this
    ");
    assert_snapshot!(first("\"Shop é\"", "null"), @"`project.name` is null, not a string");
    assert_snapshot!(
        first("\"https://example.com/shop\"", "{}"),
        @"`project.repoUrl` is an object, not a string"
    );
    assert_snapshot!(
        first("\"Shop é\"", r#""\ud800""#),
        @"`project.name` is invalid Unicode, not a string"
    );
    assert_snapshot!(
        first("\"sharedFiles\": [", "\"sharedFiles\": 1, \"x\": ["),
        @"`sharedFiles` is a number, not an array"
    );
    assert_snapshot!(
        first("\"resources\": [", "\"resources\": {}, \"x\": ["),
        @"`resources` is an object, not an array"
    );
    assert_snapshot!(
        first("\"project\": {", "\"project\": false, \"x\": {"),
        @"`project` is a boolean, not an object"
    );
    assert_snapshot!(
        first("\"resources\": [", "\"resources\": [[],"),
        @"`resources[0]` is an array, not an object"
    );
    assert_snapshot!(
        first("\"check-group\"", "true"),
        @"`resources[1].type` is a boolean, not a string"
    );
}

#[test]
fn a_null_url_counts_as_missing() {
    let bundle = BUNDLE.replace("\"https://example.com/shop\"", "null");
    assert_eq!(inspected(bundle).unwrap().repo_url, None);
}

#[test]
fn an_invalid_logical_id() {
    assert_snapshot!(changed("\"shop\"", "\"my shop\""), @r#"
    `project.logicalId` is "my shop", which is not a valid logical id
    = set `logicalId` in checkly.config.ts to one or more of A-Z, a-z, 0-9, _, -, /, #, and ., then write the bundle again
    "#);
    for illegal in ["", "é", "a:b", "a\\nb"] {
        let error = changed("\"shop\"", &format!("\"{illegal}\""));
        assert!(error.contains("not a valid logical id"), "{error}");
    }
}

#[test]
fn a_duplicate_resource() {
    let again = r#"{"type": "check", "logicalId": "home"}, {"logicalId": "check-group-77","#;
    assert_snapshot!(changed("{\n      \"logicalId\": \"check-group-77\",", again), @r#"
    `resources[0]` and `resources[1]` are both the check "home"
    = give one of them another logical id, then write the bundle again
    "#);
}

#[test]
fn a_git_lfs_pointer() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    assert_snapshot!(refusal(pointer), @r"
    it is a Git LFS pointer, not the file itself
    = download it with `git lfs pull`; in GitHub Actions, set `lfs: true` of actions/checkout
    ");
}

#[test]
fn too_many_open_files_are_not_a_fault_of_the_bundle() {
    for (code, is_it) in [(24, true), (23, true), (2, false), (13, false)] {
        let error = BundleError::Unreadable(std::io::Error::from_raw_os_error(code));
        assert_eq!(error.is_out_of_files(), is_it, "{code}");
    }
}
