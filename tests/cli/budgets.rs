//! Limits on deletions and on the number of projects in a run.

use super::folder::Folder;
use super::guard::{LISTED, envelope, nothing_was_deployed, says};
use super::preview::{against, counting, shrunken};
use super::program::results;
use serde_json::json;

#[test]
fn a_limit_applies_even_with_yes() {
    for (settings, words, reason) in [
        (
            "[limits]\nmax_deletes = 1",
            "--yes",
            "2 resources would be deleted; max_deletes allows 1",
        ),
        (
            "",
            "--yes --max-deletes 0",
            "2 resources would be deleted; max_deletes allows 0",
        ),
        (
            "[limits]\nmax_deletes = 9",
            "--max-deletes 1",
            "2 resources would be deleted; max_deletes allows 1",
        ),
    ] {
        let sandbox = counting();
        let folder = shrunken(&sandbox).with(settings);
        folder.write("report.json", "of the run before");
        let words = format!("{words} --message-format json --report-file report.json");
        let ended = against(&sandbox, &folder, &words).run().expect(1);
        let report = folder.json("report.json");
        assert_eq!(results(&report)[1], "shop skipped limit_exceeded");
        assert_eq!(report["projects"][1]["cause"], reason);
        says(&ended, LISTED);
        says(
            &ended,
            &format!("error: nothing was deployed: a limit would be exceeded\n  {reason}\n"),
        );
        let told = envelope(&ended);
        assert_eq!(
            (&told["status"], &told["reasons"]),
            (&json!("refused"), &json!([reason]))
        );
        assert_eq!(told["changes"].as_array().unwrap().len(), 2);
        nothing_was_deployed(&sandbox);
    }
}

#[test]
fn a_limit_that_is_not_exceeded_changes_nothing() {
    let sandbox = counting();
    let folder = shrunken(&sandbox).with("[limits]\nmax_deletes = 2\nmax_projects = 2");
    against(&sandbox, &folder, "--yes").run().expect(0);
}

#[test]
fn a_project_has_its_own_limit() {
    let sandbox = counting();
    let folder = shrunken(&sandbox);
    let manifest = folder.read("projects.toml");
    folder.write("projects.toml", &format!("{manifest}max_deletes = 0\n"));
    let ended = against(&sandbox, &folder, "--yes").run().expect(1);
    says(
        &ended,
        "shop: 1 resource would be deleted; the project's max_deletes allows 0\n",
    );
    assert_eq!(ended.out, "", "people have been told");
    nothing_was_deployed(&sandbox);
}

#[test]
fn too_many_projects_are_refused_without_a_request() {
    let sandbox = counting();
    let folder = Folder::of(&["blog", "shop"]).with("[limits]\nmax_projects = 1");
    let ended = against(&sandbox, &folder, "--yes").run().expect(1);
    says(&ended, "2 projects selected; max_projects allows 1\n");
    assert_eq!(sandbox.seen(), [""; 0]);
    against(&sandbox, &folder, "--yes --only shop")
        .run()
        .expect(0);
}
