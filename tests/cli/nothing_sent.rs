//! Errors in a manifest or a bundle are found before anything is sent: exit code 78, and no request.

use super::api::Witness;
use super::folder::{Folder, monorepo};
use super::program::{Ended, orchestrate};

#[track_caller]
fn refused(folder: &Folder, flags: &str) -> Ended {
    let witness = Witness::new();
    let ended = orchestrate(&format!(
        "{flags} --message-format json --report-file report.json --api-url"
    ))
    .arg(witness.url())
    .within(folder.path())
    .run()
    .expect(78);
    assert!(witness.saw_nobody());
    assert_eq!(ended.out, "", "no event of a run that never was");
    assert!(!folder.file("report.json").exists());
    assert!(ended.err.contains("nothing was sent"), "{}", ended.err);
    ended
}

/// A valid project and these lines.
fn with_project(lines: &str) -> Folder {
    let folder = Folder::of(&["good"]);
    let manifest = folder.read("projects.toml") + "[[project]]\n" + lines;
    folder.write("projects.toml", &manifest);
    folder
}

#[test]
fn the_witness_sees_requests() {
    let witness = Witness::new();
    assert!(witness.saw_nobody());
    let mut run = orchestrate("-v --yes --api-url")
        .arg(witness.url())
        .within(monorepo())
        .start();
    run.says("10 projects");
    witness.wait_for_somebody();
}

#[test]
fn a_missing_manifest() {
    let ended = refused(&Folder::empty(), "--config none.toml");
    assert!(
        ended.err.contains("none.toml: there is no such file"),
        "{}",
        ended.err
    );
    let ended = orchestrate("--sandbox")
        .within(Folder::empty().path())
        .run()
        .expect(78);
    assert!(
        ended
            .err
            .contains("error: no projects.toml in this directory or above")
    );
}

#[test]
fn a_misspelled_key_with_its_place_and_a_suggestion() {
    let ended = refused(&with_project("name = 'x'\nbundel = 'x.json'\n"), "");
    assert!(
        ended.err.contains("bundel") && ended.err.contains("bundle"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("projects.toml:7:1"), "{}", ended.err);
}

#[test]
fn a_bundle_that_is_not_json() {
    let folder = with_project("name = 'x'\nbundle = 'x.json'\n");
    folder.write("x.json", "{ \"project\": ");
    let ended = refused(&folder, "");
    assert!(
        ended.err.contains("project \"x\" cannot be deployed"),
        "{}",
        ended.err
    );
}

#[test]
fn credentials_that_are_not_set() {
    let witness = Witness::new();
    let ended = orchestrate("--api-url")
        .arg(witness.url())
        .without("CHECKLY_API_KEY")
        .within(Folder::of(&["good"]).path())
        .run()
        .expect(78);
    assert!(ended.err.contains("CHECKLY_API_KEY"), "{}", ended.err);
    assert!(witness.saw_nobody());
}

#[test]
fn all_problems_are_shown_at_once() {
    let folder =
        with_project("name = 'x'\nbundle = 'x.json'\n[[project]]\nname = 'y'\nbundle = 'y.json'\n");
    let ended = refused(&folder, "");
    assert!(
        ended
            .err
            .contains("2 problems in projects.toml: nothing was sent"),
        "{}",
        ended.err
    );
}

#[track_caller]
fn report_refused(path: &str, says: &str) {
    let folder = Folder::of(&["good"]);
    folder.write("a-file", "");
    let witness = Witness::new();
    let ended = orchestrate("--api-url")
        .arg(witness.url())
        .arg("--report-file")
        .arg(path)
        .within(folder.path())
        .run()
        .expect(64);
    let begins = format!("error: --report-file {path}");
    assert!(ended.err.starts_with(&begins), "{}", ended.err);
    assert!(ended.err.contains(says), "{}", ended.err);
    assert_eq!(ended.err.lines().count(), 1);
    assert!(witness.saw_nobody());
}

#[test]
fn a_report_that_could_not_be_written() {
    report_refused("none/x.json", "directory none does not exist");
    report_refused("a-file/x.json", "directory a-file does not exist");
    report_refused(".", "is a directory");
    report_refused("x", "must end in .json, .csv, .xml, .md, or .html");
    report_refused("none/x.md", "directory none does not exist");
}

#[test]
#[cfg(target_os = "linux")]
fn a_report_in_a_read_only_directory() {
    report_refused("/proc/self/x.json", "cannot write the file");
}

#[test]
fn an_unusable_proxy_or_certificate_file_is_named_before_anything_is_sent() {
    let folder = Folder::of(&["shop"]);
    for (variable, value, url, shown) in [
        (
            "HTTPS_PROXY",
            "socks5://me:secret@p:1",
            "https://127.0.0.1:1",
            "HTTPS_PROXY",
        ),
        (
            "http_proxy",
            "http://me:secret@",
            "http://127.0.0.1:1",
            "http_proxy",
        ),
        (
            "NODE_EXTRA_CA_CERTS",
            "/no/such.pem",
            "https://127.0.0.1:1",
            "/no/such.pem",
        ),
        (
            "SSL_CERT_FILE",
            "/no/such.pem",
            "https://127.0.0.1:1",
            "/no/such.pem",
        ),
    ] {
        let ended = orchestrate("--yes --api-url")
            .arg(url)
            .env(variable, value)
            .within(folder.path())
            .run()
            .expect(78);
        assert!(ended.err.contains(shown), "{}", ended.err);
        assert!(!ended.err.contains("secret"), "{}", ended.err);
    }
}
